import t from 'tap'
import {
  differentialMatrl,
  extragradient,
  gradientDescent,
  lookAhead,
} from '../../../learners/games/differential-game.ts'
import type { Dynamics } from '../../../learners/games/two-by-two.ts'
import { type Point, ROTATIONAL_GAME } from '../../../runtime/core/games/differential-game.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const random = new Random(seedKey(5))

function far(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

/** Steps from (1, 1) until the distance from the equilibrium is a thousandth of what it was; undefined if not within 2,000. */
function stepsToOrigin(dynamics: Dynamics): number | undefined {
  let point: Point = [1, 1]
  for (let t = 1; t <= 2000; t++) {
    point = dynamics(point, t)
    if (Math.hypot(...point) <= 1e-3 * Math.SQRT2) return t
  }
  return undefined
}

t.test('gradients of the rotational game are those of its losses', async (t) => {
  const { losses, gradients } = ROTATIONAL_GAME
  t.same(losses([2, 3]), [62, -55.5])
  t.same(gradients([2, 3]), [32, -17])
  const h = 1e-5
  const alongX = (losses([2 + h, 3])[0] - losses([2 - h, 3])[0]) / (2 * h)
  const alongY = (losses([2, 3 + h])[1] - losses([2, 3 - h])[1]) / (2 * h)
  t.ok(far([alongX, alongY], [32, -17]) < 1e-6)
})

t.test('steps are those computed by hand', async (t) => {
  // ξ(1, 1) = (11, −9), ẑ = (.78, 1.18) and ξ(ẑ) = (12.58, −6.62); x + 10 ŷ = 12.8 and y − 10 x̂ = −6.8.
  t.ok(far(gradientDescent(ROTATIONAL_GAME, 0.02)([1, 1], 1), [0.78, 1.18]) < 1e-12)
  t.ok(far(extragradient(ROTATIONAL_GAME, 0.02)([1, 1], 1), [1 - 0.02 * 12.58, 1 + 0.02 * 6.62]) < 1e-12)
  t.ok(far(lookAhead(ROTATIONAL_GAME, 0.02)([1, 1], 1), [1 - 0.02 * 12.8, 1 + 0.02 * 6.8]) < 1e-12)
})

t.test('look-ahead is (I − α H_o) ξ', async (t) => {
  const [x, y] = [0.3, -0.7]
  const xi = ROTATIONAL_GAME.gradients([x, y])
  const [alongX, alongY] = [xi[0] - 0.02 * 10 * xi[1], xi[1] + 0.02 * 10 * xi[0]]
  t.ok(far(lookAhead(ROTATIONAL_GAME, 0.02)([x, y], 1), [x - 0.02 * alongX, y - 0.02 * alongY]) < 1e-12)
})

t.test('gradient descent diverges, the others converge in as many steps as measured elsewhere', async (t) => {
  t.equal(stepsToOrigin(gradientDescent(ROTATIONAL_GAME, 0.02)), undefined)
  const start: Point = [0.6, -0.1]
  const once = gradientDescent(ROTATIONAL_GAME, 0.02)(start, 1)
  t.ok(Math.abs((Math.hypot(...once) / Math.hypot(...start)) ** 2 - 1.0004) < 1e-12, 'as its eigenvalues say')
  t.equal(stepsToOrigin(extragradient(ROTATIONAL_GAME, 0.02)), 169)
  t.equal(stepsToOrigin(lookAhead(ROTATIONAL_GAME, 0.02)), 171)
  const matrl = (response: number) =>
    differentialMatrl(ROTATIONAL_GAME, { improvement: 0.02, response }, random)
  t.equal(stepsToOrigin(matrl(0.02)), 171)
  t.equal(stepsToOrigin(matrl(0.03)), 155)
})
