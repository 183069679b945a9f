import { LuDecomposition, Matrix } from 'ml-matrix'
import type { NormalFormGame, Profile } from '../../runtime/core/games/normal-form.ts'
import { scaled } from './scaling.ts'
import { subsets } from './subsets.ts'
import { rowsAndColumns } from './two-players.ts'

/** Of payoffs on [0, 1]: by so little less than the best a reply still counts as one. */
const TOLERANCE = 1e-10
/** A probability below it is none. */
const LEAST_PROBABILITY = 1e-12

/** A strategy that makes as many replies best as it has actions. */
interface Vertex {
  readonly strategy: Float64Array
  /** Bits of its actions. */
  readonly support: number
  /** Bits of the other player's best replies. */
  readonly replies: number
}

/**
 * All extreme equilibria of a game of two: those that are no mixture of other equilibria. A nondegenerate game has no others.
 *
 * For every support of a player and as many actions of the other, the one strategy at which these actions are worth the same,
 *
 *   Σ_{j ∈ J} A_ij y_j = v  for i ∈ I,   Σ y = 1,
 *
 * is kept if it has no negative probability and no other action is worth more than v. An equilibrium is two of them of which each plays
 * best replies to the other. In a nondegenerate game both have the supports (I, J); in a degenerate one supports may differ in size.
 *
 * There are C(m + k, m) systems to solve for m and k actions. Those of smaller supports come first, the first actions before later ones.
 *
 * @returns each with regrets of 1e-10 at most, of payoffs on [0, 1]
 * @throws ERR_ARGUMENT_INVALID if the game is not of two
 * @see Mangasarian, "Equilibrium points of bimatrix games", 1964; von Stengel, "Computing equilibria for two-person games", 2002
 */
export function supportEnumeration(game: NormalFormGame): Profile[] {
  const [rows, columns] = rowsAndColumns(game, 'support enumeration')
  const [a, b] = scaled(game).payoffs as [Float64Array, Float64Array]
  const ofRow = vertices(rows, columns, (row, column) => b[row * columns + column]!)
  const ofColumn = vertices(columns, rows, (column, row) => a[row * columns + column]!)
  return ofRow
    .flatMap((x) =>
      ofColumn
        .filter((y) => (x.support & ~y.replies) === 0 && (y.support & ~x.replies) === 0)
        .map((y) => ({ profile: [x.strategy, y.strategy], size: bitsOf(x.support) + bitsOf(y.support) })),
    )
    .sort((one, other) => one.size - other.size)
    .map(({ profile }) => profile)
}

/** @param worth what a reply is worth to the other player, in [0, 1] */
function vertices(
  actions: number,
  replies: number,
  worth: (action: number, reply: number) => number,
): Vertex[] {
  const found = new Map<string, Vertex>()
  for (let size = 1; size <= Math.min(actions, replies); size++) {
    const alike = subsets(replies, size)
    for (const support of subsets(actions, size)) {
      for (const best of alike) {
        const vertex = vertexAt(support, best, actions, replies, worth)
        // At a degenerate vertex more replies are best than are asked for: it is met more than once.
        if (vertex) found.set(`${vertex.support} ${vertex.replies}`, vertex)
      }
    }
  }
  return [...found.values()]
}

function vertexAt(
  support: readonly number[],
  best: readonly number[],
  actions: number,
  replies: number,
  worth: (action: number, reply: number) => number,
): Vertex | undefined {
  // With 1 added to what replies are worth, v is not 0, and p = y / v follows from M p = 1 alone.
  const matrix = new Matrix(best.length, best.length)
  for (const [row, reply] of best.entries()) {
    for (const [column, action] of support.entries()) matrix.set(row, column, 1 + worth(action, reply))
  }
  const system = new LuDecomposition(matrix)
  if (system.isSingular()) return undefined
  const p = system.solve(Matrix.ones(best.length, 1)).to1DArray()
  const sum = p.reduce((x, y) => x + y, 0)
  const strategy = new Float64Array(actions)
  for (const [at, action] of support.entries()) {
    const probability = p[at]! / sum
    // Neither below 0 nor NaN; an action that gets nothing belongs to a smaller support.
    if (!(probability > LEAST_PROBABILITY)) return undefined
    strategy[action] = probability
  }
  const payoffs = Float64Array.from({ length: replies }, (_, reply) =>
    support.reduce((payoff, action) => payoff + strategy[action]! * worth(action, reply), 0),
  )
  const least = Math.max(...payoffs) - TOLERANCE
  if (best.some((reply) => payoffs[reply]! < least)) return undefined
  return {
    strategy,
    support: support.reduce((bits, action) => bits | (1 << action), 0),
    replies: payoffs.reduce((bits, payoff, reply) => (payoff < least ? bits : bits | (1 << reply)), 0),
  }
}

function bitsOf(set: number): number {
  let bits = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++
  return bits
}
