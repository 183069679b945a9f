import t from 'tap'
import { networkOf, type PolicySpec, sendPlan } from '../../actors/host-plan.ts'
import { openBackend } from '../../learners/backend.ts'
import { Grouping } from '../../learners/math/grouping.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { ActingSpec } from '../../runtime/core/learner.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { battle } from '../../scenarios/battle/index.ts'
import {
  type InlineHost,
  openInlineHost,
  type RecordedSegment,
  taskOf,
  weightsOf,
} from '../fixtures/hosts.ts'
import { lendThreads } from '../fixtures/lent-threads.ts'
import type { ShardTask } from '../fixtures/shard-task.ts'

/** More than are evaluated at a time, so near to each other that some die. */
const OPTIONS = { agents: 380, mapSize: 30, placement: 'uniform' }
const STEPS = 14
const ACTIONS = 21
const FACTORS = { rank: 4, weight: 0.7, sweeps: 3 }

const COMMUNICATING: Readonly<Record<string, Omit<ActingSpec, 'selection'>>> = {
  'CommNet of two hops': {
    network: { kind: 'commnet', hidden: [32, 16], hops: 2 },
    meanAction: false,
    critic: 'head',
  },
  'CommNet of three hops, with a mean action': {
    network: { kind: 'commnet', hidden: [16], hops: 3 },
    meanAction: true,
    critic: 'head',
  },
  'CommNet without a hop': {
    network: { kind: 'commnet', hidden: [16], hops: 0 },
    meanAction: false,
    critic: 'head',
  },
  BiCNet: { network: { kind: 'bicnet', hidden: [16] }, meanAction: false, critic: 'head' },
}
const FACTORISED: Omit<ActingSpec, 'selection'> = {
  network: { kind: 'perceptron', hidden: [16] },
  meanAction: false,
  factors: FACTORS,
}

const threads = lendThreads(t, 'shard-task.js', 3)

t.before(async () => {
  await openBackend('wasm')
})

function openBattle(acting: ActingSpec, shards = 1, options = OPTIONS) {
  const policy = { kind: 'learned', acting, parameters: 0 } as const
  const host = openInlineHost({
    scenario: battle,
    options,
    policies: [policy, { kind: 'scripted', name: 'nearest-enemy' }],
    sampleAgents: OPTIONS.agents,
    shards,
  })
  return { host, policy }
}

/** Outputs of the network for every row of a segment, [R][outputs], by TensorFlow.js. */
function outputsOf({ plan }: InlineHost, policy: PolicySpec & { kind: 'learned' }, segment: RecordedSegment) {
  const spec = networkOf(plan.world, 0, policy.acting)
  const { rows, observation, recordBytes, shared, sharedStride, time } = segment
  const { inputs } = spec.space
  const dense = new Float32Array(rows * inputs)
  const expander = new ObservationExpander(spec.space)
  for (let row = 0; row < rows; row++) {
    expander.expand(observation, row * recordBytes, shared, time[row]! * sharedStride, dense, row * inputs)
  }
  const network = new ValueNetwork(spec, weightsOf(plan, policy, 100))
  const grouping = new Grouping(time)
  const outputs = tf.tidy(() => network.forward(tf.tensor2d(dense, [rows, inputs]), grouping).arraySync())
  network.dispose()
  grouping.dispose()
  return outputs
}

/** Rows of each decision. */
function decisionsOf({ time, transitions }: RecordedSegment): number[][] {
  const rows = [...time.subarray(0, transitions).keys()]
  return [...new Set(time.subarray(0, transitions))].map((decision) =>
    rows.filter((row) => time[row] === decision),
  )
}

/** A segment of play, and how far log-probabilities are from what the network says of the whole group. */
function playAndCompare(acting: Omit<ActingSpec, 'selection'>, options: typeof OPTIONS) {
  const { host, policy } = openBattle({ ...acting, selection: 'boltzmann' }, 1, options)
  host.run({ recordGroup: 0, steps: STEPS, assignment: [0, 1], exploration: [1, 0] })
  const segment = host.take()
  const logits = outputsOf(host, policy, segment).map((row) => row.slice(0, ACTIONS))
  let distance = 0
  for (let row = 0; row < segment.transitions; row++) {
    const total = logits[row]!.reduce((sum, logit) => sum + Math.exp(logit), 0)
    const log = logits[row]![segment.action[row]!]! - Math.log(total)
    distance = Math.max(distance, Math.abs(log - segment.logProbability[row]!))
  }
  return { segment, distance }
}

