/** A value at a share of the run, in [0, 1]. */
export interface SchedulePoint {
  readonly progress: number
  readonly value: number
}

/** Linear between its points, constant before the first and after the last. @param points in ascending order */
export function piecewiseLinear(points: readonly SchedulePoint[], progress: number): number {
  const after = points.findIndex((point) => point.progress >= progress)
  if (after < 0) return points.at(-1)!.value
  if (after === 0) return points[0]!.value
  const from = points[after - 1]!
  const to = points[after]!
  return from.value + ((to.value - from.value) * (progress - from.progress)) / (to.progress - from.progress)
}
