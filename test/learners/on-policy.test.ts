import t from 'tap'
import { networkOf } from '../../actors/host-plan.ts'
import { splitOutputs } from '../../learners/algorithms/actor-critic-update.ts'
import { iac } from '../../learners/algorithms/iac.ts'
import { ippo } from '../../learners/algorithms/ippo.ts'
import { mfac } from '../../learners/algorithms/mfac.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import { type AnyAlgorithm, type Learner, type LearningTask, networkFor } from '../../runtime/core/learner.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { planWorld } from '../../runtime/core/world.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const STATES = 4
const ACTIONS = 3
const SPACE = stateSpace(STATES)
const ALGORITHMS: Readonly<Record<string, AnyAlgorithm>> = { iac, ippo, mfac }
const QUICK = { hidden: [16], batchSize: 60, learningRate: 0.02, entropyCoefficient: 0.01 }
const FEW_PASSES = { epochs: 2, minibatches: 2 }

t.before(async () => {
  await openBackend('wasm')
})

const optionsOf = (algorithm: AnyAlgorithm, more: object = {}) =>
  algorithm.options.parse({ ...QUICK, ...(algorithm === ippo && FEW_PASSES), ...more })

function create(algorithm: AnyAlgorithm, more: object = {}): Promise<Learner> {
  return algorithm.create({ space: SPACE, actions: ACTIONS, agents: 1, seed: 5 }, optionsOf(algorithm, more))
}

/** Logits and values of all states, by the learner's present weights. */
async function outputsOf(algorithm: AnyAlgorithm, learner: Learner) {
  const spec = networkFor(algorithm.acting(optionsOf(algorithm)), SPACE, ACTIONS)
  const network = new ValueNetwork(spec, await learner.weights())
  const rows: Row[] = Array.from({ length: STATES }, (_, state) => ({ time: 0, state, action: 0 }))
  const { observation } = createSegment(SPACE, rows, 0)
  const dense = new Float32Array(STATES * SPACE.inputs)
  const expander = new ObservationExpander(SPACE)
  for (let i = 0; i < STATES; i++) {
    expander.expand(observation, i * SPACE.recordBytes, new Float32Array(2), 0, dense, i * SPACE.inputs)
  }
  const outputs = tf.tidy(() => {
    const { logits, value } = splitOutputs(network.forward(tf.tensor2d(dense, [STATES, SPACE.inputs])))
    return { policy: tf.softmax(logits).arraySync(), value: value.arraySync() }
  })
  network.dispose()
  return outputs
}

/** Twenty agents in each of three states act by a policy once; the action of the state's number pays 1. */
function bandit(policy: readonly (readonly number[])[], random: Random, round: number): Segment {
  const rows = Array.from({ length: 60 }, (_, i): Row => {
    const state = i % 3
    let left = random.uniform(1_000, round, i)
    let action = 0
    while (action < ACTIONS - 1 && left > policy[state]![action]!) left -= policy[state]![action++]!
    return {
      time: 0,
      state,
      action,
      reward: Number(action === state),
      log: Math.log(policy[state]![action]!),
    }
  })
  return createSegment(SPACE, rows, 1)
}

