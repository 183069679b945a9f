import { deviation, mean } from '../runtime/launch/statistics.ts'

/** Of Student's distribution, the quantile of .975 for 1, 2, … 30 degrees of freedom. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

export interface MeanInterval {
  readonly mean: number
  readonly from: number
  readonly to: number
}

/**
 * A mean and its 95 % interval by Student's distribution, which holds for few values, where resampling them is too sure of itself.
 *
 * @param values two to 31
 */
export function studentInterval(values: readonly number[]): MeanInterval {
  const half = (QUANTILES[values.length - 2]! * deviation(values)) / Math.sqrt(values.length)
  const centre = mean(values)
  return { mean: centre, from: centre - half, to: centre + half }
}

/** `1.25 (1.10 – 1.40)` */
export function shown({ mean: centre, from, to }: MeanInterval, digits: number): string {
  return `${centre.toFixed(digits)} (${from.toFixed(digits)} – ${to.toFixed(digits)})`
}
