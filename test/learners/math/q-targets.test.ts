import t from 'tap'
import { openBackend } from '../../../learners/backend.ts'
import {
  bootstrapTarget,
  doubleQValue,
  meanFieldValue,
  valueOfAction,
} from '../../../learners/math/q-targets.ts'
import { tf } from '../../../learners/tf.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

type Rows = readonly (readonly number[])[]

const ONLINE: Rows = [
  [1, 3, 2],
  [0, -1, -2],
]
const TARGET: Rows = [
  [10, 20, 30],
  [-4, -5, -6],
]

function read(compute: () => tf.Tensor): number[] {
  return [...tf.tidy(() => compute().dataSync())]
}

const matrix = (rows: Rows) => tf.tensor2d(rows.map((row) => [...row]))
const vector = (values: readonly number[]) => tf.tensor1d([...values])

function far(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
}

function randomRows(stream: number, rows: number, columns: number): number[][] {
  const random = new Random(seedKey(4))
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => Math.fround(random.normal(stream, row, column))),
  )
}

/** Σₐ π(a) Q⁻(a), term by term, in double precision. */
function meanFieldSlow(online: readonly number[], target: readonly number[], temperature: number): number {
  let total = 0
  let value = 0
  for (const [a, q] of online.entries()) {
    const weight = Math.exp((q - Math.max(...online)) / temperature)
    total += weight
    value += weight * target[a]!
  }
  return value / total
}

t.before(async () => {
  await openBackend('wasm')
})

t.test('the value of an action is that of its column', async (t) => {
  t.same(
    read(() => valueOfAction(matrix(TARGET), tf.tensor1d([2, 0], 'int32'))),
    [30, -4],
  )
})

t.test("double Q takes the target network's value of the online network's best action", async (t) => {
  t.same(
    read(() => doubleQValue(matrix(ONLINE), matrix(TARGET))),
    [20, -4],
  )
  t.strictNotSame(
    read(() => doubleQValue(matrix(TARGET), matrix(TARGET))),
    [20, -4],
  )
})

t.test('double Q equals its slow definition on random values', async (t) => {
  const [online, target] = [randomRows(1, 64, 21), randomRows(2, 64, 21)]
  const expected = online.map((row, i) => target[i]![row.indexOf(Math.max(...row))]!)
  t.ok(
    far(
      read(() => doubleQValue(matrix(online), matrix(target))),
      expected,
    ) < 1e-6,
  )
})

t.test(
  'the mean-field value weighs target values with the Boltzmann policy of the online network',
  async (t) => {
    // exp(1), exp(3), exp(2) over their sum: 0.09003, 0.66524, 0.24473.
    const got = read(() => meanFieldValue(matrix(ONLINE), matrix(TARGET), 1))
    t.ok(Math.abs(got[0]! - (10 * 0.0900306 + 20 * 0.6652409 + 30 * 0.2447285)) < 1e-4, `${got[0]}`)
  },
)

t.test('the mean-field value equals its slow definition at every temperature', async (t) => {
  const [online, target] = [randomRows(3, 64, 21), randomRows(4, 64, 21)]
  for (const temperature of [0.05, 0.1, 1, 10]) {
    const expected = online.map((row, i) => meanFieldSlow(row, target[i]!, temperature))
    t.ok(
      far(
        read(() => meanFieldValue(matrix(online), matrix(target), temperature)),
        expected,
      ) < 1e-4,
      `T = ${temperature}`,
    )
  }
})

t.test('the policy of the mean-field value prefers larger values, and not smaller ones', async (t) => {
  const [value] = read(() => meanFieldValue(matrix([[0, 1]]), matrix([[0, 1]]), 0.5))
  t.ok(value! > 0.85, `${value}`)
})

t.test('a cold mean-field value is the double-Q value, a hot one the mean over actions', async (t) => {
  const cold = read(() => meanFieldValue(matrix(ONLINE), matrix(TARGET), 1e-3))
  t.ok(
    far(
      cold,
      read(() => doubleQValue(matrix(ONLINE), matrix(TARGET))),
    ) < 1e-5,
  )
  const hot = read(() => meanFieldValue(matrix(ONLINE), matrix(TARGET), 1e6))
  t.ok(far(hot, [20, -5]) < 1e-3)
})

t.test('a terminated transition does not bootstrap, any other does', async (t) => {
  const target = read(() => bootstrapTarget(vector([1, 1, -2]), vector([1, 0, 1]), vector([10, 10, 4]), 0.5))
  t.same(target, [6, 1, 0])
})

t.test('with discount 0 the target is the reward', async (t) => {
  t.same(
    read(() => bootstrapTarget(vector([1, 2]), vector([1, 0]), vector([10, 10]), 0)),
    [1, 2],
  )
})

t.test('no tensor outlives a target', async (t) => {
  const before = tf.memory().numTensors
  read(() => meanFieldValue(matrix(ONLINE), matrix(TARGET), 1))
  t.equal(tf.memory().numTensors, before)
})
