import fc from 'fast-check'
import t from 'tap'
import {
  payoffsAt,
  project,
  slopes,
  stepsToEquilibrium,
  twoByTwoEquilibria,
} from '../../../learners/games/two-by-two.ts'
import type { Point } from '../../../runtime/core/games/differential-game.ts'
import {
  bimatrix,
  epsilonOf,
  expectedPayoff,
  type NormalFormGame,
  normalForm,
} from '../../../runtime/core/games/normal-form.ts'

const payoff = fc.integer({ min: -500, max: 500 }).map((cents) => cents / 100)
const games = fc
  .array(payoff, { minLength: 8, maxLength: 8 })
  .map((all) => game(all.slice(0, 4), all.slice(4)))
const points = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
)

function game(a: readonly number[], b: readonly number[]): NormalFormGame {
  return normalForm([2, 2], [a, b])
}

/** Whatever the numbers of the profile, as probabilities of both actions of both players. */
const profileOf = (point: Point) => point.map((first) => Float64Array.of(first, 1 - first))

t.test('equilibria are those of textbooks, pure ones first', async (t) => {
  const third = (point: Point) => point.map((probability) => Math.round(3 * probability * 1e9) / 1e9)
  t.same(
    twoByTwoEquilibria(game([2, 0, 0, 1], [1, 0, 0, 2])).map(third),
    [
      [3, 3],
      [0, 0],
      [2, 1],
    ],
    'battle of the sexes',
  )
  t.same(twoByTwoEquilibria(game([-1, -20, 0, -5], [-1, 0, -20, -5])), [[0, 0]], 'prisoner’s dilemma')
  t.same(twoByTwoEquilibria(game([1, -1, -1, 1], [-1, 1, 1, -1])), [[0.5, 0.5]], 'matching pennies')
  t.same(
    twoByTwoEquilibria(game([0, 7, 2, 6], [0, 2, 7, 6])).map(third),
    [
      [3, 0],
      [0, 3],
      [1, 1],
    ],
    'chicken',
  )
})

t.test('of a segment of equilibria the ends are found', async (t) => {
  t.same(twoByTwoEquilibria(game([0, 0, 0, 0], [0, 0, 0, 0])), [
    [1, 1],
    [1, 0],
    [0, 1],
    [0, 0],
  ])
  // The row does not care; the column answers its first action with its own first one.
  t.same(
    twoByTwoEquilibria(game([0, 0, 0, 0], [1, 0, 0, 2])).map(([x]) => x),
    [1, 0, 2 / 3, 2 / 3],
  )
})

t.test('nobody gains by leaving an equilibrium, and the pure ones are all that there are', async () => {
  fc.assert(
    fc.property(games, (game) => {
      const found = twoByTwoEquilibria(game)
      const pure = [1, 0]
        .flatMap((x) => [1, 0].map((y): Point => [x, y]))
        .filter((point) => epsilonOf(game, profileOf(point)) < 1e-12)
      return (
        found.length > 0 &&
        found.every((point) => epsilonOf(game, profileOf(point)) < 1e-7) &&
        pure.every((point) => found.some(([x, y]) => x === point[0] && y === point[1]))
      )
    }),
  )
})

t.test('payoffs as small as those of meta-games bring no more equilibria', async (t) => {
  const small = (by: number) => game([2 * by, 0, 0, by], [by, 0, 0, 2 * by])
  t.equal(twoByTwoEquilibria(small(1e-14)).length, 3)
  t.same(twoByTwoEquilibria(game([-1e-14, -20e-14, 0, -5e-14], [-1e-14, 0, -20e-14, -5e-14])), [[0, 0]])
})

t.test('slopes are the differences that a whole unit of probability makes', async () => {
  fc.assert(
    fc.property(games, points, (game, [x, y]) => {
      const [alongX, alongY] = slopes(game, [x, y])
      const [paidX, paidY] = payoffsAt(game, [x, y])
      const isNear = (a: number, b: number) => Math.abs(a - b) < 1e-9
      return (
        isNear(alongX, payoffsAt(game, [1, y])[0] - payoffsAt(game, [0, y])[0]) &&
        isNear(alongY, payoffsAt(game, [x, 1])[1] - payoffsAt(game, [x, 0])[1]) &&
        isNear(paidX, expectedPayoff(game, 0, profileOf([x, y]))) &&
        isNear(paidY, expectedPayoff(game, 1, profileOf([x, y])))
      )
    }),
  )
})

t.test('dynamics have converged when both are near one equilibrium, from the first step on', async (t) => {
  const at = [[0.5, 0.5]] as const
  const within = { within: 0.05, horizon: 10 }
  t.equal(
    stepsToEquilibrium((point) => point, [0.5, 0.5], at, within),
    1,
  )
  t.equal(
    stepsToEquilibrium((_, t) => [t / 10, 0.52], [0, 0], at, within),
    5,
  )
  t.equal(
    stepsToEquilibrium((_, t) => [t / 10, 0.55], [0, 0], at, within),
    undefined,
    'one is not near',
  )
  t.equal(
    stepsToEquilibrium(() => [0, 0], [0.5, 0.5], at, within),
    undefined,
    'the start does not count',
  )
  t.equal(
    stepsToEquilibrium((_, t) => [t / 100, 0.5], [0, 0], at, { within: 0.05, horizon: 44 }),
    undefined,
  )
})

t.test('strategies are moved into [0, 1]', async (t) => {
  t.same(project([-0.1, 1.5]), [0, 1])
  t.same(project([0.3, 1]), [0.3, 1])
})

t.test('other games are refused', async (t) => {
  const wide = bimatrix(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  )
  t.throws(() => twoByTwoEquilibria(wide), { code: 'ERR_CONFIG_INVALID' })
  t.throws(
    () =>
      twoByTwoEquilibria(
        normalForm(
          [2, 2, 2],
          [1, 2, 3].map(() => new Float64Array(8)),
        ),
      ),
    {
      code: 'ERR_CONFIG_INVALID',
    },
  )
})
