import t from 'tap'
import { splitOutputs } from '../../learners/algorithms/actor-critic-update.ts'
import { bicnet } from '../../learners/algorithms/bicnet.ts'
import { commnet } from '../../learners/algorithms/commnet.ts'
import { fql } from '../../learners/algorithms/fql.ts'
import { openBackend } from '../../learners/backend.ts'
import { Grouping } from '../../learners/math/grouping.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import { type AnyAlgorithm, type Learner, networkFor } from '../../runtime/core/learner.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const STATES = 3
const SPACE = stateSpace(STATES)
const PAIRS = 40
const QUICK = { hidden: [16], batchSize: 2 * PAIRS, learningRate: 0.02, entropyCoefficient: 0.01, gamma: 0 }
const ALGORITHMS: Readonly<Record<string, AnyAlgorithm>> = { commnet, bicnet }

t.before(async () => {
  await openBackend('wasm')
})

const optionsOf = (algorithm: AnyAlgorithm, more: object = {}) =>
  algorithm.options.parse({ ...QUICK, ...(algorithm === commnet && { hops: 1 }), ...more })

function create(algorithm: AnyAlgorithm, more: object = {}): Promise<Learner> {
  const setup = { space: SPACE, actions: STATES, agents: 2, seed: 5 }
  return algorithm.create(setup, optionsOf(algorithm, more))
}

/** [R, inputs] */
function denseOf(segment: Segment): tf.Tensor2D {
  const dense = new Float32Array(segment.rows * SPACE.inputs)
  const expander = new ObservationExpander(SPACE)
  for (let row = 0; row < segment.rows; row++) {
    expander.expand(
      segment.observation,
      row * SPACE.recordBytes,
      new Float32Array(2),
      0,
      dense,
      row * SPACE.inputs,
    )
  }
  return tf.tensor2d(dense, [segment.rows, SPACE.inputs])
}

/** Policies and values of the rows of a segment, each decision seen as a whole. */
async function outputsOf(algorithm: AnyAlgorithm, learner: Learner, segment: Segment, more: object = {}) {
  const spec = networkFor(algorithm.acting(optionsOf(algorithm, more)), SPACE, STATES)
  const network = new ValueNetwork(spec, await learner.weights())
  const grouping = new Grouping(segment.time)
  const outputs = tf.tidy(() => {
    const { logits, value } = splitOutputs(network.forward(denseOf(segment), grouping))
    return { policy: tf.softmax(logits).arraySync(), value: value.arraySync() }
  })
  network.dispose()
  grouping.dispose()
  return outputs
}

/** Pairs of agents that see a state each and are paid 1 for an action of the number of what the other one sees. */
async function playPairs(
  algorithm: AnyAlgorithm,
  learner: Learner,
  random: Random,
  round: number,
  more: object = {},
) {
  const states = Array.from({ length: 2 * PAIRS }, (_, i) => random.below(STATES, 1_000, round, i))
  const seen = states.map((state, i): Row => ({ time: i >> 1, state, action: 0 }))
  const { policy } = await outputsOf(algorithm, learner, createSegment(SPACE, seen, PAIRS), more)
  const rows = seen.map((row, i): Row => {
    let left = random.uniform(1_001, round, i)
    let action = 0
    while (action < STATES - 1 && left > policy[i]![action]!) left -= policy[i]![action++]!
    const other = states[i ^ 1]!
    return { ...row, action, reward: Number(action === other), log: Math.log(policy[i]![action]!) }
  })
  return createSegment(SPACE, rows, PAIRS)
}

/** Mean reward of the last rounds. */
async function train(algorithm: AnyAlgorithm, rounds: number, more: object = {}): Promise<number> {
  const learner = await create(algorithm, more)
  const random = new Random(seedKey(1))
  let paid = 0
  for (let round = 0; round < rounds; round++) {
    const segment = await playPairs(algorithm, learner, random, round, more)
    if (round >= rounds - 10) paid += segment.reward.reduce((sum, x) => sum + x, 0) / (20 * PAIRS)
    learner.ingest(segment)
    await learner.update(0)
  }
  learner.dispose()
  return paid
}

