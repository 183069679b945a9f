import type { Point } from '../data-set.ts'

/** Own computations are given to the millimetre; SUMO's coordinates have centimetres. */
const DIGITS = 1000

export function rounded({ x, y }: Point): Point {
  return { x: roundMetres(x), y: roundMetres(y) }
}

export function roundMetres(metres: number): number {
  return Math.round(metres * DIGITS) / DIGITS
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y)
}

/** Without points that repeat the one before. @param length of a line all of whose points are one */
export function distinct(points: readonly Point[], length: number): Point[] {
  const kept = points.filter((point, i) => i === 0 || distance(points[i - 1]!, point) > 0)
  if (kept.length >= 2) return kept
  // Rounded to one place: its length counts, its direction no longer shows.
  const [{ x, y }] = kept as [Point]
  return [
    { x, y },
    { x: x + Math.max(length, 1 / DIGITS), y },
  ]
}

/** Unit vector from the first of two points to the second. */
export function heading(from: Point, to: Point): Point {
  const length = distance(from, to)
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length }
}

/** Headings at the two ends of a line. */
export function headingsOf(line: readonly Point[]): readonly [first: Point, last: Point] {
  return [heading(line[0]!, line[1]!), heading(line.at(-2)!, line.at(-1)!)]
}

/**
 * A line beside another, as CityFlow lays lanes beside a road's centre line: ends along the normal of their own piece,
 * inner points along the normal of both pieces' mean direction.
 *
 * @param metres to the left
 */
export function beside(line: readonly Point[], metres: number): Point[] {
  return line.map((point, i) => {
    const before = i > 0 ? heading(line[i - 1]!, point) : undefined
    const after = i + 1 < line.length ? heading(point, line[i + 1]!) : undefined
    const { x, y } = meanDirection(before, after)
    return { x: point.x - y * metres, y: point.y + x * metres }
  })
}

function meanDirection(before: Point | undefined, after: Point | undefined): Point {
  const only = before ?? after!
  if (!before || !after) return only
  const sum = { x: before.x + after.x, y: before.y + after.y }
  const length = Math.hypot(sum.x, sum.y)
  // A line that turns back on the spot has no mean direction.
  return length < 1e-9 ? only : { x: sum.x / length, y: sum.y / length }
}

/** A line that begins and ends so many metres further out, in the directions of its ends. */
export function extended(line: readonly Point[], before: number, behind: number): Point[] {
  const [first, last] = headingsOf(line)
  const [start, end] = [line[0]!, line.at(-1)!]
  return [
    { x: start.x - first.x * before, y: start.y - first.y * before },
    ...line.slice(1, -1),
    { x: end.x + last.x * behind, y: end.y + last.y * behind },
  ]
}
