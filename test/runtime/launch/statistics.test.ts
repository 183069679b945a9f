import t from 'tap'
import {
  bootstrapInterval,
  deviation,
  interquartileMean,
  mean,
  middle95,
  normalInterval,
  quantile,
  wilson,
} from '../../../runtime/launch/statistics.ts'

t.test('the interval of a mean is that of hand-computed numbers', async (t) => {
  // Mean 5, sample variance 20 / 3, standard error √(5 / 3).
  const values = [2, 4, 6, 8]
  t.equal(mean(values), 5)
  const [low, high] = normalInterval(values)!
  t.ok(Math.abs(low - (5 - 1.959964 * Math.sqrt(5 / 3))) < 1e-12)
  t.ok(Math.abs(high - (5 + 1.959964 * Math.sqrt(5 / 3))) < 1e-12)
  t.same(normalInterval([3, 3, 3]), [3, 3])
  t.equal(normalInterval([3]), undefined, 'a single value has none')
})

t.test("the interval of a proportion is Wilson's", async (t) => {
  // 5 of 10: centre 1/2, half of √(1 / 40 + z² / 400) · z / (1 + z² / 10).
  const [low, high] = wilson(5, 10)
  t.ok(Math.abs(low - 0.2366) < 1e-4 && Math.abs(high - 0.7634) < 1e-4)
  const [none, all] = [wilson(0, 10), wilson(10, 10)]
  t.same([none[0], all[1]], [0, 1])
  t.equal(wilson(50, 50)[1], 1, 'which is not less than the share itself')
  t.ok(Math.abs(none[1] - 0.2775) < 1e-4 && Math.abs(all[0] - 0.7225) < 1e-4)
})

t.test('the deviation is that of a sample', async (t) => {
  t.ok(Math.abs(deviation([2, 4, 6, 8]) - Math.sqrt(20 / 3)) < 1e-12)
  t.ok(Number.isNaN(deviation([3])))
})

t.test('the interquartile mean leaves a quarter out at either end, rounded down', async (t) => {
  t.equal(interquartileMean([100, 1, 2, 3, 4, 5, 6, -50]), 3.5)
  t.equal(interquartileMean([100, 1, 2]), mean([100, 1, 2]), 'of three nothing')
  t.equal(interquartileMean([9, 1, 2, 3, 100]), (2 + 3 + 9) / 3, 'of five one at either end')
  t.ok(Number.isNaN(interquartileMean([])))
})

t.test('quantiles lie between values', async (t) => {
  t.equal(quantile([1, 2, 3, 4], 0), 1)
  t.equal(quantile([1, 2, 3, 4], 0.5), 2.5)
  t.equal(quantile([1, 2, 3, 4], 1), 4)
  t.same(middle95(Array.from({ length: 41 }, (_, i) => 40 - i)), [1, 39])
})

t.test('a bootstrap interval hangs on values and seed alone, and needs two values', async (t) => {
  const values = [1, 2, 3, 4, 10]
  const interval = bootstrapInterval(values, mean, 3)!
  t.same(bootstrapInterval(values, mean, 3), interval)
  t.ok(interval[0] < 4 && interval[1] > 4 && interval[0] > 1 && interval[1] < 10)
  t.same(bootstrapInterval([5, 5, 5], mean, 3), [5, 5])
  t.equal(bootstrapInterval([5], mean, 3), undefined)
})

t.test('the bootstrap interval of a mean of many values is close to the normal one', async (t) => {
  const values = Array.from({ length: 200 }, (_, i) => (i * 37) % 101)
  const [low, high] = bootstrapInterval(values, mean, 0)!
  const [normalLow, normalHigh] = normalInterval(values)!
  t.ok(Math.abs(low - normalLow) < 0.5 && Math.abs(high - normalHigh) < 0.5)
})
