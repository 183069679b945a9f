import { RuntimeError } from './errors.ts'
import { alignUp } from './memory/layout.ts'
import type { ObservationSpace } from './observation.ts'
import { type Random, Stream } from './rng.ts'
import type { NamedTensors } from './tensors.ts'

/** A perceptron over all inputs, relu between its layers. */
export interface PerceptronShape {
  readonly kind: 'perceptron'
  /** Widths, multiples of 16: the kernels' unit. */
  readonly hidden: readonly number[]
}

/**
 * The network of the mean-field paper's code: two 3 × 3 convolutions over the view and dense layers
 * over features and mean action, joined in a trunk.
 *
 * @see Yang et al. 2018; published code: view 32, 32 filters → 256, features → 32, mean action → 64 → 32
 */
export interface ConvolutionShape {
  readonly kind: 'convolution'
  /** Widths of the trunk behind the branches, multiples of 16. */
  readonly hidden: readonly number[]
}

export type NetworkShape = PerceptronShape | ConvolutionShape

/** A shape with its inputs and outputs. */
export interface NetworkSpec {
  readonly shape: NetworkShape
  readonly space: ObservationSpace
  /** Shared inputs at the end of the space that are the mean action. */
  readonly meanActions: number
  readonly outputs: number
}

export const HIDDEN_MULTIPLE = 16
/** Rows of the last layer are padded to whole vectors. */
const OUTPUT_MULTIPLE = 4

const CONV_SIZE = 3
const CONV_FILTERS = 32
/** What two convolutions leave something of. */
const LEAST_IMAGE = 2 * CONV_SIZE - 1
const VIEW_UNITS = 256
const FEATURE_UNITS = 32
const MEAN_ACTION_UNITS = [64, 32] as const

/** Where a layer's input comes from: inputs of the network, or other layers side by side. */
export type LayerInput =
  | { readonly kind: 'all' }
  | { readonly kind: 'image' }
  /** Inputs `[from, to)`. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'layers'; readonly names: readonly string[] }

/** One layer, in the order of evaluation. */
export interface LayerSpec {
  readonly name: string
  readonly kind: 'dense' | 'conv'
  readonly input: LayerInput
  /** Shape of the kernel: `[inputs, outputs]` or `[size, size, channels, filters]`. */
  readonly kernel: readonly number[]
  /** Shape of a convolution's input, `[height, width, channels]`. */
  readonly image: readonly [number, number, number] | undefined
  readonly isLast: boolean
}

/** The layers of a network; the last one gives the action values. @throws ERR_CONFIG_INVALID for a view that is not there */
export function layersOf(spec: NetworkSpec): LayerSpec[] {
  return spec.shape.kind === 'perceptron' ? perceptronLayers(spec) : convolutionLayers(spec)
}

function denseLayer(
  name: string,
  input: LayerInput,
  inputs: number,
  outputs: number,
  isLast = false,
): LayerSpec {
  return { name, kind: 'dense', input, kernel: [inputs, outputs], image: undefined, isLast }
}

function after(...names: string[]): LayerInput {
  return { kind: 'layers', names }
}

function perceptronLayers({ shape, space, outputs }: NetworkSpec): LayerSpec[] {
  const widths = [space.inputs, ...shape.hidden, outputs]
  return widths.slice(1).map((width, i) => {
    const input: LayerInput = i === 0 ? { kind: 'all' } : after(`dense${i - 1}`)
    return denseLayer(`dense${i}`, input, widths[i]!, width, i === widths.length - 2)
  })
}

