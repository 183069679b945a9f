import {
  type AttentionSpec,
  type LayerSpec,
  type LinearSpec,
  layersOf,
  type NetworkSpec,
  type RecurrenceSpec,
} from '../../runtime/core/network.ts'
import { biasName, initialWeights, kernelName } from '../../runtime/core/parameters.ts'
import type { Random } from '../../runtime/core/rng.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'
import type { Grouping } from '../math/grouping.ts'
import { tf } from '../tf.ts'
import { attention } from './attention.ts'
import { conv2d } from './conv2d.ts'
import { dense } from './dense.ts'
import type { TrainedNetwork } from './network-set.ts'
import { recurrence } from './recurrence.ts'

/** The trained side of a network: variables that forward passes read and optimisers write. */
export class ValueNetwork implements TrainedNetwork {
  readonly parameters: Readonly<Record<string, tf.Variable>>
  readonly #spec: NetworkSpec
  readonly #layers: readonly LayerSpec[]

  constructor(spec: NetworkSpec, weights: NamedTensors) {
    this.#spec = spec
    this.#layers = layersOf(spec)
    this.parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [
        name,
        tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), [...shape]))),
      ]),
    )
  }

  static initial(spec: NetworkSpec, random: Random): ValueNetwork {
    return new ValueNetwork(spec, initialWeights(spec, random))
  }

  /**
   * Action values.
   *
   * @param observation [B, inputs]
   * @param grouping    of the rows, for networks through which agents of a group come to know of each other
   * @returns           [B, outputs]
   */
  forward(observation: tf.Tensor2D, grouping?: Grouping): tf.Tensor2D {
    const outputs = new Map<string, tf.Tensor>()
    let last: tf.Tensor = observation
    for (const layer of this.#layers) {
      last = this.#evaluate(layer, observation, outputs, grouping)
      outputs.set(layer.name, last)
    }
    return last as tf.Tensor2D
  }

  #evaluate(
    layer: LayerSpec,
    observation: tf.Tensor2D,
    outputs: ReadonlyMap<string, tf.Tensor>,
    grouping: Grouping | undefined,
  ): tf.Tensor {
    switch (layer.kind) {
      case 'attention':
        return this.#attend(layer, observation, outputs)
      case 'others-mean':
        return grouping!.othersMean(outputs.get(layer.of) as tf.Tensor2D)
      case 'recurrence':
        return this.#recur(layer, outputs.get(layer.of) as tf.Tensor2D, grouping!)
      case 'conv':
      case 'dense':
        return this.#apply(layer, this.#inputOf(layer, observation, outputs))
    }
  }

  #recur(
    { name, from, isReverse, kernel: [width] }: RecurrenceSpec,
    x: tf.Tensor2D,
    grouping: Grouping,
  ): tf.Tensor2D {
    const [kernel, bias] = this.#parametersOf(name)
    const own = tf.slice(x, [0, from], [-1, width])
    return grouping.inOrder(own, (states, { present }) =>
      recurrence(states, kernel as tf.Tensor2D, bias, present, isReverse),
    )
  }

  #parametersOf(name: string): readonly [kernel: tf.Tensor, bias: tf.Tensor1D] {
    return [this.parameters[kernelName(name)]!, this.parameters[biasName(name)] as unknown as tf.Tensor1D]
  }

  #apply({ name, kind, input, activation }: LinearSpec, x: tf.Tensor): tf.Tensor {
    const [kernel, bias] = this.#parametersOf(name)
    const source = input.kind === 'layers' || input.kind === 'first-part' ? 'hidden' : 'data'
    return kind === 'conv'
      ? conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, bias, activation, source)
      : dense(x as tf.Tensor2D, kernel as tf.Tensor2D, bias, activation, source)
  }

  #attend(
    { target, source, content, heads, blocks }: AttentionSpec,
    observation: tf.Tensor2D,
    outputs: ReadonlyMap<string, tf.Tensor>,
  ): tf.Tensor2D {
    const parts = blockRows(observation, blocks.from, blocks.count, blocks.inputs)
    const present = tf.reshape(tf.slice(parts, [0, 0], [-1, 1]), [blocks.count, -1]) as tf.Tensor2D
    const [t, s, c] = [target, source, content].map((name) => outputs.get(name)!) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ]
    return attention(t, s, c, present, heads)
  }

  /** [B, …] for each agent, or [repeat · B, …] with the parts of all agents one behind the other. */
  #inputOf(layer: LinearSpec, observation: tf.Tensor2D, outputs: ReadonlyMap<string, tf.Tensor>): tf.Tensor {
    const { image, repeat } = layer
    const x = this.#gather(layer, observation, outputs)
    const rows = repeat * observation.shape[0]
    return tf.reshape(x, image ? [rows, ...image] : [rows, x.size / rows])
  }

  #gather(
    { input, repeat }: LinearSpec,
    observation: tf.Tensor2D,
    outputs: ReadonlyMap<string, tf.Tensor>,
  ): tf.Tensor {
    switch (input.kind) {
      case 'all':
        return observation
      case 'image':
        return this.#image(observation)
      case 'range': {
        const inputs = (input.to - input.from) / repeat
        return blockRows(observation, input.from, repeat, inputs)
      }
      case 'layers': {
        const parts = input.names.map((name) => outputs.get(name)!)
        return parts.length === 1 ? parts[0]! : tf.concat(parts, 1)
      }
      case 'first-part':
        return tf.slice(outputs.get(input.name)!, 0, observation.shape[0])
    }
  }

  /** The view as a picture [B, height · width · channels]; places without an input are 0. */
  #image(observation: tf.Tensor2D): tf.Tensor2D {
    const { inputs } = this.#spec.space.image!
    const zero = tf.zeros<tf.Rank.R2>([observation.shape[0], 1])
    const nothing = observation.shape[1]
    const indices = inputs.map((input) => (input < 0 ? nothing : input))
    return tf.gather(tf.concat([observation, zero], 1), tf.tensor1d(indices, 'int32'), 1)
  }

  async weights(): Promise<NamedTensors> {
    const entries = Object.entries(this.parameters).map(async ([name, variable]) => {
      const data = await variable.data<'float32'>()
      return [name, { dtype: 'f32' as const, shape: [...variable.shape], data: data.slice() }] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  actingWeights(): Promise<NamedTensors> {
    return this.weights()
  }

  assign(weights: NamedTensors): void {
    tf.tidy(() => {
      for (const [name, variable] of Object.entries(this.parameters)) {
        variable.assign(tf.tensor(Float32Array.from(weights[name]!.data), variable.shape))
      }
    })
  }

  /** φ⁻ ← τ φ + (1 − τ) φ⁻, this being the target network φ⁻. */
  follow(online: ValueNetwork, tau: number): void {
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

/** Equal parts of the observation [B, inputs], from input `from` on, one behind the other: [count · B, size]. */
function blockRows(observation: tf.Tensor2D, from: number, count: number, size: number): tf.Tensor2D {
  const [B] = observation.shape
  const own = tf.slice(observation, [0, from], [B, count * size])
  if (count === 1) return own
  return tf.reshape(tf.transpose(tf.reshape(own, [B, count, size]), [1, 0, 2]), [count * B, size])
}