for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
  t.test(`${name}: agents learn to do what only the other one sees`, async (t) => {
    const paid = await train(algorithm, 120)
    t.ok(paid > 0.9, `${paid}`)
  })

  t.test(`${name}: the loss is what its definition comes to for groups of different sizes`, async (t) => {
    const options = { entropyCoefficient: 0.3, valueCoefficient: 0.7, batchSize: 6, learningRate: 1e-6 }
    const learner = await create(algorithm, options)
    const sizes = [1, 3, 2]
    const rows = sizes.flatMap((size, time) =>
      Array.from({ length: size }, (_, i): Row => {
        return { time, state: (time + i) % STATES, action: i % STATES, reward: i - time, log: -1 }
      }),
    )
    const segment = createSegment(SPACE, rows, sizes.length)
    const { policy, value } = await outputsOf(algorithm, learner, segment, options)
    learner.ingest(segment)
    const losses = await learner.update(0)
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length
    const expected = {
      policyLoss: mean(
        rows.map(({ action, reward }, i) => {
          const log = Math.log(policy[i]![action!]!)
          return -Math.min(1, Math.exp(log + 1)) * (reward! - value[i]!) * log
        }),
      ),
      valueLoss: mean(
        rows.map(({ action, reward }, i) => {
          const rho = Math.min(1, Math.exp(Math.log(policy[i]![action!]!) + 1))
          return (rho * (reward! - value[i]!)) ** 2
        }),
      ),
      entropy: mean(policy.map((p) => -p.reduce((sum, x) => sum + x * Math.log(x), 0))),
    }
    for (const [figure, number] of Object.entries(expected)) {
      t.ok(Math.abs(losses[figure]! - number) < 1e-4, `${figure}: ${losses[figure]}, expected ${number}`)
    }
    learner.dispose()
  })

  t.test(`${name}: an update leaks no tensor`, async (t) => {
    const learner = await create(algorithm)
    const random = new Random(seedKey(3))
    const segment = await playPairs(algorithm, learner, random, 0)
    const before = tf.memory().numTensors
    for (let round = 0; round < 3; round++) {
      learner.ingest(segment)
      await learner.update(0)
    }
    t.equal(tf.memory().numTensors, before)
    learner.dispose()
  })

  t.test(`${name}: a learner that was saved goes on as one that was not`, async (t) => {
    const random = new Random(seedKey(4))
    const whole = await create(algorithm)
    const segments: Segment[] = []
    for (const round of [0, 1]) segments.push(await playPairs(algorithm, whole, random, round))
    whole.ingest(segments[0]!)
    await whole.update(0)
    const resumed = await create(algorithm)
    resumed.load(await whole.save(true))
    for (const learner of [whole, resumed]) {
      learner.ingest(segments[1]!)
      await learner.update(0)
    }
    t.strictSame(await resumed.weights(), await whole.weights())
    for (const learner of [whole, resumed]) learner.dispose()
  })
}

t.test('CommNet without a hop is an actor-critic of agents that hear nothing', async (t) => {
  const paid = await train(commnet, 60, { hops: 0 })
  t.ok(paid < 0.5, `${paid}`)
})

t.test('BiCNet hangs on the order of agents, and CommNet does not', async (t) => {
  const states = [0, 1, 2, 2]
  const segmentOf = (order: readonly number[]) =>
    createSegment(
      SPACE,
      order.map((i) => ({ time: 0, state: states[i]!, action: 0 })),
      1,
    )
  const orders = [
    [0, 1, 2, 3],
    [3, 1, 0, 2],
  ]
  for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
    const learner = await create(algorithm)
    const [plain, mixed] = await Promise.all(
      orders.map(async (order) => {
        const { value } = await outputsOf(algorithm, learner, segmentOf(order))
        return order.map((_, i) => value[order.indexOf(i)]!)
      }),
    )
    const far = Math.max(...plain!.map((x, i) => Math.abs(x - mixed![i]!)))
    t.equal(far < 1e-5, algorithm === commnet, `${name}: ${far}`)
    learner.dispose()
  }
})

t.test(
  'factorised values tell what an action is worth together with those of others, and their sum cannot',
  async (t) => {
    // Two agents are paid for the same action, and it does not matter which: by itself, none is better.
    const options = {
      hidden: [16],
      batchSize: 64,
      learningRate: 0.02,
      learningStarts: 1,
      samplesPerInsert: 1000,
      replayCapacity: 1000,
      rank: 4,
      gamma: 0,
    }
    const rows = Array.from({ length: 2 * STATES ** 2 }, (_, i): Row => {
      const joint = [Math.floor((i >> 1) / STATES), (i >> 1) % STATES]
      return { time: i >> 1, state: 0, action: joint[i & 1]!, reward: Number(joint[0] === joint[1]) }
    })
    const segment = createSegment(SPACE, rows, STATES ** 2)
    const errors: number[] = []
    for (const interactionWeight of [1, 0]) {
      const setup = { space: SPACE, actions: STATES, agents: 2, seed: 5 }
      const learner = await fql.create(setup, fql.options.parse({ ...options, interactionWeight }))
      learner.ingest(segment)
      for (let update = 0; update < 300; update++) await learner.update(1)
      errors.push((await learner.update(1))['loss']!)
      learner.dispose()
    }
    t.ok(errors[0]! < 0.01, `${errors[0]}`)
    t.ok(errors[1]! > 0.15, `${errors[1]}`)
  },
)