for (const [what, acting] of Object.entries(COMMUNICATING)) {
  t.test(`agents of a ${what} choose as its network says of the whole group`, async (t) => {
    const crowd = playAndCompare(acting, OPTIONS)
    const sizes = decisionsOf(crowd.segment).map((rows) => rows.length)
    t.ok(sizes.at(-1)! < sizes[0]!, 'some died')
    t.ok(crowd.distance < 1e-4, `${crowd.distance}`)
    const alone = playAndCompare(acting, { ...OPTIONS, agents: 2 })
    t.ok(alone.segment.transitions > 0)
    t.ok(alone.distance < 1e-4, `${alone.distance}`)
  })
}

/** Coordinate ascent as it is written down. @returns the actions */
function ascendSlowly(outputs: readonly (readonly number[])[]): number[] {
  const { rank, weight, sweeps } = FACTORS
  const vector = (row: readonly number[], from: number, a: number) =>
    row.slice(from + a * rank, from + (a + 1) * rank)
  const best = (values: readonly number[]) => values.indexOf(Math.max(...values))
  const actions = outputs.map((row) => best(row.slice(0, ACTIONS)))
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const [i, row] of outputs.entries()) {
      const others = outputs.flatMap((other, j) =>
        i === j ? [] : [vector(other, ACTIONS * (1 + rank), actions[j]!)],
      )
      const mean = Array.from({ length: rank }, (_, k) =>
        others.reduce((sum, u) => sum + u[k]! / others.length, 0),
      )
      actions[i] = best(
        row
          .slice(0, ACTIONS)
          .map((q, a) => q + weight * vector(row, ACTIONS, a).reduce((sum, v, k) => sum + v * mean[k]!, 0)),
      )
    }
  }
  return actions
}

t.test('agents with factorised values choose the joint action that coordinate ascent finds', async (t) => {
  const { host, policy } = openBattle({ ...FACTORISED, selection: 'greedy' })
  host.run({ recordGroup: 0, steps: 4 })
  const segment = host.take()
  const outputs = outputsOf(host, policy, segment)
  let independent = 0
  for (const rows of decisionsOf(segment)) {
    const own = rows.map((row) => outputs[row]!)
    const chosen = rows.map((row) => segment.action[row]!)
    t.same(ascendSlowly(own), chosen)
    independent += own.filter(
      (row, i) => row.indexOf(Math.max(...row.slice(0, ACTIONS))) !== chosen[i],
    ).length
  }
  t.ok(independent > 0, 'some choose otherwise than they would by themselves')
})

/** Each shard on a thread. */
async function runShards(host: InlineHost, number: number): Promise<string> {
  const shards = Array.from({ length: host.plan.shards }, (_, shard) => {
    const task: ShardTask = {
      host: number,
      memory: host.arena.memory,
      plan: sendPlan(host.plan),
      scenario: 'battle',
      segment: { ...taskOf(host.plan, { steps: STEPS }), shard, lane: 0 },
    }
    return threads.run(task)
  })
  await Promise.all(shards)
  return actionsOf(host)
}

function actionsOf({ worlds }: InlineHost): string {
  const { action, id, living } = worlds[0]!.agents
  return JSON.stringify([[...living], [...action], [...id]])
}

let hosts = 0
for (const [what, acting] of Object.entries({ ...COMMUNICATING, 'factorised values': FACTORISED })) {
  t.test(`${what}: three threads come to the decisions of one`, async (t) => {
    const spec = { ...acting, selection: 'boltzmann' } as const
    const lone = openBattle(spec).host
    lone.run({ steps: STEPS })
    const host = openBattle(spec, 3).host
    t.equal(await runShards(host, hosts++), actionsOf(lone))
  })
}
