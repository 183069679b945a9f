import type { Heap } from '../../runtime/core/memory/arena.ts'
import { alignUp, type Column } from '../../runtime/core/memory/layout.ts'
import type {
  Activation,
  AttentionSpec,
  LayerInput,
  LinearSpec,
  NetworkSpec,
} from '../../runtime/core/network.ts'
import type { ObservationSpace } from '../../runtime/core/observation.ts'
import { layoutParameters, outputsPadded, readsAll, wholeCodes } from '../../runtime/core/parameters.ts'
import { resultFloats, type Stage, stagesOf } from './stages.ts'

/** See assembly/network.ts, which reads what is written here. */
const HEADER_WORDS = 17
const OPERATION_WORDS = 12
const CODES = 256
/** Agents that the kernel evaluates side by side. */
const BATCH = 4
const CODE_WORDS = 4
const Kind = { sparse: 0, expand: 1, gather: 2, conv: 3, dense: 4, attention: 5 } as const
const ACTIVATION_CODES: Readonly<Record<Activation, number>> = { linear: 0, relu: 1, tanh: 2 }
/** In place of a scratch address: the row of results. */
const RESULT = -1
/** In place of a channel: the first row of whole cells. */
const WHOLE = -2

/** Columns of the program of one stage in the arena. */
export interface ProgramColumns {
  readonly [name: string]: Column
  readonly words: Column<'i32'>
  readonly codes: Column<'i32'>
  /** Inputs of an image, for networks that see one. */
  readonly image: Column<'i32'>
}

/** A program for a stage, with places of scratch in bytes. */
interface Program {
  readonly operations: readonly (readonly number[])[]
  readonly scratchBytes: number
}

/** Columns that hold the program of any stage of the networks. */
export function programColumns(specs: readonly NetworkSpec[]): ProgramColumns {
  const programs = specs.flatMap((spec) => stagesOf(spec).map((stage) => compile(spec, stage, 0)))
  const operations = Math.max(0, ...programs.map((program) => program.operations.length))
  const pixels = Math.max(0, ...specs.map(({ space }) => space.image?.inputs.length ?? 0))
  return {
    words: { dtype: 'i32', shape: [HEADER_WORDS + OPERATION_WORDS * operations] },
    codes: { dtype: 'i32', shape: [CODES, CODE_WORDS] },
    image: { dtype: 'i32', shape: [pixels] },
  }
}

/** Most (row, value) pairs that one record can give. */
export function longestInputList(space: ObservationSpace): number {
  return space.scalars.length + space.hotSlots + 2 * space.cells
}

/**
 * Floats of scratch that one evaluating thread needs: what layers pass on, for a batch of agents, then the input list; after
 * that, powers of the values of one agent. Behind it, where agents have networks of their own, what `sharedLayer` makes
 * for one of them. */
export function scratchFloats(spec: NetworkSpec): number {
  return ownBaseOffset(spec) / 4 + (spec.agents === undefined ? 0 : sparseOutputs(spec))
}

/** First byte, in the scratch area, of what `sharedLayer` makes for an agent with a network of its own. */
export function ownBaseOffset(spec: NetworkSpec): number {
  const floats = Math.max(listOffset(spec) / 4 + 2 * longestInputList(spec.space), spec.outputs)
  return alignUp(4 * floats, 16)
}

/** First byte of the input list in the scratch area. */
export function listOffset(spec: NetworkSpec): number {
  return BATCH * Math.max(...stagesOf(spec).map((stage) => compile(spec, stage, 0).scratchBytes))
}

/** Outputs of a first layer that reads packed records; 0 when the network expands them. */
export function sparseOutputs(spec: NetworkSpec): number {
  const [first] = layoutParameters(spec).layers
  return readsAll(first!.layer) ? first!.outputsPadded : 0
}

/** Bytes of the arena where the columns of a program start. */
export interface ProgramPlace {
  readonly words: number
  readonly codes: number
  readonly image: number
}

/** Writes the tables that tell the kernel how records and parameters are laid out and what to do with them. */
export function writeProgram(spec: NetworkSpec, stage: Stage, heap: Heap, place: ProgramPlace): void {
  const { space } = stage
  const { operations, scratchBytes } = compile(spec, stage, place.image)
  const { wholeAt } = layoutParameters(spec)
  const whole = readsAll(stage.layers[0]!) ? wholeCodes(space) : []
  const words = [
    space.recordBytes,
    space.scalars.length,
    space.hotSlots,
    space.hotOffset,
    space.cells,
    space.cellsOffset,
    space.channels,
    place.codes,
    space.scalarsAt,
    space.sharedAt,
    space.shared,
    space.inputs,
    operations.length,
    resultFloats(stage),
    scratchBytes,
    wholeAt * 4,
    whole.length,
    ...operations.flatMap((operation) => [
      ...operation,
      ...Array(OPERATION_WORDS - operation.length).fill(0),
    ]),
  ]
  heap.i32.set(words as number[], place.words / 4)
  writeCodes(space, whole, heap, place.codes / 4)
  if (space.image) heap.i32.set(space.image.inputs, place.image / 4)
}

