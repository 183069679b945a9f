import t from 'tap'
import { cmaEs, minimise } from '../../../learners/games/cma-es.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const sphere = (x: Float64Array) => x.reduce((sum, a, i) => sum + (a - i) ** 2, 0)
const rosenbrock = (x: Float64Array) => {
  let sum = 0
  for (let i = 0; i + 1 < x.length; i++) sum += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2
  return sum
}
const ellipsoid = (x: Float64Array) =>
  x.reduce((sum, a, i) => sum + 10 ** ((6 * i) / (x.length - 1)) * (a - 0.5) ** 2, 0)

t.test(
  "CMA-ES finds the minimum of a sphere, of a narrow ellipsoid and of Rosenbrock's valley",
  async (t) => {
    for (const { name, f, n, at } of [
      { name: 'sphere', f: sphere, n: 8, at: (i: number) => i },
      { name: 'sphere of one number', f: sphere, n: 1, at: (i: number) => i },
      { name: 'ellipsoid', f: ellipsoid, n: 6, at: () => 0.5 },
      { name: 'Rosenbrock', f: rosenbrock, n: 6, at: () => 1 },
    ]) {
      for (const seed of [1, 2, 3]) {
        const { best, evaluations } = minimise(f, n, new Random(seedKey(seed)), {
          target: 1e-14,
          evaluations: 20_000,
        })
        t.ok(best.value < 1e-14, `${name}: ${best.value} after ${evaluations}`)
        t.ok(
          best.x.every((x, i) => Math.abs(x - at(i)) < 1e-5),
          name,
        )
        t.equal(best.value, f(best.x))
      }
    }
  },
)

t.test('the same key gives the same search, another one another', async (t) => {
  const run = (seed: number) =>
    minimise(rosenbrock, 4, new Random(seedKey(seed)), { target: 1e-9, evaluations: 10_000 })
  t.same(run(1), run(1))
  t.notSame(run(1), run(2))
})

t.test('a search that stands still starts anew with twice the samples', async (t) => {
  // Rastrigin's function has a minimum near each whole number, and only one of 0.
  const f = (x: Float64Array) =>
    x.reduce((sum, a) => sum + 10 + (a - 3) ** 2 - 10 * Math.cos(2 * Math.PI * (a - 3)), 0)
  let before = 0
  const samples: number[] = []
  for (const { restarts, evaluations, best } of cmaEs(f, 3, new Random(seedKey(8)))) {
    samples[restarts] = evaluations - before
    before = evaluations
    if (best.value < 1e-9 || evaluations > 100_000) {
      t.ok(best.value < 1e-9, `${best.value} after ${evaluations}`)
      break
    }
  }
  t.ok(samples.length > 1)
  t.same(
    samples,
    samples.map((_, restarts) => 7 * 2 ** restarts),
  )
})

t.test('a search keeps to its budget', async (t) => {
  const { best, evaluations } = minimise(() => 1, 5, new Random(seedKey(1)), { target: 0, evaluations: 100 })
  t.equal(best.value, 1)
  t.ok(evaluations >= 100 && evaluations < 200, `${evaluations}`)
})
