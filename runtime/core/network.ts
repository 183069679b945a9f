import { alignUp } from './memory/layout.ts'
import { Random, Stream } from './rng.ts'
import type { NamedTensors } from './tensors.ts'

/** A perceptron with relu between its layers. Hidden widths are multiples of 16: the kernels' unit. */
export interface NetworkSpec {
  readonly inputs: number
  readonly hidden: readonly number[]
  readonly outputs: number
}

export const HIDDEN_MULTIPLE = 16
/** Rows of the last layer are padded to whole vectors. */
const OUTPUT_MULTIPLE = 4

export interface LayerLayout {
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
  readonly layers: readonly LayerLayout[]
  readonly floats: number
}

export function layoutParameters(spec: NetworkSpec): ParameterLayout {
  const widths = [spec.inputs, ...spec.hidden, spec.outputs]
  const layers: LayerLayout[] = []
  let floats = 0
  for (let layer = 0; layer + 1 < widths.length; layer++) {
    const inputs = widths[layer]!
    const outputs = widths[layer + 1]!
    const outputsPadded = alignUp(outputs, OUTPUT_MULTIPLE)
    layers.push({ inputs, outputs, outputsPadded, kernelAt: floats, biasAt: floats + inputs * outputsPadded })
    floats += (inputs + 1) * outputsPadded
  }
  return { layers, floats }
}

export function kernelName(layer: number): string {
  return `dense${layer}/kernel`
}

export function biasName(layer: number): string {
  return `dense${layer}/bias`
}

/** Initial weights: kernels normal with variance 2 / inputs (He et al. 2015), the last 1 / inputs; biases 0. */
export function initialWeights(spec: NetworkSpec, random: Random): NamedTensors {
  const tensors: Record<string, NamedTensors[string]> = {}
  const { layers } = layoutParameters(spec)
  for (const [layer, { inputs, outputs }] of layers.entries()) {
    const gain = layer === layers.length - 1 ? 1 : 2
    const kernel = new Float32Array(inputs * outputs)
    for (let i = 0; i < kernel.length; i++) kernel[i] = Math.sqrt(gain / inputs) * random.normal(Stream.weights, layer, i)
    tensors[kernelName(layer)] = { dtype: 'f32', shape: [inputs, outputs], data: kernel }
    tensors[biasName(layer)] = { dtype: 'f32', shape: [outputs], data: new Float32Array(outputs) }
  }
  return tensors
}

/** Copies named weights into the kernels' block of floats. @param out [floats], padding is set to 0 */
export function packParameters(spec: NetworkSpec, weights: NamedTensors, out: Float32Array): void {
  for (const [layer, place] of layoutParameters(spec).layers.entries()) {
    const kernel = weights[kernelName(layer)]!.data
    const bias = weights[biasName(layer)]!.data
    for (let row = 0; row <= place.inputs; row++) {
      const at = place.kernelAt + row * place.outputsPadded
      for (let column = 0; column < place.outputsPadded; column++) {
        const value = row < place.inputs ? kernel[row * place.outputs + column] : bias[column]
        out[at + column] = column < place.outputs ? value! : 0
      }
    }
  }
}
