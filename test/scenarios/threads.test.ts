import t from 'tap'
import { type PolicySpec, sendPlan } from '../../actors/host-plan.ts'
import type { SegmentRequest } from '../../actors/pool.ts'
import type { SegmentResult } from '../../actors/segment.ts'
import { stateHash } from '../../actors/state-hash.ts'
import type { Selection } from '../../runtime/core/learner.ts'
import { type AnyScenario, actingGroups } from '../../runtime/core/scenario.ts'
import { planWorld, type WorldPlan } from '../../runtime/core/world.ts'
import { loadScenarios } from '../../scenarios/registry.ts'
import { type InlineHost, openInlineHost, publishWeights, taskOf } from '../fixtures/hosts.ts'
import { lendThreads } from '../fixtures/lent-threads.ts'
import type { ShardTask } from '../fixtures/shard-task.ts'

/** Numbers of threads, by turns. */
const SHARDS = [3, 8, 2]
const STEPS = 60
const SEGMENT_STEPS = 30

/** Worlds of a few hundred agents, so close to each other that threads meet. */
const CROWDED: Readonly<Record<string, Record<string, unknown>>> = {
  battle: { agents: 1_000, mapSize: 50, placement: 'uniform' },
  battlefield: { mapSize: 60, blockSide: 10 },
  'adversarial-pursuit': { mapSize: 80 },
  'tiger-deer': { mapSize: 60 },
  'double-attack': { mapSize: 60 },
  forest: { mapSize: 60 },
  'combined-arms': { mapSize: 60 },
}

const SELECTIONS: readonly Selection[] = ['epsilon-greedy', 'boltzmann']

type RunSegment = (task: SegmentRequest) => SegmentResult | Promise<SegmentResult>

const threads = lendThreads(t, 'shard-task.js', Math.max(...SHARDS))
let hosts = 0

interface Player {
  readonly group: number
  readonly selection: Selection
}

/** A network for each acting group and each way to choose. */
function playersOf({ spec }: WorldPlan): Player[] {
  return actingGroups(spec.groups).flatMap((group) => SELECTIONS.map((selection) => ({ group, selection })))
}

/** Two worlds of a scenario in which groups can follow any of the players, or the last policy, random play. */
function openHost(scenario: AnyScenario, order: Record<string, unknown>, shards: number): InlineHost {
  const options = { ...CROWDED[scenario.name], ...order }
  const players = playersOf(planWorld(scenario, scenario.options.parse(options)))
  const learned = players.map(
    ({ selection }, index): PolicySpec => ({
      kind: 'learned',
      acting: { network: { kind: 'perceptron', hidden: [16] }, selection, meanAction: true },
      parameters: 2 * index,
    }),
  )
  const policies: PolicySpec[] = [...learned, { kind: 'random' }]
  const host = openInlineHost({
    scenario,
    options,
    shards,
    policies,
    worldCount: 2,
    segmentSteps: SEGMENT_STEPS,
  })
  const groups = players.map(({ group }) => group)
  publishWeights(host.plan, host.arena, groups)
  return host
}

/** Runs each shard on a thread. */
function onThreads({ plan, arena }: InlineHost): RunSegment {
  const host = hosts++
  return async (task) => {
    const shards = Array.from({ length: plan.shards }, (_, shard): Promise<SegmentResult> => {
      const shardTask: ShardTask = {
        host,
        memory: arena.memory,
        plan: sendPlan(plan),
        scenario: plan.world.scenario.name,
        segment: { ...task, shard, lane: 0 },
      }
      return threads.run(shardTask)
    })
    return (await Promise.all(shards))[0]!
  }
}

/** The state after each segment: of one world in random play, and of another whose groups follow networks. */
async function play({ plan, worlds }: InlineHost, run: RunSegment): Promise<string[]> {
  const players = playersOf(plan.world)
  const seen: string[] = []
  for (const [world, kind] of ['random', 'learned'].entries()) {
    for (let steps = 0, segment = 0; steps < STEPS; segment++) {
      const selection = SELECTIONS[segment % SELECTIONS.length]
      const assignment = plan.world.spec.groups.map((_, group) => {
        const player = players.findIndex((other) => other.group === group && other.selection === selection)
        return kind === 'random' || player < 0 ? players.length : player
      })
      const rest = Math.min(SEGMENT_STEPS, STEPS - steps)
      const { episode, ...result } = await run(taskOf(plan, { world, assignment, steps: rest }))
      steps += result.steps
      seen.push(
        `${kind} ${result.agentSteps} ${stateHash([worlds[world]!])} ${JSON.stringify(episode ?? '')}`,
      )
    }
  }
  return seen
}

let settings = 0
for (const scenario of await loadScenarios()) {
  const orders = 'rules' in scenario.options.shape ? ['magent', 'manyfold'] : []
  for (const options of orders.length === 0 ? [{}] : orders.map((rules) => ({ rules }))) {
    const what = [scenario.name, ...Object.values(options)].join(' ')
    const shards = SHARDS[settings++ % SHARDS.length]!
    t.test(`${what} comes out on ${shards} threads as on one`, async (t) => {
      const lone = openHost(scenario, options, 1)
      const alone = await play(lone, async (task) => lone.run(task))
      t.equal(new Set(alone).size, alone.length)
      const host = openHost(scenario, options, shards)
      t.same(await play(host, onThreads(host)), alone)
    })
  }
}
