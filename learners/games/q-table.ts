/** Values of an agent's actions, S states and A actions: rows of A numbers, one for each state. */
export interface QTable {
  readonly actions: number
  /** Q, [S, A] */
  readonly values: Float64Array
}

/** What came of an action. */
export interface Outcome {
  readonly state: number
  readonly action: number
  readonly reward: number
  /** The state behind it; −1 when it ended the episode. */
  readonly next: number
}

/**
 * Q-learning:  Q(s, a) ← Q(s, a) + α (r + γ max_a' Q(s', a') − Q(s, a)),  with nothing behind the end of an episode.
 *
 * @param learning α
 * @param discount γ
 * @returns the temporal difference, before it was learned from
 * @see Watkins, Dayan, "Q-learning", Machine Learning 1992, eq. 1
 */
export function learnValue(
  { actions, values }: QTable,
  { state, action, reward, next }: Outcome,
  learning: number,
  discount: number,
): number {
  const at = state * actions + action
  const ahead = next < 0 ? 0 : discount * values[bestOf(values, next * actions, actions)]!
  const difference = reward + ahead - values[at]!
  values[at]! += learning * difference
  return difference
}

/** Where the largest of a row of values stands; the first of several. */
export function bestOf(values: Float64Array, row: number, actions: number): number {
  let at = row
  for (let k = row + 1; k < row + actions; k++) if (values[k]! > values[at]!) at = k
  return at
}

/** A rate that falls with what was learned before: 1 / (1 / α + κ n). @param first α @param decay κ @param count n */
export function fallingRate(first: number, decay: number, count: number): number {
  return 1 / (1 / first + decay * count)
}
