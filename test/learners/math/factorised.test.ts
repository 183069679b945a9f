import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import { factorisedValue, greedyJointAction } from '../../../learners/math/factorised.ts'
import { lossAndGradients } from '../../../learners/math/gradients.ts'
import { Grouping } from '../../../learners/math/grouping.ts'
import { doubleQValue, valueOfAction } from '../../../learners/math/q-targets.ts'
import { Adam } from '../../../learners/optimizer.ts'
import { tf } from '../../../learners/tf.ts'

const FACTORS = { rank: 4, weight: 0.5, sweeps: 3 }
const ACTIONS = 3
const WIDTH = ACTIONS * (1 + 2 * FACTORS.rank)
/** Groups of three agents, of one and of two. */
const GROUP = [0, 0, 0, 1, 2, 2]
const ACTION = [2, 0, 1, 1, 0, 2]

t.before(async () => {
  await openBackend('wasm')
})

function drawOutputs(seed: number): number[][] {
  return tf.tidy(() => tf.randomNormal<tf.Rank.R2>([GROUP.length, WIDTH], 0, 1, 'float32', seed).arraySync())
}

const othersOf = (i: number) => [...GROUP.keys()].filter((j) => j !== i && GROUP[j] === GROUP[i])

/** The value of agent i, term by term. */
function slowValue(
  outputs: readonly number[][],
  i: number,
  action: readonly number[],
  weight = FACTORS.weight,
): number {
  const { rank } = FACTORS
  const v = (a: number, k: number) => outputs[i]![ACTIONS + a * rank + k]!
  const u = (j: number, k: number) => outputs[j]![ACTIONS * (1 + rank) + action[j]! * rank + k]!
  const others = othersOf(i)
  let value = outputs[i]![action[i]!]!
  for (const j of others) {
    for (let k = 0; k < rank; k++) value += (weight / others.length) * v(action[i]!, k) * u(j, k)
  }
  return value
}

const near = (got: ArrayLike<number>, expected: readonly number[], tolerance = 1e-4) =>
  got.length === expected.length && expected.every((x, i) => Math.abs(got[i]! - x) < tolerance)

t.test('the value of two agents, worked out by hand', async (t) => {
  // Q, V and U of two actions, K = 4 with three numbers unused: agent 0 takes its first action, agent 1 its second.
  const outputs = [
    [1, 0, /* V */ 2, 0, 0, 0, 9, 9, 9, 9, /* U */ 3, 0, 0, 0, 9, 9, 9, 9],
    [0, 4, /* V */ 9, 9, 9, 9, -1, 0, 0, 0, /* U */ 9, 9, 9, 9, 5, 0, 0, 0],
  ]
  const grouping = new Grouping([0, 0])
  const values = tf.tidy(() =>
    factorisedValue(tf.tensor2d(outputs), tf.tensor1d([0, 1], 'int32'), grouping, {
      ...FACTORS,
      weight: 1,
    }).dataSync(),
  )
  // 1 + 2 · 5 and 4 + (−1) · 3.
  t.same([...values], [11, 1])
  grouping.dispose()
})

t.test('values are those of the definition, in groups of any size', async (t) => {
  const outputs = drawOutputs(1)
  const grouping = new Grouping(GROUP)
  const values = tf.tidy(() =>
    factorisedValue(tf.tensor2d(outputs), tf.tensor1d(ACTION, 'int32'), grouping, FACTORS).dataSync(),
  )
  t.ok(
    near(
      values,
      outputs.map((_, i) => slowValue(outputs, i, ACTION)),
    ),
  )
  grouping.dispose()
})

t.test('gradients reach the vectors of the others, and count an agent’s own nowhere', async (t) => {
  const outputs = drawOutputs(2)
  const grouping = new Grouping(GROUP)
  const slope = tf.tidy(() =>
    tf
      .grad((x) =>
        tf.sum(
          tf.mul(
            factorisedValue(x as tf.Tensor2D, tf.tensor1d(ACTION, 'int32'), grouping, FACTORS),
            tf.tensor1d([1, -2, 3, 4, 5, 0]),
          ),
        ),
      )(tf.tensor2d(outputs))
      .dataSync(),
  )
  const lossOf = (x: readonly number[][]) =>
    [1, -2, 3, 4, 5, 0].reduce((sum, weight, i) => sum + weight * slowValue(x, i, ACTION), 0)
  const step = 1e-3
  const expected = outputs.flatMap((row, r) =>
    row.map((_, c) => {
      const moved = (by: number) => outputs.map((x, i) => x.map((y, j) => (i === r && j === c ? y + by : y)))
      return (lossOf(moved(step)) - lossOf(moved(-step))) / (2 * step)
    }),
  )
  t.ok(near(slope, expected, 1e-3))
  grouping.dispose()
})

