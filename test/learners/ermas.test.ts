import t from 'tap'
import { ermas } from '../../learners/algorithms/ermas.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import { type Learner, type LearningTask, networkFor } from '../../runtime/core/learner.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'
import { withoutPrefix } from '../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const [AGENTS, ACTIONS] = [3, 2]
const PLANNER = AGENTS - 1
const SPACE = stateSpace(1)
const QUICK = { hidden: [16], batchSize: 300, gamma: 0, plannerGamma: 0, learningRate: 0.02 }

t.before(async () => {
  await openBackend('wasm')
})

const optionsOf = (more: object = {}) => ermas.options.parse({ ...QUICK, ...more })
const create = (more: object = {}): Promise<Learner> =>
  ermas.create({ space: SPACE, actions: ACTIONS, agents: AGENTS, seed: 5 }, optionsOf(more))

/** Of each agent and of the planner, the probabilities of its actions. */
async function policiesOf(learner: Learner): Promise<number[][]> {
  const weights = await learner.weights()
  const spec = networkFor(ermas.acting(optionsOf()), SPACE, ACTIONS)
  const inputs = Float32Array.from({ length: SPACE.inputs }, (_, i) => Number(i === SPACE.hotAt))
  return Array.from({ length: AGENTS }, (_, agent) => {
    const network = new ValueNetwork(spec, withoutPrefix(agentPrefix(agent), weights))
    const policy = tf.tidy(() => [
      ...tf.softmax(network.forward(tf.tensor2d(inputs, [1, SPACE.inputs]))).dataSync(),
    ])
    network.dispose()
    return policy
  })
}

/** Who is paid what, by what the agents do: cooperation costs its agent .3, and the planner a half. */
const selfish = (taken: readonly number[], agent: number) => 0.3 * taken[agent]!
const planners = (taken: readonly number[]) => (taken[0]! + taken[1]!) / 2

/** So many games of one step. @param noise added to rewards of the agents in turns, ±, so that it sums to 0 */
function play(policies: number[][], round: number, games = 100, ofAgents = selfish): Segment {
  const random = new Random(seedKey(1))
  const rows: Row[] = []
  for (let time = 0; time < games; time++) {
    const taken = policies.map((policy, agent) =>
      Number(random.uniform(1_000, round, AGENTS * time + agent) >= policy[0]!),
    )
    for (const [agent, action] of taken.entries()) {
      const reward = agent === PLANNER ? planners(taken) : ofAgents(taken, agent)
      rows.push({ time, state: 0, agent, action, reward, log: Math.log(policies[agent]![action]!) })
    }
  }
  return createSegment(SPACE, rows, games)
}

async function learn(learner: Learner, from: number, to: number) {
  const figures: Record<string, number>[] = []
  for (let round = from; round < to; round++) {
    learner.ingest(play(await policiesOf(learner), round))
    figures.push(await learner.update(0))
  }
  return figures
}

async function multipliersOf(learner: Learner): Promise<number[]> {
  const { multipliers } = await learner.save(false)
  return [...multipliers!.data].map(Number)
}

/** Parts of what is saved, as text. */
function textOf(saved: NamedTensors, prefix: string): string {
  return JSON.stringify(
    Object.entries(saved)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { data }]) => [name, [...data]]),
  )
}

t.test(
  'without slack agents keep to what pays them; with much they give it up against the planner',
  async (t) => {
    const [tight, loose] = [await create({ epsilon: 0 }), await create({ epsilon: 1, multiplierRate: 2 })]
    await learn(tight, 0, 40)
    await learn(loose, 0, 40)
    for (const [, selfishly] of (await policiesOf(tight)).slice(0, PLANNER))
      t.ok(selfishly! > 0.9, `${selfishly}`)
    for (const [, selfishly] of (await policiesOf(loose)).slice(0, PLANNER))
      t.ok(selfishly! < 0.1, `${selfishly}`)
    t.same(await multipliersOf(loose), [0, 0])
    for (const learner of [tight, loose]) learner.dispose()
  },
)

