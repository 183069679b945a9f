import { RuntimeError } from './errors.ts'
import type { ObservationSpace } from './observation.ts'

/** A perceptron over all inputs, relu between its layers. */
export interface PerceptronShape {
  readonly kind: 'perceptron'
  /** Widths, multiples of 16: the kernels' unit. Without any, outputs are linear in the inputs: a table where one of these is 1. */
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

/**
 * CommNet: the agents of a group have hidden states h, and each hears the mean of the others' in every hop,
 *
 *   h_i = enc(o_i);   c_i = 1 / (n − 1) Σ_{j ≠ i} h_j,   h_i ← tanh(h_i H + c_i C + b)   in each hop;   outputs of h_i
 *
 * with n agents alive, and parameters of its own for each hop.
 *
 * @see Sukhbaatar, Szlam, Fergus 2016, §2
 */
export interface CommNetShape {
  readonly kind: 'commnet'
  /** Widths of the layers that encode an observation, multiples of 16. The last is that of hidden states. */
  readonly hidden: readonly number[]
  /** Without any, nobody hears of anybody. */
  readonly hops: number
}

/**
 * BiCNet: recurrent layers run over the agents of a group, in the order of their list and against it,
 *
 *   x_i = enc(o_i);   f_i = tanh(x_i W_f + f_{i−1} U_f + b_f),   g_i = tanh(x_i W_g + g_{i+1} U_g + b_g);   outputs of f_i and g_i
 *
 * @see Peng et al. 2017, §3
 */
export interface BiCNetShape {
  readonly kind: 'bicnet'
  /** Widths of the layers that encode an observation, multiples of 16. The last is that of each direction's states, too. */
  readonly hidden: readonly number[]
}

export type NetworkShape =
  | PerceptronShape
  | ConvolutionShape
  | GraphAttentionShape
  | CommNetShape
  | BiCNetShape

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
  readonly activation: Activation
  readonly isLast: boolean
}

/** What a layer applies after its bias. */
export type Activation = 'relu' | 'linear' | 'tanh'

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

/** What an agent hears: the mean of a layer's outputs over the others of its group, without parameters; 0 for who is alone. */
export interface OthersMeanSpec {
  readonly name: string
  readonly kind: 'others-mean'
  readonly of: string
  readonly width: number
}

/** h_i = tanh(x_i + h_{i∓1} U + b) over the agents of a group, x being outputs of the layer `of` from number `from` on. */
export interface RecurrenceSpec {
  readonly name: string
  readonly kind: 'recurrence'
  readonly of: string
  readonly from: number
  /** Against the order of the group's list. */
  readonly isReverse: boolean
  /** Shape of U. */
  readonly kernel: readonly [width: number, width: number]
  readonly activation: 'tanh'
}

/** A layer through which agents of a group come to know of each other. */
export type ExchangeSpec = OthersMeanSpec | RecurrenceSpec

/** One layer, in the order of evaluation. */
export type LayerSpec = LinearSpec | AttentionSpec | ExchangeSpec

export function isExchange(layer: LayerSpec): layer is ExchangeSpec {
  return layer.kind === 'others-mean' || layer.kind === 'recurrence'
}

/** Agents of a group come to know of each other within the network: its rows belong together. */
export function exchanges(spec: NetworkSpec): boolean {
  return layersOf(spec).some(isExchange)
}

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
    case 'commnet':
      return commNetLayers(spec, spec.shape)
    case 'bicnet':
      return biCNetLayers(spec, spec.shape)
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

/** Layers over all inputs that end in a hidden state of each agent. */
function encoder({ space }: NetworkSpec, hidden: readonly number[]): LinearSpec[] {
  return hidden.map((width, i) => {
    const input: LayerInput = i === 0 ? { kind: 'all' } : after(`encode${i - 1}`)
    return denseLayer(`encode${i}`, input, hidden[i - 1] ?? space.inputs, width)
  })
}

function commNetLayers(spec: NetworkSpec, { hidden, hops }: CommNetShape): LayerSpec[] {
  const width = hidden.at(-1)!
  const layers: LayerSpec[] = encoder(spec, hidden)
  for (let hop = 0; hop < hops; hop++) {
    const of = layers.at(-1)!.name
    layers.push({ name: `heard${hop}`, kind: 'others-mean', of, width })
    layers.push(denseLayer(`hop${hop}`, after(of, `heard${hop}`), 2 * width, width, { activation: 'tanh' }))
  }
  return [...layers, ...trunk('decode', after(layers.at(-1)!.name), [width, spec.outputs])]
}

function biCNetLayers(spec: NetworkSpec, { hidden }: BiCNetShape): LayerSpec[] {
  const width = hidden.at(-1)!
  const encoded = encoder(spec, hidden)
  const of = 'project'
  const direction = (name: string, from: number, isReverse: boolean): RecurrenceSpec => {
    return { name, kind: 'recurrence', of, from, isReverse, kernel: [width, width], activation: 'tanh' }
  }
  return [
    ...encoded,
    denseLayer(of, after(encoded.at(-1)!.name), width, 2 * width, { activation: 'linear' }),
    direction('forward', 0, false),
    direction('backward', width, true),
    ...trunk('decode', after('forward', 'backward'), [2 * width, spec.outputs]),
  ]
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
