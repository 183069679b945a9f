import { solve } from 'yalps'
import { normalForm } from '../../runtime/core/games/normal-form.ts'
import { lemkeHowson } from './lemke-howson.ts'
import { scaled } from './scaling.ts'

/** Of payoffs on [1, 2]; the solver's own default is 1e-8. */
const PRECISION = 1e-13

/** What a zero-sum game comes to. */
export interface Minimax {
  /** What the row player is paid on average, and can make sure of. */
  readonly value: number
  /** [rows] */
  readonly row: Float64Array
  /** [columns] */
  readonly column: Float64Array
}

/**
 * Value and optimal strategies of a zero-sum game, by linear programming: max_x min_j Σ_i x_i A_ij = min_y max_i Σ_j A_ij y_j.
 *
 * With payoffs above 0, the column player's y is p / Σ p of
 *
 *   maximise Σ p  so that  A p ≤ 1,  p ≥ 0,
 *
 * and the row player's is that of a column player in −Aᵀ.
 *
 * @param payoffs to the row player, [rows, columns]
 * @throws ERR_CONFIG_INVALID for payoffs that are no finite numbers or of another shape
 */
export function minimax(payoffs: ArrayLike<number>, rows: number, columns: number): Minimax {
  const game = normalForm([rows, columns], [payoffs, Array.from(payoffs, (payoff) => -payoff)])
  const [a, b] = scaled(game).payoffs as [Float64Array, Float64Array]
  const column = leastWorst(rows, columns, (i, j) => 1 + a[i * columns + j]!)
  const row = leastWorst(columns, rows, (j, i) => 1 + b[i * columns + j]!)
  // Ties can lead the simplex method round in circles; then the slower algorithm that they cannot mislead.
  const [x, y] = row && column ? [row, column] : (lemkeHowson(game) as [Float64Array, Float64Array])
  let value = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) value += x[i]! * y[j]! * payoffs[i * columns + j]!
  }
  return { value, row: x, column: y }
}

/** The mixture of actions that costs least where the other does its worst; none where the solver gives up. */
function leastWorst(
  others: number,
  actions: number,
  cost: (other: number, action: number) => number,
): Float64Array | undefined {
  const { status, variables } = solve<number, number>(
    {
      direction: 'maximize',
      objective: -1,
      constraints: Array.from({ length: others }, (_, other) => [other, { max: 1 }] as const),
      variables: Array.from(
        { length: actions },
        (_, action) =>
          [
            action,
            [
              [-1, 1] as const,
              ...Array.from({ length: others }, (_, other) => [other, cost(other, action)] as const),
            ],
          ] as const,
      ),
    },
    { precision: PRECISION, checkCycles: true },
  )
  if (status !== 'optimal') return undefined
  const strategy = new Float64Array(actions)
  for (const [action, weight] of variables) strategy[action] = weight
  const sum = strategy.reduce((x, y) => x + y, 0)
  return strategy.map((weight) => weight / sum)
}
