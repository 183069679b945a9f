/** NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** 95 % interval of a mean: mean ± 1.96 · s / √n, s being the sample's standard deviation. */
export function normalInterval(values: readonly number[]): readonly [number, number] | undefined {
  if (values.length < 2) return undefined
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  const half = 1.959964 * Math.sqrt(squares / (values.length - 1) / values.length)
  return [centre - half, centre + half]
}

/**
 * 95 % score interval of a proportion.
 *
 * @see Wilson 1927
 */
export function wilson(successes: number, trials: number): readonly [number, number] {
  const z = 1.959964
  const p = successes / trials
  const centre = (p + (z * z) / (2 * trials)) / (1 + (z * z) / trials)
  const half =
    (z / (1 + (z * z) / trials)) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