for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
  t.test(
    `${name} learns which action of a bandit pays in which context, and what that is worth`,
    async (t) => {
      const learner = await create(algorithm)
      const random = new Random(seedKey(1))
      for (let round = 0; round < 100; round++) {
        learner.ingest(bandit((await outputsOf(algorithm, learner)).policy, random, round))
        t.equal(learner.due(), 1)
        await learner.update(0)
        if (learner.due() !== 0 || learner.stored !== 0) throw new Error('experience was learned from twice')
      }
      const { policy, value } = await outputsOf(algorithm, learner)
      for (let state = 0; state < 3; state++) {
        t.ok(policy[state]![state]! > 0.85, `${state}: ${policy[state]!.join(' ')}`)
        t.ok(Math.abs(value[state]! - policy[state]![state]!) < 0.15, `${value[state]}`)
      }
      learner.dispose()
    },
  )

  t.test(`${name}: more weight on entropy keeps a policy more random`, async (t) => {
    const peaks: number[] = []
    for (const entropyCoefficient of [0.001, 4]) {
      const learner = await create(algorithm, { entropyCoefficient })
      const random = new Random(seedKey(2))
      for (let round = 0; round < 40; round++) {
        learner.ingest(bandit((await outputsOf(algorithm, learner)).policy, random, round))
        await learner.update(0)
      }
      peaks.push((await outputsOf(algorithm, learner)).policy[0]![0]!)
      learner.dispose()
    }
    t.ok(peaks[0]! > peaks[1]! + 0.2, peaks.join(' '))
  })

  t.test(`${name}: as many updates are due as there are, however large a segment is`, async (t) => {
    const learner = await create(algorithm, { batchSize: 8 })
    const random = new Random(seedKey(3))
    const uniform = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3])
    for (const round of [0, 1]) learner.ingest(bandit(uniform, random, round))
    t.equal(learner.due(), 2, 'each of 60 transitions')
    while (learner.due() > 0) {
      const { loss } = await learner.update(0)
      t.ok(Number.isFinite(loss))
    }
    t.equal(learner.updates, 2)
    t.equal(learner.stored, 0)
    learner.dispose()
  })

  t.test(`${name}: an update leaks no tensor`, async (t) => {
    const learner = await create(algorithm)
    const random = new Random(seedKey(3))
    const uniform = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3])
    const before = tf.memory().numTensors
    for (let round = 0; round < 3; round++) {
      learner.ingest(bandit(uniform, random, round))
      await learner.update(0)
    }
    t.equal(tf.memory().numTensors, before)
    learner.dispose()
  })

  t.test(`${name}: a learner that was saved goes on as one that was not, with what waited`, async (t) => {
    const random = new Random(seedKey(4))
    const uniform = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3])
    const segments = [0, 1, 2, 3].map((round) => bandit(uniform, random, round))
    const whole = await create(algorithm)
    const parts = await create(algorithm)
    for (const learner of [whole, parts]) {
      learner.ingest(segments[0]!)
      await learner.update(0)
      learner.ingest(segments[1]!)
    }
    const resumed = await create(algorithm)
    resumed.load(await parts.save(true))
    for (const learner of [whole, resumed]) {
      learner.ingest(segments[2]!)
      t.equal(learner.due(), 2)
      while (learner.due() > 0) await learner.update(0)
    }
    t.strictSame(await resumed.weights(), await whole.weights())
    t.equal(resumed.updates, 3)
    const fresh = await create(algorithm)
    fresh.load(await parts.save(false))
    t.equal(fresh.stored, 0, 'without its replay it starts with nothing')
    for (const learner of [whole, parts, resumed, fresh]) learner.dispose()
  })
}

t.test('the loss is what its definition comes to, and the critic’s output is no action', async (t) => {
  const options = {
    entropyCoefficient: 0.3,
    valueCoefficient: 0.7,
    batchSize: 2,
    learningRate: 1e-6,
    gamma: 0.5,
  }
  const learner = await create(iac, options)
  const { policy, value } = await outputsOf(iac, learner)
  const [first, second] = [policy[0]!, policy[1]!]
  t.equal(first.length, ACTIONS)
  const rows: Row[] = [
    { time: 0, state: 0, action: 1, reward: 1, log: Math.log(first[1]!), next: 1 },
    { time: 1, state: 1, action: 2, reward: -1, log: Math.log(second[2]!) },
  ]
  learner.ingest(createSegment(SPACE, rows, 2))
  const losses = await learner.update(0)
  const v1 = -1
  const v0 = value[0]! + (1 + 0.5 * value[1]! - value[0]!) + 0.5 * 0.8 * (v1 - value[1]!)
  const advantages = [1 + 0.5 * v1 - value[0]!, v1 - value[1]!]
  const logs = [Math.log(first[1]!), Math.log(second[2]!)]
  const entropy = (p: readonly number[]) => -p.reduce((sum, x) => sum + x * Math.log(x), 0)
  const mean = (a: number, b: number) => (a + b) / 2
  const expected = {
    policyLoss: mean(-advantages[0]! * logs[0]!, -advantages[1]! * logs[1]!),
    valueLoss: mean((v0 - value[0]!) ** 2, (v1 - value[1]!) ** 2),
    entropy: mean(entropy(first), entropy(second)),
  }
  for (const [name, number] of Object.entries(expected)) {
    t.ok(Math.abs(losses[name]! - number) < 1e-4, `${name}: ${losses[name]}, expected ${number}`)
  }
  const loss = expected.policyLoss + 0.7 * expected.valueLoss - 0.3 * expected.entropy
  t.ok(Math.abs(losses['loss']! - loss) < 1e-4)
  learner.dispose()
})

t.test('what an older policy chose is weighed once: by the ratio in PPO, by V-trace elsewhere', async (t) => {
  // The present policy takes each action so many times as often as the one that acted.
  const ratios = [0.5, 1, 0.25]
  for (const algorithm of [iac, ippo]) {
    const learner = await create(algorithm, {
      batchSize: 3,
      ...(algorithm === ippo && { epochs: 1, minibatches: 1, clip: 1e6 }),
    })
    const { policy, value } = await outputsOf(algorithm, learner)
    const logs = ratios.map((_, state) => Math.log(policy[state]![0]!))
    const rows = ratios.map((ratio, state): Row => {
      return { time: 0, state, action: 0, reward: state ** 2, log: logs[state]! - Math.log(ratio) }
    })
    learner.ingest(createSegment(SPACE, rows, 1))
    const { policyLoss } = await learner.update(0)
    const advantages = rows.map(({ reward }, state) => reward! - value[state]!)
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length
    const centre = mean(advantages)
    const deviation = Math.sqrt(mean(advantages.map((a) => (a - centre) ** 2)))
    const terms = ratios.map((ratio, i) =>
      algorithm === ippo
        ? (-ratio * (advantages[i]! - centre)) / deviation
        : -ratio * advantages[i]! * logs[i]!,
    )
    t.ok(Math.abs(policyLoss! - mean(terms)) < 1e-4, `${algorithm.name}: ${policyLoss}, ${mean(terms)}`)
    learner.dispose()
  }
})

