import {
  type DifferentialGame,
  descend,
  gradientsAgainst,
  type Point,
} from '../../runtime/core/games/differential-game.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { exactMetaGame, mixture, stableKeep } from './stable-point.ts'
import type { Dynamics } from './two-by-two.ts'

/** z ← z − α ξ(z), ξ being both players' gradients. */
export function gradientDescent(game: DifferentialGame, step: number): Dynamics {
  return (point) => descend(point, game.gradients(point), step)
}

/**
 * Both gradients are taken where a step of gradient descent would lead both: z ← z − α ξ(z − α ξ(z)).
 *
 * @see Korpelevich, "The extragradient method for finding saddle points and other problems", 1976
 */
export function extragradient(game: DifferentialGame, step: number): Dynamics {
  return (point) => descend(point, game.gradients(descend(point, game.gradients(point), step)), step)
}

/**
 * Each takes its gradient at its own number and the other's after a step of gradient descent; the other's step is no function of its own:
 *
 *   x ← x − α ∂L_a/∂x (x, ŷ),   y ← y − α ∂L_b/∂y (x̂, y),   (x̂, ŷ) = z − α ξ(z)
 *
 * that is, z ← z − α (I − α H_o) ξ for quadratic losses, H_o being the off-diagonal blocks of ξ's Jacobian.
 *
 * @see Zhang, Lesser, "Multi-agent learning with policy prediction", AAAI 2010; Letcher et al., "Stable opponent shaping in
 *      differentiable games", ICLR 2019, §2.4
 */
export function lookAhead(game: DifferentialGame, step: number): Dynamics {
  return (point) =>
    descend(point, gradientsAgainst(game, point, descend(point, game.gradients(point), step)), step)
}

export interface DifferentialMatrlOptions {
  /** Of the improvement that each player makes alone. */
  readonly improvement: number
  /** Of the best response to the other's stable point. */
  readonly response: number
}

/**
 * MATRL: look-ahead to a mixture of what the other does and of what it would after improving alone, by an equilibrium of the meta-game
 * of keeping and adopting. Numbers are mixed, not losses.
 *
 * @param random draws one of several equilibria of a meta-game
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §3 and §4.1
 */
export function differentialMatrl(
  game: DifferentialGame,
  { improvement, response }: DifferentialMatrlOptions,
  random: Random,
): Dynamics {
  const payoffs = (point: Point): Point => {
    const [lossA, lossB] = game.losses(point)
    return [-lossA, -lossB]
  }
  return (current, t) => {
    const step = { current, predicted: descend(current, game.gradients(current), improvement) }
    const stable = mixture(step, stableKeep(exactMetaGame(step, payoffs), random, t))
    return descend(current, gradientsAgainst(game, current, stable), response)
  }
}
