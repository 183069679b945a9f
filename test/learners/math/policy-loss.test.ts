import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import {
  clippedSurrogate,
  entropyOf,
  logProbabilityOf,
  policyGradient,
  standardized,
} from '../../../learners/math/policy-loss.ts'
import { tf } from '../../../learners/tf.ts'

t.before(async () => {
  await openBackend('wasm')
})

const near = (got: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5) =>
  got.length === expected.length && expected.every((value, i) => Math.abs(got[i]! - value) < tolerance)

/** Values of a tensor that is made within a tidy. */
const read = (make: () => tf.Tensor) => tf.tidy(() => make().dataSync())

t.test('log-probabilities and entropies are those of the softmax', async (t) => {
  const logits = [
    [0, Math.log(3), 0],
    [2, 2, 2],
  ]
  const log = read(() => logProbabilityOf(tf.tensor2d(logits), tf.tensor1d([1, 0], 'int32')))
  t.ok(near(log, [Math.log(0.6), Math.log(1 / 3)]))
  const entropy = read(() => entropyOf(tf.tensor2d(logits)))
  t.ok(near(entropy, [-(0.6 * Math.log(0.6) + 0.4 * Math.log(0.2)), Math.log(3)]))
})

t.test('a better action than expected is made more likely, a worse one less', async (t) => {
  const slope = (advantage: number) =>
    read(() =>
      tf.grad((now) =>
        tf.sum(
          policyGradient(now as tf.Tensor1D, tf.tensor1d([0]), tf.tensor1d([advantage]), tf.tensor1d([0.5])),
        ),
      )(tf.tensor1d([-1])),
    )
  t.same([...slope(2)], [-1])
  t.same([...slope(-4)], [2])
})

t.test('the surrogate is clipped where the policy has gone far enough, and nowhere else', async (t) => {
  const ratios = [0.5, 1, 1.5, 0.5, 1, 1.5]
  const advantage = [1, 1, 1, -1, -1, -1]
  const now = ratios.map((ratio) => Math.log(ratio))
  const loss = clippedSurrogate(0.2)
  const of = (x: tf.Tensor) => loss(x as tf.Tensor1D, tf.zeros([6]), tf.tensor1d(advantage), tf.ones([6]))
  t.ok(
    near(
      read(() => of(tf.tensor1d(now))),
      [-0.5, -1, -1.2, 0.8, 1, 1.5],
    ),
  )
  const slopes = read(() => tf.grad((x) => tf.sum(of(x)))(tf.tensor1d(now)))
  t.ok(near(slopes, [-0.5, -1, 0, 0, 1, 1.5]), [...slopes].join(' '))
})

t.test(
  'where the policy is still the one that acted, PPO without a clip is the policy gradient',
  async (t) => {
    const then = tf.tensor1d([-0.3, -1.2, -2])
    const advantage = tf.tensor1d([1, -2, 0.5])
    const slopes = [clippedSurrogate(1e9), policyGradient].map((loss) =>
      read(() =>
        tf.grad((now) => tf.sum(loss(now as tf.Tensor1D, then, advantage, tf.ones([3]))))(tf.clone(then)),
      ),
    )
    t.ok(near(slopes[0]!, [...slopes[1]!]))
    tf.dispose([then, advantage])
  },
)

t.test('standardised advantages have mean 0 and deviation 1, and none where all are alike', async (t) => {
  t.ok(
    near(
      read(() => standardized(tf.tensor1d([1, 3]))),
      [-1, 1],
    ),
  )
  t.ok(
    near(
      read(() => standardized(tf.tensor1d([5, 5, 5]))),
      [0, 0, 0],
    ),
  )
})
