import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'
import { requireTwoByTwo } from './two-by-two.ts'

/** A 2×2 game played again and again, later rounds counting less. */
export interface IteratedGame {
  readonly game: NormalFormGame
  /** γ in [0, 1) */
  readonly discount: number
}

/**
 * A strategy that remembers one round: [5] logits of a player's first action, in the first round and after 00, 01, 10 and 11, its own
 * action coming first. (Of the prisoner's dilemma, action 0 being to cooperate: start, CC, CD, DC, DD.)
 */
export type MemoryOne = Float64Array

/** Numbers of a memory-one strategy. */
const MEMORIES = 5

/** What was after 01 to one player was after 10 to the other. */
const SEEN_BY_OTHER = [0, 1, 3, 2, 4] as const

/** What a player is paid, V = Σ_t γᵗ r_t on average, and how that hangs on both players' logits. */
export interface ValueDerivatives {
  readonly value: number
  /** ∂V/∂θ¹, [5] */
  readonly alongRow: Float64Array
  /** ∂V/∂θ², [5] */
  readonly alongColumn: Float64Array
  /** ∂²V/∂θ¹∂θ², [5, 5]: a row for each logit of the row player. */
  readonly mixed: Float64Array
}

/**
 * Values of two memory-one strategies and their derivatives, exactly: of the row player and of the column player.
 *
 * The start and the four joint actions are the states of a chain. P is its transition matrix, of which only row k hangs on p_k and q_k,
 * the players' probabilities there, and it does so through p_k q_k, p_k (1 − q_k), (1 − p_k) q_k, (1 − p_k)(1 − q_k). With M = (I − γP)⁻¹,
 * v = M r the values of states and d = M_0 / γ the discounted visits (the start, where nothing is paid, comes a round before the first):
 *
 *   V = v_0 / γ,   ∂V/∂p_k = γ d_k a_k·v,   ∂V/∂q_l = γ d_l b_l·v,   a_k = ∂P_k/∂p_k,   b_l = ∂P_l/∂q_l
 *   ∂²V/∂p_k∂q_l = γ d_k [k = l] c·v + γ² d_l (b_l M)_k (a_k·v) + γ² d_k (a_k M)_l (b_l·v),   c = ∂a_k/∂q_k
 *
 * and probabilities hang on logits by p' = p (1 − p).
 *
 * @throws ERR_CONFIG_INVALID for a game that is not 2×2
 * @see Foerster, Chen, Al-Shedivat, Whiteson, Abbeel, Mordatch, "Learning with opponent-learning awareness", AAMAS 2018, appendix A.1
 */
export function exactValues(
  { game, discount }: IteratedGame,
  row: MemoryOne,
  column: MemoryOne,
): readonly [ValueDerivatives, ValueDerivatives] {
  requireTwoByTwo(game)
  const p = row.map(logistic)
  const q = p.map((_, k) => logistic(column[SEEN_BY_OTHER[k]!]!))
  const transitions = Array.from(p, (pk, k) => [
    0,
    pk * q[k]!,
    pk * (1 - q[k]!),
    (1 - pk) * q[k]!,
    (1 - pk) * (1 - q[k]!),
  ])
  const m = discountedSum(transitions, discount)
  const visits = m[0]!.map((visit) => visit / discount)
  const a = Array.from(q, (qk) => [0, qk, 1 - qk, -qk, qk - 1])
  const b = Array.from(p, (pk) => [0, pk, -pk, 1 - pk, pk - 1])
  const aM = a.map((change) => times(change, m))
  const bM = b.map((change) => times(change, m))
  const c = [0, 1, -1, -1, 1]

  const derivatives = (payoffs: Float64Array): ValueDerivatives => {
    const v = m.map((sums) => dot(sums, [0, ...payoffs]))
    const alongRow = new Float64Array(MEMORIES)
    const alongColumn = new Float64Array(MEMORIES)
    const mixed = new Float64Array(MEMORIES * MEMORIES)
    for (let k = 0; k < MEMORIES; k++) {
      const ofLogit = p[k]! * (1 - p[k]!)
      alongRow[k] = ofLogit * discount * visits[k]! * dot(a[k]!, v)
      alongColumn[SEEN_BY_OTHER[k]!] = q[k]! * (1 - q[k]!) * discount * visits[k]! * dot(b[k]!, v)
      for (let l = 0; l < MEMORIES; l++) {
        const here = k === l ? discount * visits[k]! * dot(c, v) : 0
        const columnFirst = discount ** 2 * visits[l]! * bM[l]![k]! * dot(a[k]!, v)
        const rowFirst = discount ** 2 * visits[k]! * aM[k]![l]! * dot(b[l]!, v)
        mixed[k * MEMORIES + SEEN_BY_OTHER[l]!] =
          ofLogit * q[l]! * (1 - q[l]!) * (here + columnFirst + rowFirst)
      }
    }
    return { value: v[0]! / discount, alongRow, alongColumn, mixed }
  }
  return [derivatives(game.payoffs[0]!), derivatives(game.payoffs[1]!)]
}

