import t from 'tap'
import { RunningStatistics } from '../../../learners/math/running-statistics.ts'

const near = (got: number, expected: number) => Math.abs(got - expected) < 1e-9

t.test('mean and deviation of two batches, worked out by hand', async (t) => {
  const statistics = new RunningStatistics(0.5)
  t.same([statistics.mean, statistics.deviation], [0, 1])
  statistics.push(Float32Array.of(1, 3))
  // A first batch is all that is known: mean 2, mean square 5.
  t.ok(near(statistics.mean, 2) && near(statistics.deviation, 1))
  statistics.push(Float32Array.of(8))
  // (½ · ½ · 2 + ½ · 8) / ¾ and (½ · ½ · 5 + ½ · 64) / ¾.
  t.ok(near(statistics.mean, 6) && near(statistics.deviation, Math.sqrt(133 / 3 - 36)))
})

t.test('numbers that are all alike have a deviation all the same, and nothing is nothing', async (t) => {
  const statistics = new RunningStatistics(0.9)
  statistics.push(new Float32Array())
  t.equal(statistics.mean, 0)
  for (let batch = 0; batch < 3; batch++) statistics.push(Float32Array.of(4, 4))
  t.ok(near(statistics.mean, 4))
  t.equal(statistics.deviation, 1e-3)
})

t.test('statistics that were saved go on where they were', async (t) => {
  const statistics = new RunningStatistics(0.9)
  statistics.push(Float32Array.of(1, 2, 4))
  const restored = new RunningStatistics(0.9)
  restored.load(structuredClone(statistics.save()))
  for (const own of [statistics, restored]) own.push(Float32Array.of(-3))
  t.same([restored.mean, restored.deviation], [statistics.mean, statistics.deviation])
})
