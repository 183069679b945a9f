import t from 'tap'
import { lyapunov, minimiseLyapunov } from '../../../learners/games/lyapunov.ts'
import { pureEquilibria } from '../../../learners/games/pure-equilibria.ts'
import { supportEnumeration } from '../../../learners/games/support-enumeration.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { epsilonOf, normalForm, regrets } from '../../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { randomGame, transformed } from './random-games.ts'

const random = new Random(seedKey(1))
const rangeOf = (payoffs: Float64Array) => Math.max(...payoffs) - Math.min(...payoffs)

t.test('the Lyapunov function is the sum of the squares of what each action would gain', async (t) => {
  const pennies = namedGames['matching-pennies']
  t.equal(lyapunov(pennies, [Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5)]), 0)
  // At (heads, heads) who wants another would gain 2.
  t.equal(lyapunov(pennies, [Float64Array.of(1, 0), Float64Array.of(1, 0)]), 4)
})

t.test('mixed equilibria of two players are those that enumeration finds', async (t) => {
  for (const game of [
    namedGames['rock-paper-scissors'],
    namedGames.shapley,
    namedGames['matching-pennies'],
  ]) {
    const { profile, epsilon } = minimiseLyapunov(game, random)
    t.ok(epsilon < 1e-12, `${epsilon}`)
    const [only] = supportEnumeration(game)
    t.ok(profile.every((strategy, i) => strategy.every((p, a) => Math.abs(p - only![i]![a]!) < 1e-9)))
  }
})

t.test(
  'most random games of three and four get a mixed equilibrium, and all are told how good it is',
  async (t) => {
    let [games, solved] = [0, 0]
    for (const actions of [
      [2, 2, 2],
      [3, 2, 3],
      [2, 2, 2, 2],
    ]) {
      for (let seed = 0; seed < 30; seed++) {
        const game = randomGame(actions, seed)
        if (pureEquilibria(game).length > 0) continue
        games++
        const { profile, epsilon } = minimiseLyapunov(game, random)
        if (epsilon <= 1e-8) solved++
        const gain = regrets(game, profile).map((regret, player) => regret / rangeOf(game.payoffs[player]!))
        t.ok(Math.abs(Math.max(...gain) - epsilon) < 1e-12)
      }
    }
    t.ok(games > 20 && solved >= 0.9 * games, `${solved} of ${games}`)
  },
)

t.test('of three who match pennies in a circle each mixes by half', async (t) => {
  // The first wants the second's side, the second the third's, the third another than the first's.
  const side = [0, 1, 2, 3, 4, 5, 6, 7].map((joint) => [joint >> 2, (joint >> 1) & 1, joint & 1] as const)
  const game = normalForm(
    [2, 2, 2],
    [
      side.map(([a, b]) => Number(a === b)),
      side.map(([, b, c]) => Number(b === c)),
      side.map(([a, , c]) => Number(a !== c)),
    ],
  )
  const { profile, epsilon } = minimiseLyapunov(game, random)
  t.ok(epsilon < 1e-12)
  t.ok(profile.every((strategy) => strategy.every((p) => Math.abs(p - 0.5) < 1e-9)))
})

t.test('tiny payoffs are no easier to be content with', async (t) => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed)
  const seed = seeds.find((own) => pureEquilibria(randomGame([2, 2, 2], own)).length === 0)!
  const game = randomGame([2, 2, 2], seed)
  const tiny = transformed(game, 1e-10, 0)
  const { profile, epsilon } = minimiseLyapunov(tiny, random)
  t.ok(epsilon <= 1e-8)
  t.ok(epsilonOf(game, profile) <= 1e-8)
  t.ok(epsilonOf(tiny, profile) <= 1e-18)
})

t.test('the same key gives the same equilibrium', async (t) => {
  const game = randomGame([3, 3, 2], 4)
  t.same(minimiseLyapunov(game, random), minimiseLyapunov(game, new Random(seedKey(1))))
})
