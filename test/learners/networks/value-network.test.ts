import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { ValueNetwork } from '../../../learners/networks/value-network.ts'
import { tf } from '../../../learners/tf.ts'
import type { NetworkSpec } from '../../../runtime/core/network.ts'
import { biasName, kernelName } from '../../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import type { NamedTensors } from '../../../runtime/core/tensors.ts'
import { perceptron } from '../../fixtures/networks.ts'

const SPEC: NetworkSpec = perceptron(7, [16, 32], 5)

t.before(async () => {
  await openBackend('wasm')
})

function create(seed: number, spec: NetworkSpec = SPEC): ValueNetwork {
  return ValueNetwork.initial(spec, new Random(seedKey(seed)))
}

function tensor(data: readonly number[], shape: readonly number[]): NamedTensors[string] {
  return { dtype: 'f32', shape, data: Float32Array.from(data) }
}

function bytesOf(weights: NamedTensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  )
}

function forward(network: ValueNetwork, rows: readonly (readonly number[])[]): number[][] {
  return tf.tidy(() => network.forward(tf.tensor2d(rows.map((row) => [...row]))).arraySync())
}

/** The same network, one multiplication after the other. */
function forwardSlow(weights: NamedTensors, row: readonly number[], layers: number): number[] {
  let x = [...row]
  for (let layer = 0; layer < layers; layer++) {
    const { data: kernel } = weights[kernelName(`dense${layer}`)]!
    const { data: bias } = weights[biasName(`dense${layer}`)]!
    const y = [...bias].map((b, o) =>
      x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + o]!, b),
    )
    x = layer === layers - 1 ? y : y.map((value) => Math.max(0, value))
  }
  return x
}

t.test('a network of hand-made weights gives hand-computed values', async (t) => {
  const network = new ValueNetwork(perceptron(2, [2], 1), {
    [kernelName('dense0')]: tensor([1, -1, 2, 0.5], [2, 2]),
    [biasName('dense0')]: tensor([0.5, -1], [2]),
    [kernelName('dense1')]: tensor([3, 4], [2, 1]),
    [biasName('dense1')]: tensor([-10], [1]),
  })
  // [1, 2]: relu(5.5), relu(−1) → 3 · 5.5 − 10. [−3, 1]: relu(−0.5), relu(2.5) → 4 · 2.5 − 10.
  t.same(
    forward(network, [
      [1, 2],
      [-3, 1],
    ]),
    [[6.5], [0]],
  )
  network.dispose()
})

t.test('values equal those of the slow definition', async (t) => {
  const network = create(1)
  const random = new Random(seedKey(2))
  const rows = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 7 }, (_, j) => random.normal(50, i, j)),
  )
  const weights = await network.weights()
  const got = forward(network, rows)
  const far = rows.flatMap((row, i) =>
    forwardSlow(weights, row, 3).map((value, j) => Math.abs(value - got[i]![j]!)),
  )
  t.ok(Math.max(...far) < 1e-5, `${Math.max(...far)}`)
  network.dispose()
})

t.test('weights come out as they went in, and are copies', async (t) => {
  const network = create(3)
  const weights = await network.weights()
  const again = new ValueNetwork(SPEC, weights)
  t.same(bytesOf(await again.weights()), bytesOf(weights))
  weights[kernelName('dense0')]!.data.fill(0)
  t.strictNotSame(bytesOf(await network.weights()), bytesOf(weights))
  t.same(bytesOf(await again.weights()), bytesOf(await network.weights()))
  network.dispose()
  again.dispose()
})

t.test('equal seeds make equal networks', async (t) => {
  const [a, b, c] = [create(4), create(4), create(5)]
  t.same(bytesOf(await a.weights()), bytesOf(await b.weights()))
  t.strictNotSame(bytesOf(await a.weights()), bytesOf(await c.weights()))
  for (const network of [a, b, c]) network.dispose()
})

t.test('assigned weights replace all others', async (t) => {
  const [a, b] = [create(6), create(7)]
  b.assign(await a.weights())
  t.same(bytesOf(await b.weights()), bytesOf(await a.weights()))
  a.dispose()
  b.dispose()
})

t.test('a following network goes the share tau of the way, and does not move the other', async (t) => {
  const [online, target] = [create(8), create(9)]
  const [from, to] = [await target.weights(), await online.weights()]
  target.follow(online, 0.25)
  const got = await target.weights()
  const far = Object.entries(got).flatMap(([name, { data }]) =>
    [...data].map((value, i) => Math.abs(value - (0.25 * to[name]!.data[i]! + 0.75 * from[name]!.data[i]!))),
  )
  t.ok(Math.max(...far) < 1e-6)
  t.same(bytesOf(await online.weights()), bytesOf(to))
  target.follow(online, 1)
  t.same(bytesOf(await target.weights()), bytesOf(to))
  online.dispose()
  target.dispose()
})

t.test('no tensor is left behind by anything that a network does', async (t) => {
  const before = tf.memory().numTensors
  const [a, b] = [create(10), create(11)]
  for (let i = 0; i < 5; i++) {
    forward(a, [[1, 2, 3, 4, 5, 6, 7]])
    b.follow(a, 0.5)
    b.assign(await a.weights())
  }
  a.dispose()
  b.dispose()
  t.equal(tf.memory().numTensors, before)
})
