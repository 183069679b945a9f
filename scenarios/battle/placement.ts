/** A cell as [x, y]. */
export type Cell = readonly [number, number]

/** Cells between the armies' nearest columns and the middle of the map. */
const GAP = 3
/** Share of the map's cells that one army's block is made for. */
const ARMY_DENSITY = 0.04

/**
 * MAgent2's initial placement: two blocks with every second cell taken, facing each other over a
 * gap, in insertion order.
 *
 * @param army 0 is red, on the left
 * @param size side of a square map
 */
export function* placeArmy(army: number, size: number): Generator<Cell> {
  let room = army === 0 ? Infinity : placedPerArmy(size)
  for (const cell of blockOf(army, size, blockSide(size))) if (room-- > 0) yield cell
}

/** Cells along a side of the block that MAgent2 makes for an army. */
function blockSide(size: number): number {
  return 2 * Math.floor(Math.sqrt(ARMY_DENSITY * size * size))
}

/** Column of the first agent of an army's block, whether that is on the map or not. */
export function blockLeft(army: number, size: number, side: number = blockSide(size)): number {
  const middle = Math.floor(size / 2)
  return army === 0 ? middle - GAP - side : middle + GAP
}

function blockTop(size: number, side: number): number {
  return Math.floor((size - side) / 2)
}

/** Every second cell of a square block at an army's place, column by column, as far as it is on the map. */
export function* blockOf(army: number, size: number, side: number): Generator<Cell> {
  const [left, top] = [blockLeft(army, size, side), blockTop(size, side)]
  const [fromColumn, toColumn] = columnsInside(army, size, side)
  const [fromRow, toRow] = rowsInside(size, side)
  for (let column = fromColumn; column < toColumn; column++) {
    for (let row = fromRow; row < toRow; row++) yield [left + 2 * column, top + 2 * row]
  }
}

/** True for the cells that `blockOf` lists. */
export function isInBlock([x, y]: Cell, army: number, size: number, side: number): boolean {
  const column = x - blockLeft(army, size, side)
  const row = y - blockTop(size, side)
  const isOnMap = x > 0 && x < size - 1 && y > 0 && y < size - 1
  return isOnMap && [column, row].every((along) => along >= 0 && along < side && along % 2 === 0)
}

/** Most agents of one army that a map takes: the army's half without wall and gap. */
export function armyCapacity(size: number): number {
  return Math.max(0, Math.floor(size / 2) - GAP - 1) * Math.max(0, size - 2)
}

/**
 * Exactly `count` agents of an army: MAgent2's block, cut short, or filled up from the free cells of
 * the army's half, nearest to the front and the middle row first.
 */
export function* placeArmyOf(army: number, count: number, size: number): Generator<Cell> {
  const inBlock = Math.min(count, placedPerArmy(size))
  let placed = 0
  for (const cell of placeArmy(army, size)) {
    if (placed === inBlock) break
    placed++
    yield cell
  }
  if (placed < count) yield* freeCells(army, size).slice(0, count - placed)
}

/** Cells of an army's half outside its block. */
function freeCells(army: number, size: number): Cell[] {
  const taken = new Set<number>()
  for (const [x, y] of placeArmy(army, size)) taken.add(y * size + x)
  const middle = Math.floor(size / 2)
  const columns = middle - GAP - 1
  const free: Cell[] = []
  for (let column = 0; column < columns; column++) {
    const x = army === 0 ? middle - GAP - 1 - column : middle + GAP + column
    for (let y = 1; y < size - 1; y++) {
      if (x > 0 && x < size - 1 && !taken.has(y * size + x)) free.push([x, y])
    }
  }
  const centre = (size - 1) / 2
  return free.sort((a, b) => Math.abs(a[1] - centre) - Math.abs(b[1] - centre))
}

/** The smallest map on which MAgent2's placement has at least `count` agents a side. */
export function mapSizeFor(count: number): number {
  let size = Math.max(12, Math.floor(Math.sqrt(count / ARMY_DENSITY)) - 2)
  while (placedPerArmy(size) < count) size++
  return size
}

/** How many agents `placeArmy` puts on each side, without listing them. */
export function placedPerArmy(size: number): number {
  return blockCells(0, size, blockSide(size))
}

/** How many cells `blockOf` lists. */
export function blockCells(army: number, size: number, side: number): number {
  const [from, to] = columnsInside(army, size, side)
  const [top, bottom] = rowsInside(size, side)
  return (to - from) * (bottom - top)
}

/** How many agents `placeArmy` puts in the even or in the odd columns of an army's block. */
export function placedInColumns(army: number, size: number, parity: 0 | 1): number {
  const side = blockSide(size)
  const [from, to] = columnsInside(army, size, side)
  const [redFrom, redTo] = columnsInside(0, size, side)
  // Both armies have the same rows, so that blue's room ends with a column.
  const end = army === 0 ? to : Math.min(to, from + redTo - redFrom)
  const [top, bottom] = rowsInside(size, side)
  const below = (column: number) => Math.ceil((column - parity) / 2)
  return (below(end) - below(from)) * (bottom - top)
}

/** Which of a block's taken columns are on the map. */
function columnsInside(army: number, size: number, side: number): [from: number, to: number] {
  return inside(blockLeft(army, size, side), side / 2, size)
}

function rowsInside(size: number, side: number): [from: number, to: number] {
  return inside(blockTop(size, side), side / 2, size)
}

/** Which of `first, first + 2, …` (`count` of them) lie inside the walls. */
function inside(first: number, count: number, size: number): [from: number, to: number] {
  const from = first > 0 ? 0 : Math.ceil((1 - first) / 2)
  const to = Math.min(count, Math.ceil((size - 1 - first) / 2))
  return [from, Math.max(from, to)]
}