t.test('with λ = 0 values and greedy actions are those of independent Q-learning', async (t) => {
  const none = { ...FACTORS, weight: 0 }
  const [online, target] = [drawOutputs(3), drawOutputs(4)]
  const grouping = new Grouping(GROUP)
  const greedy = greedyJointAction(Float32Array.from(online.flat()), GROUP, ACTIONS, none)
  const [joint, own, taken, value] = tf.tidy(() => {
    const [q, next] = [online, target].map((rows) =>
      tf.tensor2d(rows.map((row) => row.slice(0, ACTIONS))),
    ) as [tf.Tensor2D, tf.Tensor2D]
    const action = tf.tensor1d(ACTION, 'int32')
    return [
      factorisedValue(tf.tensor2d(target), tf.tensor1d(greedy, 'int32'), grouping, none),
      doubleQValue(q, next),
      factorisedValue(tf.tensor2d(online), action, grouping, none),
      valueOfAction(q, action),
    ].map((x) => x.dataSync())
  })
  t.ok(near(joint!, [...own!]))
  t.ok(near(taken!, [...value!]))
  grouping.dispose()
})

t.test('coordinate ascent ends where nobody alone can do better', async (t) => {
  for (let seed = 10; seed < 30; seed++) {
    const outputs = drawOutputs(seed)
    // Both think alike of what they do together: a game with a potential, in which ascent ends.
    for (const row of outputs)
      row.copyWithin(ACTIONS * (1 + FACTORS.rank), ACTIONS, ACTIONS * (1 + FACTORS.rank))
    const joint = [
      ...greedyJointAction(Float32Array.from(outputs.flat()), GROUP, ACTIONS, { ...FACTORS, sweeps: 20 }),
    ]
    for (const i of GROUP.keys()) {
      const answers = Array.from({ length: ACTIONS }, (_, a) => slowValue(outputs, i, joint.with(i, a)))
      t.equal(joint[i], answers.indexOf(Math.max(...answers)), `seed ${seed}, agent ${i}`)
    }
  }
})

t.test(
  'payoffs that no sum of own values can express are represented, and the best joint action found',
  async (t) => {
    const payoff = [
      [8, -12, -12],
      [-12, 0, 0],
      [-12, 0, 0],
    ]
    const pairs = payoff.flatMap((row, a) => row.map((value, b) => ({ a, b, value })))
    const width = ACTIONS * (1 + 2 * FACTORS.rank)
    const factors = { ...FACTORS, weight: 1 }
    const group = pairs.flatMap((_, i) => [i, i])
    const grouping = new Grouping(group)
    const action = tf.tensor1d(
      pairs.flatMap(({ a, b }) => [a, b]),
      'int32',
    )
    const target = tf.tensor1d(pairs.flatMap(({ value }) => [value, value]))
    /** Squared error after so many steps, and the outputs of the two agents. */
    const fit = async (weight: number) => {
      const own = tf.variable(tf.randomNormal([2, width], 0, 0.5, 'float32', 7))
      const adam = new Adam({ own }, { learningRate: 0.05 })
      let error = 0
      for (let step = 0; step < 600; step++) {
        error = tf.tidy(() => {
          const { loss, gradients } = lossAndGradients(
            () => {
              const outputs = tf.tile(own, [pairs.length, 1]) as tf.Tensor2D
              const value = factorisedValue(outputs, action, grouping, { ...factors, weight })
              return tf.mean(tf.squaredDifference(target, value)) as tf.Scalar
            },
            { own },
          )
          adam.step(gradients)
          return loss.dataSync()[0]!
        })
      }
      const outputs = own.dataSync<'float32'>().slice()
      adam.dispose()
      own.dispose()
      return { error, outputs }
    }
    const joint = await fit(1)
    t.ok(joint.error < 1e-3, `${joint.error}`)
    t.same([...greedyJointAction(joint.outputs, [0, 0], ACTIONS, factors)], [0, 0])
    const sum = await fit(0)
    t.ok(sum.error > 10, `${sum.error}`)
    tf.dispose([action, target])
    grouping.dispose()
  },
)
