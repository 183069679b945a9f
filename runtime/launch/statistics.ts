import { Random, Stream, seedKey } from '../core/rng.ts'

/** NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** 95 % interval of a mean: mean ± 1.96 · s / √n, s being the sample's standard deviation. */
export function normalInterval(values: readonly number[]): readonly [number, number] | undefined {
  if (values.length < 2) return undefined
  const centre = mean(values)
  const half = (1.959964 * deviation(values)) / Math.sqrt(values.length)
  return [centre - half, centre + half]
}

/** The sample's standard deviation; NaN for fewer than two values. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

/** Mean of what is left when a quarter of the values, rounded down, is taken off at either end. NaN for no values. */
export function interquartileMean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4)
  return mean(values.toSorted((a, b) => a - b).slice(cut, values.length - cut))
}

/** The value below which a share of the sorted values lies, interpolated between two. @param share in [0, 1] */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return below === above ? below : below + (above - below) * (place % 1)
}

/** The middle 95 % of values. */
export function middle95(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b)
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}

const RESAMPLES = 2000

/**
 * 95 % bootstrap interval of a statistic: its middle 95 % over samples drawn from the values with replacement. The
 * same for the same values and seed; undefined for fewer than two values.
 *
 * @see Efron 1979
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  seed: number,
): readonly [number, number] | undefined {
  if (values.length < 2) return undefined
  const random = new Random(seedKey(seed))
  return middle95(
    Array.from({ length: RESAMPLES }, (_, resample) =>
      statistic(values.map((_, i) => values[random.below(values.length, Stream.bootstrap, resample, i)]!)),
    ),
  )
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
  // Exactly so, where rounding would put the proportion itself outside.
  return [successes === 0 ? 0 : centre - half, successes === trials ? 1 : centre + half]
}
