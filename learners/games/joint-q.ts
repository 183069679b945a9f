import { expectedPayoff, type NormalFormGame, type Profile } from '../../runtime/core/games/normal-form.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { findEquilibrium } from './equilibria.ts'
import { minimax } from './minimax.ts'
import { fallingRate } from './q-table.ts'

/** How the players of one state's game are to play, and what that is worth. */
export interface StageSolution {
  readonly profile: Profile
  /** V_j(s), [n] */
  readonly worth: readonly number[]
}

export type SolveStage = (game: NormalFormGame) => StageSolution

/** What all players of a stochastic game know together, S states and J joint actions: for each player a row of J values a state. */
export interface JointQ {
  readonly actions: readonly number[]
  /** Q_j, [S, J] of each player */
  readonly values: readonly Float64Array[]
  /** [S, J] how often a joint action was learned from. */
  readonly visits: Uint32Array
  /** Of the states' games as they are now; of those that nobody asked for since they changed, undefined. */
  readonly solutions: (StageSolution | undefined)[]
}

/** Values of 0. */
export function createJointQ(states: number, actions: readonly number[]): JointQ {
  const joint = actions.reduce((product, count) => product * count, 1)
  return {
    actions,
    values: actions.map(() => new Float64Array(states * joint)),
    visits: new Uint32Array(states * joint),
    solutions: Array.from({ length: states }, () => undefined),
  }
}

/** The solution of one state's game. */
export function solutionAt(q: JointQ, state: number, solve: SolveStage): StageSolution {
  const { actions, values, solutions } = q
  const joint = values[0]!.length / solutions.length
  const stage = () => values.map((own) => own.subarray(state * joint, (state + 1) * joint))
  solutions[state] ??= solve({ actions, payoffs: stage() })
  return solutions[state]
}

/** What came of a joint action. */
export interface JointOutcome {
  readonly state: number
  /** Its place among the joint actions. */
  readonly joint: number
  /** [n] */
  readonly rewards: ArrayLike<number>
  /** The state behind it; −1 when it ended the episode. */
  readonly next: number
}

export interface JointRates {
  /** α of a joint action's first update. */
  readonly learning: number
  /** κ: α falls as 1 / (1 / α + κ n) with the n updates before. */
  readonly decay: number
  /** γ */
  readonly discount: number
}

/**
 * Q-learning over joint actions, with the games of the states solved on the way:
 *
 *   Q_j(s, a) ← Q_j(s, a) + α (r_j + γ V_j(s') − Q_j(s, a)),   V_j(s') of the solution of the game Q_1(s', ·) … Q_n(s', ·)
 *
 * All players' values move by the same solution. `minimaxStage` makes it Minimax-Q, `nashStage` Nash-Q.
 *
 * @returns squared temporal differences, mean over the players
 */
export function learnJointly(
  q: JointQ,
  { state, joint, rewards, next }: JointOutcome,
  { learning, decay, discount }: JointRates,
  solve: SolveStage,
): number {
  const { values, visits, solutions } = q
  const at = (state * values[0]!.length) / solutions.length + joint
  const rate = fallingRate(learning, decay, visits[at]!++)
  const worth = next < 0 ? undefined : solutionAt(q, next, solve).worth
  let squares = 0
  for (const [player, own] of values.entries()) {
    const ahead = worth === undefined ? 0 : discount * worth[player]!
    const difference = rewards[player]! + ahead - own[at]!
    own[at]! += rate * difference
    squares += difference ** 2
  }
  solutions[state] = undefined
  return squares / values.length
}

/**
 * V(s) = max_π min_o Σ_a π(a) Q(s, a, o), and the opposite for the column player, whose values are the row player's below 0.
 *
 * @see Littman, "Markov games as a framework for multi-agent reinforcement learning", ICML 1994
 */
export function minimaxStage({ actions, payoffs }: NormalFormGame): StageSolution {
  const { value, row, column } = minimax(payoffs[0]!, actions[0]!, actions[1]!)
  return { profile: [row, column], worth: [value, -value] }
}

/**
 * V_j(s) = Σ_a Π_i ρ_i(a_i) Q_j(s, a), ρ being the equilibrium that `findEquilibrium` takes, the same for all players: convergence hangs
 * on their all taking one of the same kind.
 *
 * @see Hu, Wellman, "Nash Q-learning for general-sum stochastic games", JMLR 2003, eqs. 8 and 9
 */
export function nashStage(random: Random): SolveStage {
  return (game) => {
    const { profile } = findEquilibrium(game, random)
    return { profile, worth: game.actions.map((_, player) => expectedPayoff(game, player, profile)) }
  }
}
