import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { type Random, Stream } from '../../runtime/core/rng.ts'

/** Of the search distribution at first, around a mean drawn from [0, 1]ᴺ. */
const DEVIATION = 0.3
/** A search starts anew where the widest axis is narrower, */
const LEAST_DEVIATION = 1e-14
/** where axes are so unlike in variance, */
const MOST_CONDITION = 1e14
/** or where the best of a number of generations differ by no more than this share of the worst of them. */
const LEAST_CHANGE = 1e-6

/** A point and what the function is there. */
interface Point {
  readonly x: Float64Array
  readonly value: number
}

/** Where a search is after a generation. */
export interface Progress {
  /** The best since the last start. */
  readonly recent: Point
  /** The best of all. */
  readonly best: Point
  /** How often it started anew. */
  readonly restarts: number
  /** How often the function was evaluated. */
  readonly evaluations: number
}

/** Draws: the mean of each start, and samples. */
const Lane = { sample: 0, mean: 1 } as const

/**
 * Minimises a function of N numbers by CMA-ES: samples λ points of a normal distribution, moves its mean to the better half, and fits its
 * covariance to the steps that were good.
 *
 *   x_k = m + σ B D z_k,   m ← Σ w_i x_(i),   y_i = (x_(i) − m) / σ
 *   p_σ ← (1 − c_σ) p_σ + √(c_σ (2 − c_σ) μ_eff) C^(−½) Δm / σ
 *   p_c ← (1 − c_c) p_c + h √(c_c (2 − c_c) μ_eff) Δm / σ
 *   C ← (1 − c_1 − c_μ) C + c_1 (p_c p_cᵀ + (1 − h) c_c (2 − c_c) C) + c_μ Σ w_i y_i y_iᵀ
 *   σ ← σ exp((c_σ / d_σ) (‖p_σ‖ / E‖N(0, I)‖ − 1))
 *
 * with h = 0 while ‖p_σ‖ is long, and C = B D² Bᵀ. A search that has come to a standstill starts anew with λ doubled.
 *
 * @yields after each generation, for as long as it is asked to go on
 * @param random its stream `solver`; the same draws in each call
 * @see Hansen, "The CMA evolution strategy: a tutorial", arXiv 1604.00772; Auger, Hansen, CEC 2005, for the restarts
 */
export function* cmaEs(
  f: (x: Float64Array) => number,
  n: number,
  random: Random,
): Generator<Progress, never> {
  let best: Point = { x: new Float64Array(n), value: Infinity }
  let [evaluations, generation] = [0, 0]
  for (let restarts = 0; ; restarts++) {
    let recent: Point = { x: new Float64Array(n), value: Infinity }
    const mean = Float64Array.from({ length: n }, (_, i) =>
      random.uniform(Stream.solver, restarts, i, Lane.mean),
    )
    const search = new Search(mean, (4 + Math.floor(3 * Math.log(n))) * 2 ** restarts)
    while (!search.isOver) {
      const points = search.sample((i) => random.normal(Stream.solver, generation, i, Lane.sample))
      const sorted = points.map((x) => ({ x, value: f(x) })).sort((a, b) => a.value - b.value)
      evaluations += points.length
      generation++
      const first = sorted[0]!
      if (first.value < recent.value) recent = first
      if (first.value < best.value) best = first
      search.update(
        sorted.map(({ x }) => x),
        first.value,
      )
      yield { recent, best, restarts, evaluations }
    }
  }
}

/** What a search for the minimum of a function may take. */
export interface Budget {
  /** It ends below this value, */
  readonly target: number
  /** or with the generation in which it comes to so many evaluations. */
  readonly evaluations: number
}

/** The least of a function of n numbers that CMA-ES finds. */
export function minimise(
  f: (x: Float64Array) => number,
  n: number,
  random: Random,
  { target, evaluations }: Budget,
): Progress {
  const generations = cmaEs(f, n, random)
  for (;;) {
    const progress = generations.next().value
    if (progress.best.value < target || progress.evaluations >= evaluations) return progress
  }
}

/** One search distribution, from its start to its standstill. */
class Search {
  readonly #n: number
  readonly #lambda: number
  /** [μ] */
  readonly #weights: Float64Array
  readonly #effective: number
  readonly #rates: { c: number; sigma: number; one: number; mu: number; damping: number }
  /** E‖N(0, I)‖ */
  readonly #expectedLength: number
  /** The best of recent generations. */
  readonly #recent: number[] = []
  #mean: Float64Array
  #sigma = DEVIATION
  #covariance: Matrix
  /** B, its axes as columns, and D, how long they are. */
  #axes: Matrix
  #lengths: Float64Array
  #pathC: Float64Array
  #pathSigma: Float64Array
  #generation = 0

