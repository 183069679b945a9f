import t from 'tap'
import { mean, normalInterval, wilson } from '../../../runtime/launch/statistics.ts'

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
  t.ok(none[0] < 1e-12 && all[1] > 1 - 1e-12)
  t.ok(Math.abs(none[1] - 0.2775) < 1e-4 && Math.abs(all[0] - 0.7225) < 1e-4)
})
