import t from 'tap'
import { SelfPlay } from '../../learners/self-play.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'

const weights = (...values: number[]): NamedTensors => ({
  w: { dtype: 'f32', shape: [values.length], data: Float32Array.from(values) },
})
const valuesOf = (tensors: NamedTensors) => [...tensors['w']!.data]

t.test('an opponent that lost takes over 99 % of the main policy', async (t) => {
  const selfPlay = new SelfPlay(weights(0, 100))
  selfPlay.compare(5, 4.5, weights(100, 0))
  t.same(valuesOf(selfPlay.opponent), [99, 1])
  t.equal(selfPlay.renewals, 1)
  selfPlay.compare(1, 0, weights(100, 0))
  t.ok(Math.abs(valuesOf(selfPlay.opponent)[0]! - 99.99) < 1e-4)
  t.equal(selfPlay.renewals, 2)
})

t.test('an opponent that won or drew stays as it is', async (t) => {
  const first = weights(1, 2)
  const selfPlay = new SelfPlay(first)
  selfPlay.compare(3, 4, weights(9, 9))
  selfPlay.compare(4, 4, weights(9, 9))
  t.same(valuesOf(selfPlay.opponent), [1, 2])
  t.equal(selfPlay.renewals, 0)
})

t.test('a renewed opponent does not change when the main policy learns on', async (t) => {
  const main = weights(10)
  const selfPlay = new SelfPlay(weights(10))
  selfPlay.compare(1, 0, main)
  main['w']!.data.fill(0)
  t.same(valuesOf(selfPlay.opponent), [10])
})

t.test('a loaded opponent replaces the old one', async (t) => {
  const selfPlay = new SelfPlay(weights(1))
  selfPlay.load(weights(7))
  t.same(valuesOf(selfPlay.opponent), [7])
})
