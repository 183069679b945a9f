import { alignUp } from './memory/layout.ts'
import {
  type AttentionSpec,
  type LayerSpec,
  type LinearSpec,
  layersOf,
  type NetworkSpec,
  type RecurrenceSpec,
} from './network.ts'
import type { ObservationSpace } from './observation.ts'
import { type Random, Stream } from './rng.ts'
import type { NamedTensors } from './tensors.ts'

/** Rows of the last layer are padded to whole vectors. */
const OUTPUT_MULTIPLE = 4

/** A layer that has parameters. */
export type ParametricSpec = LinearSpec | RecurrenceSpec

export interface LayerLayout {
  readonly layer: ParametricSpec
  /** Rows of the kernel as a matrix. */
  readonly inputs: number
  readonly outputs: number
  /** Floats from one row of the kernel to the next. */
  readonly outputsPadded: number
  /** First float of the kernel [inputs][outputsPadded] and of the bias [outputsPadded]. */
  readonly kernelAt: number
  readonly biasAt: number
}

/** Where the parameters of a network lie in one block of floats, as kernels read them. */
export interface ParameterLayout {
  /** Those that have parameters. */
  readonly layers: readonly LayerLayout[]
  /** First float of the rows of whole cells, [cells][wholeCodes] of the first layer's outputs, when it reads all inputs. */
  readonly wholeAt: number
  readonly floats: number
}

/** Floats from one row of a layer's results to the next. */
export function outputsPadded(layer: ParametricSpec | AttentionSpec): number {
  return alignUp(layer.kind === 'attention' ? layer.width : layer.kernel.at(-1)!, OUTPUT_MULTIPLE)
}

/** The layer reads all inputs of the network, so that it can take them from packed records. */
export function readsAll(layer: LayerSpec): boolean {
  return layer.kind === 'dense' && layer.input.kind === 'all'
}

/**
 * Codes of cells whose two channels are both 1, such as an agent of full hp. They are most of what is
 * seen, so the first layer has the sum of their two rows ready.
 */
export function wholeCodes({ codes }: ObservationSpace): number[] {
  return codes.flatMap(({ values }, code) =>
    values.length === 2 && values.every((v) => v === 1) ? [code] : [],
  )
}

/** Where the parameters of one network lie. */
export function layoutParameters(spec: NetworkSpec): ParameterLayout {
  const layers: LayerLayout[] = []
  let floats = 0
  for (const layer of layersOf(spec)) {
    if (layer.kind === 'attention' || layer.kind === 'others-mean') continue
    const outputs = layer.kernel.at(-1)!
    const inputs = layer.kernel.slice(0, -1).reduce((product, size) => product * size, 1)
    const padded = outputsPadded(layer)
    const biasAt = floats + inputs * padded
    layers.push({ layer, inputs, outputs, outputsPadded: padded, kernelAt: floats, biasAt })
    floats = biasAt + padded
  }
  const [first] = layers as [LayerLayout]
  const wholeRows = readsAll(first.layer) ? spec.space.cells * wholeCodes(spec.space).length : 0
  return { layers, wholeAt: floats, floats: floats + wholeRows * first.outputsPadded }
}

export function kernelName(layer: string): string {
  return `${layer}/kernel`
}

export function biasName(layer: string): string {
  return `${layer}/bias`
}

/** Floats of the parameters of all networks, one behind the other. */
export function parameterFloats(spec: NetworkSpec): number {
  return (spec.agents ?? 1) * layoutParameters(spec).floats
}

/** What the names of an agent's own weights begin with. */
export function agentPrefix(agent: number): string {
  return `agent${agent}/`
}

/** What the names of weights begin with, for each network. */
export function prefixesOf({ agents }: NetworkSpec): string[] {
  return agents === undefined ? [''] : Array.from({ length: agents }, (_, agent) => agentPrefix(agent))
}

/** Agents begin by acting on what they see themselves: what others pass on counts for little until it is learned. */
const RECURRENT_SHARE = 0.2

function shareOf({ kind }: ParametricSpec): number {
  return kind === 'recurrence' ? RECURRENT_SHARE : 1
}

/**
 * Initial weights: kernels normal with variance 2 / inputs before a relu (He et al. 2015), else 1 / inputs; those of recurrences
 * a fifth of that wide. Biases are 0.
 */
export function initialWeights(spec: NetworkSpec, random: Random): NamedTensors {
  const tensors: Record<string, NamedTensors[string]> = {}
  const { layers } = layoutParameters(spec)
  for (const [network, prefix] of prefixesOf(spec).entries()) {
    for (const [index, { layer, inputs, outputs }] of layers.entries()) {
      const deviation = shareOf(layer) * Math.sqrt((layer.activation === 'relu' ? 2 : 1) / inputs)
      const kernel = new Float32Array(inputs * outputs)
      const step = network * layers.length + index
      for (let i = 0; i < kernel.length; i++) kernel[i] = deviation * random.normal(Stream.weights, step, i)
      const bias = new Float32Array(outputs)
      tensors[prefix + kernelName(layer.name)] = { dtype: 'f32', shape: layer.kernel, data: kernel }
      tensors[prefix + biasName(layer.name)] = { dtype: 'f32', shape: [outputs], data: bias }
    }
  }
  return tensors
}

/** Copies named weights into the kernels' block of floats. @param out [`parameterFloats`], padding is set to 0 */
export function packParameters(spec: NetworkSpec, weights: NamedTensors, out: Float32Array): void {
  const layout = layoutParameters(spec)
  for (const [network, prefix] of prefixesOf(spec).entries()) {
    const own = out.subarray(network * layout.floats, (network + 1) * layout.floats)
    packNetwork(spec, layout, prefix, weights, own)
  }
}

function packNetwork(
  spec: NetworkSpec,
  layout: ParameterLayout,
  prefix: string,
  weights: NamedTensors,
  out: Float32Array,
): void {
  for (const { layer, inputs, outputs, outputsPadded, kernelAt } of layout.layers) {
    const kernel = weights[prefix + kernelName(layer.name)]!.data
    const bias = weights[prefix + biasName(layer.name)]!.data
    for (let row = 0; row <= inputs; row++) {
      const at = kernelAt + row * outputsPadded
      for (let column = 0; column < outputsPadded; column++) {
        const value = row < inputs ? kernel[row * outputs + column] : bias[column]
        out[at + column] = column < outputs ? value! : 0
      }
    }
  }
  addWholeRows(spec, layout, out)
}

/** Sums of the first layer's rows for cells that are whole. */
function addWholeRows(
  { space }: NetworkSpec,
  { layers, wholeAt, floats }: ParameterLayout,
  out: Float32Array,
): void {
  if (wholeAt === floats) return
  const { kernelAt, outputsPadded } = layers[0]!
  const whole = wholeCodes(space)
  let at = wholeAt
  for (let cell = 0; cell < space.cells; cell++) {
    for (const code of whole) {
      const [a, b] = space.codes[code]!.channels
      const rowA = kernelAt + (cell * space.channels + a!) * outputsPadded
      const rowB = kernelAt + (cell * space.channels + b!) * outputsPadded
      for (let column = 0; column < outputsPadded; column++)
        out[at++] = out[rowA + column]! + out[rowB + column]!
    }
  }
}