function convolutionLayers({ shape, space, meanActions, outputs }: NetworkSpec): LayerSpec[] {
  if (!space.image) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      '--network: a convolution needs observations with a view, and this scenario has none; take perceptron',
    )
  }
  const { height, width, channels } = space.image
  if (height < LEAST_IMAGE || width < LEAST_IMAGE) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--network: two convolutions of ${CONV_SIZE} × ${CONV_SIZE} need a view of at least ${LEAST_IMAGE} × ${LEAST_IMAGE} cells, ` +
        `got ${width} × ${height}; take perceptron`,
      { details: { width, height } },
    )
  }
  const [innerHeight, innerWidth] = [height - CONV_SIZE + 1, width - CONV_SIZE + 1]
  const pixels = (innerHeight - CONV_SIZE + 1) * (innerWidth - CONV_SIZE + 1)
  const conv = (name: string, input: LayerInput, image: readonly [number, number, number]): LayerSpec => ({
    name,
    kind: 'conv',
    input,
    kernel: [CONV_SIZE, CONV_SIZE, image[2], CONV_FILTERS],
    image,
    isLast: false,
  })
  const features = space.sharedAt - space.hotAt
  const layers = [
    conv('conv0', { kind: 'image' }, [height, width, channels]),
    conv('conv1', after('conv0'), [innerHeight, innerWidth, CONV_FILTERS]),
    denseLayer('view', after('conv1'), pixels * CONV_FILTERS, VIEW_UNITS),
    denseLayer('features', { kind: 'range', from: space.hotAt, to: space.sharedAt }, features, FEATURE_UNITS),
  ]
  const branches = ['view', 'features']
  let width0 = VIEW_UNITS + FEATURE_UNITS
  if (meanActions > 0) {
    const [wide, narrow] = MEAN_ACTION_UNITS
    const inputs: LayerInput = { kind: 'range', from: space.inputs - meanActions, to: space.inputs }
    layers.push(denseLayer('meanAction0', inputs, meanActions, wide))
    layers.push(denseLayer('meanAction1', after('meanAction0'), wide, narrow))
    branches.push('meanAction1')
    width0 += narrow
  }
  const widths = [width0, ...shape.hidden, outputs]
  for (let i = 0; i + 1 < widths.length; i++) {
    const input = i === 0 ? after(...branches) : after(`trunk${i - 1}`)
    layers.push(denseLayer(`trunk${i}`, input, widths[i]!, widths[i + 1]!, i === widths.length - 2))
  }
  return layers
}

export interface LayerLayout {
  readonly layer: LayerSpec
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
  readonly layers: readonly LayerLayout[]
  /** First float of the rows of whole cells, [cells][wholeCodes] of the first layer's outputs, when it reads all inputs. */
  readonly wholeAt: number
  readonly floats: number
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

export function layoutParameters(spec: NetworkSpec): ParameterLayout {
  const layers: LayerLayout[] = []
  let floats = 0
  for (const layer of layersOf(spec)) {
    const outputs = layer.kernel.at(-1)!
    const inputs = layer.kernel.slice(0, -1).reduce((product, size) => product * size, 1)
    const outputsPadded = alignUp(outputs, OUTPUT_MULTIPLE)
    const biasAt = floats + inputs * outputsPadded
    layers.push({ layer, inputs, outputs, outputsPadded, kernelAt: floats, biasAt })
    floats = biasAt + outputsPadded
  }
  const [first] = layers as [LayerLayout]
  const wholeRows = first.layer.input.kind === 'all' ? spec.space.cells * wholeCodes(spec.space).length : 0
  return { layers, wholeAt: floats, floats: floats + wholeRows * first.outputsPadded }
}

export function kernelName(layer: string): string {
  return `${layer}/kernel`
}

export function biasName(layer: string): string {
  return `${layer}/bias`
}

/** Initial weights: kernels normal with variance 2 / inputs (He et al. 2015), the last 1 / inputs; biases 0. */
export function initialWeights(spec: NetworkSpec, random: Random): NamedTensors {
  const tensors: Record<string, NamedTensors[string]> = {}
  for (const [index, { layer, inputs, outputs }] of layoutParameters(spec).layers.entries()) {
    const deviation = Math.sqrt((layer.isLast ? 1 : 2) / inputs)
    const kernel = new Float32Array(inputs * outputs)
    for (let i = 0; i < kernel.length; i++) kernel[i] = deviation * random.normal(Stream.weights, index, i)
    tensors[kernelName(layer.name)] = { dtype: 'f32', shape: layer.kernel, data: kernel }
    tensors[biasName(layer.name)] = { dtype: 'f32', shape: [outputs], data: new Float32Array(outputs) }
  }
  return tensors
}

/** Copies named weights into the kernels' block of floats. @param out [floats], padding is set to 0 */
export function packParameters(spec: NetworkSpec, weights: NamedTensors, out: Float32Array): void {
  const layout = layoutParameters(spec)
  for (const { layer, inputs, outputs, outputsPadded, kernelAt } of layout.layers) {
    const kernel = weights[kernelName(layer.name)]!.data
    const bias = weights[biasName(layer.name)]!.data
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
