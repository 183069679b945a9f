import t from 'tap'
import { iga } from '../../../learners/games/iga.ts'
import { igaPp } from '../../../learners/games/iga-pp.ts'
import { type Dynamics, stepsToEquilibrium } from '../../../learners/games/two-by-two.ts'
import { wolfIga } from '../../../learners/games/wolf-iga.ts'
import type { Point } from '../../../runtime/core/games/differential-game.ts'
import { bimatrix, normalForm } from '../../../runtime/core/games/normal-form.ts'
import { randomGame } from '../../../runtime/core/games/random-games.ts'

const PENNIES = bimatrix(
  [
    [1, -1],
    [-1, 1],
  ],
  [
    [-1, 1],
    [1, -1],
  ],
)
const SEXES = normalForm(
  [2, 2],
  [
    [2, 0, 0, 1],
    [1, 0, 0, 2],
  ],
)
const CENTRE = [[0.5, 0.5]] as const

function far(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

/** When matching pennies come near their equilibrium, and how far they are from it in the end. */
function pennies(dynamics: Dynamics) {
  let point: Point = [0.9, 0.2]
  for (let t = 1; t <= 5000; t++) point = dynamics(point, t)
  return {
    steps: stepsToEquilibrium(dynamics, [0.9, 0.2], CENTRE, { within: 0.05, horizon: 5000 }),
    distance: far(point, CENTRE[0]),
  }
}

t.test('both step at once along their gradients, and stay in [0, 1]', async (t) => {
  // In the battle of the sexes ∂V_a/∂x = 3 y − 1 and ∂V_b/∂y = 3 x − 2.
  t.ok(far(iga(SEXES, 0.1)([0.9, 0.2], 1), [0.9 - 0.04, 0.2 + 0.07]) < 1e-12)
  t.same(iga(SEXES, 10)([0.9, 0.2], 1), [0, 1])
})

t.test('predictions are steps of the other, which its own do not see', async (t) => {
  // x̃ = .9 − .4 · .2 = .82 and ỹ = .2 + .7 · .2 = .34.
  const once = { step: 0.1, prediction: 0.2, projected: true }
  t.ok(
    far(igaPp(SEXES, once)([0.9, 0.2], 1), [0.9 + 0.1 * (3 * 0.34 - 1), 0.2 + 0.1 * (3 * 0.82 - 2)]) < 1e-12,
  )
  // x̃ = .9 − .4 · 3 = −.3: projected, it is 0.
  const far3 = { step: 0.1, prediction: 3 }
  t.ok(far(igaPp(SEXES, { ...far3, projected: true })([0.9, 0.2], 1), [1, 0.2 - 0.2]) < 1e-12)
  t.same(igaPp(SEXES, { ...far3, projected: false })([0.9, 0.2], 1), [1, 0])
  t.same(
    igaPp(SEXES, { step: 0.1, prediction: 0, projected: false })([0.9, 0.2], 1),
    iga(SEXES, 0.1)([0.9, 0.2], 1),
  )
})

t.test('who earns more than its strategy of the equilibrium would goes slowly', async (t) => {
  // At (.9, .2) the row earns .44, at x* = 2/3 it would .6: it loses. The column earns .34, at y* = 1/3 it would .43: it loses too.
  const steps = { winning: 0.01, losing: 0.1 }
  t.ok(far(wolfIga(SEXES, [2 / 3, 1 / 3], steps)([0.9, 0.2], 1), [0.9 - 0.04, 0.2 + 0.07]) < 1e-12)
  // At (.9, .5) the column earns .55, at y* it would .43: it wins. The row earns .95, at x* it would .83: it wins as well.
  t.ok(far(wolfIga(SEXES, [2 / 3, 1 / 3], steps)([0.9, 0.5], 1), [0.9 + 0.005, 0.5 + 0.007]) < 1e-12)
})

t.test('with one rate for winning and losing it is plain gradient ascent', async (t) => {
  for (let seed = 0; seed < 20; seed++) {
    const game = randomGame('cyclic', seed)
    const both = wolfIga(game, [0.5, 0.5], { winning: 0.02, losing: 0.02 })
    t.same(both([0.9, 0.2], 1), iga(game, 0.02)([0.9, 0.2], 1))
  }
})

t.test(
  'gradient ascent circles away from a mixed equilibrium by the factor of its eigenvalues',
  async (t) => {
    const step = iga(PENNIES, 0.02)
    const start: Point = [0.55, 0.48]
    t.ok(
      Math.abs(far(step(start, 1), CENTRE[0]) / far(start, CENTRE[0]) - Math.sqrt(1 + 0.02 ** 2 * 16)) <
        1e-12,
    )
    t.equal(pennies(step).steps, undefined)
  },
)

t.test('prediction converges in matching pennies if and only if γ > α/2', async (t) => {
  for (const projected of [true, false]) {
    const half = pennies(igaPp(PENNIES, { step: 0.02, prediction: 0.01, projected }))
    t.equal(half.steps, undefined)
    const full = pennies(igaPp(PENNIES, { step: 0.02, prediction: 0.02, projected }))
    t.ok(full.distance < 1e-3, `${full.distance}`)
    t.comment(`projected ${projected}: γ = .01 ends at ${half.distance}, γ = .02 near after ${full.steps}`)
    if (!projected) continue
    t.ok(Math.abs(half.distance - 0.5) < 0.005, `${half.distance}`)
    t.equal(full.steps, 627)
  }
})

t.test('win or learn fast converges in matching pennies', async (t) => {
  t.equal(pennies(wolfIga(PENNIES, CENTRE[0], { winning: 0.01, losing: 0.06 })).steps, 36)
  t.equal(pennies(wolfIga(PENNIES, CENTRE[0], { winning: 0.02, losing: 0.06 })).steps, 52)
})

t.test('other games are refused', async (t) => {
  const wide = bimatrix([[1, 2, 3]], [[1, 2, 3]])
  t.throws(() => iga(wide, 0.02), { code: 'ERR_CONFIG_INVALID' })
  t.throws(() => igaPp(wide, { step: 0.02, prediction: 0.01, projected: false }), {
    code: 'ERR_CONFIG_INVALID',
  })
  t.throws(() => wolfIga(wide, [0, 0], { winning: 0.01, losing: 0.06 }), { code: 'ERR_CONFIG_INVALID' })
})
