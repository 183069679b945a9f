import type { NamedTensors } from '../runtime/core/tensors.ts'
import { clipByGlobalNorm, type GradientSet, type ParameterSet } from './math/gradients.ts'
import { Adam } from './optimizer.ts'
import { tf } from './tf.ts'

/** How parameters follow gradients. */
export interface Descent {
  /** Steps towards one set of targets. */
  readonly iterations: number
  /** Before the first of these. */
  begin(): void
  /**
   * One step on every parameter, by gradients that stay the caller's.
   *
   * @returns the norm of the gradients before they were clipped, the caller's to free
   */
  step(gradients: GradientSet): Promise<tf.Scalar>
  save(): Promise<NamedTensors>
  /** @throws ERR_CHECKPOINT_MISMATCH */
  load(saved: NamedTensors): void
  dispose(): void
}

export interface DescentOptions {
  readonly learningRate: number
  /** Largest norm of the gradients. */
  readonly gradientClip: number
}

/** One Adam step for each update, by gradients of a bounded global norm. */
export class ClippedDescent implements Descent {
  readonly iterations = 1
  readonly #adam: Adam
  readonly #gradientClip: number

  constructor(parameters: ParameterSet, { learningRate, gradientClip }: DescentOptions) {
    this.#adam = new Adam(parameters, { learningRate })
    this.#gradientClip = gradientClip
  }

  begin(): void {}

  async step(gradients: GradientSet): Promise<tf.Scalar> {
    return tf.tidy(() => {
      const clipped = clipByGlobalNorm(gradients, this.#gradientClip)
      this.#adam.step(clipped.gradients)
      return clipped.norm
    })
  }

  save(): Promise<NamedTensors> {
    return this.#adam.save()
  }

  load(saved: NamedTensors): void {
    this.#adam.load(saved)
  }

  dispose(): void {
    this.#adam.dispose()
  }
}
