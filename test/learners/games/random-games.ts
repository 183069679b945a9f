import { type NormalFormGame, normalForm } from '../../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

/** A game of payoffs uniform in [0, 1), or of whole numbers below `levels`: few levels make it degenerate. */
export function randomGame(actions: readonly number[], seed: number, levels?: number): NormalFormGame {
  const random = new Random(seedKey(seed))
  const joint = actions.reduce((product, count) => product * count, 1)
  return normalForm(
    actions,
    actions.map((_, player) =>
      Float64Array.from({ length: joint }, (_, at) =>
        levels === undefined ? random.uniform(200, player, at) : random.below(levels, 200, player, at),
      ),
    ),
  )
}

/** The same game with payoffs times a factor and plus an offset of each player's own. */
export function transformed(game: NormalFormGame, factor: number, offset: number): NormalFormGame {
  return normalForm(
    game.actions,
    game.payoffs.map((own, player) => own.map((payoff) => factor * (payoff + offset * player))),
  )
}
