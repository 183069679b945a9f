import type { Point } from '../../runtime/core/games/differential-game.ts'
import { type NormalFormGame, normalForm } from '../../runtime/core/games/normal-form.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { exactMetaGame, mixture, type Predicted, stableKeep } from './stable-point.ts'
import {
  type Dynamics,
  payoffsAt,
  project,
  requireTwoByTwo,
  slopes,
  twoByTwoEquilibria,
} from './two-by-two.ts'

export interface MatrlSteps {
  /** Of the improvement that each player makes alone, against what the other plays now. */
  readonly improvement: number
  /** Of the best response to the other's stable point. */
  readonly response: number
}

export interface MatrlOptions extends MatrlSteps {
  /**
   * Which parts there are. `no-response` has players take their stable points themselves; `no-stable-point` has them respond to
   * predictions, whether the meta-game has them adopted or not: independent learning with look-ahead (IL-LA).
   */
  readonly parts: 'all' | 'no-response' | 'no-stable-point'
}

/**
 * MATRL in a 2×2 game, with exact gradients and payoffs, as the paper's equations have it:
 *
 *   x̂ = Π[x + α ∂V_a/∂x (y)],   ŷ likewise                               independent improvement
 *   ρ an equilibrium of the meta-game of (x | x̂) × (y | ŷ)
 *   x̄ = ρ_a x + (1 − ρ_a) x̂,    ȳ likewise                               stable improvement point
 *   x ← Π[x + β ∂V_a/∂x (ȳ)],    y ← Π[y + β ∂V_b/∂y (x̄)]                best response
 *
 * @param random draws one of several equilibria of a meta-game
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 * @see Wen, Chen, Yang, Tian, Li, Chen, Wang, "A game-theoretic approach to multi-agent trust region optimization", §3, appendix
 */
export function matrlMatrix(
  game: NormalFormGame,
  { improvement, response, parts }: MatrlOptions,
  random: Random,
): Dynamics {
  requireTwoByTwo(game)
  return (current, t) => {
    const [x, y] = current
    const [nowX, nowY] = slopes(game, current)
    const step = { current, predicted: project([x + improvement * nowX, y + improvement * nowY]) }
    const keep: Point =
      parts === 'no-stable-point'
        ? [0, 0]
        : stableKeep(
            exactMetaGame(step, (point) => payoffsAt(game, point)),
            random,
            t,
          )
    return parts === 'no-response' ? mixture(step, keep) : bestResponse(game, step, keep, response)
  }
}

/** Both go up their slopes against what the other does at the stable point of ρ: `matrlMatrix`'s last line. @param rate β */
export function bestResponse(game: NormalFormGame, step: Predicted, keep: Point, rate: number): Point {
  const [x, y] = step.current
  const [alongX, alongY] = slopes(game, mixture(step, keep))
  return project([x + rate * alongX, y + rate * alongY])
}

/** The weight of divergences in MATRL's code for matrix games. */
const DIVERGENCE_WEIGHT = 100

/**
 * MATRL in a 2×2 game as its published code does it: what the paper's table was measured with, for reproducing that and nothing else.
 * It departs from the paper's equations, and so from `matrlMatrix`, in that
 *
 * - divergences, meant to hold a step back, are added to gradients and to stable points, whichever way these go;
 * - x̄ is not projected, and can be no probability;
 * - entries of the meta-game weigh payoffs less v by differences of probabilities of which some have the other's new strategy on one side
 *   and its current one on the other;
 * - of several equilibria it takes the last one, the mixed one where there are three; and keeps what it does where there is none.
 *
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 */
export function matrlMatrixAsPublished(
  game: NormalFormGame,
  { improvement, response }: MatrlSteps,
): Dynamics {
  requireTwoByTwo(game)
  return (current) => {
    const [x, y] = current
    const [nowX, nowY] = slopes(game, current)
    const predict = (from: number, slope: number) => {
      const first = from + improvement * slope
      return from + improvement * (slope + DIVERGENCE_WEIGHT * divergence(from, first))
    }
    const predicted = project([predict(x, nowX), predict(y, nowY)])
    const keep = twoByTwoEquilibria(publishedMetaGame(game, current, predicted)).at(-1) ?? [1, 1]
    const [mixedX, mixedY] = mixture({ current, predicted }, keep)
    const [alongX, alongY] = slopes(game, [
      mixedX + DIVERGENCE_WEIGHT * divergence(x, predicted[0]),
      mixedY + DIVERGENCE_WEIGHT * divergence(y, predicted[1]),
    ])
    return project([x + response * alongX, y + response * alongY])
  }
}

function publishedMetaGame(
  game: NormalFormGame,
  current: Point,
  [predictedX, predictedY]: Point,
): NormalFormGame {
  const [x, y] = current
  const [rowValue, columnValue] = payoffsAt(game, current)
  const [a, b] = [game.payoffs[0]!, game.payoffs[1]!]
  // The column's entries are the row's with both players changing places.
  const turned = Float64Array.of(b[0]!, b[2]!, b[1]!, b[3]!)
  const profiles: readonly Point[] = [current, [x, predictedY], [predictedX, y], [predictedX, predictedY]]
  const rows = profiles.map(([toX, toY]) => publishedEntry(a, rowValue, x, y, toX, toY))
  const columns = profiles.map(([toX, toY]) => publishedEntry(turned, columnValue, y, x, toY, toX))
  return normalForm(
    [2, 2],
    [
      [0, ...rows.slice(1)],
      [0, ...columns.slice(1)],
    ],
  )
}

/** Of a player going from `own` to `toOwn` and the other from `other` to `toOther`. @param payoffs [4], its own action first */
function publishedEntry(
  payoffs: Float64Array,
  value: number,
  own: number,
  other: number,
  toOwn: number,
  toOther: number,
): number {
  return (
    (toOwn * toOther - own * other) * (payoffs[0]! - value) +
    (toOwn * (1 - toOther) - own * (1 - toOther)) * (payoffs[1]! - value) +
    ((1 - toOwn) * other - (1 - own) * other) * (payoffs[2]! - value) +
    ((1 - toOwn) * (1 - toOther) - (1 - own) * (1 - other)) * (payoffs[3]! - value)
  )
}

/** KL(p ‖ q) of a choice between two; 0 where p or q is no probability or a certain one. */
function divergence(p: number, q: number): number {
  if (p <= 0 || p >= 1 || q <= 0 || q >= 1) return 0
  return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))
}
