import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { Barrier } from '../../../../runtime/core/memory/barrier.ts'
import type { BarrierReport, BarrierTask } from '../../../fixtures/barrier-worker.ts'

const WORKER = new URL('../../../fixtures/barrier-worker.js', import.meta.url)
const GENERATION = 1
const PATIENT_MS = 60_000

interface Crowd {
  readonly words: Int32Array
  readonly reports: Promise<readonly (BarrierReport | undefined)[]>
}

/** Starts the participants; a report is undefined when its worker ended without one. */
function gather(parties: number, rounds: number, task: Partial<BarrierTask> = {}): Crowd {
  const words = task.words ?? new Int32Array(new SharedArrayBuffer(64))
  const reached = new Int32Array(new SharedArrayBuffer(4 * parties))
  const participants = Array.from({ length: parties }, (_, index): Promise<BarrierReport | undefined> => {
    const { diesAt, ...rest } = { patienceMs: PATIENT_MS, ...task }
    const dies = diesAt !== undefined && index === 0 ? { diesAt } : {}
    const workerData: BarrierTask = { ...rest, ...dies, words, reached, index, parties, rounds }
    const worker = new Worker(WORKER, { workerData, execArgv: [] })
    return new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => resolve(undefined))
    })
  })
  return { words, reports: Promise.all(participants) }
}

const finished = (rounds: number) => (report: BarrierReport | undefined) =>
  report?.code === 'done' && report.rounds === rounds && report.torn === 0

t.test('nobody is ever a round ahead of another, over thousands of rounds', async (t) => {
  for (const parties of [2, 3, 5]) {
    const { words, reports } = gather(parties, 1_000)
    t.ok((await reports).every(finished(1_000)), `${parties} participants`)
    t.equal(words[GENERATION], 2_001)
  }
})

t.test('rounds go on across the end of the 32-bit generation', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(64))
  words[GENERATION] = 2 ** 31 - 101
  const { reports } = gather(3, 200, { words })
  t.ok((await reports).every(finished(200)))
  t.equal(words[GENERATION], -(2 ** 31) + 300)
})

t.test('abort releases all who wait and all who come later, until the barrier is reset', async (t) => {
  const parties = 4
  const words = new Int32Array(new SharedArrayBuffer(64))
  const barrier = new Barrier(words, parties)
  // The fourth participant is this thread, and never comes.
  const reached = new Int32Array(new SharedArrayBuffer(4 * parties))
  const start = (index: number) => {
    const workerData: BarrierTask = { words, reached, index, parties, rounds: 1, patienceMs: PATIENT_MS }
    const worker = new Worker(WORKER, { workerData, execArgv: [] })
    return new Promise<BarrierReport>((resolve) => worker.once('message', resolve))
  }
  const waiting = [0, 1, 2].map(start)
  while (Atomics.load(words, 0) < 3) await setImmediate()
  barrier.abort()
  t.same(
    (await Promise.all(waiting)).map(({ code }) => code),
    ['ERR_BARRIER_ABORTED', 'ERR_BARRIER_ABORTED', 'ERR_BARRIER_ABORTED'],
  )
  t.equal((await start(0)).code, 'ERR_BARRIER_ABORTED')
  t.throws(() => barrier.wait(), { code: 'ERR_BARRIER_ABORTED' })
  barrier.reset()
  const { reports } = gather(parties, 100, { words })
  t.ok((await reports).every(finished(100)))
})

t.test('when a participant dies the others get an error and do not hang', async (t) => {
  const { words, reports } = gather(3, 100, { patienceMs: 1_000, diesAt: 50 })
  const [dead, ...others] = await reports
  t.equal(dead, undefined)
  const codes = others.map((report) => report?.code)
  t.ok(codes.includes('ERR_BARRIER_TIMEOUT'), codes.join(' '))
  t.ok(codes.every((code) => code === 'ERR_BARRIER_TIMEOUT' || code === 'ERR_BARRIER_ABORTED'))
  t.same(
    others.map((report) => report?.rounds),
    [50, 50],
  )
  t.throws(() => new Barrier(words, 3).wait(), { code: 'ERR_BARRIER_ABORTED' })
})

t.test('a single participant waits for nobody', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(64))
  new Barrier(words, 1).wait()
  t.same(
    [...words],
    Array.from({ length: 16 }, () => 0),
  )
})
