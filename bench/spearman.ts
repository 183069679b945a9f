const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** Spearman's correlation: that of ranks, equal values sharing theirs. */
export function spearman(xs: readonly number[], ys: readonly number[]): number {
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