t.test(
  'the loss of factorised Q-learning is that of its definition, with a death and others that go on',
  async (t) => {
    const options = {
      hidden: [16],
      batchSize: 5,
      learningStarts: 1,
      rank: 4,
      interactionWeight: 0.7,
      gamma: 0.9,
      sweeps: 3,
    }
    const setup = { space: SPACE, actions: STATES, agents: 3, seed: 8 }
    const given = fql.options.parse({ ...options, learningRate: 1e-6, targetTau: 1 })
    const learner = await fql.create(setup, given)
    const rows: Row[] = [
      { time: 0, state: 0, action: 1, reward: 1, next: 4 },
      { time: 0, state: 1, action: 2, reward: -1 },
      { time: 0, state: 2, action: 0, reward: 0.5, next: 3 },
      { time: 1, state: 1, action: 0, reward: 2 },
      { time: 1, state: 2, action: 1, reward: 0 },
    ]
    const segment = createSegment(SPACE, rows, 2)
    // Before it has learned, online and target network are the same.
    const network = new ValueNetwork(networkFor(fql.acting(given), SPACE, STATES), await learner.weights())
    const outputs = tf.tidy(() => network.forward(denseOf(segment)).arraySync())
    network.dispose()
    const jointValue = (group: readonly number[], actions: readonly number[], i: number): number => {
      const vector = (row: number, from: number, a: number) =>
        outputs[row]!.slice(from + 4 * a, from + 4 * (a + 1))
      const own = vector(group[i]!, STATES, actions[i]!)
      const others = group.flatMap((row, j) => (j === i ? [] : [vector(row, STATES * 5, actions[j]!)]))
      const product = own.reduce(
        (sum, v, k) => sum + v * others.reduce((mean, u) => mean + u[k]! / others.length, 0),
        0,
      )
      return outputs[group[i]!]![actions[i]!]! + 0.7 * product
    }
    const best = (values: readonly number[]) => values.indexOf(Math.max(...values))
    const next = [3, 4]
    const greedy = next.map((row) => best(outputs[row]!.slice(0, STATES)))
    for (let sweep = 0; sweep < 3; sweep++) {
      for (const i of next.keys()) {
        greedy[i] = best(Array.from({ length: STATES }, (_, a) => jointValue(next, greedy.with(i, a), i)))
      }
    }
    const taken = (group: readonly number[]) =>
      group.map((_, i) =>
        jointValue(
          group,
          group.map((row) => rows[row]!.action!),
          i,
        ),
      )
    const targets = [1 + 0.9 * jointValue(next, greedy, 1), -1, 0.5 + 0.9 * jointValue(next, greedy, 0), 2, 0]
    const errors = [...taken([0, 1, 2]), ...taken(next)].map((value, i) => (targets[i]! - value) ** 2)
    learner.ingest(segment)
    // Batches of five rows are one decision of each kind, or two of one kind and more; which, its size tells.
    const losses = new Set<number>()
    for (let update = 0; update < 20; update++) losses.add((await learner.update(0))['loss']!)
    learner.dispose()
    const mean = (weights: readonly number[]) =>
      errors.reduce((sum, error, i) => sum + error * weights[i]!, 0) /
      weights.reduce((sum, weight) => sum + weight, 0)
    const [three, two] = [
      [1, 1, 1, 0, 0],
      [0, 0, 0, 1, 1],
    ]
    const mixes = [
      [1, 1],
      [2, 0],
      [0, 3],
      [1, 2],
    ].map(([a, b]) => mean(three!.map((x, i) => a! * x + b! * two![i]!)))
    t.ok(losses.size > 1)
    t.same(
      [...losses].filter((loss) => mixes.every((mix) => Math.abs(mix - loss) > 0.003)),
      [],
      `${[...losses].join(' ')} of ${mixes.join(' ')}`,
    )
  },
)

for (const algorithm of [commnet, bicnet, fql]) {
  t.test(`${algorithm.name} refuses to learn from a part of a group`, async (t) => {
    const options = algorithm.options.parse({})
    const task = {
      segmentRows: 100,
      isSampled: true,
      agents: [2],
      network: networkFor(algorithm.acting(options), SPACE, STATES),
    }
    t.throws(() => algorithm.check!(options, task), {
      code: 'ERR_CONFIG_INVALID',
      message: /^--sample-agents: .* learns from what all agents of a group do together/,
    })
    t.doesNotThrow(() => algorithm.check!(options, { ...task, isSampled: false }))
  })
}