/** @param whole codes that have a row of their own for each cell */
function writeCodes(space: ObservationSpace, whole: readonly number[], heap: Heap, at: number): void {
  for (let code = 0; code < CODES; code++) {
    const meaning = space.codes[code]
    if (whole.includes(code)) {
      heap.i32[at + code * CODE_WORDS] = WHOLE - whole.indexOf(code)
      continue
    }
    for (let part = 0; part < 2; part++) {
      const entry = at + code * CODE_WORDS + part * 2
      heap.i32[entry] = meaning?.channels[part] ?? -1
      heap.f32[entry + 1] = meaning?.values[part] ?? 0
    }
  }
}

/** Operations in order of evaluation. Layers that are read together stand side by side in scratch. */
function compile(spec: NetworkSpec, { space, read, layers }: Stage, imageTable: number): Program {
  const layouts = new Map(layoutParameters(spec).layers.map((layout) => [layout.layer.name, layout]))
  const places = new Map<string, number>()
  const operations: (readonly number[])[] = []
  let bytes = 0
  const allocate = (floats: number): number => {
    const at = bytes
    bytes += alignUp(floats * 4, 16)
    return at
  }
  const place = (name: string, floats: number): number => {
    const at = places.get(name) ?? allocate(floats)
    places.set(name, at)
    return at
  }
  const isSparse = readsAll(layers[0]!)
  const inputsAt = isSparse ? 0 : allocate(space.inputs)
  if (!isSparse) operations.push([Kind.expand, 0, inputsAt])
  if (read.length > 0) places.set(read[0]!, inputsAt)
  for (const layer of joined(layers)) place(layer.name, outputFloats(layer))
  for (const layer of layers) {
    if (layer.kind === 'attention') {
      const out = place(layer.name, layer.width)
      operations.push(attend(layer, out, places, inputsAt, allocate(layer.blocks.count)))
      continue
    }
    const { inputs, outputsPadded, kernelAt, biasAt } = layouts.get(layer.name)!
    const out = layer === layers.at(-1) ? RESULT : place(layer.name, outputFloats(layer))
    const kernel = [kernelAt * 4, biasAt * 4] as const
    if (layer.input.kind === 'all') {
      operations.push([Kind.sparse, outputsPadded, out, ...kernel, ACTIVATION_CODES[layer.activation]])
      continue
    }
    const from = inputPlace(layer.input, inputsAt, places, () => {
      const count = space.image!.inputs.length
      const at = allocate(count)
      operations.push([Kind.gather, count, at, inputsAt, imageTable])
      return at
    })
    if (layer.image) {
      operations.push([Kind.conv, outputsPadded, out, from, ...kernel, ...layer.image, layer.kernel[0]!])
      continue
    }
    const rest = [...kernel, inputs, ACTIVATION_CODES[layer.activation]]
    for (let part = 0; part < layer.repeat; part++) {
      operations.push([
        Kind.dense,
        outputsPadded,
        out === RESULT ? RESULT : out + part * outputsPadded * 4,
        from + part * inputs * 4,
        ...rest,
      ])
    }
  }
  return { operations, scratchBytes: alignUp(bytes, 16) }
}

/** @param weights place for the weights of one head */
function attend(
  { target, source, content, heads, width, blocks }: AttentionSpec,
  out: number,
  places: ReadonlyMap<string, number>,
  inputsAt: number,
  weights: number,
): readonly number[] {
  const operands = [target, source, content].map((name) => places.get(name)!)
  const present = [inputsAt + blocks.from * 4, blocks.inputs * 4]
  return [Kind.attention, width, out, ...operands, heads, blocks.count, ...present, weights]
}

/** Layers that one layer reads together, those of each such layer in its order. */
function joined(layers: Stage['layers']): LinearSpec[] {
  const named = new Map(layers.map((layer) => [layer.name, layer]))
  return layers.flatMap((layer) => {
    if (layer.kind === 'attention' || layer.input.kind !== 'layers' || layer.input.names.length < 2) return []
    // What was exchanged stands side by side in the records.
    return layer.input.names.flatMap((name) => (named.get(name) as LinearSpec | undefined) ?? [])
  })
}

function inputPlace(
  input: Exclude<LayerInput, { readonly kind: 'all' }>,
  inputsAt: number,
  places: ReadonlyMap<string, number>,
  gatherImage: () => number,
): number {
  switch (input.kind) {
    case 'image':
      return gatherImage()
    case 'range':
      return inputsAt + input.from * 4
    case 'layers':
      return places.get(input.names[0]!)!
    case 'first-part':
      return places.get(input.name)!
  }
}

function outputFloats(layer: LinearSpec): number {
  const outputs = outputsPadded(layer)
  if (!layer.image) return layer.repeat * outputs
  const [height, width] = layer.image
  const size = layer.kernel[0]!
  return (height - size + 1) * (width - size + 1) * outputs
}
