import { RuntimeError } from '../runtime/core/errors.ts'
import type { NamedTensor, NamedTensors } from '../runtime/core/tensors.ts'
import type { GradientSet, ParameterSet } from './math/gradients.ts'
import { tf } from './tf.ts'

export interface AdamConfig {
  /** Step size α. */
  readonly learningRate: number
  /** Decay rate β₁ of the mean of the gradients, in [0, 1). */
  readonly beta1: number
  /** Decay rate β₂ of the mean of their squares, in [0, 1). */
  readonly beta2: number
  /** ε, keeps the division finite. */
  readonly epsilon: number
}

/** The paper's suggestions. */
export const ADAM_DEFAULTS: AdamConfig = Object.freeze({
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
})

/** What Adam remembers of one parameter; both of the parameter's shape. */
interface Moments {
  readonly first: tf.Variable
  readonly second: tf.Variable
}

/**
 * Adam. In step t = 1, 2, …, for each parameter θ with gradient g:
 *
 *   m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − α m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
 *
 * Unlike `tf.train.adam` its whole state can be saved: the powers of β follow from t, so a run that
 * was stopped and resumed takes the same steps, bit for bit, as one that was not.
 *
 * @see Kingma & Ba 2015, algorithm 1
 */
export class Adam {
  readonly #config: AdamConfig
  readonly #parameters: ParameterSet
  readonly #moments: ReadonlyMap<string, Moments>
  #steps = 0

  /** Allocates two tensors for each parameter; `dispose` frees them. */
  constructor(parameters: ParameterSet, options: Partial<AdamConfig> = {}) {
    this.#config = { ...ADAM_DEFAULTS, ...options }
    this.#parameters = parameters
    this.#moments = new Map(
      Object.entries(parameters).map(([name, parameter]) => [name, zeroMoments(parameter)]),
    )
  }

  /** Steps taken so far, t. */
  get steps(): number {
    return this.#steps
  }

  /**
   * One step on every parameter.
   *
   * @param gradients    one for each parameter, of its shape; stays the caller's
   * @param learningRate α of this step, for schedules
   */
  step(gradients: GradientSet, learningRate: number = this.#config.learningRate): void {
    this.#steps++
    const { beta1, beta2, epsilon } = this.#config
    const rate = learningRate / (1 - beta1 ** this.#steps)
    const scale = 1 / Math.sqrt(1 - beta2 ** this.#steps)
    tf.tidy(() => {
      for (const [name, { first, second }] of this.#moments) {
        const parameter = this.#parameters[name] as tf.Variable
        const gradient = gradients[name] as tf.Tensor
        first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)))
        second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)))
        const spread = tf.add(tf.mul(tf.sqrt(second), scale), epsilon) // √v̂ + ε
        parameter.assign(tf.sub(parameter, tf.mul(tf.div(first, spread), rate)))
      }
    })
  }

  /**
   * The state at the time of the call, in arrays of its own: `steps`, and `first/…` and `second/…` for
   * each parameter. Later steps may follow before the promise resolves: all reads have begun by then.
   */
  async save(): Promise<NamedTensors> {
    const steps: NamedTensor = { dtype: 'f64', shape: [1], data: Float64Array.of(this.#steps) }
    const reads = [...this.#moments].flatMap(([name, { first, second }]) => [
      copyOut(`first/${name}`, first),
      copyOut(`second/${name}`, second),
    ])
    return { steps, ...Object.fromEntries(await Promise.all(reads)) }
  }

  /**
   * Takes up a saved state, whole or not at all.
   *
   * @throws RuntimeError ERR_CHECKPOINT_MISMATCH when a tensor is missing or has another shape or type
   */
  load(saved: NamedTensors): void {
    const steps = expectTensor(saved, 'steps', 'f64', [1]).data[0] as number
    const fresh = [...this.#moments].flatMap(([name, { first, second }]) => [
      { variable: first, ...expectTensor(saved, `first/${name}`, 'f32', first.shape) },
      { variable: second, ...expectTensor(saved, `second/${name}`, 'f32', second.shape) },
    ])
    tf.tidy(() => {
      for (const { variable, data } of fresh)
        variable.assign(tf.tensor(data.slice(), variable.shape, 'float32'))
    })
    this.#steps = steps
  }

  /** Frees the moments; the parameters stay the caller's. */
  dispose(): void {
    for (const { first, second } of this.#moments.values()) tf.dispose([first, second])
  }
}

function zeroMoments(parameter: tf.Variable): Moments {
  return tf.tidy(() => ({
    first: tf.variable(tf.zerosLike(parameter), false),
    second: tf.variable(tf.zerosLike(parameter), false),
  }))
}

/** A copy: the CPU backend hands out its own memory. */
async function copyOut(name: string, variable: tf.Variable): Promise<[string, NamedTensor]> {
  const data = await variable.data<'float32'>()
  return [name, { dtype: 'f32', shape: [...variable.shape], data: data.slice() }]
}

function expectTensor(
  saved: NamedTensors,
  name: string,
  dtype: NamedTensor['dtype'],
  shape: readonly number[],
): NamedTensor {
  const tensor = saved[name]
  const expected = `${dtype} [${shape.join(', ')}]`
  const got = tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape.join(', ')}]`
  if (tensor === undefined || got !== expected) {
    throw new RuntimeError(
      'ERR_CHECKPOINT_MISMATCH',
      `optimizer state ${name}: expected ${expected}, got ${got}; resume with the network the checkpoint was made with`,
      { details: { name, expected, got } },
    )
  }
  return tensor
}
