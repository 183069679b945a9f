import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { conv2d } from '../../../learners/networks/conv2d.ts'
import { tf } from '../../../learners/tf.ts'

interface Shapes {
  readonly x: [number, number, number, number]
  readonly kernel: [number, number, number, number]
}

const SHAPES: readonly Shapes[] = [
  { x: [3, 6, 5, 2], kernel: [3, 3, 2, 4] },
  { x: [2, 7, 7, 3], kernel: [2, 3, 3, 5] },
  { x: [4, 4, 4, 6], kernel: [1, 1, 6, 2] },
  { x: [5, 3, 3, 1], kernel: [3, 3, 1, 3] },
]

/** conv2d, as TensorFlow.js would write it: the independent definition. */
function plain(x: tf.Tensor4D, kernel: tf.Tensor4D, bias: tf.Tensor1D, activation: 'relu' | 'linear') {
  const z = tf.add(tf.conv2d(x, kernel, 1, 'valid'), bias) as tf.Tensor4D
  return activation === 'relu' ? tf.relu(z) : z
}

/** Value and gradients of Σ y² for one layer, in x, kernel and bias. */
function evaluate(layer: typeof plain, activation: 'relu' | 'linear', shapes: Shapes): number[][] {
  return tf.tidy(() => {
    const x = tf.randomNormal(shapes.x, 0, 1, 'float32', 1)
    const kernel = tf.randomNormal(shapes.kernel, 0, 1, 'float32', 2)
    const bias = tf.randomNormal([shapes.kernel[3]], 0, 1, 'float32', 3)
    const loss = (...[x, kernel, bias]: tf.Tensor[]) =>
      tf.sum(
        tf.square(layer(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, activation)),
      ) as tf.Scalar
    const { value, grads } = tf.valueAndGrads(loss)([x, kernel, bias])
    return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()))
  })
}

function distance(found: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(1e-6, ...expected.map(Math.abs))
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number)))) / scale
}

for (const backend of ['cpu', 'wasm'] as const) {
  t.test(`gradients on ${backend} equal those of plain operations on cpu`, async (t) => {
    for (const activation of ['relu', 'linear'] as const) {
      for (const shapes of SHAPES) {
        await openBackend('cpu') // plain gradients need Conv2DBackpropFilter, which WASM lacks
        const reference = evaluate(plain, activation, shapes)
        await openBackend(backend)
        const ours = evaluate(conv2d, activation, shapes)
        const distances = ours.map((values, i) => distance(values, reference[i] as number[]))
        t.ok(
          Math.max(...distances) < 1e-5,
          `${activation} ${JSON.stringify(shapes)}: ${distances.join(', ')}`,
        )
      }
    }
  })
}

t.test('data input leaves the gradients of the parameters as they are', async (t) => {
  await openBackend('wasm')
  const { x, kernel } = SHAPES[0] as Shapes
  const grads = (input: 'data' | 'hidden') =>
    tf.tidy(() => {
      const images = tf.randomNormal<tf.Rank.R4>(x, 0, 1, 'float32', 1)
      const f = (kernel: tf.Tensor, bias: tf.Tensor) =>
        tf.sum(conv2d(images, kernel as tf.Tensor4D, bias as tf.Tensor1D, 'relu', input)) as tf.Scalar
      const parameters = [tf.randomNormal(kernel, 0, 1, 'float32', 2), tf.zeros([kernel[3]])]
      return tf
        .grads(f)(parameters)
        .map((g) => [...g.dataSync()])
    })
  t.same(grads('data'), grads('hidden'))
})

t.test('no tensor outlives the gradients', async (t) => {
  await openBackend('wasm')
  const shapes = SHAPES[0] as Shapes
  evaluate(conv2d, 'relu', shapes)
  const before = tf.memory().numTensors
  for (let i = 0; i < 20; i++) evaluate(conv2d, 'relu', shapes)
  t.equal(tf.memory().numTensors, before)
})
