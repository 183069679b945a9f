import type { Point } from './data-set.ts'

/** A curve has so many parts. */
const PARTS = 10

/**
 * Cubic Hermite curve p(t) = (2t³ − 3t² + 1)·p₀ + (t³ − 2t² + t)·m₀ + (−2t³ + 3t²)·p₁ + (t³ − t²)·m₁ at eleven t from 0
 * to 1. Terms are added in the order of CityFlow's generator: its points come out to the last bit.
 *
 * @param leave m₀, tangent at the start, in metres
 * @param arrive m₁, tangent at the end
 */
export function hermite(start: Point, leave: Point, end: Point, arrive: Point): Point[] {
  return Array.from({ length: PARTS + 1 }, (_, part) => {
    const t = part / PARTS
    const t2 = t * t
    const t3 = t2 * t
    const p0 = 2 * t3 - 3 * t2 + 1
    const m0 = t3 - 2 * t2 + t
    const p1 = -2 * t3 + 3 * t2
    const m1 = t3 - t2
    return {
      x: p0 * start.x + m0 * leave.x + p1 * end.x + m1 * arrive.x,
      y: p0 * start.y + m0 * leave.y + p1 * end.y + m1 * arrive.y,
    }
  })
}
