import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Point } from '../../runtime/core/games/differential-game.ts'
import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'

/** One simultaneous step of both players. @param t counts steps from 1 */
export type Dynamics = (point: Point, t: number) => Point

/** @throws ERR_CONFIG_INVALID for a game of more players or actions */
export function requireTwoByTwo({ actions }: NormalFormGame): void {
  if (actions.length === 2 && actions.every((count) => count === 2)) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `game: expected two players with two actions each, got actions [${actions.join(', ')}]`,
  )
}

/** What both players are paid on average. */
export function payoffsAt({ payoffs }: NormalFormGame, [x, y]: Point): Point {
  const paid = (own: Float64Array) =>
    x * (y * own[0]! + (1 - y) * own[1]!) + (1 - x) * (y * own[2]! + (1 - y) * own[3]!)
  return [paid(payoffs[0]!), paid(payoffs[1]!)]
}

/**
 * Gradients of both players' payoffs along their own strategies:
 *
 *   ∂V_a/∂x = y u_a + A01 − A11,   u_a = A00 − A01 − A10 + A11
 *   ∂V_b/∂y = x u_b + B10 − B11,   u_b = B00 − B01 − B10 + B11
 *
 * The row's depends on y alone, the column's on x alone; neither has to be a probability.
 *
 * @see Singh, Kearns, Mansour, "Nash convergence of gradient dynamics in general-sum games", UAI 2000, §3
 */
export function slopes(game: NormalFormGame, [x, y]: Point): Point {
  const [a, b] = [game.payoffs[0]!, game.payoffs[1]!]
  return [y * curvature(a) + a[1]! - a[3]!, x * curvature(b) + b[2]! - b[3]!]
}

/** u, by which a player's gradient grows with the other's strategy. @param own [4] payoffs */
function curvature(own: Float64Array): number {
  return own[0]! - own[1]! - own[2]! + own[3]!
}

/** Both moved into [0, 1]. */
export function project([x, y]: Point): Point {
  return [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))]
}

/** Gains below this share of how far apart a player's payoffs are, are none. */
const TOLERANCE = 1e-9

/**
 * The Nash equilibria of a 2×2 game, in closed form: first the pure ones in row-major order of their actions, then those where
 * somebody mixes. A player mixes where the other is indifferent,
 *
 *   x* = (B11 − B10) / u_b,   y* = (A11 − A01) / u_a
 *
 * so that a profile of {1, 0, x*} × {1, 0, y*} is an equilibrium if and only if no gradient leads out of it. Where a whole segment
 * of profiles is in equilibrium, these are its ends.
 *
 * Gains are compared with the payoffs' spread: games of tiny payoffs, such as meta-games of small steps, would otherwise have
 * everything for an equilibrium.
 */
export function twoByTwoEquilibria(game: NormalFormGame): Point[] {
  requireTwoByTwo(game)
  const [a, b] = [game.payoffs[0]!, game.payoffs[1]!]
  const [rowGain, columnGain] = [a, b].map((own) => TOLERANCE * (Math.max(...own) - Math.min(...own))) as [
    number,
    number,
  ]
  const xs = [1, 0, ...inside((b[3]! - b[2]!) / curvature(b))]
  const ys = [1, 0, ...inside((a[3]! - a[1]!) / curvature(a))]
  const found = xs
    .flatMap((x) => ys.map((y): Point => [x, y]))
    .filter((point) => {
      const [alongX, alongY] = slopes(game, point)
      return staysAt(point[0], alongX, rowGain) && staysAt(point[1], alongY, columnGain)
    })
  const isPure = (point: Point) => point.every((probability) => probability === 0 || probability === 1)
  return [...found.filter(isPure), ...found.filter((point) => !isPure(point))]
}

function inside(probability: number): number[] {
  return probability > 0 && probability < 1 ? [probability] : []
}

function staysAt(probability: number, slope: number, tolerance: number): boolean {
  return (slope <= tolerance || probability === 1) && (slope >= -tolerance || probability === 0)
}

/** When dynamics have come to an equilibrium. */
export interface Convergence {
  /** Both probabilities are nearer than this. */
  readonly within: number
  /** Steps at most. */
  readonly horizon: number
}

/**
 * The first step t ≥ 1 after which both players are near one of the equilibria; undefined if none up to the horizon. A start that is
 * near one does not count.
 *
 * @see Wen, Chen, Yang, Tian, Li, Chen, Wang, "A game-theoretic approach to multi-agent trust region optimization", §4.1 and its code
 */
export function stepsToEquilibrium(
  dynamics: Dynamics,
  start: Point,
  equilibria: readonly Point[],
  { within, horizon }: Convergence,
): number | undefined {
  let point = start
  for (let t = 1; t <= horizon; t++) {
    point = dynamics(point, t)
    const [x, y] = point
    if (equilibria.some((at) => Math.abs(x - at[0]) < within && Math.abs(y - at[1]) < within)) return t
  }
  return undefined
}