t.test(
  'a multiplier rises if and only if the regret is above the slack, by as much as is said',
  async (t) => {
    const learner = await create()
    learner.ingest(play(await policiesOf(learner), 0))
    const { localRegret } = await learner.update(0)
    // At first both agents miss something: each does what pays half of the time.
    t.ok(localRegret! > 0.02 && localRegret! < 0.15, `${localRegret}`)
    for (const [epsilon, sign] of [
      [localRegret! + 0.01, -1],
      [localRegret! - 0.01, 1],
    ] as const) {
      const other = await create({ epsilon, multiplierStart: 10, multiplierRate: 10 })
      other.ingest(play(await policiesOf(other), 0))
      await other.update(0)
      const moved = (await multipliersOf(other)).reduce((sum, lambda) => sum + (lambda - 10) / 2, 0)
      t.ok(Math.abs(moved - sign * 0.1) < 1e-5, `${moved}`)
      other.dispose()
    }
    learner.dispose()
  },
)

t.test('the local regret is what a deviation of the radius gains', async (t) => {
  // Of π = (1/2, 1/2), π′ = (1/2 − d, 1/2 + d) has KL(π ‖ π′) = −ln(1 − 4 d²) / 2, and gains .3 d.
  const radius = 0.04
  const d = Math.sqrt((1 - Math.exp(-2 * radius)) / 4)
  const learner = await create({ trustRadius: radius, innerSteps: 1 })
  const even = (await policiesOf(learner)).map(([p]) => p!)
  t.ok(
    even.every((p) => Math.abs(p - 0.5) < 0.1),
    even.join(', '),
  )
  learner.ingest(play(await policiesOf(learner), 0, 2000))
  const { localRegret } = await learner.update(0)
  t.ok(localRegret! < 1.1 * 0.3 * d && localRegret! > 0.8 * 0.3 * d, `${localRegret} of ${0.3 * d}`)
  learner.dispose()
})

t.test(
  'regret is judged by other decisions: where there is nothing to gain, none is found on average',
  async (t) => {
    const random = new Random(seedKey(9))
    let sum = 0
    const rounds = 12
    for (let round = 0; round < rounds; round++) {
      const learner = await create()
      let draw = 0
      const noise = () => random.uniform(1_001, round, draw++) - 0.5
      learner.ingest(play(await policiesOf(learner), round, 100, noise))
      sum += (await learner.update(0))['localRegret']!
      learner.dispose()
    }
    // Judged by the decisions that they were made from, deviations would gain about .01 here.
    t.ok(sum / rounds < 0.005, `${sum / rounds}`)
  },
)

t.test('with a large multiplier it is the policy gradient of the agents’ own rewards', async (t) => {
  const fixed = { multipliers: 'fixed', beta: 0 }
  const selfless = await create({ ...fixed, multiplierStart: 1e12 })
  const segment = play(await policiesOf(selfless), 0)
  const blind = await create({ ...fixed, multiplierStart: 1e12 })
  const antagonists = await create({ ...fixed, multiplierStart: 0 })
  // Nothing that the planner is paid matters then.
  const reward = segment.reward.map((paid, row) => (segment.agent[row] === PLANNER ? 0 : paid))
  selfless.ingest(segment)
  blind.ingest({ ...segment, reward })
  antagonists.ingest(segment)
  for (const learner of [selfless, blind, antagonists]) await learner.update(0)
  const [one, other, third] = await Promise.all([selfless, blind, antagonists].map((one) => policiesOf(one)))
  for (const agent of [0, 1]) {
    t.ok(Math.abs(one![agent]![1]! - other![agent]![1]!) < 1e-4)
    t.ok(one![agent]![1]! > third![agent]![1]!, 'who works against the planner gives more up')
  }
  for (const learner of [selfless, blind, antagonists]) learner.dispose()
})

