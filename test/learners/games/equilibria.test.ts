import t from 'tap'
import { findEquilibria, findEquilibrium } from '../../../learners/games/equilibria.ts'
import { pureEquilibria } from '../../../learners/games/pure-equilibria.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { normalForm } from '../../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { randomGame } from './random-games.ts'

const random = new Random(seedKey(3))
const pureOf = (profile: readonly Float64Array[]) => profile.map((strategy) => strategy.indexOf(1))

t.test('of pure equilibria the one that pays most is taken, of alike ones the first', async (t) => {
  for (const { name, expected } of [
    { name: 'stag-hunt', expected: [0, 0] },
    { name: 'coordination', expected: [0, 0] },
    { name: 'chicken', expected: [0, 1] },
    { name: 'prisoners-dilemma', expected: [1, 1] },
  ] as const) {
    const { profile, epsilon, solver } = findEquilibrium(namedGames[name], random)
    t.same(pureOf(profile), expected, name)
    t.equal(epsilon, 0)
    t.equal(solver, 'pure')
  }
  const later = normalForm(
    [2, 2],
    [
      [1, 0, 0, 2],
      [1, 0, 0, 2],
    ],
  )
  t.same(pureOf(findEquilibrium(later, random).profile), [1, 1])
})

t.test('taken at random, each is met about as often, and rounds draw for themselves', async (t) => {
  const met = [0, 0]
  for (let round = 0; round < 200; round++) {
    const { profile } = findEquilibrium(namedGames.coordination, random, 'random', round)
    met[pureOf(profile)[0]!]!++
    t.same(findEquilibrium(namedGames.coordination, random, 'random', round).profile, profile)
  }
  t.ok(
    met.every((count) => count > 70),
    met.join(),
  )
})

t.test('games without a pure equilibrium go to the solver that fits them', async (t) => {
  const without = (actions: readonly number[]) => {
    for (let seed = 0; ; seed++) {
      const game = randomGame(actions, seed)
      if (pureEquilibria(game).length === 0) return game
    }
  }
  for (const { actions, expected } of [
    { actions: [3, 4], expected: 'supports' },
    { actions: [10, 9], expected: 'lemke-howson' },
    { actions: [2, 3, 2], expected: 'support-search' },
    { actions: [2, 2, 3, 2], expected: 'support-search' },
  ] as const) {
    const { epsilon, solver } = findEquilibrium(without(actions), random)
    t.equal(solver, expected)
    t.ok(epsilon <= 1e-8, `${epsilon}`)
  }
})

t.test('where a search among supports finds nothing, the Lyapunov function is minimised', async (t) => {
  const { epsilon, solver } = findEquilibrium(randomGame([2, 2, 2], 2759), random)
  t.equal(solver, 'lyapunov')
  t.ok(epsilon <= 1e-8, `${epsilon}`)
})

t.test('games of one player, of one action and without differences are solved', async (t) => {
  t.same(pureOf(findEquilibrium(normalForm([3], [[1, 3, 2]]), random).profile), [1])
  t.same(pureOf(findEquilibrium(normalForm([1, 1, 1], [[1], [2], [3]]), random).profile), [0, 0, 0])
  t.same(pureOf(findEquilibrium(randomGame([2, 3, 2], 1, 1), random).profile), [0, 0, 0])
})

t.test('of a game of two all equilibria are found, of others the pure ones and a mixed one', async (t) => {
  const sexes = findEquilibria(namedGames['battle-of-the-sexes'], random)
  t.ok(sexes.areAll)
  t.equal(sexes.found.length, 3)
  for (const { actions, solvers } of [
    { actions: [2, 2, 2], solvers: ['pure', 'lyapunov', 'support-search'] },
    { actions: [9, 10], solvers: ['pure', 'lemke-howson'] },
    { actions: [4], solvers: ['pure'] },
  ] as const) {
    for (let seed = 0; seed < 10; seed++) {
      const game = randomGame(actions, seed)
      const { found, areAll } = findEquilibria(game, random)
      t.notOk(areAll)
      t.ok(found.length > 0)
      t.ok(
        found.every(
          ({ epsilon, solver }) => epsilon < 1e-4 && (solvers as readonly string[]).includes(solver),
        ),
      )
      t.equal(found.filter(({ solver }) => solver === 'pure').length, pureEquilibria(game).length)
      t.equal(new Set(found.map(({ profile }) => profile.map(String).join())).size, found.length, 'each once')
    }
  }
})
