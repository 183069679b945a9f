import fc from 'fast-check'
import t from 'tap'
import { pureEquilibria, pureProfile } from '../../../learners/games/pure-equilibria.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { epsilonOf, normalForm } from '../../../runtime/core/games/normal-form.ts'
import { randomGame, transformed } from './random-games.ts'

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

/** All joint actions, the last player's changing fastest. */
function jointActions(actions: readonly number[]): number[][] {
  return actions.reduce<number[][]>(
    (all, count) => all.flatMap((taken) => Array.from({ length: count }, (_, a) => [...taken, a])),
    [[]],
  )
}

t.test('named games have the pure equilibria that are known of them', async (t) => {
  for (const { name, expected } of [
    { name: 'prisoners-dilemma', expected: [[1, 1]] },
    {
      name: 'stag-hunt',
      expected: [
        [0, 0],
        [1, 1],
      ],
    },
    {
      name: 'battle-of-the-sexes',
      expected: [
        [0, 0],
        [1, 1],
      ],
    },
    { name: 'matching-pennies', expected: [] },
    { name: 'rock-paper-scissors', expected: [] },
    {
      name: 'chicken',
      expected: [
        [0, 1],
        [1, 0],
      ],
    },
    {
      name: 'coordination',
      expected: [
        [0, 0],
        [1, 1],
      ],
    },
    { name: 'shapley', expected: [] },
  ] as const) {
    t.same(pureEquilibria(namedGames[name]), expected, name)
  }
})

t.test(
  'enumeration finds what no single deviation improves, for any numbers of players and actions',
  async () => {
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        (actions, seed, levels) => {
          const game = randomGame(actions, seed, levels)
          const expected = jointActions(actions).filter(
            (taken) => epsilonOf(game, pureProfile(actions, taken)) === 0,
          )
          return JSON.stringify(pureEquilibria(game)) === JSON.stringify(expected)
        },
      ),
    )
  },
)

t.test('payoffs of any size have the same equilibria', async (t) => {
  for (const factor of [1e-300, 1e-13, 1e-10, 1e10, 1e300]) {
    for (let seed = 0; seed < 20; seed++) {
      const game = randomGame([3, 2, 3], seed)
      t.same(pureEquilibria(transformed(game, factor, 1)), pureEquilibria(game), `${factor}`)
    }
  }
})

t.test('the tolerance is a share of what payoffs are apart', async (t) => {
  const game = (gain: number) => normalForm([2], [[1e-10, (1 - gain) * 1e-10, 0].slice(0, 2)])
  t.same(pureEquilibria(normalForm([3], [[1, 1 - 1e-10, 0]])), [[0], [1]])
  t.same(pureEquilibria(normalForm([3], [[1e-10, 0.9999e-10, 0]])), [[0]])
  t.same(pureEquilibria(normalForm([3], [[1, 0.9, 0]]), 0.2), [[0], [1]])
  t.same(pureEquilibria(game(1)), [[0]])
})

t.test('who is always paid the same is content with every action', async (t) => {
  t.same(
    pureEquilibria(
      normalForm(
        [2, 2],
        [
          [7, 7, 7, 7],
          [1, 0, 0, 1],
        ],
      ),
    ),
    [
      [0, 0],
      [1, 1],
    ],
  )
})

t.test('payoffs as far apart as numbers can be are compared', async (t) => {
  t.same(pureEquilibria(normalForm([2], [[-Number.MAX_VALUE, Number.MAX_VALUE]])), [[1]])
  t.same(pureEquilibria(normalForm([2], [[0, Number.MIN_VALUE]])), [[1]])
})
