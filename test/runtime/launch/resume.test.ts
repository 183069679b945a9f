import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { differences, metricsOf, resultOf, run, SMALL_COUNTING, start } from './_cli.ts'
import { trainSmall } from './_training.ts'

const SYNC = { schedule: 'sync', threads: 2, steps: 480, checkpointEvery: 120 }

/** Steps after which a run is told to stop. */
const STOPS: Readonly<Record<string, readonly number[]>> = {
  mfq: [100, 280],
  ippo: [200],
  netpg: [200],
}
/** An update takes three of a round's four segments: where the run stops, one waits. */
const FEW_UPDATES = { batchSize: 300, epochs: 2, minibatches: 2 }

for (const [algorithm, stops] of Object.entries(STOPS)) {
  t.test(`${algorithm}: a sync run that was stopped ends as one that was not`, async (t) => {
    const folder = t.testdir()
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
    const values = { ...SYNC, algorithm, ...(algorithm === 'ippo' && FEW_UPDATES) }
    const expected = await trainSmall(whole, values)
    let resume: string | undefined
    for (const stop of stops) {
      const part = await trainSmall(parts, { ...values, resume }, stop)
      t.match(part, { status: 'interrupted', evaluation: [] })
      t.ok(part.steps >= stop && part.steps < stop + 100, `stopped at ${part.steps}`)
      // By the folder of the run the first time, then by that of a checkpoint.
      resume = resume === undefined ? parts : part.checkpoint
    }
    const last = await trainSmall(parts, { ...values, resume, threads: 1 })
    t.match(last, {
      status: 'done',
      steps: 480,
      stateHash: expected.stateHash,
      counters: expected.counters,
    })
    t.same(differences(whole, parts), [])

    const steps = metricsOf(parts).map(({ step }) => step)
    t.same(
      steps,
      metricsOf(whole).map(({ step }) => step),
    )
    t.equal(new Set(steps).size, steps.length)
    t.match(JSON.parse(readFileSync(join(parts, 'summary.json'), 'utf8')), { status: 'done', steps: 480 })
    if (algorithm !== 'mfq') return
    await t.test('a run that is done is only evaluated when it is resumed', async (t) => {
      const again = await trainSmall(parts, { ...values, resume: parts, evalEpisodes: 2 })
      t.match(again, { status: 'done', steps: 480, stateHash: expected.stateHash })
      t.same(
        again.evaluation.map(({ red, blue, episodes }) => [red.policy, blue.policy, episodes]),
        [
          ['learned', 'random', 2],
          ['learned', 'nearest-enemy', 2],
        ],
      )
    })
  })
}

t.test('an async run goes on after Ctrl-C and ends with the right number of steps', async (t) => {
  const out = join(t.testdir(), 'run')
  const training = start([
    ...SMALL_COUNTING,
    '--steps',
    '100000',
    '--checkpoint-every',
    '500',
    '--out',
    out,
    '--json',
  ])
  await training.line(/^training \d+/)
  training.kill('SIGINT')
  const stopped = await training.ended
  t.equal(stopped.code, 0)
  t.match(stopped.stderr, /go on with +npx manyfold train --resume/)
  const { status, checkpoint, steps } = resultOf(stopped)
  t.equal(status, 'interrupted')
  const resumed = resultOf(
    await run(['train', '--resume', checkpoint, '--steps', String(steps + 500), '--json']),
  )
  t.match(resumed, { status: 'done', steps: steps + 500, agentSteps: (steps + 500) * 8, out })
  const recorded = metricsOf(out).map(({ step }) => step)
  t.same(
    recorded,
    [...new Set(recorded)].toSorted((a, b) => a - b),
  )
})

t.test('a run resumed without its replay fills it again before it learns on', async (t) => {
  const out = join(t.testdir(), 'run')
  // 16 agents that may die: up to 128 transitions a segment, so it takes several rounds of 4 worlds.
  const values = {
    schedule: 'sync',
    steps: 480,
    checkpointReplay: false,
    learningStarts: 1500,
    replayCapacity: 8000,
  }
  const first = await trainSmall(out, values, 240)
  t.ok(first.metrics['updates']! > 0)
  const last = await trainSmall(out, { ...values, resume: out })
  const lines = metricsOf(out).filter(({ step }) => step > first.steps)
  const waiting = lines.filter(({ values }) => values['replayTransitions']! < 1500)
  t.ok(waiting.length > 1)
  t.ok(waiting.every(({ values }) => values['updates'] === first.metrics['updates']))
  // Half a sample a transition in batches of 64, but for those that filled the empty replay.
  const paid = last.metrics['transitions']! - 1500
  t.equal(last.metrics['updates'], Math.floor((paid * 0.5) / 64))
})
