import { mean } from '../runtime/launch/statistics.ts'

/** Spearman's correlation: that of ranks, equal values sharing theirs. */
function spearman(xs: readonly number[], ys: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map(
      (value) =>
        values.filter((other) => other < value).length +
        (values.filter((other) => other === value).length - 1) / 2,
    )
  const [a, b] = [ranks(xs), ranks(ys)]
  const [meanA, meanB] = [mean(a), mean(b)]
  const covariance = a.reduce((sum, rank, i) => sum + (rank - meanA) * (b[i]! - meanB), 0)
  const variance = (of: readonly number[], around: number) =>
    of.reduce((sum, rank) => sum + (rank - around) ** 2, 0)
  return covariance / Math.sqrt(variance(a, meanA) * variance(b, meanB))
}

/** Correlations of x with what was measured at each: with means, and with single values. */
export function correlateGroups(groups: readonly { readonly x: number; readonly ys: readonly number[] }[]): {
  readonly means: number
  readonly singles: number
} {
  return {
    means: spearman(
      groups.map(({ x }) => x),
      groups.map(({ ys }) => mean(ys)),
    ),
    singles: spearman(
      groups.flatMap(({ x, ys }) => ys.map(() => x)),
      groups.flatMap(({ ys }) => ys),
    ),
  }
}
