import fc from 'fast-check'
import t from 'tap'
import { lemkeHowson } from '../../../learners/games/lemke-howson.ts'
import { minimax } from '../../../learners/games/minimax.ts'
import { pureEquilibria, pureProfile } from '../../../learners/games/pure-equilibria.ts'
import { relativeEpsilon } from '../../../learners/games/scaling.ts'
import { supportEnumeration } from '../../../learners/games/support-enumeration.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { bimatrix, epsilonOf, expectedPayoff, type Profile } from '../../../runtime/core/games/normal-form.ts'
import { randomGame, transformed } from './random-games.ts'

const sizes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
/** 1 makes all payoffs alike; none, payoffs that are all different. */
const levels = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined })

const isNear = (one: Profile, other: readonly (readonly number[])[], within = 1e-9) =>
  one.every((strategy, player) => strategy.every((p, a) => Math.abs(p - other[player]![a]!) < within))
const isAmong = (one: Profile, all: readonly Profile[]) =>
  all.some((other) =>
    isNear(
      one,
      other.map((strategy) => [...strategy]),
      1e-6,
    ),
  )

const PUBLISHED = [
  {
    name: 'prisoners-dilemma',
    equilibria: [
      [
        [0, 1],
        [0, 1],
      ],
    ],
  },
  {
    name: 'stag-hunt',
    equilibria: [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [1 / 2, 1 / 2],
        [1 / 2, 1 / 2],
      ],
    ],
  },
  {
    name: 'battle-of-the-sexes',
    equilibria: [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [2 / 3, 1 / 3],
        [1 / 3, 2 / 3],
      ],
    ],
  },
  {
    name: 'matching-pennies',
    equilibria: [
      [
        [1 / 2, 1 / 2],
        [1 / 2, 1 / 2],
      ],
    ],
  },
  {
    name: 'rock-paper-scissors',
    equilibria: [
      [
        [1 / 3, 1 / 3, 1 / 3],
        [1 / 3, 1 / 3, 1 / 3],
      ],
    ],
  },
  {
    name: 'chicken',
    equilibria: [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0.9, 0.1],
        [0.9, 0.1],
      ],
    ],
  },
  {
    name: 'coordination',
    equilibria: [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [1 / 2, 1 / 2],
        [1 / 2, 1 / 2],
      ],
    ],
  },
  {
    name: 'shapley',
    equilibria: [
      [
        [1 / 3, 1 / 3, 1 / 3],
        [1 / 3, 1 / 3, 1 / 3],
      ],
    ],
  },
] as const

t.test('named games have the equilibria that are published', async (t) => {
  for (const { name, equilibria } of PUBLISHED) {
    const found = supportEnumeration(namedGames[name])
    t.equal(found.length, equilibria.length, name)
    t.ok(
      found.every((profile, i) => isNear(profile, equilibria[i]!)),
      name,
    )
    for (let label = 0; label < namedGames[name].actions[0]! * 2; label++) {
      const profile = lemkeHowson(namedGames[name], label)
      t.ok(
        equilibria.some((equilibrium) => isNear(profile, equilibrium)),
        `${name}, label ${label}`,
      )
    }
  }
  const husbandAndWife = supportEnumeration(namedGames['battle-of-the-sexes'])[2]!
  for (const player of [0, 1]) {
    const paid = expectedPayoff(namedGames['battle-of-the-sexes'], player, husbandAndWife)
    t.ok(Math.abs(paid - 2 / 3) < 1e-12)
  }
})

t.test('a degenerate game has equilibria with supports of different sizes', async (t) => {
  // The row player is indifferent at the first column: all of its mixtures of at most 2/3 of the first row go with it.
  const game = bimatrix(
    [
      [1, 0],
      [1, 1],
    ],
    [
      [1, 2],
      [2, 0],
    ],
  )
  const found = supportEnumeration(game)
  t.equal(found.length, 2)
  t.ok(
    isNear(found[0]!, [
      [0, 1],
      [1, 0],
    ]),
  )
  t.ok(
    isNear(found[1]!, [
      [2 / 3, 1 / 3],
      [1, 0],
    ]),
  )
})

t.test('of a game in which nothing matters every pure profile is an extreme equilibrium', async (t) => {
  const found = supportEnumeration(randomGame([3, 2], 1, 1))
  t.equal(found.length, 6)
  t.ok(found.every((profile) => profile.every((strategy) => Math.max(...strategy) === 1)))
})

t.test('every profile that a solver returns is an equilibrium, in degenerate games too', async () => {
  fc.assert(
    fc.property(sizes, fc.nat(), levels, fc.nat(), (actions, seed, few, label) => {
      const game = randomGame(actions, seed, few)
      const found = supportEnumeration(game)
      const one = lemkeHowson(game, label % (actions[0] + actions[1]))
      return (
        found.length > 0 &&
        [one, ...found].every(
          (profile) =>
            epsilonOf(game, profile) < 1e-9 &&
            profile.every(
              (strategy) =>
                strategy.every((p) => p >= 0) && Math.abs(strategy.reduce((a, b) => a + b, 0) - 1) < 1e-12,
            ),
        )
      )
    }),
    { numRuns: 300 },
  )
})

