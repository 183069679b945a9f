import t from 'tap'
import { iga } from '../../../learners/games/iga.ts'
import { igaPp } from '../../../learners/games/iga-pp.ts'
import { bestResponse, matrlMatrix, matrlMatrixAsPublished } from '../../../learners/games/matrl-matrix.ts'
import { exactMetaGame, mixture, stableKeep } from '../../../learners/games/stable-point.ts'
import {
  type Dynamics,
  payoffsAt,
  stepsToEquilibrium,
  twoByTwoEquilibria,
} from '../../../learners/games/two-by-two.ts'
import type { Point } from '../../../runtime/core/games/differential-game.ts'
import { bimatrix, type NormalFormGame, normalForm } from '../../../runtime/core/games/normal-form.ts'
import { GAME_KINDS, type GameKind, randomGame } from '../../../runtime/core/games/random-games.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const START: Point = [0.9, 0.2]
const SEXES = normalForm(
  [2, 2],
  [
    [2, 0, 0, 1],
    [1, 0, 0, 2],
  ],
)
const random = new Random(seedKey(3))

function far(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

/** Share of 300 games of a kind that come to an equilibrium, and the mean of their steps. */
function measure(kind: GameKind, dynamics: (game: NormalFormGame) => Dynamics) {
  const steps: number[] = []
  for (let seed = 0; seed < 300; seed++) {
    const game = randomGame(kind, seed)
    const convergence = { within: 0.05, horizon: 1000 }
    const taken = stepsToEquilibrium(dynamics(game), START, twoByTwoEquilibria(game), convergence)
    if (taken !== undefined) steps.push(taken)
  }
  return { rate: steps.length / 300, steps: steps.reduce((sum, step) => sum + step, 0) / steps.length }
}

t.test('the exact meta-game pays what each profile gains over now', async (t) => {
  // V_a = 3 x y − x − y + 1 and V_b = 3 x y − 2 x − 2 y + 2 at x in {.9, .8} and y in {.2, .4}.
  const meta = exactMetaGame({ current: START, predicted: [0.8, 0.4] }, (point) => payoffsAt(SEXES, point))
  const isNear = (entries: Float64Array, expected: readonly number[]) =>
    entries.every((entry, i) => Math.abs(entry - expected[i]!) < 1e-12)
  t.ok(isNear(meta.payoffs[0]!, [0, 0.34, 0.04, 0.32]), meta.payoffs[0]!.join())
  t.ok(isNear(meta.payoffs[1]!, [0, 0.14, 0.14, 0.22]), meta.payoffs[1]!.join())
})

t.test('a mixture keeps what it does with ρ and adopts its prediction with 1 − ρ', async (t) => {
  const step = { current: START, predicted: [0.8, 0.4] } as const
  t.same(mixture(step, [1, 1]), START)
  t.same(mixture(step, [0, 0]), [0.8, 0.4])
  t.ok(far(mixture(step, [0.25, 0.5]), [0.825, 0.3]) < 1e-12)
})

t.test(
  'pure equilibria come first, and several are drawn evenly; the same step draws the same',
  async (t) => {
    // Two pure equilibria and a mixed one.
    const firsts = Array.from({ length: 1000 }, (_, t) => stableKeep(SEXES, random, t))
    t.ok(firsts.every(([x, y]) => x === y && (x === 0 || x === 1)))
    const share = firsts.filter(([x]) => x === 1).length / 1000
    t.ok(Math.abs(share - 0.5) < 0.05, `${share}`)
    t.same(stableKeep(SEXES, random, 12), firsts[12])
    const pennies = normalForm(
      [2, 2],
      [
        [1, -1, -1, 1],
        [-1, 1, 1, -1],
      ],
    )
    t.same(stableKeep(pennies, random, 1), [0.5, 0.5])
  },
)

t.test('where both keep what they do it learns independently, where both adopt it looks ahead', async (t) => {
  let adopting = 0
  for (let seed = 0; seed < 200; seed++) {
    const game = randomGame('cyclic', seed)
    const options = { improvement: 0.02, response: 0.03 }
    const current: Point = [random.uniform(80, seed, 0), random.uniform(80, seed, 1)]
    const predicted = iga(game, 0.02)(current, 1)
    const independent = iga(game, 0.03)(current, 1)
    const lookingAhead = igaPp(game, { step: 0.03, prediction: 0.02, projected: true })(current, 1)
    t.same(bestResponse(game, { current, predicted }, [1, 1], 0.03), independent)
    t.same(bestResponse(game, { current, predicted }, [0, 0], 0.03), lookingAhead)
    t.same(matrlMatrix(game, { ...options, parts: 'no-stable-point' }, random)(current, 1), lookingAhead)
    const meta = exactMetaGame({ current, predicted }, (point) => payoffsAt(game, point))
    const [keepX, keepY] = stableKeep(meta, random, 1)
    if (keepX !== 0 || keepY !== 0) continue
    adopting++
    t.same(matrlMatrix(game, { ...options, parts: 'all' }, random)(current, 1), lookingAhead)
  }
  t.ok(adopting > 150, `${adopting} of 200`)
})

t.test('without a best response players take their stable points', async (t) => {
  // Both adopt: the entries of x̂ = .86, ŷ = .27 are above those of .9 and .2 whatever the other does.
  const step = matrlMatrix(SEXES, { improvement: 0.1, response: 0.5, parts: 'no-response' }, random)
  t.ok(far(step(START, 1), [0.86, 0.27]) < 1e-12)
})

t.test('a step of the published code is the one computed by hand', async (t) => {
  // In an equilibrium nothing moves, whatever the meta-game says.
  const pennies = normalForm(
    [2, 2],
    [
      [1, -1, -1, 1],
      [-1, 1, 1, -1],
    ],
  )
  const steps = { improvement: 0.02, response: 0.03 }
  t.same(matrlMatrixAsPublished(pennies, steps)([0.5, 0.5], 1), [0.5, 0.5])

  // (½, ¾): g_a = 1, g_b = 0, so that x first goes to .52 and KL(.5 ‖ .52) = −½ ln(.52 · .48 / .25) = .00080064; x̂ = .5216013 with it,
  // of which KL(.5 ‖ x̂) = −½ ln(x̂ (1 − x̂) / .25) = .000934. ŷ = y. The row adopts x̂: then x̄ = .5216 + .0934 = .6150, ȳ = .75.
  const [x, y] = matrlMatrixAsPublished(pennies, steps)([0.5, 0.75], 1)
  const predicted = 0.5 + 0.02 * (1 + 100 * -0.5 * Math.log((0.52 * 0.48) / 0.25))
  const stable = predicted + 100 * -0.5 * Math.log((predicted * (1 - predicted)) / 0.25)
  t.ok(Math.abs(stable - 0.615) < 1e-3)
  t.ok(far([x, y], [0.5 + 0.03 * (4 * 0.75 - 2), 0.75 + 0.03 * (2 - 4 * stable)]) < 1e-12, `${x}, ${y}`)
})

/** What a replication of the paper's table elsewhere came to with 1,000 games of each kind, by their own draws. */
const MEASURED: Readonly<
  Record<GameKind, { readonly published: number; readonly faithful: number; readonly iga: number }>
> = {
  coordination: { published: 0.995, faithful: 0.994, iga: 0.992 },
  anticoordination: { published: 0.981, faithful: 0.984, iga: 0.972 },
  cyclic: { published: 0.823, faithful: 0.838, iga: 0.752 },
}
const STEPS_RATIO: Readonly<Record<GameKind, number>> = {
  coordination: 0.8,
  anticoordination: 0.9,
  cyclic: 0.85,
}

t.test(
  'with the published steps MATRL takes fewer than gradient ascent, with equal ones it hardly does',
  async (t) => {
    const steps = { improvement: 0.02, response: 0.03 }
    for (const kind of GAME_KINDS) {
      const plain = measure(kind, (game) => iga(game, 0.02))
      const published = measure(kind, (game) => matrlMatrixAsPublished(game, steps))
      const faithful = measure(kind, (game) => matrlMatrix(game, { ...steps, parts: 'all' }, random))
      t.comment(kind, { plain, published, faithful })
      t.ok(Math.abs(plain.rate - MEASURED[kind].iga) < 0.04)
      t.ok(Math.abs(published.rate - MEASURED[kind].published) < 0.04)
      t.ok(Math.abs(faithful.rate - MEASURED[kind].faithful) < 0.04)
      for (const matrl of [published, faithful]) t.ok(matrl.steps / plain.steps <= STEPS_RATIO[kind])
      if (kind !== 'cyclic') continue
      t.ok(published.rate - plain.rate >= 0.03)
      const equal = measure(kind, (game) => iga(game, 0.03))
      t.comment('gradient ascent with the step of the best response', equal)
      for (const matrl of [published, faithful]) t.ok(Math.abs(matrl.rate - equal.rate) < 0.04)
    }
  },
)

t.test('other games are refused', async (t) => {
  const wide = bimatrix([[1, 2, 3]], [[1, 2, 3]])
  const steps = { improvement: 0.02, response: 0.03 }
  t.throws(() => matrlMatrix(wide, { ...steps, parts: 'all' }, random), { code: 'ERR_CONFIG_INVALID' })
  t.throws(() => matrlMatrixAsPublished(wide, steps), { code: 'ERR_CONFIG_INVALID' })
})