export interface LolaSteps {
  /** δ, of a player's own ascent. */
  readonly step: number
  /** η, of the step that it takes the other for making next; at 0 both learn naively. */
  readonly opponentStep: number
}

/**
 * A simultaneous step of learning with opponent-learning awareness: each ascends its value where the other has made a naive step, and
 * counts in that this step hangs on its own strategy.
 *
 *   θ¹_k += δ ∂V¹/∂θ¹_k + δ η Σ_l ∂V¹/∂θ²_l · ∂²V²/∂θ¹_k∂θ²_l,   and θ² with the players' places changed
 *
 * @see Foerster et al., "Learning with opponent-learning awareness", AAMAS 2018, §4.2
 */
export function lolaStep(
  iterated: IteratedGame,
  row: MemoryOne,
  column: MemoryOne,
  { step, opponentStep }: LolaSteps,
): readonly [MemoryOne, MemoryOne] {
  const [first, second] = exactValues(iterated, row, column)
  const nextRow = row.slice()
  const nextColumn = column.slice()
  for (let k = 0; k < MEMORIES; k++) {
    nextRow[k]! += step * first.alongRow[k]!
    nextColumn[k]! += step * second.alongColumn[k]!
    for (let l = 0; l < MEMORIES; l++) {
      nextRow[k]! += step * opponentStep * first.alongColumn[l]! * second.mixed[k * MEMORIES + l]!
      nextColumn[k]! += step * opponentStep * second.alongRow[l]! * first.mixed[l * MEMORIES + k]!
    }
  }
  return [nextRow, nextColumn]
}

/** Probabilities of the first action, [5]. */
export function probabilities(strategy: MemoryOne): Float64Array {
  return strategy.map(logistic)
}

/** Σ_t (γP)ᵗ = (I − γP)⁻¹. Each diagonal entry outweighs its row, so that eliminating needs no other pivots. */
function discountedSum(transitions: readonly (readonly number[])[], discount: number): number[][] {
  const rows = transitions.map((row, i) =>
    row.map((probability, j) => Number(i === j) - discount * probability),
  )
  const inverse = rows.map((row, i) => row.map((_, j) => Number(i === j)))
  for (let pivot = 0; pivot < rows.length; pivot++) {
    const scale = 1 / rows[pivot]![pivot]!
    for (const matrix of [rows, inverse]) matrix[pivot] = matrix[pivot]!.map((x) => x * scale)
    for (let i = 0; i < rows.length; i++) {
      if (i === pivot) continue
      const factor = rows[i]![pivot]!
      for (const matrix of [rows, inverse]) {
        matrix[i] = matrix[i]!.map((x, j) => x - factor * matrix[pivot]![j]!)
      }
    }
  }
  return inverse
}

function times(vector: readonly number[], matrix: readonly (readonly number[])[]): number[] {
  return vector.map((_, j) => vector.reduce((sum, x, i) => sum + x * matrix[i]![j]!, 0))
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
