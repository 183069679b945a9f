import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'
import { type Dynamics, project, requireTwoByTwo, slopes } from './two-by-two.ts'

export interface PolicyPrediction {
  /** α */
  readonly step: number
  /** γ, the step by which each predicts the other's strategy. */
  readonly prediction: number
  /** Whether predictions are kept in [0, 1], where strategies are. */
  readonly projected: boolean
}

/**
 * Gradient ascent against what the other is about to play (IGA-PP; the same thing as IGA-LA, look-ahead):
 *
 *   x̃ = x + γ ∂V_a/∂x (y),       ỹ = y + γ ∂V_b/∂y (x)
 *   x ← Π[x + α ∂V_a/∂x (ỹ)],   y ← Π[y + α ∂V_b/∂y (x̃)]
 *
 * Around a mixed equilibrium with u_a u_b < 0 the squared distance is multiplied by about 1 + |u_a u_b| (α² − 2 α γ) in a step, so that
 * it shrinks only with γ > α/2.
 *
 * Predictions of the original are not projected, and leave [0, 1] near its ends. That turns strategies back before they reach the border,
 * and brings 4 to 10 more of a hundred cyclic games to their equilibrium than projected ones do. MATRL's are projected: wherever its
 * meta-game has both adopt them, it takes the very steps of projected prediction.
 *
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 * @see Zhang, Lesser, "Multi-agent learning with policy prediction", AAAI 2010
 */
export function igaPp(game: NormalFormGame, { step, prediction, projected }: PolicyPrediction): Dynamics {
  requireTwoByTwo(game)
  return ([x, y]) => {
    const [nowX, nowY] = slopes(game, [x, y])
    const free = [x + prediction * nowX, y + prediction * nowY] as const
    const [alongX, alongY] = slopes(game, projected ? project(free) : free)
    return project([x + step * alongX, y + step * alongY])
  }
}
