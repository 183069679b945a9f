import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { dense } from '../../../learners/networks/dense.ts'
import { tf } from '../../../learners/tf.ts'

type Values = number[]

/** dense, as TensorFlow.js would write it: the independent definition. */
function plain(x: tf.Tensor2D, kernel: tf.Tensor2D, bias: tf.Tensor1D, activation: 'relu' | 'linear') {
  const z = tf.add(tf.matMul(x, kernel), bias) as tf.Tensor2D
  return activation === 'relu' ? tf.relu(z) : z
}

/** Value and gradients of Σ y² · weight for one layer, as plain arrays. */
function evaluate(
  layer: typeof plain,
  activation: 'relu' | 'linear',
  sizes: readonly [number, number, number],
) {
  const [B, I, O] = sizes
  return tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R2>([B, I], 0, 1, 'float32', 1)
    const kernel = tf.randomNormal<tf.Rank.R2>([I, O], 0, 1, 'float32', 2)
    const bias = tf.randomNormal<tf.Rank.R1>([O], 0, 1, 'float32', 3)
    const weight = tf.randomNormal<tf.Rank.R2>([B, O], 0, 1, 'float32', 4)
    const loss = (...[x, kernel, bias]: tf.Tensor[]) =>
      tf.sum(
        tf.mul(
          tf.square(layer(x as tf.Tensor2D, kernel as tf.Tensor2D, bias as tf.Tensor1D, activation)),
          weight,
        ),
      ) as tf.Scalar
    const { value, grads } = tf.valueAndGrads(loss)([x, kernel, bias])
    return [value, ...grads].map((tensor): Values => Array.from(tensor.dataSync()))
  })
}

/** Largest difference, relative to the largest expected value. */
function distance(found: Values, expected: Values): number {
  const scale = Math.max(1e-6, ...expected.map(Math.abs))
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number)))) / scale
}

const SIZES = [
  [7, 5, 3],
  [64, 12, 12],
  [16, 3, 40],
  [1, 9, 1],
] as const

for (const backend of ['wasm', 'cpu'] as const) {
  t.test(`gradients equal those of plain operations on ${backend}`, async (t) => {
    await openBackend(backend)
    for (const activation of ['relu', 'linear'] as const) {
      for (const sizes of SIZES) {
        const ours = evaluate(dense, activation, sizes)
        const reference = evaluate(plain, activation, sizes)
        const distances = ours.map((values, i) => distance(values, reference[i] as Values))
        t.ok(Math.max(...distances) < 1e-5, `${activation} ${sizes.join('×')}: ${distances.join(', ')}`)
      }
    }
  })
}

t.test('gradients equal finite differences', async (t) => {
  await openBackend('cpu')
  const numbers = { kernel: [0.4, -0.3, 0.2, 0.7, -0.5, 0.1], bias: [0.3, -0.2] }
  const loss = (kernel: tf.Tensor, bias: tf.Tensor) => {
    const x = tf.tensor2d([1, -2, 0.5, 0.3, 0.8, -1], [2, 3])
    return tf.sum(
      tf.square(dense(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, 'relu', 'data')),
    ) as tf.Scalar
  }
  const lossAt = (kernel: Values, bias: Values) =>
    tf.tidy(() => loss(tf.tensor2d([...kernel], [3, 2]), tf.tensor1d([...bias])).dataSync()[0] as number)
  const [ofKernel, ofBias] = tf.tidy(() =>
    tf
      .grads(loss)([tf.tensor2d(numbers.kernel, [3, 2]), tf.tensor1d(numbers.bias)])
      .map((g) => [...g.dataSync()]),
  ) as [number[], number[]]
  const h = 1e-3
  const nudge = (values: Values, index: number, by: number) =>
    values.map((v, i) => (i === index ? v + by : v))
  const slopes = numbers.kernel.map((_, i) => {
    const [up, down] = [nudge(numbers.kernel, i, h), nudge(numbers.kernel, i, -h)]
    return (lossAt(up, numbers.bias) - lossAt(down, numbers.bias)) / (2 * h)
  })
  t.ok(distance(ofKernel, slopes) < 1e-2, `kernel ${ofKernel.join(', ')} against ${slopes.join(', ')}`)
  const biasSlopes = numbers.bias.map((_, i) => {
    const [up, down] = [nudge(numbers.bias, i, h), nudge(numbers.bias, i, -h)]
    return (lossAt(numbers.kernel, up) - lossAt(numbers.kernel, down)) / (2 * h)
  })
  t.ok(distance(ofBias, biasSlopes) < 1e-2, `bias ${ofBias.join(', ')} against ${biasSlopes.join(', ')}`)
})

t.test('data input has no gradient, and the parameters have the same', async (t) => {
  await openBackend('wasm')
  const asData: typeof plain = (x, kernel, bias, activation) => dense(x, kernel, bias, activation, 'data')
  const grads = (layer: typeof plain) =>
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R2>([6, 4], 0, 1, 'float32', 1)
      const f = (kernel: tf.Tensor, bias: tf.Tensor) =>
        tf.sum(layer(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, 'relu')) as tf.Scalar
      const parameters = [tf.randomNormal([4, 5], 0, 1, 'float32', 2), tf.zeros([5])]
      return tf
        .grads(f)(parameters)
        .map((g) => [...g.dataSync()])
    })
  t.same(grads(asData), grads(dense))
  const ofInput = () =>
    tf.tidy(() =>
      tf.grad((x) => tf.sum(dense(x as tf.Tensor2D, tf.ones([4, 5]), tf.zeros([5]), 'relu', 'data')))(
        tf.ones([6, 4]),
      ),
    )
  t.throws(ofInput, 'nothing connects the loss to the input')
})

t.test('no tensor outlives the gradients', async (t) => {
  await openBackend('wasm')
  evaluate(dense, 'relu', [8, 4, 4])
  const before = tf.memory().numTensors
  for (let i = 0; i < 20; i++) evaluate(dense, 'relu', [8, 4, 4])
  t.equal(tf.memory().numTensors, before)
})
