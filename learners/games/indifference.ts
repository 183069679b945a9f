import { LuDecomposition, Matrix, solve } from 'ml-matrix'
import {
  actionPayoffs,
  type NormalFormGame,
  type Profile,
  pureStrategy,
} from '../../runtime/core/games/normal-form.ts'

/** Newton's method squares a small error in each step. */
const STEPS = 30
/** Of payoffs on [0, 1]: what indifference may be missed by. */
const TOLERANCE = 1e-14
/** A probability below it leaves the support. */
const LEAST_PROBABILITY = 1e-13

/**
 * The profile near another in which every player is indifferent among the actions of its support and takes no others:
 *
 *   u_i(a, p_−i) = u_i(a⁰_i, p_−i)  for a ∈ S_i,   Σ_{a ∈ S_i} p_i(a) = 1,
 *
 * by Newton's method. It is an equilibrium if no other action pays more, which is not looked at here.
 *
 * @param game     scaled
 * @param supports actions of each player, at least one
 * @returns none where the equations lead to negative probabilities or nowhere
 */
export function indifferentProfile(
  game: NormalFormGame,
  supports: readonly (readonly number[])[],
  near: Profile,
): Profile | undefined {
  const unknowns = supports.flatMap((support, player) => support.map((action) => ({ player, action })))
  const profile = near.map((strategy, player) => {
    const sum = supports[player]!.reduce((total, action) => total + strategy[action]!, 0)
    const own = new Float64Array(strategy.length)
    for (const action of supports[player]!) {
      own[action] = sum > 0 ? strategy[action]! / sum : 1 / supports[player]!.length
    }
    return own
  })
  for (let step = 0; step < STEPS; step++) {
    const missing = residual(game, supports, profile)
    if (missing.every((x) => Math.abs(x) <= TOLERANCE)) break
    const change = stepOf(jacobian(game, supports, profile), missing)
    for (const [at, { player, action }] of unknowns.entries()) profile[player]![action]! -= change[at]!
    // Payoffs are polynomials of probabilities: far outside of [0, 1] no solution is wanted.
    if (!profile.every((strategy) => strategy.every((p) => Math.abs(p) < 10))) return undefined
  }
  if (profile.some((strategy) => strategy.some((p) => p < -LEAST_PROBABILITY))) return undefined
  return profile.map((strategy) => {
    const own = strategy.map((p) => (p < LEAST_PROBABILITY ? 0 : p))
    const sum = own.reduce((a, b) => a + b, 0)
    return own.map((p) => p / sum)
  })
}

/** By how much each equation is missed: of each player, first Σ p − 1, then what an action pays above the first of its support. */
function residual(
  game: NormalFormGame,
  supports: readonly (readonly number[])[],
  profile: Profile,
): Float64Array {
  return Float64Array.from(
    supports.flatMap((support, player) => {
      const payoffs = actionPayoffs(game, player, profile)
      const sum = support.reduce((total, action) => total + profile[player]![action]!, 0)
      return support.map((action, at) => (at === 0 ? sum - 1 : payoffs[action]! - payoffs[support[0]!]!))
    }),
  )
}

/** Derivatives of `residual` by the probabilities of all supports. */
function jacobian(game: NormalFormGame, supports: readonly (readonly number[])[], profile: Profile): Matrix {
  const firsts: number[] = []
  let size = 0
  for (const support of supports) {
    firsts.push(size)
    size += support.length
  }
  const matrix = Matrix.zeros(size, size)
  for (const [other, actions] of supports.entries()) {
    for (const [at, action] of actions.entries()) {
      const column = firsts[other]! + at
      matrix.set(firsts[other]!, column, 1)
      // Payoffs are linear in a player's probabilities: the derivative by one of them is what they are where it is 1 and the rest 0.
      const pure = profile.map((strategy, player) =>
        player === other ? pureStrategy(strategy.length, action) : strategy,
      )
      for (const [player, support] of supports.entries()) {
        if (player === other || support.length === 1) continue
        const payoffs = actionPayoffs(game, player, pure)
        for (let i = 1; i < support.length; i++) {
          matrix.set(firsts[player]! + i, column, payoffs[support[i]!]! - payoffs[support[0]!]!)
        }
      }
    }
  }
  return matrix
}

/** Newton's step; the shortest of them where solutions are not isolated, as they may be in a degenerate game. */
function stepOf(matrix: Matrix, missing: Float64Array): number[] {
  const right = Matrix.columnVector(missing)
  const system = new LuDecomposition(matrix)
  return (system.isSingular() ? solve(matrix, right, true) : system.solve(right)).to1DArray()
}
