import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { trainSmall } from './_training.ts'

const SIGNALS = fileURLToPath(new URL('../../fixtures/signals-scenario.js', import.meta.url))
const AGENTS = 12

t.test('decisions are learned from, and the run ends with the one in which its steps do', async (t) => {
  const train = (values: Record<string, unknown>) =>
    trainSmall(join(t.testdir(), 'run'), {
      scenario: SIGNALS,
      algorithm: 'mfq',
      schedule: 'sync',
      decisionSteps: 3,
      steps: 400,
      ...values,
    })
  // 134 decisions, 7 in an episode.
  t.match(await train({ maxSteps: 21 }), {
    status: 'done',
    steps: 402,
    metrics: { transitions: 134 * AGENTS },
  })
  // Episodes of 20 steps: the last of their 7 decisions has two, and 401 is the end of one.
  t.match(await train({ maxSteps: 20 }), { status: 'done', steps: 401 })
})

t.test('the same is learned on any number of threads, stopped and resumed or not', async (t) => {
  const out = join(t.testdir(), 'run')
  const values = {
    scenario: SIGNALS,
    schedule: 'sync',
    decisionSteps: 3,
    restless: true,
    threads: 2,
    steps: 300,
  }
  const whole = await trainSmall(join(t.testdir(), 'whole'), { ...values, threads: 1 })
  await trainSmall(out, values, 100)
  const resumed = await trainSmall(out, { ...values, resume: out })
  t.equal(resumed.stateHash, whole.stateHash)
  t.same(resumed.metrics['transitions'], whole.metrics['transitions'])
})
