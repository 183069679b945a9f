/** A cell relative to the top left cell of an agent's body. */
export interface Offset {
  readonly dx: number
  readonly dy: number
}

/** Rows of cells around an agent, the first at (left, top) from the top left cell of its body. */
export interface View {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** Cells that are seen, row by row. */
  readonly cells: readonly Offset[]
}

/**
 * Cells within `radius` of the middle of a body, row by row from the top. The middle of a body of even
 * width lies between cells.
 */
function circle(radius: number, bodyWidth: number, bodyHeight: number): Offset[] {
  const [middleX, middleY] = [(bodyWidth - 1) / 2, (bodyHeight - 1) / 2]
  const reach = Math.floor(radius) + 1
  const cells: Offset[] = []
  for (let dy = Math.floor(middleY) - reach; dy <= Math.ceil(middleY) + reach; dy++) {
    for (let dx = Math.floor(middleX) - reach; dx <= Math.ceil(middleX) + reach; dx++) {
      if ((dx - middleX) ** 2 + (dy - middleY) ** 2 <= radius * radius) cells.push({ dx, dy })
    }
  }
  return cells
}

/** Displacements of a move, the actions of an agent from 0 on. */
export function moveRange(speed: number): Offset[] {
  return circle(speed, 1, 1)
}

/** Cells that an attack can aim at: the actions behind the moves. */
export function attackRange(radius: number, bodyWidth: number, bodyHeight: number): Offset[] {
  if (radius === 0) return []
  return circle(radius, bodyWidth, bodyHeight).filter(
    ({ dx, dy }) => dx < 0 || dy < 0 || dx >= bodyWidth || dy >= bodyHeight,
  )
}

export function viewRange(radius: number, bodyWidth: number, bodyHeight: number): View {
  const cells = circle(radius, bodyWidth, bodyHeight)
  const xs = cells.map(({ dx }) => dx)
  const ys = cells.map(({ dy }) => dy)
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  return { left, top, width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1, cells }
}

/** Seen cells of one row that lie side by side. */
export interface Span {
  readonly first: Offset
  readonly length: number
}

/** A view as runs of at most `longest` cells. */
export function spansOf({ cells }: View, longest: number): Span[] {
  const spans: { first: Offset; length: number }[] = []
  for (const cell of cells) {
    const last = spans.at(-1)
    const isNext = last !== undefined && last.first.dy === cell.dy && last.first.dx + last.length === cell.dx
    if (isNext && last.length < longest) last.length++
    else spans.push({ first: cell, length: 1 })
  }
  return spans
}
