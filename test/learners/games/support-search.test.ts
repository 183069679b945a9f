import fc from 'fast-check'
import t from 'tap'
import { pureEquilibria, pureProfile } from '../../../learners/games/pure-equilibria.ts'
import { relativeEpsilon } from '../../../learners/games/scaling.ts'
import { supportEnumeration } from '../../../learners/games/support-enumeration.ts'
import { searchSupports } from '../../../learners/games/support-search.ts'
import { epsilonOf } from '../../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { randomGame, transformed } from './random-games.ts'

const random = new Random(seedKey(2))

t.test('a search among supports finds the first pure equilibrium if there is any', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (actions, seed) => {
        const game = randomGame(actions, seed)
        const [first] = pureEquilibria(game)
        if (!first) return true
        const found = searchSupports(game, random, 1000)
        return JSON.stringify(found) === JSON.stringify(pureProfile(actions, first))
      },
    ),
  )
})

t.test('of two players it finds what enumeration finds', async (t) => {
  for (let seed = 0; seed < 40; seed++) {
    const game = randomGame([3, 4], seed)
    const found = searchSupports(game, random, 1000)!
    t.ok(
      supportEnumeration(game).some((profile) =>
        profile.every((strategy, i) => strategy.every((p, a) => Math.abs(p - found[i]![a]!) < 1e-9)),
      ),
      `seed ${seed}`,
    )
  }
})

t.test('nearly all games of more players have what it finds, degenerate and tiny ones too', async (t) => {
  let [games, solved] = [0, 0]
  for (const actions of [
    [2, 2, 2],
    [3, 4, 3],
    [2, 2, 2, 2],
    [3, 2, 2, 3],
  ]) {
    for (const levels of [undefined, 3]) {
      for (let seed = 0; seed < 25; seed++) {
        const game = transformed(randomGame(actions, seed, levels), 1e-10, 1)
        const profile = searchSupports(game, random, 5000)
        games++
        if (!profile) continue
        solved++
        t.ok(relativeEpsilon(game, profile) <= 1e-9 && epsilonOf(game, profile) <= 1e-18)
      }
    }
  }
  t.ok(solved >= 0.98 * games, `${solved} of ${games}`)
})

t.test('it ends with the number of supports it may try', async (t) => {
  const seeds = Array.from({ length: 50 }, (_, seed) => seed)
  const seed = seeds.find((own) => pureEquilibria(randomGame([3, 3, 3], own)).length === 0)!
  t.equal(searchSupports(randomGame([3, 3, 3], seed), random, 0), undefined)
})
