import { actionPayoffs, type NormalFormGame, type Profile } from '../../runtime/core/games/normal-form.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { cmaEs } from './cma-es.ts'
import { indifferentProfile } from './indifference.ts'
import { relativeEpsilon, scaled } from './scaling.ts'

/** Of the Lyapunov function: the search ends below it, with no regret above 1e-10. */
const TARGET = 1e-20
/** Of an equilibrium: a profile that is one within it is good enough. */
const EXACT = 1e-12
/** Supports are looked for when the Lyapunov function has come below this, and again each time it is a tenth of what it then was. */
const FIRST_LOOK = 1e-2
/** Above which probabilities an action may be one of the support. */
const THRESHOLDS = [0.15, 0.07, 0.03, 0.01, 1e-3]

/** How good a profile is said to be an equilibrium. */
export interface Approximation {
  readonly profile: Profile
  /** What a player could gain by another action, at most, as a share of how far apart its payoffs are. */
  readonly epsilon: number
}

/**
 * v(p) = Σ_i Σ_a max(0, u_i(a, p_−i) − u_i(p))², which is 0 in equilibria and nowhere else.
 *
 * @see McKelvey 1991, "A Liapunov function for Nash equilibria"
 */
export function lyapunov(game: NormalFormGame, profile: Profile): number {
  return game.actions.reduce((total, _, player) => {
    const payoffs = actionPayoffs(game, player, profile)
    const paid = payoffs.reduce((sum, payoff, a) => sum + payoff * profile[player]![a]!, 0)
    return total + payoffs.reduce((sum, payoff) => sum + Math.max(0, payoff - paid) ** 2, 0)
  }, 0)
}

/**
 * An equilibrium of any game, by minimising the Lyapunov function by CMA-ES; its N numbers are the players' strategies |p| / Σ |p|.
 *
 * The function says when a profile is near an equilibrium, but being a square it is 1e-10 at a regret of 1e-5. So whenever it has
 * become a tenth of what it was, the supports that probabilities suggest are tried: Newton's method finds the profile of which all their
 * actions are best replies, if there is one nearby, to the last digits.
 *
 * @param random its stream `solver`; the same draws in each call
 * @returns the best that was found in 10⁴ N / 2 evaluations, and how good it is
 */
export function minimiseLyapunov(game: NormalFormGame, random: Random): Approximation {
  const own = scaled(game)
  const n = own.actions.reduce((sum, count) => sum + count, 0)
  const profileOf = (x: Float64Array) => normalised(own.actions, x)
  let [look, start] = [FIRST_LOOK, 0]
  let best: Approximation | undefined
  for (const progress of cmaEs((x) => lyapunov(own, profileOf(x)), n, random)) {
    const { recent, restarts, evaluations } = progress
    const isOver = recent.value < TARGET || evaluations >= 5000 * n
    // A search that started anew may come to another equilibrium.
    if (restarts > start) [look, start] = [FIRST_LOOK, restarts]
    if (recent.value >= look && !isOver) continue
    look = recent.value / 10
    const found = polished(own, profileOf(isOver ? progress.best.x : recent.x))
    if (!best || found.epsilon < best.epsilon) best = found
    if (isOver || best.epsilon <= EXACT) break
  }
  return best!
}

/** The best of a profile and those that make players indifferent among the actions it takes more often than now and then. */
function polished(game: NormalFormGame, profile: Profile): Approximation {
  let best: Approximation = { profile, epsilon: relativeEpsilon(game, profile) }
  const tried = new Set<string>()
  for (const threshold of THRESHOLDS) {
    const supports = profile.map((strategy) =>
      [...strategy.keys()].filter((a) => strategy[a]! > Math.min(threshold, 0.99 * Math.max(...strategy))),
    )
    const key = supports.map((support) => support.join()).join(' ')
    if (tried.has(key)) continue
    tried.add(key)
    const near = indifferentProfile(game, supports, profile)
    if (!near) continue
    const epsilon = relativeEpsilon(game, near)
    if (epsilon < best.epsilon) best = { profile: near, epsilon }
  }
  return best
}

/** Numbers as strategies, one player's behind the other's. */
function normalised(actions: readonly number[], x: Float64Array): Float64Array[] {
  let from = 0
  return actions.map((count) => {
    const own = x.subarray(from, from + count).map(Math.abs)
    from += count
    const sum = own.reduce((a, b) => a + b, 0)
    return sum > 0 ? own.map((p) => p / sum) : own.fill(1 / count)
  })
}
