import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'
import { type Dynamics, project, requireTwoByTwo, slopes } from './two-by-two.ts'

/**
 * Gradient ascent of both players on their own payoffs, with exact gradients (IGA with a step that is not infinitesimal):
 *
 *   x ← Π[x + α ∂V_a/∂x (y)],   y ← Π[y + α ∂V_b/∂y (x)]
 *
 * Around a mixed equilibrium with u_a u_b < 0 a step makes the distance grow by √(1 + α² |u_a u_b|): only averages converge.
 *
 * @param step α
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 * @see Singh, Kearns, Mansour, "Nash convergence of gradient dynamics in general-sum games", UAI 2000
 */
export function iga(game: NormalFormGame, step: number): Dynamics {
  requireTwoByTwo(game)
  return ([x, y]) => {
    const [alongX, alongY] = slopes(game, [x, y])
    return project([x + step * alongX, y + step * alongY])
  }
}