t.test(
  'a critic of normalised values learns returns of any size, and goes on after it was saved',
  async (t) => {
    const more = { normalizeValues: true, learningRate: 0.01 }
    const learner = await create(iac, more)
    const uniform = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3])
    const random = new Random(seedKey(6))
    let loss = 0
    // Rewards of 1,000 and 0, a third of the time each way: their deviation is 471.
    const large = (round: number) => {
      const segment = bandit(uniform, random, round)
      return { ...segment, reward: segment.reward.map((paid) => 1000 * paid) }
    }
    for (let round = 0; round < 150; round++) {
      learner.ingest(large(round))
      loss = (await learner.update(0))['valueLoss']!
    }
    t.ok(loss < 1.3, `the loss is in units of the deviation: ${loss}`)
    const resumed = await create(iac, more)
    resumed.load(structuredClone(await learner.save(true)))
    const segment = large(200)
    for (const own of [learner, resumed]) {
      own.ingest(segment)
      await own.update(0)
    }
    t.strictSame(await resumed.weights(), await learner.weights())
    const plain = await create(iac)
    const saved = await plain.save(true)
    const refusal = { code: 'ERR_CHECKPOINT_MISMATCH', message: /^--normalize-values: / }
    t.throws(() => resumed.load(saved), refusal)
    const normalized = await learner.save(true)
    t.throws(() => plain.load(normalized), refusal)
    for (const own of [learner, resumed, plain]) own.dispose()
  },
)

/** A run of battles, whose segments can have so many rows. */
function battleTask(algorithm: AnyAlgorithm, segmentRows: number, more: object = {}): LearningTask {
  const world = planWorld(battle, battle.options.parse({}))
  const network = networkOf(world, 0, algorithm.acting(optionsOf(algorithm, more)))
  return { network, segmentRows, isSampled: true, agents: [64] }
}

t.test('PPO refuses minibatches that could have no spread', async (t) => {
  const check = (minibatches: number) => () =>
    ippo.check!(optionsOf(ippo, { batchSize: 8, minibatches }), battleTask(ippo, 10))
  t.doesNotThrow(check(4))
  t.throws(check(5), { code: 'ERR_CONFIG_INVALID', message: /^--minibatches: expected at most half/ })
})

t.test('gradient steps of more rows than there is memory for are refused before a run starts', async (t) => {
  const check = (algorithm: AnyAlgorithm, rows: number, more: object) => () =>
    algorithm.check!(optionsOf(algorithm, more), battleTask(algorithm, rows, more))
  const refusal = {
    code: 'ERR_CONFIG_INVALID',
    message: /^--segment-steps: expected gradient steps of at most/,
  }
  const defaults = { hidden: [64, 64], batchSize: 256 }
  const standard = 33 * 512
  for (const algorithm of Object.values(ALGORITHMS)) {
    t.doesNotThrow(check(algorithm, standard, defaults), algorithm.name)
    t.throws(check(algorithm, 100 * standard, defaults), refusal, algorithm.name)
    t.equal(algorithm.options.safeParse({ batchSize: 65_537 }).success, false)
  }
  t.doesNotThrow(check(ippo, 6 * standard, { minibatches: 4 }), 'each minibatch is a step of its own')
  t.throws(check(ippo, 6 * standard, { minibatches: 1 }), refusal)
  const convolution = { ...defaults, network: 'convolution' }
  t.throws(check(iac, standard, convolution), refusal, 'a convolution keeps more of a row')
  t.doesNotThrow(check(iac, standard / 2 - 1000, convolution))
})

t.test('an update of many rows is that of all of them, though they are weighed in parts', async (t) => {
  const random = new Random(seedKey(6))
  const uniform = Array.from({ length: 3 }, () => [1 / 3, 1 / 3, 1 / 3])
  const one = bandit(uniform, random, 0)
  const [few, many] = await Promise.all([
    create(iac, { batchSize: one.rows }),
    create(iac, { batchSize: 101 * one.rows }),
  ])
  few.ingest(one)
  for (let i = 0; i < 101; i++) many.ingest(one)
  t.ok(many.stored > 4096)
  const [expected, got] = [await few.update(0), await many.update(0)]
  for (const [name, value] of Object.entries(expected)) {
    t.ok(Math.abs(got[name]! - value) < 1e-4, `${name}: ${got[name]}, expected ${value}`)
  }
  t.equal(many.stored, 0)
  for (const learner of [few, many]) learner.dispose()
})
