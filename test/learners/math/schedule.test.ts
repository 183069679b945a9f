import t from 'tap'
import { piecewiseLinear } from '../../../learners/math/schedule.ts'

const POINTS = [
  { progress: 0.2, value: 1 },
  { progress: 0.6, value: 0.2 },
  { progress: 1, value: 0.1 },
]

t.test('a schedule passes through its points', async (t) => {
  const far = POINTS.map(({ progress, value }) => Math.abs(piecewiseLinear(POINTS, progress) - value))
  t.ok(Math.max(...far) < 1e-12)
})

t.test('between two points it is linear', async (t) => {
  for (const [progress, value] of [
    [0.3, 0.8],
    [0.4, 0.6],
    [0.5, 0.4],
    [0.8, 0.15],
  ] as const) {
    t.ok(Math.abs(piecewiseLinear(POINTS, progress) - value) < 1e-12, `${progress}`)
  }
})

t.test('before the first and after the last point it is constant', async (t) => {
  t.same(
    [-1, 0, 0.1].map((progress) => piecewiseLinear(POINTS, progress)),
    [1, 1, 1],
  )
  t.equal(piecewiseLinear(POINTS.slice(0, 2), 0.9), 0.2)
  t.equal(piecewiseLinear(POINTS, 1.5), 0.1)
})

t.test('a single point is a constant', async (t) => {
  t.same(
    [0, 0.5, 1].map((progress) => piecewiseLinear([{ progress: 0.5, value: 3 }], progress)),
    [3, 3, 3],
  )
})
