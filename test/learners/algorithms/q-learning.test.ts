import t from 'tap'
import { iql } from '../../../learners/algorithms/iql.ts'
import { mfq } from '../../../learners/algorithms/mfq.ts'
import { qLearningOptions } from '../../../learners/algorithms/q-learning.ts'
import {
  actionValues,
  type QNetworks,
  type TransitionBatch,
  updateQ,
} from '../../../learners/algorithms/q-update.ts'
import { openBackend } from '../../../learners/backend.ts'
import { ClippedDescent } from '../../../learners/descent.ts'
import { doubleQValue, meanFieldValue } from '../../../learners/math/q-targets.ts'
import { NetworkSet } from '../../../learners/networks/network-set.ts'
import { Observations } from '../../../learners/networks/observations.ts'
import { ValueNetwork } from '../../../learners/networks/value-network.ts'
import { algorithms } from '../../../learners/registry.ts'
import { tf } from '../../../learners/tf.ts'
import type { NetworkSpec } from '../../../runtime/core/network.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { perceptron } from '../../fixtures/networks.ts'

const SPEC: NetworkSpec = perceptron(6, [16], 4)
const B = 32
const OPTIONS = qLearningOptions.parse({ gamma: 0.9, learningRate: 0.01, targetTau: 0.1 })

t.before(async () => {
  await openBackend('wasm')
})

function createNetworks(seed: number): QNetworks {
  return new NetworkSet(undefined, () => ValueNetwork.initial(SPEC, new Random(seedKey(seed))))
}

function createBatch(): TransitionBatch {
  const random = new Random(seedKey(3))
  const numbers = (stream: number, count: number) =>
    Float32Array.from({ length: count }, (_, i) => random.normal(stream, 0, i))
  return {
    observation: Observations.ofOne(tf.tensor2d(numbers(50, B * SPEC.space.inputs), [B, SPEC.space.inputs])),
    action: tf.tensor1d(
      Int32Array.from({ length: B }, (_, i) => i % SPEC.outputs),
      'int32',
    ),
    reward: tf.tensor1d(numbers(51, B)),
    continues: tf.tensor1d(Float32Array.from({ length: B }, (_, i) => (i % 3 === 0 ? 0 : 1))),
    weight: tf.tensor1d(Float32Array.from({ length: B }, (_, i) => 1 / (1 + (i % 4)))),
    nextObservation: Observations.ofOne(
      tf.tensor2d(numbers(52, B * SPEC.space.inputs), [B, SPEC.space.inputs]),
    ),
  }
}

/** The loss of the batch before an update, transition by transition. */
function slowLoss(
  online: QNetworks,
  target: QNetworks,
  batch: TransitionBatch,
  stateValue: (online: number[], target: number[]) => number,
): number {
  const q = online.forward(batch.observation).arraySync()
  const qNext = online.forward(batch.nextObservation).arraySync()
  const targetNext = target.forward(batch.nextObservation).arraySync()
  const [action, reward, continues] = [batch.action, batch.reward, batch.continues].map((x) =>
    x.dataSync(),
  ) as [Int32Array, Float32Array, Float32Array]
  let sum = 0
  for (let i = 0; i < B; i++) {
    const y = reward[i]! + 0.9 * continues[i]! * stateValue(qNext[i]!, targetNext[i]!)
    sum += (y - q[i]![action[i]!]!) ** 2 / (1 + (i % 4))
  }
  return sum / B
}

const TEMPERATURE = 0.3
const RULES = {
  iql: {
    fast: doubleQValue,
    slow: (online: number[], target: number[]) => target[online.indexOf(Math.max(...online))]!,
  },
  mfq: {
    fast: (online: tf.Tensor2D, target: tf.Tensor2D) => meanFieldValue(online, target, TEMPERATURE),
    slow: (online: number[], target: number[]) => {
      const weights = online.map((value) => Math.exp(value / TEMPERATURE))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      return target.reduce((sum, value, a) => sum + (value * weights[a]!) / total, 0)
    },
  },
}

