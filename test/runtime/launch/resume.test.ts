import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { differences, metricsOf, resultOf, run, SMALL_COUNTING, start } from './_cli.ts'
import { trainSmall } from './_training.ts'

const SYNC = { schedule: 'sync', steps: 1200, checkpointEvery: 300 }

for (const algorithm of ['ippo', 'mfq']) {
  t.test(`${algorithm}: a sync run that was stopped twice ends as one that was not`, async (t) => {
    const folder = t.testdir()
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
    const values = { ...SYNC, algorithm }
    const expected = await trainSmall(whole, values)
    const first = await trainSmall(parts, values, 250)
    t.match(first, { status: 'interrupted', evaluation: [] })
    const second = await trainSmall(parts, { ...values, resume: parts }, 700)
    t.equal(second.status, 'interrupted')
    t.ok(first.steps < 300 && second.steps > 700 && second.steps < 800)
    const last = await trainSmall(parts, { ...values, resume: second.checkpoint, threads: 1 })
    t.match(last, { status: 'done', steps: 1200, stateHash: expected.stateHash, counters: expected.counters })
    t.same(differences(whole, parts), [])

    const steps = metricsOf(parts).map(({ step }) => step)
    t.same(
      steps,
      metricsOf(whole).map(({ step }) => step),
    )
    t.equal(new Set(steps).size, steps.length)
    t.match(JSON.parse(readFileSync(join(parts, 'summary.json'), 'utf8')), { status: 'done', steps: 1200 })
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

t.test('a run that is done is only evaluated when it is resumed', async (t) => {
  const out = join(t.testdir(), 'run')
  const values = { schedule: 'sync', steps: 200 }
  const done = await trainSmall(out, values)
  const again = await trainSmall(out, { ...values, resume: out, evalEpisodes: 2 })
  t.match(again, { status: 'done', steps: 200, stateHash: done.stateHash })
  t.same(
    again.evaluation.map(({ red, blue, episodes }) => [red.policy, blue.policy, episodes]),
    [
      ['learned', 'random', 2],
      ['learned', 'nearest-enemy', 2],
    ],
  )
})

t.test('a run resumed without its replay fills it again before it learns on', async (t) => {
  const out = join(t.testdir(), 'run')
  // 16 agents that may die: up to 128 transitions a segment, so it takes several rounds of 4 worlds.
  const values = {
    schedule: 'sync',
    steps: 1200,
    checkpointReplay: false,
    learningStarts: 3000,
    replayCapacity: 8000,
  }
  const first = await trainSmall(out, values, 600)
  t.ok(first.metrics['updates']! > 0)
  const last = await trainSmall(out, { ...values, resume: out })
  const lines = metricsOf(out).filter(({ step }) => step > first.steps)
  const waiting = lines.filter(({ values }) => values['replayTransitions']! < 3000)
  t.ok(waiting.length > 1)
  t.ok(waiting.every(({ values }) => values['updates'] === first.metrics['updates']))
  // Half a sample a transition in batches of 64, but for those that filled the empty replay.
  const paid = last.metrics['transitions']! - 3000
  t.equal(last.metrics['updates'], Math.floor((paid * 0.5) / 64))
})
