import { RuntimeError } from '../../runtime/core/errors.ts'
import { actionPayoffs, type NormalFormGame, type Profile } from '../../runtime/core/games/normal-form.ts'

export interface FictitiousPlay {
  /** Of each player [rounds], the action that it took. */
  readonly plays: readonly Uint16Array[]
  /** Shares of each player's actions in all rounds and in the plays before them: what the others believe of it. */
  readonly beliefs: Profile
}

/**
 * Fictitious play: in every round all players at once take the best response to what each of the others has played on average,
 *
 *   a_i = argmax_a u_i(a, c_{−i} / Σ c_{−i}),   c_i(a_i) ← c_i(a_i) + 1
 *
 * and the first of several that are best. Beliefs converge to an equilibrium in zero-sum games, 2×2 games and potential games, and
 * circle in Shapley's game. Where there are more than two players, the others' averages are taken for independent of each other.
 *
 * @param before of each player [A_i], how often it is believed to have taken its actions before the first round; above 0 in sum
 * @throws ERR_ARGUMENT_INVALID for other plays before
 * @see Brown, "Iterative solution of games by fictitious play", 1951; Robinson, "An iterative method of solving a game", 1951;
 *      Shapley, "Some topics in two-person games", 1964
 */
export function fictitiousPlay(
  game: NormalFormGame,
  rounds: number,
  before: readonly ArrayLike<number>[],
): FictitiousPlay {
  const counts = before.map((plays) => Float64Array.from(plays))
  for (const [player, actions] of game.actions.entries()) {
    if (counts[player]?.length === actions && total(counts[player]) > 0) continue
    throw new RuntimeError(
      'ERR_ARGUMENT_INVALID',
      `fictitious play: expected plays before of ${actions} actions of player ${player + 1}, above 0 in sum, got [${counts[player]?.join(', ')}]`,
    )
  }
  const plays = game.actions.map(() => new Uint16Array(rounds))
  for (let round = 0; round < rounds; round++) {
    const beliefs = counts.map(shares)
    for (const [player, own] of plays.entries()) {
      own[round] = firstOfLargest(actionPayoffs(game, player, beliefs))
    }
    for (const [player, own] of plays.entries()) counts[player]![own[round]!]! += 1
  }
  return { plays, beliefs: counts.map(shares) }
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function shares(counts: Float64Array): Float64Array {
  const sum = total(counts)
  return counts.map((count) => count / sum)
}

function firstOfLargest(values: Float64Array): number {
  return values.indexOf(Math.max(...values))
}
