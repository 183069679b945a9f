import t from 'tap'
import { RolloutHost } from '../../actors/rollout-host.ts'
import { type AnyScenario, playersOf } from '../../runtime/core/scenario.ts'
import { planWorld } from '../../runtime/core/world.ts'
import { sidesOf } from '../../runtime/launch/match.ts'
import { arrange } from '../../scenarios/arrange/index.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { combinedArms } from '../../scenarios/combined-arms/index.ts'
import { gather } from '../../scenarios/gather/index.ts'
import { resolveScenario } from '../../scenarios/registry.ts'
import { LIMIT_BYTES, openInlineHost } from '../fixtures/hosts.ts'

const RANDOM = { kind: 'random' } as const
const LEARNED = {
  kind: 'learned',
  acting: { network: { kind: 'perceptron', hidden: [8] }, selection: 'epsilon-greedy', meanAction: true },
  parameters: 0,
} as const

function defaultWorld(scenario: AnyScenario) {
  return planWorld(scenario, scenario.options.parse({}))
}

t.test('passive agents are no agent-steps, and no policy writes their actions', async (t) => {
  const host = openInlineHost({ scenario: arrange, policies: [RANDOM] })
  const [world] = host.worlds
  world!.agents.action.fill(77)
  const { steps, agentSteps } = host.run({ steps: 1 })
  t.equal(steps, 1)
  t.equal(agentSteps, 63)
  t.equal(world!.agents.living[0], 63)
  // The world itself gives them an action at reset: to stay.
  t.same(new Set(world!.agents.action.subarray(0, 63)), new Set([0]))
})

t.test('a learned policy of agents with food beside them is asked for the agents alone', async (t) => {
  const host = openInlineHost({
    scenario: gather,
    policies: [RANDOM, LEARNED],
    sampleAgents: 4096,
    segmentSteps: 2,
  })
  const { agentSteps } = host.run({ assignment: [0, 0], recordGroup: 1 })
  const { transitions, group } = host.take()
  t.equal(group, 1)
  t.equal(transitions, agentSteps)
  t.equal(host.plan.slab.columns['reward']!.shape[0], 3 * 495, 'slabs have no room for food')
})

t.test('groups that learn together are those that act and have the same spaces', async (t) => {
  const players = (scenario: AnyScenario, group: number) =>
    playersOf(defaultWorld(scenario).spec.groups, group)
  t.same(
    [players(battle, 0), players(battle, 1), players(gather, 1), players(arrange, 1)],
    [[0, 1], [0, 1], [1], [1]],
  )
  t.same(
    [players(combinedArms, 0), players(combinedArms, 3)],
    [
      [0, 2],
      [1, 3],
    ],
  )
})

t.test('a training host records the group that acts', async (t) => {
  const host = new RolloutHost({
    world: defaultWorld(arrange),
    scenario: resolveScenario('arrange'),
    acting: LEARNED.acting,
    learningGroup: 1,
    threads: 1,
    worlds: 1,
    firstWorld: 0,
    segmentSteps: 2,
    sampleAgents: 4096,
    seed: 1,
    limitBytes: LIMIT_BYTES,
  })
  t.teardown(() => host.close())
  const { result, segment } = await host.run(0, 2, 1)
  t.equal(result.agentSteps, 2 * 63)
  t.equal(segment!.transitions, 2 * 63)
  const { action } = host.pool.world(0).agents
  t.same(new Set(action.subarray(0, 63)), new Set([0]))
})

t.test('sides of a match are teams, and passive groups are on neither', async (t) => {
  t.same(
    [battle, combinedArms, gather].map((scenario) => sidesOf(defaultWorld(scenario).spec.groups)),
    [
      [0, 1],
      [0, 0, 1, 1],
      [-1, 0],
    ],
  )
})
