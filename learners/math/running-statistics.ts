import type { NamedTensor } from '../../runtime/core/tensors.ts'

/** Below it, numbers count as all alike. */
const LEAST_DEVIATION = 1e-3

/**
 * Mean and deviation of batches of numbers, of which older ones fade:
 *
 *   m ← β m + (1 − β) x̄,   s ← β s + (1 − β) mean x²;   mean = m / (1 − βᵗ),   deviation = √(s / (1 − βᵗ) − mean²)
 *
 * after t batches; 0 and 1 before the first.
 *
 * @see van Hasselt et al. 2016, "Learning values across many orders of magnitude"; Yu et al. 2022 (MAPPO)
 */
export class RunningStatistics {
  readonly #beta: number
  #first = 0
  #second = 0
  /** 1 − βᵗ */
  #weight = 0

  /** @param beta in [0, 1): how much of what was known stays with each batch */
  constructor(beta: number) {
    this.#beta = beta
  }

  get mean(): number {
    return this.#weight === 0 ? 0 : this.#first / this.#weight
  }

  /** At least 0.001. */
  get deviation(): number {
    if (this.#weight === 0) return 1
    return Math.max(LEAST_DEVIATION, Math.sqrt(Math.max(0, this.#second / this.#weight - this.mean ** 2)))
  }

  /** Takes in a batch; nothing of an empty one. */
  push(batch: Float32Array): void {
    if (batch.length === 0) return
    let [first, second] = [0, 0]
    for (const x of batch) {
      first += x / batch.length
      second += x ** 2 / batch.length
    }
    this.#first = this.#beta * this.#first + (1 - this.#beta) * first
    this.#second = this.#beta * this.#second + (1 - this.#beta) * second
    this.#weight = this.#beta * this.#weight + (1 - this.#beta)
  }

  save(): NamedTensor {
    return { dtype: 'f64', shape: [3], data: Float64Array.of(this.#first, this.#second, this.#weight) }
  }

  load({ data }: NamedTensor): void {
    const [first, second, weight] = data as Float64Array
    this.#first = first!
    this.#second = second!
    this.#weight = weight!
  }
}
