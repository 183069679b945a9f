import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { Grouping } from '../../../learners/math/grouping.ts'
import { recurrence } from '../../../learners/networks/recurrence.ts'
import { tf } from '../../../learners/tf.ts'

/** Groups of three, one, four and two agents. */
const GROUP = [7, 7, 7, 2, 9, 9, 9, 9, 3, 3]
const W = 4

const near = (got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) =>
  got.length === expected.length &&
  Array.from(got).every(
    (x, i) => Math.abs(x - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!)),
  )

function draw(): number[][] {
  return tf.tidy(() => tf.randomNormal<tf.Rank.R2>([GROUP.length, W], 0, 1, 'float32', 5).arraySync())
}

/** Rows of the others in a row's group. */
function othersOf(row: number): number[] {
  return GROUP.flatMap((group, other) => (group === GROUP[row] && other !== row ? [other] : []))
}

function othersMeanSlowly(x: readonly (readonly number[])[]): number[] {
  return x.flatMap((_, row) => {
    const others = othersOf(row)
    return Array.from({ length: W }, (__, i) =>
      others.reduce((sum, other) => sum + x[other]![i]! / others.length, 0),
    )
  })
}

/** h_i = tanh(x_i + h_{i∓1} U + b) within each group. */
function recurSlowly(
  x: readonly (readonly number[])[],
  kernel: readonly (readonly number[])[],
  bias: readonly number[],
  isReverse: boolean,
): number[] {
  const h: number[][] = x.map(() => [])
  const order = [...x.keys()]
  for (const row of isReverse ? order.reverse() : order) {
    const before = row + (isReverse ? 1 : -1)
    const state = GROUP[before] === GROUP[row] ? h[before]! : Array(W).fill(0)
    h[row] = Array.from({ length: W }, (_, o) =>
      Math.tanh(x[row]![o]! + bias[o]! + state.reduce((sum, s, i) => sum + s * kernel[i]![o]!, 0)),
    )
  }
  return h.flat()
}

/** The slope of `loss` in each number of `x`, by central differences. */
function differences(x: readonly number[][], loss: (x: number[][]) => number): number[] {
  const step = 1e-4
  return x.flatMap((row, r) =>
    row.map((_, c) => {
      const moved = (by: number) => x.map((y, i) => y.map((z, j) => (i === r && j === c ? z + by : z)))
      return (loss(moved(step)) - loss(moved(-step))) / (2 * step)
    }),
  )
}

/** A loss that weighs every output differently. */
const weights = Array.from({ length: GROUP.length * W }, (_, i) => Math.sin(i + 1))
const weighed = (values: readonly number[]) => values.reduce((sum, value, i) => sum + value * weights[i]!, 0)
const weighedTensor = (y: tf.Tensor) => tf.sum(tf.mul(tf.reshape(y, [-1]), tf.tensor1d(weights)))

const KERNEL = Array.from({ length: W }, (_, i) =>
  Array.from({ length: W }, (__, o) => Math.cos(3 * i + o) / 2),
)
const BIAS = [0.1, -0.2, 0.3, 0]

for (const backend of ['wasm', 'cpu'] as const) {
  t.test(`the mean of the others and its gradient are those of the definition on ${backend}`, async (t) => {
    await openBackend(backend)
    const x = draw()
    const grouping = new Grouping(GROUP)
    // Of three and four agents, of one, and of two.
    t.same(
      grouping.blocks.map(({ groups, most, from }) => [groups, most, from]),
      [
        [2, 4, 0],
        [1, 1, 8],
        [1, 2, 9],
      ],
    )
    t.same(
      grouping.blocks.map(({ present }) => present !== undefined),
      [true, false, false],
    )
    const [value, slope] = tf.tidy(() => {
      const mean = (y: tf.Tensor) => grouping.othersMean(y as tf.Tensor2D)
      return [
        mean(tf.tensor2d(x)).dataSync(),
        tf
          .grad((y) => weighedTensor(mean(y)))(tf.tensor2d(x))
          .dataSync(),
      ]
    })
    t.ok(near(value, othersMeanSlowly(x)))
    t.ok(
      near(
        slope,
        differences(x, (y) => weighed(othersMeanSlowly(y))),
      ),
    )
    t.ok(
      othersMeanSlowly(x)
        .slice(12, 16)
        .every((y) => y === 0),
      'who is alone hears nothing',
    )
    grouping.dispose()
  })

  for (const isReverse of [false, true]) {
    const what = isReverse ? 'against the order' : 'in order'
    t.test(`a recurrence ${what} and its gradients are those of the definition on ${backend}`, async (t) => {
      await openBackend(backend)
      const x = draw()
      const grouping = new Grouping(GROUP)
      const layer = (y: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
        grouping.inOrder(y as tf.Tensor2D, (states, { present }) =>
          recurrence(states, kernel as tf.Tensor2D, bias as tf.Tensor1D, present, isReverse),
        )
      const inputs = () => [tf.tensor2d(x), tf.tensor2d(KERNEL), tf.tensor1d(BIAS)] as const
      const [value, slopes] = tf.tidy(() => {
        const grads = tf.grads((...args) => weighedTensor(layer(args[0]!, args[1]!, args[2]!)))([...inputs()])
        return [layer(...inputs()).dataSync(), grads.map((grad) => grad.dataSync())]
      })
      t.ok(near(value, recurSlowly(x, KERNEL, BIAS, isReverse)))
      const lossOf = (y: number[][], kernel: number[][], bias: number[]) =>
        weighed(recurSlowly(y, kernel, bias, isReverse))
      t.ok(
        near(
          slopes[0]!,
          differences(x, (y) => lossOf(y, KERNEL, BIAS)),
          1e-3,
        ),
      )
      t.ok(
        near(
          slopes[1]!,
          differences(KERNEL, (kernel) => lossOf(x, kernel, BIAS)),
          1e-3,
        ),
      )
      t.ok(
        near(
          slopes[2]!,
          differences([BIAS], ([bias]) => lossOf(x, KERNEL, bias!)),
          1e-3,
        ),
      )
      grouping.dispose()
    })
  }
}

t.test('nothing is left of a grouping that was disposed of', async (t) => {
  await openBackend('wasm')
  const before = tf.memory().numTensors
  const grouping = new Grouping(GROUP)
  tf.dispose(tf.tidy(() => grouping.othersMean(tf.tensor2d(draw()))))
  grouping.dispose()
  t.equal(tf.memory().numTensors, before)
})
