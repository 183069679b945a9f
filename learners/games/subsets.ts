/** Subsets of {0, …, n−1} of one size, in lexicographic order. */
export function subsets(n: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]]
  const all: number[][] = []
  for (let first = from; first <= n - size; first++) {
    for (const rest of subsets(n, size - 1, first + 1)) all.push([first, ...rest])
  }
  return all
}
