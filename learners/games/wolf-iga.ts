import type { Point } from '../../runtime/core/games/differential-game.ts'
import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'
import { type Dynamics, payoffsAt, project, requireTwoByTwo, slopes } from './two-by-two.ts'

export interface WolfSteps {
  /** ℓ_min, of who wins. */
  readonly winning: number
  /** ℓ_max, of who does not. */
  readonly losing: number
}

/**
 * Gradient ascent that goes slowly while it wins: "win or learn fast". A player wins while its strategy pays more than its strategy of
 * the equilibrium would, against what the other plays now:
 *
 *   α_a = ℓ_min if V_a(x, y) > V_a(x*, y) else ℓ_max,   α_b = ℓ_min if V_b(x, y) > V_b(x, y*) else ℓ_max
 *
 * @param equilibrium (x*, y*): players have to know it
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 * @see Bowling, Veloso, "Multiagent learning using a variable learning rate", Artificial Intelligence 2002, §4
 */
export function wolfIga(game: NormalFormGame, [atX, atY]: Point, { winning, losing }: WolfSteps): Dynamics {
  requireTwoByTwo(game)
  return ([x, y]) => {
    const [paidX, paidY] = payoffsAt(game, [x, y])
    const stepX = paidX > payoffsAt(game, [atX, y])[0] ? winning : losing
    const stepY = paidY > payoffsAt(game, [x, atY])[1] ? winning : losing
    const [alongX, alongY] = slopes(game, [x, y])
    return project([x + stepX * alongX, y + stepY * alongY])
  }
}