  constructor(mean: Float64Array, lambda: number) {
    const n = mean.length
    const mu = Math.floor(lambda / 2)
    const raw = Float64Array.from({ length: mu }, (_, i) => Math.log(mu + 0.5) - Math.log(i + 1))
    const sum = raw.reduce((a, b) => a + b, 0)
    const weights = raw.map((weight) => weight / sum)
    const effective = 1 / weights.reduce((a, weight) => a + weight ** 2, 0)
    const sigma = (effective + 2) / (n + effective + 5)
    const one = 2 / ((n + 1.3) ** 2 + effective)
    this.#rates = {
      c: (4 + effective / n) / (n + 4 + (2 * effective) / n),
      sigma,
      one,
      mu: Math.min(1 - one, (2 * (effective - 2 + 1 / effective)) / ((n + 2) ** 2 + effective)),
      damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + sigma,
    }
    this.#n = n
    this.#lambda = lambda
    this.#weights = weights
    this.#effective = effective
    this.#expectedLength = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n ** 2))
    this.#mean = mean
    this.#covariance = Matrix.eye(n)
    this.#axes = Matrix.eye(n)
    this.#lengths = new Float64Array(n).fill(1)
    this.#pathC = new Float64Array(n)
    this.#pathSigma = new Float64Array(n)
  }

  /** Whether it has come to a standstill. */
  get isOver(): boolean {
    const [shortest, longest] = [Math.min(...this.#lengths), Math.max(...this.#lengths)]
    const isNarrow = !(this.#sigma * longest > LEAST_DEVIATION)
    const isFlat =
      this.#recent.length === this.#patience &&
      Math.max(...this.#recent) - Math.min(...this.#recent) <=
        LEAST_CHANGE * Math.max(...this.#recent.map(Math.abs))
    return isNarrow || isFlat || longest ** 2 > MOST_CONDITION * shortest ** 2
  }

  /** Generations whose best are compared. */
  get #patience(): number {
    return 10 + Math.ceil((30 * this.#n) / this.#lambda)
  }

  /** λ points. @param normal standard normal numbers, by their place among the λ N of a generation */
  sample(normal: (i: number) => number): Float64Array[] {
    return Array.from({ length: this.#lambda }, (_, k) => {
      const x = this.#mean.slice()
      for (let j = 0; j < this.#n; j++) {
        const step = this.#sigma * this.#lengths[j]! * normal(k * this.#n + j)
        for (let i = 0; i < this.#n; i++) x[i]! += this.#axes.get(i, j) * step
      }
      return x
    })
  }

  /** @param points best first @param best its value */
  update(points: readonly Float64Array[], best: number): void {
    const n = this.#n
    const { c, sigma, one, mu, damping } = this.#rates
    const steps = Array.from(this.#weights, (_, k) =>
      points[k]!.map((x, i) => (x - this.#mean[i]!) / this.#sigma),
    )
    const step = new Float64Array(n)
    for (const [k, weight] of this.#weights.entries()) {
      for (let i = 0; i < n; i++) step[i]! += weight * steps[k]![i]!
    }
    this.#mean = this.#mean.map((x, i) => x + this.#sigma * step[i]!)
    this.#generation++

    const whitened = this.#whitened(step)
    const alongSigma = Math.sqrt(sigma * (2 - sigma) * this.#effective)
    this.#pathSigma = this.#pathSigma.map((p, i) => (1 - sigma) * p + alongSigma * whitened[i]!)
    const length = Math.hypot(...this.#pathSigma)
    const started = Math.sqrt(1 - (1 - sigma) ** (2 * this.#generation))
    const h = Number(length / started < (1.4 + 2 / (n + 1)) * this.#expectedLength)
    const along = h * Math.sqrt(c * (2 - c) * this.#effective)
    this.#pathC = this.#pathC.map((p, i) => (1 - c) * p + along * step[i]!)

    const kept = 1 - one - mu + one * (1 - h) * c * (2 - c)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let entry = kept * this.#covariance.get(i, j) + one * this.#pathC[i]! * this.#pathC[j]!
        for (const [k, weight] of this.#weights.entries())
          entry += mu * weight * steps[k]![i]! * steps[k]![j]!
        this.#covariance.set(i, j, entry)
        this.#covariance.set(j, i, entry)
      }
    }
    this.#sigma *= Math.exp((sigma / damping) * (length / this.#expectedLength - 1))
    const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(this.#covariance, {
      assumeSymmetric: true,
    })
    this.#axes = eigenvectorMatrix
    this.#lengths = Float64Array.from(realEigenvalues, (variance) => Math.sqrt(Math.max(0, variance)))
    this.#recent.push(best)
    if (this.#recent.length > this.#patience) this.#recent.shift()
  }

  /** C^(−½) y = B D⁻¹ Bᵀ y */
  #whitened(y: Float64Array): Float64Array {
    const out = new Float64Array(this.#n)
    for (let j = 0; j < this.#n; j++) {
      let along = 0
      for (let i = 0; i < this.#n; i++) along += this.#axes.get(i, j) * y[i]!
      along /= this.#lengths[j]!
      for (let i = 0; i < this.#n; i++) out[i]! += this.#axes.get(i, j) * along
    }
    return out
  }
}
