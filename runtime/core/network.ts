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

/**
 * Attention of an agent over its neighbours. Blocks of the observation, the agent's own first, are embedded alike,
 * and in each head, d wide,
 *
 *   score_j = (h_0 W_t) · (h_j W_s) / √d,   α = softmax of the scores of those present,   m = Σ_j α_j (h_j W_c)
 *
 * The heads stand side by side before the dense layers. The paper has their mean, as wide as the embedding each: the
 * layer behind can take a mean itself, and side by side heads that share the width cost no more than one.
 *
 * @see Wei et al. 2019, §4
 */
export interface GraphAttentionShape {
  readonly kind: 'graph-attention'
  /** Widths of the layers that embed a block, multiples of 16. The last is that of all heads together, too. */
  readonly embedding: readonly number[]
  /** A head's share of the width is a multiple of 4: the kernels' unit. */
  readonly heads: number
  /** Widths of the layers behind the attention, multiples of 16. */
  readonly hidden: readonly number[]
}

export type NetworkShape = PerceptronShape | ConvolutionShape | GraphAttentionShape

/** A shape with its inputs and outputs. */
export interface NetworkSpec {
  readonly shape: NetworkShape
  readonly space: ObservationSpace
  /** Shared inputs at the end of the space that are the mean action. */
  readonly meanActions: number
  readonly outputs: number
  /** Agents that have such a network each, with parameters of its own; left out, one serves all agents. */
  readonly agents?: number
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
  /** What a repeated layer made of its first part. */
  | { readonly kind: 'first-part'; readonly name: string }

/** A layer with a kernel and a bias. */
export interface LinearSpec {
  readonly name: string
  readonly kind: 'dense' | 'conv'
  readonly input: LayerInput
  /** Equal parts of the input to which the layer is applied, with the same parameters. */
  readonly repeat: number
  /** Shape of the kernel: `[inputs, outputs]` or `[size, size, channels, filters]`. */
  readonly kernel: readonly number[]
  /** Shape of a convolution's input, `[height, width, channels]`. */
  readonly image: readonly [number, number, number] | undefined
  readonly activation: 'relu' | 'linear'
  readonly isLast: boolean
}

/** Heads of scaled dot-product attention over blocks of the observation, without parameters; see `GraphAttentionShape`. */
export interface AttentionSpec {
  readonly name: string
  readonly kind: 'attention'
  /** Names of layers: h_0 W_t, and h_j W_s and h_j W_c of every block. */
  readonly target: string
  readonly source: string
  readonly content: string
  readonly heads: number
  /** Of all heads. */
  readonly width: number
  /** How many blocks there are, the first one's first input and how many each has; that says whether it counts. */
  readonly blocks: { readonly count: number; readonly from: number; readonly inputs: number }
}

/** One layer, in the order of evaluation. */
export type LayerSpec = LinearSpec | AttentionSpec

/**
 * The layers of a network; the last one gives the action values.
 *
 * @throws ERR_CONFIG_INVALID for a view or neighbours that are not there
 */
export function layersOf(spec: NetworkSpec): LayerSpec[] {
  switch (spec.shape.kind) {
    case 'perceptron':
      return perceptronLayers(spec, spec.shape)
    case 'convolution':
      return convolutionLayers(spec, spec.shape)
    case 'graph-attention':
      return attentionLayers(spec, spec.shape)
  }
}

function denseLayer(
  name: string,
  input: LayerInput,
  inputs: number,
  outputs: number,
  more: Partial<Pick<LinearSpec, 'repeat' | 'activation' | 'isLast'>> = {},
): LinearSpec {
  return {
    name,
    kind: 'dense',
    input,
    repeat: 1,
    kernel: [inputs, outputs],
    image: undefined,
    activation: more.isLast ? 'linear' : 'relu',
    isLast: false,
    ...more,
  }
}

function after(...names: string[]): LayerInput {
  return { kind: 'layers', names }
}

/** Dense layers one behind the other, the last of them the network's. @param widths from that of `input` to the outputs */
function trunk(name: string, input: LayerInput, widths: readonly number[]): LinearSpec[] {
  return widths.slice(1).map((width, i) => {
    const from = i === 0 ? input : after(`${name}${i - 1}`)
    return denseLayer(`${name}${i}`, from, widths[i]!, width, { isLast: i === widths.length - 2 })
  })
}

function perceptronLayers({ space, outputs }: NetworkSpec, { hidden }: PerceptronShape): LayerSpec[] {
  return trunk('dense', { kind: 'all' }, [space.inputs, ...hidden, outputs])
}

function attentionLayers({ space, outputs }: NetworkSpec, shape: GraphAttentionShape): LayerSpec[] {
  const { embedding, heads, hidden } = shape
  const { blocks: count, scalars, scalarsAt, inputs } = space
  if (count < 2) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      'attention over neighbours needs observations that show some, and those of this scenario show none; ' +
        'raise --neighbours where the scenario has it, or take --algorithm iql',
    )
  }
  if (inputs !== scalars.length) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `attention over neighbours reads blocks of scalars alone, and of ${inputs} inputs of this scenario only ` +
        `${scalars.length} are that; take --algorithm iql`,
      { details: { inputs, scalars: scalars.length } },
    )
  }
  const blocks = { count, from: scalarsAt, inputs: scalars.length / count }
  const width = embedding.at(-1)!
  if (width % (4 * heads) !== 0) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--heads: expected heads that divide an embedding of ${width} into multiples of 4, got ${heads}`,
      { details: { width, heads } },
    )
  }
  const widths = [blocks.inputs, ...embedding]
  const last = `embed${embedding.length - 1}`
  const all: LayerInput = { kind: 'range', from: scalarsAt, to: scalarsAt + scalars.length }
  return [
    ...embedding.map((outputs, i) =>
      denseLayer(`embed${i}`, i === 0 ? all : after(`embed${i - 1}`), widths[i]!, outputs, { repeat: count }),
    ),
    denseLayer('target', { kind: 'first-part', name: last }, width, width, { activation: 'linear' }),
    ...['source', 'content'].map((name) =>
      denseLayer(name, after(last), width, width, { repeat: count, activation: 'linear' }),
    ),
    {
      name: 'attention',
      kind: 'attention',
      target: 'target',
      source: 'source',
      content: 'content',
      heads,
      width,
      blocks,
    },
    ...trunk('trunk', after('attention'), [width, ...hidden, outputs]),
  ]
}

function convolutionLayers(
  { space, meanActions, outputs }: NetworkSpec,
  { hidden }: ConvolutionShape,
): LayerSpec[] {
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
  const conv = (name: string, input: LayerInput, image: readonly [number, number, number]): LinearSpec => ({
    name,
    kind: 'conv',
    input,
    repeat: 1,
    kernel: [CONV_SIZE, CONV_SIZE, image[2], CONV_FILTERS],
    image,
    activation: 'relu',
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
  return [...layers, ...trunk('trunk', after(...branches), [width0, ...hidden, outputs])]
}

export interface LayerLayout {
  readonly layer: LinearSpec
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
    if (layer.kind === 'attention') continue
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

/** Initial weights: kernels normal with variance 2 / inputs (He et al. 2015), without relu 1 / inputs; biases 0. */
export function initialWeights(spec: NetworkSpec, random: Random): NamedTensors {
  const tensors: Record<string, NamedTensors[string]> = {}
  const { layers } = layoutParameters(spec)
  for (const [network, prefix] of prefixesOf(spec).entries()) {
    for (const [index, { layer, inputs, outputs }] of layers.entries()) {
      const deviation = Math.sqrt((layer.activation === 'linear' ? 1 : 2) / inputs)
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
