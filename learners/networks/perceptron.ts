import { biasName, initialWeights, kernelName, type NetworkSpec } from '../../runtime/core/network.ts'
import type { Random } from '../../runtime/core/rng.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'
import { tf } from '../tf.ts'
import { dense } from './dense.ts'

/** The trained side of a network: variables that forward passes read and optimisers write. */
export class Perceptron {
  readonly parameters: Readonly<Record<string, tf.Variable>>
  readonly #layers: number

  constructor(spec: NetworkSpec, weights: NamedTensors) {
    this.#layers = spec.hidden.length + 1
    this.parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [
        name,
        tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), [...shape]))),
      ]),
    )
  }

  static initial(spec: NetworkSpec, random: Random): Perceptron {
    return new Perceptron(spec, initialWeights(spec, random))
  }

  /** Action values. @param observation [B, inputs] @returns [B, outputs] */
  forward(observation: tf.Tensor2D): tf.Tensor2D {
    let x = observation
    for (let layer = 0; layer < this.#layers; layer++) {
      const kernel = this.parameters[kernelName(layer)] as unknown as tf.Tensor2D
      const bias = this.parameters[biasName(layer)] as unknown as tf.Tensor1D
      const activation = layer === this.#layers - 1 ? 'linear' : 'relu'
      x = dense(x, kernel, bias, activation, layer === 0 ? 'data' : 'hidden')
    }
    return x
  }

  async weights(): Promise<NamedTensors> {
    const entries = Object.entries(this.parameters).map(async ([name, variable]) => {
      const data = await variable.data<'float32'>()
      return [name, { dtype: 'f32' as const, shape: [...variable.shape], data: data.slice() }] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  assign(weights: NamedTensors): void {
    tf.tidy(() => {
      for (const [name, variable] of Object.entries(this.parameters)) {
        variable.assign(tf.tensor(Float32Array.from(weights[name]!.data), variable.shape))
      }
    })
  }

  /** φ⁻ ← τ φ + (1 − τ) φ⁻, this being the target network φ⁻. */
  follow(online: Perceptron, tau: number): void {
    tf.tidy(() => {
      for (const [name, variable] of Object.entries(this.parameters)) {
        const source = online.parameters[name] as tf.Variable
        variable.assign(tf.add(tf.mul(source, tau), tf.mul(variable, 1 - tau)))
      }
    })
  }

  dispose(): void {
    tf.dispose(Object.values(this.parameters))
  }
}
