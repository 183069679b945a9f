import { Random, Stream, seedKey } from '../rng.ts'
import { bimatrix, type NormalFormGame } from './normal-form.ts'

/** A fresh draw, uniform in [0, 1). */
type Uniform = () => number

/**
 * 2×2 games by their best replies, A = [[a, b], [c, d]] being the row's payoffs and B = [[e, g], [f, h]] the column's. A line below is
 * a payoff in the order in which it is drawn.
 */
const KINDS = {
  /** Best is the other's action: two pure equilibria on the diagonal and one mixed. */
  coordination: (u: Uniform): NormalFormGame => {
    const b = u()
    const d = b + u()
    const c = d + u()
    const a = c + u()
    const g = u()
    const e = g + u()
    const f = u()
    const h = f + u()
    return game(a, b, c, d, e, f, g, h)
  },

  /** Best is the action that the other does not take: two pure equilibria off the diagonal and one mixed. */
  anticoordination: (u: Uniform): NormalFormGame => {
    const a = -1 - u()
    const c = a + u()
    let [b, d] = [0, 0]
    if (u() < 0.5) {
      b = Math.abs(a) - 0.1 * u()
      d = Math.min(Math.abs(c), b) - 0.1 * u()
    } else {
      d = c + 0.1 * u()
      b = d + 0.1 * u()
    }
    const e = u()
    const g = e + u()
    const h = u()
    const f = h + u()
    return game(a, b, c, d, e, f, g, h)
  },

  /** One wants what the other wants to avoid: best replies go in a circle, and the only equilibrium is mixed. */
  cyclic: (u: Uniform): NormalFormGame => {
    if (u() < 0.5) {
      const e = u()
      const g = e + u()
      const h = u()
      const f = h + u()
      const a = 0.5 + u()
      const c = -a + 0.1 * u()
      const d = Math.abs(c) - 0.1 * u()
      const b = d - 0.1 * u()
      return game(a, b, c, d, e, f, g, h)
    }
    const g = u()
    const e = g + u()
    const f = u()
    const h = f + u()
    const c = 0.5 + u()
    const a = -c + 0.1 * u()
    const b = Math.abs(a) - 0.1 * u()
    const d = b - 0.1 * u()
    return game(a, b, c, d, e, f, g, h)
  },
} as const

export type GameKind = keyof typeof KINDS

export const GAME_KINDS = Object.keys(KINDS) as readonly GameKind[]

/**
 * A random 2×2 game of a kind, by the recipe of MATRL's published code: payoffs are far from uniform among the games of a kind.
 *
 * @param seed whole number in [0, 2⁵³): the same kind and seed give the same game
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §4.1 and its code; for the kinds alone Pangallo,
 *      Sanders, Galla, Farmer, "Towards a taxonomy of learning dynamics in 2 × 2 games", arXiv 1701.09043
 */
export function randomGame(kind: GameKind, seed: number): NormalFormGame {
  const random = new Random(seedKey(seed))
  let draws = 0
  return KINDS[kind](() => random.uniform(Stream.game, 0, draws++))
}

function game(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): NormalFormGame {
  return bimatrix(
    [
      [a, b],
      [c, d],
    ],
    [
      [e, g],
      [f, h],
    ],
  )
}