t.test('enumeration finds all pure equilibria, and those that any dropped label leads to', async () => {
  fc.assert(
    fc.property(sizes, fc.nat(), levels, (actions, seed, few) => {
      const game = randomGame(actions, seed, few)
      const found = supportEnumeration(game)
      const pure = pureEquilibria(game).map((taken) => pureProfile(actions, taken))
      const labels = Array.from({ length: actions[0] + actions[1] }, (_, label) => lemkeHowson(game, label))
      // Lemke and Howson's paths end in vertices too.
      return [...pure, ...labels].every((profile) => isAmong(profile, found))
    }),
    { numRuns: 200 },
  )
})

t.test('random games have an odd number of equilibria', async (t) => {
  let odd = 0
  for (let seed = 0; seed < 500; seed++) odd += supportEnumeration(randomGame([2, 2], seed)).length % 2
  for (let seed = 0; seed < 200; seed++) odd += supportEnumeration(randomGame([3, 3], seed)).length % 2
  for (let seed = 0; seed < 20; seed++) odd += supportEnumeration(randomGame([5, 4], seed)).length % 2
  t.ok(odd >= 0.99 * 720, `${odd} of 720`)
})

t.test('payoffs of any size and offset have the same equilibria, and no others', async (t) => {
  for (let seed = 0; seed < 20; seed++) {
    const game = randomGame([3, 3], seed)
    const found = supportEnumeration(game)
    for (const factor of [1e-13, 1e-10, 1e10]) {
      const other = transformed(game, factor, 3)
      const again = supportEnumeration(other)
      t.equal(again.length, found.length, `seed ${seed}, ${factor}`)
      t.ok([lemkeHowson(other), ...again].every((profile) => isAmong(profile, found)))
      t.ok(again.every((profile) => relativeEpsilon(other, profile) < 1e-9))
    }
  }
})

t.test('Lemke and Howson solve games too large to enumerate', async (t) => {
  for (const few of [undefined, 3]) {
    const game = randomGame([14, 12], 3, few)
    t.ok(epsilonOf(game, lemkeHowson(game, 20)) < 1e-12)
  }
})

t.test('minimax finds value and strategies of known games', async (t) => {
  for (const { payoffs, rows, columns, value, row, column } of [
    { payoffs: [1, -1, -1, 1], rows: 2, columns: 2, value: 0, row: [0.5, 0.5], column: [0.5, 0.5] },
    { payoffs: [3, 0, 1, 2], rows: 2, columns: 2, value: 1.5, row: [0.25, 0.75], column: [0.5, 0.5] },
    { payoffs: [4, 2, 3, 1], rows: 2, columns: 2, value: 2, row: [1, 0], column: [0, 1] },
    { payoffs: [5], rows: 1, columns: 1, value: 5, row: [1], column: [1] },
    { payoffs: [-2, -1, -3], rows: 1, columns: 3, value: -3, row: [1], column: [0, 0, 1] },
  ]) {
    const found = minimax(payoffs, rows, columns)
    t.ok(Math.abs(found.value - value) < 1e-12, `${payoffs.join()}: ${found.value}`)
    t.ok(isNear([found.row, found.column], [row, column]), payoffs.join())
  }
})

t.test('minimax strategies are an equilibrium of the value that Lemke and Howson find', async () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
      fc.nat(),
      levels,
      fc.constantFrom(1e-10, 1, 1e10),
      ([rows, columns], seed, few, factor) => {
        const own = randomGame([rows, columns], seed, few).payoffs[0]!.map((payoff) => factor * payoff)
        const game = { actions: [rows, columns], payoffs: [own, own.map((payoff) => -payoff)] }
        const { value, row, column } = minimax(own, rows, columns)
        return (
          relativeEpsilon(game, [row, column]) < 1e-10 &&
          Math.abs(value - expectedPayoff(game, 0, lemkeHowson(game))) <= 1e-10 * Math.max(...own)
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('solvers for two refuse other games, and labels that there are not', async (t) => {
  for (const refused of [
    () => supportEnumeration(randomGame([2, 2, 2], 1)),
    () => lemkeHowson(randomGame([2], 1)),
    () => lemkeHowson(namedGames.coordination, 4),
    () => lemkeHowson(namedGames.coordination, 0.5),
  ]) {
    t.throws(refused, { code: 'ERR_ARGUMENT_INVALID' })
  }
  t.throws(() => minimax([1, 2, 3], 2, 2), { code: 'ERR_CONFIG_INVALID' })
  t.throws(() => minimax([1, Number.NaN], 1, 2), { code: 'ERR_CONFIG_INVALID' })
})
