import type { Point } from '../../runtime/core/games/differential-game.ts'
import { type NormalFormGame, normalForm } from '../../runtime/core/games/normal-form.ts'
import { type Random, Stream } from '../../runtime/core/rng.ts'
import { twoByTwoEquilibria } from './two-by-two.ts'

/** What two players do now, and what each would do after improving alone. */
export interface Predicted {
  readonly current: Point
  readonly predicted: Point
}

/**
 * The meta-game of two players who keep what they do (action 0) or adopt what they predicted (action 1), with exact payoffs: what either
 * gains by any of the four profiles over now.
 *
 * @param payoffs of both players at a point
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §3.2
 */
export function exactMetaGame(
  { current, predicted }: Predicted,
  payoffs: (point: Point) => Point,
): NormalFormGame {
  const now = payoffs(current)
  const gains = [current[0], predicted[0]].flatMap((x) =>
    [current[1], predicted[1]].map((y) => {
      const paid = payoffs([x, y])
      return [paid[0] - now[0], paid[1] - now[1]] as const
    }),
  )
  return normalForm([2, 2], [gains.map(([row]) => row), gains.map(([, column]) => column)])
}

/**
 * ρ, the probabilities with which both keep what they do, in an equilibrium of their meta-game: a pure one if there is any, drawn among
 * several.
 *
 * @param t tells the draws of steps apart
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", remark 2: one is chosen at random
 */
export function stableKeep(meta: NormalFormGame, random: Random, t: number): Point {
  const equilibria = twoByTwoEquilibria(meta)
  const pure = equilibria.filter((point) => point.every((keep) => keep === 0 || keep === 1))
  const among = pure.length > 0 ? pure : equilibria
  const lane = 1 // Lane 0 draws payoffs.
  return among.length === 1 ? among[0]! : among[random.below(among.length, Stream.game, t, 0, lane)]!
}

/** ρ · current + (1 − ρ) · predicted, for each player. */
export function mixture({ current, predicted }: Predicted, [keepX, keepY]: Point): Point {
  return [keepX * current[0] + (1 - keepX) * predicted[0], keepY * current[1] + (1 - keepY) * predicted[1]]
}
