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
 * @param size side of a square map
 */
export function placeArmies(size: number): readonly [readonly Cell[], readonly Cell[]] {
  const side = 2 * Math.floor(Math.sqrt(ARMY_DENSITY * size * size))
  const middle = Math.floor(size / 2)
  const top = Math.floor((size - side) / 2)
  const red = block(middle - GAP - side, top, side, size)
  const blue = block(middle + GAP, top, side, size)
  return [red, blue.slice(0, red.length)]
}

function block(left: number, top: number, side: number, size: number): Cell[] {
  const cells: Cell[] = []
  for (let x = left; x < left + side; x += 2) {
    for (let y = top; y < top + side; y += 2) {
      if (x > 0 && x < size - 1 && y > 0 && y < size - 1) cells.push([x, y])
    }
  }
  return cells
}

/** Most agents of one army that a map takes: the army's half without wall and gap. */
export function armyCapacity(size: number): number {
  return Math.max(0, Math.floor(size / 2) - GAP - 1) * Math.max(0, size - 2)
}

/**
 * Exactly `count` agents a side: MAgent2's block, cut short, or filled up from the free cells of
 * the army's half, nearest to the front and the middle row first.
 */
export function placeArmiesOf(count: number, size: number): readonly [readonly Cell[], readonly Cell[]] {
  const [red, blue] = placeArmies(size)
  const middle = Math.floor(size / 2)
  return [
    fill(red, count, size, (column) => middle - GAP - 1 - column),
    fill(blue, count, size, (column) => middle + GAP + column),
  ]
}

function fill(
  cells: readonly Cell[],
  count: number,
  size: number,
  columnFromFront: (column: number) => number,
): readonly Cell[] {
  if (cells.length >= count) return cells.slice(0, count)
  const taken = new Set(cells.map(([x, y]) => y * size + x))
  const columns = Math.floor(size / 2) - GAP - 1
  const free: Cell[] = []
  for (let column = 0; column < columns; column++) {
    const x = columnFromFront(column)
    for (let y = 1; y < size - 1; y++) {
      if (x > 0 && x < size - 1 && !taken.has(y * size + x)) free.push([x, y])
    }
  }
  const centre = (size - 1) / 2
  free.sort((a, b) => Math.abs(a[1] - centre) - Math.abs(b[1] - centre))
  return [...cells, ...free.slice(0, count - cells.length)]
}

/** The smallest map on which MAgent2's placement has at least `count` agents a side. */
export function mapSizeFor(count: number): number {
  let size = Math.max(12, Math.floor(Math.sqrt(count / ARMY_DENSITY)) - 2)
  while (placedPerArmy(size) < count) size++
  return size
}

/** How many agents `placeArmies` puts on each side, without listing them. */
export function placedPerArmy(size: number): number {
  const side = 2 * Math.floor(Math.sqrt(ARMY_DENSITY * size * size))
  const columns = countInside(Math.floor(size / 2) - GAP - side, side / 2, size)
  return columns * countInside(Math.floor((size - side) / 2), side / 2, size)
}

/** How many of `first, first + 2, …` (`count` of them) lie inside the walls. */
function countInside(first: number, count: number, size: number): number {
  const from = first > 0 ? 0 : Math.ceil((1 - first) / 2)
  const to = Math.min(count, Math.ceil((size - 1 - first) / 2))
  return Math.max(0, to - from)
}
