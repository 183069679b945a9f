import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { clipByGlobalNorm, lossAndGradients } from '../../../learners/math/gradients.ts'
import { tf } from '../../../learners/tf.ts'

t.before(async () => {
  await openBackend('wasm')
})

t.test('gradients come under our names, zero where the loss does not look', (t) => {
  const parameters = { slope: tf.variable(tf.tensor1d([2, 3])), unused: tf.variable(tf.tensor1d([1])) }
  const before = tf.memory().numTensors
  tf.tidy(() => {
    const { loss, gradients } = lossAndGradients(() => tf.sum(tf.square(parameters.slope)), parameters)
    t.same([...loss.dataSync()], [13])
    t.same([...(gradients['slope'] as tf.Tensor).dataSync()], [4, 6])
    t.same([...(gradients['unused'] as tf.Tensor).dataSync()], [0])
  })
  t.equal(tf.memory().numTensors, before)
  t.end()
})

const CASES = [
  { name: 'a long gradient is shortened to the limit', a: [3, 0], b: [4], limit: 1, expected: [0.6, 0, 0.8] },
  { name: 'a short gradient stays as it is', a: [3, 0], b: [4], limit: 6, expected: [3, 0, 4] },
  { name: 'a zero gradient stays zero', a: [0, 0], b: [0], limit: 1, expected: [0, 0, 0] },
]

for (const { name, a, b, limit, expected } of CASES) {
  t.test(name, (t) => {
    tf.tidy(() => {
      const { gradients, norm } = clipByGlobalNorm({ a: tf.tensor1d(a), b: tf.tensor1d(b) }, limit)
      const found = [gradients['a'], gradients['b']].flatMap((g) => [...(g as tf.Tensor).dataSync()])
      t.ok(
        found.every((value, i) => Math.abs(value - (expected[i] as number)) < 1e-6),
        found.join(', '),
      )
      t.equal(norm.dataSync()[0], Math.hypot(...a, ...b))
    })
    t.end()
  })
}
