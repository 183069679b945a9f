import { RuntimeError } from '../../runtime/core/errors.ts'
import type { NormalFormGame, Profile } from '../../runtime/core/games/normal-form.ts'
import { scaled } from './scaling.ts'
import { rowsAndColumns } from './two-players.ts'

/** Payoffs on [0, 1] are taken as whole multiples of 1 / UNIT, so that pivots are exact. */
const UNIT = 2 ** 50
const PROBABILITY_BITS = 60n

/**
 * The system of one player's polytope in a basis. Variables are numbered as labels are: a variable that is 0 bears its own number as label.
 * Entries are whole numbers over a divisor that all share.
 */
interface Tableau {
  /** [rows][variables + 1], the right-hand side last. */
  readonly entries: bigint[][]
  /** [rows] the variable that each row gives. */
  readonly basis: number[]
  /** Those that were in the basis first: by their columns ties are broken. */
  readonly slacks: readonly number[]
  divisor: bigint
}

/**
 * One equilibrium of a game of two, by the algorithm of Lemke and Howson. With payoffs above 0, the polytopes
 *
 *   P = {x ≥ 0: Bᵀx ≤ 1}  and  Q = {y ≥ 0: Ay ≤ 1}
 *
 * have a label for each action: a row's where x_i = 0 in P or (Ay)_i = 1 in Q, a column's where (Bᵀx)_j = 1 in P or y_j = 0 in Q. A pair
 * with all labels is an equilibrium, or (0, 0). From there one label is dropped, and then in turn what became a second one is, till the
 * first is met again.
 *
 * Pivots are of whole numbers and by lexicographic ratios, so no rounding error or tie of a degenerate game can send the path round in
 * circles. Dropping other labels may lead to other equilibria, though not always to all.
 *
 * @param label the first to be dropped: a row, or the number of rows + a column
 * @throws ERR_ARGUMENT_INVALID if the game is not of two, or has no such label
 * @see Lemke, Howson 1964, "Equilibrium points of bimatrix games"; von Stengel 2002, "Computing equilibria for two-person games"
 */
export function lemkeHowson(game: NormalFormGame, label = 0): Profile {
  const [rows, columns] = rowsAndColumns(game, 'Lemke-Howson')
  const labels = rows + columns
  if (!(Number.isInteger(label) && label >= 0 && label < labels)) {
    throw new RuntimeError(
      'ERR_ARGUMENT_INVALID',
      `Lemke-Howson: expected a label in 0…${labels - 1}, got ${label}`,
    )
  }
  const [a, b] = scaled(game).payoffs.map((own) =>
    Array.from(own, (payoff) => BigInt(Math.round(payoff * UNIT)) + 1n),
  ) as [bigint[], bigint[]]
  const ofRow = tableau(columns, rows, rows, 0, (column, row) => b[row * columns + column]!)
  const ofColumn = tableau(rows, columns, 0, rows, (row, column) => a[row * columns + column]!)
  let entering = label
  let current = label < rows ? ofRow : ofColumn
  do {
    entering = pivot(current, entering)
    current = current === ofRow ? ofColumn : ofRow
  } while (entering !== label)
  return [strategyOf(ofRow, 0, rows), strategyOf(ofColumn, rows, columns)]
}

/** A player's system where it plays nothing: rows of slacks, each 1 − Σ payoff · weight of an action. */
function tableau(
  rows: number,
  actions: number,
  firstSlack: number,
  firstAction: number,
  payoff: (row: number, action: number) => bigint,
): Tableau {
  const slacks = Array.from({ length: rows }, (_, row) => firstSlack + row)
  const entries = slacks.map((slack, row) => {
    const entry = Array.from({ length: rows + actions + 1 }, () => 0n)
    entry[slack] = 1n
    for (let action = 0; action < actions; action++) entry[firstAction + action] = payoff(row, action)
    entry[rows + actions] = 1n
    return entry
  })
  return { entries, basis: [...slacks], slacks, divisor: 1n }
}

/** Takes a variable into the basis and says which leaves it. */
function pivot(tableau: Tableau, entering: number): number {
  const { entries, basis, divisor } = tableau
  const row = leavingRow(tableau, entering)
  const own = entries[row]!
  const by = own[entering]!
  for (const [i, entry] of entries.entries()) {
    if (i === row) continue
    const factor = entry[entering]!
    // Divides without a rest: entries are minors of the first system.
    for (let j = 0; j < entry.length; j++) entry[j] = (entry[j]! * by - factor * own[j]!) / divisor
  }
  tableau.divisor = by
  const leaving = basis[row]!
  basis[row] = entering
  return leaving
}

/** The row whose (right-hand side, columns of first slacks) over its entry is least, number by number. Polytopes are bounded, so there is one. */
function leavingRow({ entries, slacks }: Tableau, entering: number): number {
  const order = [entries[0]!.length - 1, ...slacks]
  let least = -1
  for (const [row, entry] of entries.entries()) {
    if (entry[entering]! <= 0n) continue
    if (least < 0 || isLess(entry, entries[least]!, entering, order)) least = row
  }
  return least
}

function isLess(
  one: readonly bigint[],
  other: readonly bigint[],
  entering: number,
  order: readonly number[],
): boolean {
  for (const column of order) {
    const difference = one[column]! * other[entering]! - other[column]! * one[entering]!
    if (difference !== 0n) return difference < 0n
  }
  return false
}

/** The weights of a player's actions as shares of their sum. */
function strategyOf({ entries, basis }: Tableau, firstAction: number, actions: number): Float64Array {
  const weights = Array.from({ length: actions }, () => 0n)
  for (const [row, variable] of basis.entries()) {
    const action = variable - firstAction
    if (action >= 0 && action < actions) weights[action] = entries[row]!.at(-1)!
  }
  const sum = weights.reduce((x, y) => x + y, 0n)
  return Float64Array.from(
    weights,
    (weight) => Number((weight << PROBABILITY_BITS) / sum) / 2 ** Number(PROBABILITY_BITS),
  )
}