for (const [name, { fast, slow }] of Object.entries(RULES)) {
  t.test(
    `the loss of ${name} is that of its slow definition, and falls when the batch is repeated`,
    async (t) => {
      const online = createNetworks(1)
      const target = createNetworks(2)
      const descent = new ClippedDescent(online.parameters, OPTIONS)
      const batch = createBatch()
      const losses: number[] = []
      const first = tf.tidy(() => slowLoss(online, target, batch, slow))
      for (let update = 0; update < 150; update++) {
        const { figures, error } = await updateQ(online, target, descent, batch, actionValues(fast), OPTIONS)
        losses.push(figures.loss.dataSync()[0]!)
        const squares = [...error.dataSync()].map((delta, i) => delta ** 2 / (1 + (i % 4)))
        const mean = squares.reduce((sum, square) => sum + square, 0) / B
        if (Math.abs(mean - losses.at(-1)!) > 1e-4) t.fail(`errors of ${mean}, loss ${losses.at(-1)}`)
        tf.dispose([...Object.values(figures), error])
      }
      t.ok(Math.abs(losses[0]! - first) < 1e-4, `${losses[0]} against ${first}`)
      t.ok(losses.at(-1)! < 0.6 * first, `${losses.at(-1)} after ${first}`)
      t.teardown(() => {
        const { observation, nextObservation, joint: _, ...tensors } = batch
        tf.dispose(Object.values(tensors))
        observation.dispose()
        nextObservation.dispose()
      })
    },
  )
}

t.test('the target network follows the updated online network by tau', async (t) => {
  const online = createNetworks(1)
  const target = createNetworks(2)
  const before = await target.weights()
  const batch = createBatch()
  const descent = new ClippedDescent(online.parameters, OPTIONS)
  await updateQ(online, target, descent, batch, actionValues(doubleQValue), OPTIONS)
  const [after, now] = [await target.weights(), await online.weights()]
  const far = Object.entries(after).flatMap(([name, { data }]) =>
    [...data].map((value, i) => Math.abs(value - (0.9 * before[name]!.data[i]! + 0.1 * now[name]!.data[i]!))),
  )
  t.ok(Math.max(...far) < 1e-6)
})

t.test('the temperature of MF-Q falls to its middle over 80 % of the run, then to its end', async (t) => {
  const options = mfq.options.parse({ temperatureStart: 1, temperatureMiddle: 0.2, temperatureEnd: 0.1 })
  const far = [
    [0, 1],
    [0.4, 0.6],
    [0.8, 0.2],
    [0.9, 0.15],
    [1, 0.1],
  ].map(([progress, value]) => Math.abs(mfq.exploration(options, progress!) - value!))
  t.ok(Math.max(...far) < 1e-12)
})

t.test('the epsilon of IQL falls to its end over its share of the run', async (t) => {
  const options = iql.options.parse({ epsilonStart: 1, epsilonEnd: 0.05, epsilonFraction: 0.6 })
  const far = [
    [0, 1],
    [0.3, 0.525],
    [0.6, 0.05],
    [1, 0.05],
  ].map(([progress, value]) => Math.abs(iql.exploration(options, progress!) - value!))
  t.ok(Math.max(...far) < 1e-12)
})

t.test('only MF-Q sees the mean action', async (t) => {
  t.match(mfq.acting(mfq.options.parse({ hidden: [48] })), {
    network: { kind: 'perceptron', hidden: [48] },
    selection: 'boltzmann',
    meanAction: true,
  })
  t.match(iql.acting(iql.options.parse({})), {
    network: { kind: 'perceptron', hidden: [64, 64] },
    selection: 'epsilon-greedy',
    meanAction: false,
  })
})

t.test('options that kernels or learning can not take are refused', async (t) => {
  const refused = [
    { hidden: [60] },
    { hidden: [] },
    { gamma: 1.1 },
    { targetTau: 0 },
    { batchSize: 0 },
    { learnRate: 1 },
  ]
  for (const algorithm of algorithms) {
    const accepted = refused.filter((options) => algorithm.options.safeParse(options).success)
    t.same(accepted, [], algorithm.name)
  }
})

t.test(
  'every algorithm has a name of its own, a line about it and a description of each option',
  async (t) => {
    t.equal(new Set(algorithms.map(({ name }) => name)).size, algorithms.length)
    for (const { name, summary, options } of algorithms) {
      t.notMatch(summary, /\n/)
      const silent = Object.entries(options.shape).filter(([, schema]) => !schema.description)
      t.same(
        silent.map(([option]) => option),
        [],
        name,
      )
    }
  },
)
