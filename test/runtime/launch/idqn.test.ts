import { join } from 'node:path'
import t from 'tap'
import { planWorld } from '../../../runtime/core/world.ts'
import { loadPolicy } from '../../../runtime/launch/policies.ts'
import type { TrainSummary } from '../../../runtime/launch/train.ts'
import { scenario } from '../../fixtures/roles-scenario.ts'
import { differences } from './_cli.ts'
import { trainSmall } from './_training.ts'

const ROLES = new URL('../../fixtures/roles-scenario.js', import.meta.url).href
const QUICK = {
  scenario: ROLES,
  schedule: 'sync',
  batchSize: 32,
  samplesPerInsert: 4,
  learningRate: 0.01,
  gamma: 0,
  learningStarts: 120,
  steps: 480,
}
/** Reward of an episode in which every one of six agents always does right. */
const BEST = 6 * 20

const folder = t.testdir()

function earned({ returns }: TrainSummary): number {
  return returns.find(({ policy }) => policy === 'learned')!.meanReturn
}

t.test('agents that see alike learn to act alike with one network', async (t) => {
  const values = { ...QUICK, algorithm: 'iql', evalEpisodes: 2 }
  const summary = await trainSmall(join(folder, 'shared'), values)
  t.equal(earned(summary), BEST / 3, 'a shared network can play one role alone')
})

t.test('with networks of their own they learn to act differently, stopped and resumed or not', async (t) => {
  const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
  const values = { ...QUICK, algorithm: 'idqn', evalEpisodes: 2 }
  const expected = await trainSmall(whole, values)
  t.equal(earned(expected), BEST)
  const stopped = await trainSmall(parts, values, 200)
  t.equal(stopped.status, 'interrupted')
  const last = await trainSmall(parts, { ...values, resume: parts, threads: 2 })
  t.match(last, { status: 'done', stateHash: expected.stateHash, counters: expected.counters })
  t.same(differences(whole, parts), [])

  // A checkpoint is for as many agents as it was trained with.
  for (const agents of [6, 5, 7]) {
    const world = planWorld(scenario, { agents })
    const loading = loadPolicy(whole, world, 'greedy')
    if (agents === 6) t.equal((await loading).acting?.perAgent, true)
    else {
      await t.rejects(
        loading,
        { code: 'ERR_CHECKPOINT_MISMATCH', details: { trained: 6, agents } },
        `${agents}`,
      )
    }
  }
})

t.test('it takes groups whose agents die, and refuses samples of a group at once', async (t) => {
  const battle = await trainSmall(join(t.testdir(), 'battle'), {
    algorithm: 'idqn',
    schedule: 'sync',
    batchSize: 16,
  })
  t.equal(battle.status, 'done')
  await t.rejects(trainSmall(join(t.testdir(), 'roles'), { ...QUICK, algorithm: 'idqn', sampleAgents: 4 }), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--sample-agents/,
  })
})
