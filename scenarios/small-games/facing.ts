/**
 * Players that face a side of a small walled grid, step relative to it and see a square around themselves, turned so that what
 * lies ahead is on top.
 */

/** Directions are 0 up, 1 right, 2 down, 3 left: what a step in one of them adds to row and column. */
const ROW_AHEAD: readonly number[] = [-1, 0, 1, 0]
const COLUMN_AHEAD: readonly number[] = [0, 1, 0, -1]

/** Actions 0 … 3 step ahead, to the right, back and to the left: a quarter turn each from the facing. */
export const Act = {
  ahead: 0,
  right: 1,
  back: 2,
  left: 3,
  turnLeft: 4,
  turnRight: 5,
  stand: 6,
  beam: 7,
} as const

interface Grid {
  readonly rows: number
  readonly columns: number
}

/** The facing after an action. */
export function turned(facing: number, action: number): number {
  if (action === Act.turnLeft) return (facing + 3) & 3
  return action === Act.turnRight ? (facing + 1) & 3 : facing
}

/** The cell next to another in a direction, or −1 behind the wall. */
export function nextCell({ rows, columns }: Grid, cell: number, direction: number): number {
  const row = Math.floor(cell / columns) + ROW_AHEAD[direction]!
  const column = (cell % columns) + COLUMN_AHEAD[direction]!
  return row < 0 || row >= rows || column < 0 || column >= columns ? -1 : row * columns + column
}

/** Steps from one cell to another. */
export function distance({ columns }: Grid, a: number, b: number): number {
  return Math.abs(Math.floor(a / columns) - Math.floor(b / columns)) + Math.abs((a % columns) - (b % columns))
}

/**
 * The direction of a step towards a cell, along the longer way first; the other one where the first is blocked.
 *
 * @param board    [rows · columns] codes of cells
 * @param blocking bits of codes that nobody can enter
 */
export function towards(grid: Grid, board: Uint8Array, blocking: number, from: number, to: number): number {
  const { columns } = grid
  const down = Math.floor(to / columns) - Math.floor(from / columns)
  const right = (to % columns) - (from % columns)
  const vertical = down > 0 ? 2 : 0
  const horizontal = right > 0 ? 1 : 3
  const isVertical = Math.abs(down) > Math.abs(right)
  const first = isVertical ? vertical : horizontal
  const ahead = nextCell(grid, from, first)
  const isBlocked = ahead < 0 || (board[ahead]! & blocking) !== 0
  const other = isVertical ? right : down
  if (!isBlocked || other === 0) return first
  return isVertical ? horizontal : vertical
}

/**
 * Writes the [side · side] cells around one, from byte `at`, seen by who stands there and faces a direction.
 *
 * @param board   [rows · columns] codes of cells
 * @param outside code of what lies behind the wall
 */
export function writeTurnedView(
  { rows, columns }: Grid,
  board: Uint8Array,
  outside: number,
  cell: number,
  facing: number,
  side: number,
  out: Uint8Array,
  at: number,
): void {
  const half = side >> 1
  const right = (facing + 1) & 3
  // Of the cell ahead on the left, and what a step to the right and one back add.
  const acrossRow = ROW_AHEAD[right]!
  const acrossColumn = COLUMN_AHEAD[right]!
  const backRow = -ROW_AHEAD[facing]!
  const backColumn = -COLUMN_AHEAD[facing]!
  const firstRow = Math.floor(cell / columns) - half * (acrossRow + backRow)
  const firstColumn = (cell % columns) - half * (acrossColumn + backColumn)
  let place = at
  for (let back = 0; back < side; back++) {
    for (let across = 0; across < side; across++) {
      const row = firstRow + back * backRow + across * acrossRow
      const column = firstColumn + back * backColumn + across * acrossColumn
      const isOutside = row < 0 || row >= rows || column < 0 || column >= columns
      out[place++] = isOutside ? outside : board[row * columns + column]!
    }
  }
}
