/**
 * Weights of n items in a binary tree of their sums, so that an item can be drawn in proportion to its weight.
 *
 * @see Schaul, Quan, Antonoglou, Silver 2016, "Prioritized experience replay", appendix B.2.1
 */
export class SumTree {
  /** Node 1 is the root; those of the items begin at `#leaves`. */
  readonly #sums: Float64Array
  readonly #leaves: number

  /** @param size items, all of weight 0 */
  constructor(size: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(2, size)))
    this.#sums = new Float64Array(2 * this.#leaves)
  }

  get total(): number {
    return this.#sums[1]!
  }

  weightOf(item: number): number {
    return this.#sums[this.#leaves + item]!
  }

  /** @param weight at least 0 */
  set(item: number, weight: number): void {
    let node = this.#leaves + item
    this.#sums[node] = weight
    // Summed anew and not changed by a difference: rounding must not pile up.
    for (node >>= 1; node > 0; node >>= 1)
      this.#sums[node] = this.#sums[2 * node]! + this.#sums[2 * node + 1]!
  }

  /** The item in whose part of `[0, total)` a number lies, all weights side by side. Never one of weight 0. */
  find(at: number): number {
    let node = 1
    let left = at
    while (node < this.#leaves) {
      const first = this.#sums[2 * node]!
      const isFirst = left < first || this.#sums[2 * node + 1] === 0
      if (!isFirst) left -= first
      node = 2 * node + Number(!isFirst)
    }
    return node - this.#leaves
  }
}