t.test('β takes the deviation’s gradient off, and only where an agent’s own reward counts', async (t) => {
  const stepOf = async (more: object) => {
    const learner = await create({ multipliers: 'fixed', ...more })
    learner.ingest(play(await policiesOf(learner), 0))
    await learner.update(0)
    const saved = await learner.save(false)
    learner.dispose()
    return saved
  }
  const [none, some, whole] = await Promise.all(
    [0, 0.2, 1].map((beta) => stepOf({ beta, multiplierStart: 5 })),
  )
  t.not(textOf(none!, 'optimizer/first'), textOf(some!, 'optimizer/first'))
  const sizeOf = (saved: NamedTensors) =>
    [...saved['optimizer/first']!.data].reduce((sum: number, x) => sum + Math.abs(Number(x)), 0)
  t.ok(sizeOf(whole!) < sizeOf(some!) && sizeOf(some!) < sizeOf(none!), 'it takes off what it has in common')
  const [without, withIt] = await Promise.all([0, 1].map((beta) => stepOf({ beta, multiplierStart: 0 })))
  t.equal(textOf(without!, 'online/'), textOf(withIt!, 'online/'))
})

/** A planner that is paid for its second action, after 30 updates: how often it takes that. */
async function planned(more: object = {}): Promise<number> {
  const learner = await create({ multipliers: 'fixed', ...more })
  for (let round = 0; round < 30; round++) {
    const segment = play(await policiesOf(learner), round)
    const reward = segment.reward.map((paid, row) =>
      segment.agent[row] === PLANNER ? segment.action[row]! : paid,
    )
    learner.ingest({ ...segment, reward })
    await learner.update(0)
  }
  const often = (await policiesOf(learner))[PLANNER]![1]!
  learner.dispose()
  return often
}

t.test('the planner learns what it is paid for, as soon as it may', async (t) => {
  t.ok((await planned()) > 0.9)
  const [waiting, late] = [await planned({ plannerStart: 30 }), await planned({ plannerStart: 15 })]
  t.ok(Math.abs(waiting - 0.5) < 0.05, `${waiting}`)
  t.ok(late > 0.6, `${late}`)
})

t.test('saved and loaded in the middle, it goes on byte for byte; no tensor is left behind', async (t) => {
  const before = tf.memory().numTensors
  const whole = await create()
  await learn(whole, 0, 2)
  whole.ingest(play(await policiesOf(whole), 7, 20))
  const resumed = await create()
  resumed.load(structuredClone(await whole.save(true)))
  t.equal(resumed.stored, 60)
  for (const learner of [whole, resumed]) await learn(learner, 2, 4)
  t.strictSame(await resumed.save(true), await whole.save(true))
  for (const learner of [whole, resumed]) learner.dispose()
  t.equal(tf.memory().numTensors, before)
})

t.test('a checkpoint of other agents is refused', async (t) => {
  const learner = await create()
  const saved = await learner.save(false)
  t.throws(
    () => learner.load({ ...saved, multipliers: { dtype: 'f64', shape: [3], data: new Float64Array(3) } }),
    {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /expected those of 2 agents, got 3/,
    },
  )
  const { multipliers: _, ...none } = saved
  t.throws(() => learner.load(none), { message: /got nothing/ })
  learner.dispose()
})

t.test('it asks for agents beside the planner, and two decisions an update', async (t) => {
  const network = networkFor(ermas.acting(optionsOf()), SPACE, ACTIONS, 1)
  const task: LearningTask = { network, segmentRows: 100, isSampled: false, agents: [1] }
  t.throws(() => ermas.check!(optionsOf(), task), {
    code: 'ERR_CONFIG_INVALID',
    message: /expected agents beside it; got groups of 1/,
  })
  t.doesNotThrow(() => ermas.check!(optionsOf(), { ...task, agents: [3] }))
  t.throws(() => ermas.check!(optionsOf({ batchSize: 5 }), { ...task, agents: [3] }), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--batch-size: ermas expected at least 6,/,
  })
})
