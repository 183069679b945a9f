import { RuntimeError } from './errors.ts'
import { alignUp } from './memory/layout.ts'

/** What one byte of a coded cell contributes: `channels[i]` of that cell receives `values[i]`. At most two. */
export interface CellCode {
  readonly channels: readonly number[]
  readonly values: readonly number[]
}

/** A picture-like part of the inputs: `inputs[(y·width + x)·channels + c]` is an input's index, or −1 for a constant 0. */
export interface ImageView {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly inputs: readonly number[]
}

/** What a scenario declares of one group's observation. */
export interface ObservationParts {
  /** Cells seen as one byte each; `codes[byte]` says what a byte means, `codes[0]` being nothing. */
  readonly cells?: { readonly count: number; readonly channels: number; readonly codes: readonly CellCode[] }
  /** Inputs that are 0 or 1, and how many of them can be 1 at once. */
  readonly hot?: { readonly inputs: number; readonly slots: number }
  /** Names of per-agent numbers. */
  readonly scalars?: readonly string[]
  /**
   * Equal parts of the scalars, the first the agent's own and the others its neighbours', for networks that read every
   * part alike. A part begins with a number that is 1, or 0 where there is no such neighbour.
   */
  readonly blocks?: number
  /** Numbers that all agents of the group see alike in one step. */
  readonly shared?: number
  readonly image?: ImageView
}

/**
 * A packed observation: what is seen, not a dense and mostly zero tensor.
 *
 * A record is `[scalars f32][hot u16][cells u8]`, padded to 8 bytes. It stands for a dense vector
 * of `inputs` numbers `[cells × channels | hot | scalars | shared]`; a hot slot holds the index of
 * an input to which 1 is added (any input, a shared one too) or `NO_INPUT`.
 */
export interface ObservationSpace {
  readonly inputs: number
  readonly cells: number
  readonly channels: number
  readonly codes: readonly CellCode[]
  readonly hotSlots: number
  readonly scalars: readonly string[]
  /** Equal parts of the scalars, one for the agent and one for each of its neighbours; 0 where that is not declared. */
  readonly blocks: number
  readonly shared: number
  /** First input of each part. */
  readonly hotAt: number
  readonly scalarsAt: number
  readonly sharedAt: number
  /** Bytes from one record to the next, and where the parts start inside one. */
  readonly recordBytes: number
  readonly hotOffset: number
  readonly cellsOffset: number
  readonly image: ImageView | undefined
}

/** An empty hot slot. */
export const NO_INPUT = 0xffff

/** @throws ERR_SCENARIO_INVALID for more inputs than a hot slot can name, and scalars that are not so many equal blocks */
export function describeObservation(parts: ObservationParts): ObservationSpace {
  const cells = parts.cells?.count ?? 0
  const channels = parts.cells?.channels ?? 0
  const scalars = parts.scalars ?? []
  const blocks = parts.blocks ?? 0
  const shared = parts.shared ?? 0
  const hotSlots = parts.hot?.slots ?? 0
  const hotAt = cells * channels
  const scalarsAt = hotAt + (parts.hot?.inputs ?? 0)
  const sharedAt = scalarsAt + scalars.length
  const inputs = sharedAt + shared
  if (hotSlots > 0 && inputs >= NO_INPUT) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `observation: expected fewer than ${NO_INPUT} inputs, which a hot slot can name, got ${inputs}`,
      { details: { field: 'inputs', got: inputs } },
    )
  }
  if (blocks > 0 && scalars.length % blocks !== 0) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `observation: expected scalars that make up ${blocks} equal blocks, got ${scalars.length}`,
      { details: { field: 'blocks', got: scalars.length } },
    )
  }
  const hotOffset = scalars.length * 4
  const cellsOffset = hotOffset + hotSlots * 2
  return {
    inputs,
    cells,
    channels,
    codes: parts.cells?.codes ?? [],
    hotSlots,
    scalars,
    blocks,
    shared,
    hotAt,
    scalarsAt,
    sharedAt,
    recordBytes: alignUp(cellsOffset + cells, 8),
    hotOffset,
    cellsOffset,
    image: parts.image,
  }
}

/** The same space with `extra` more shared inputs at its end, such as a mean action. */
export function withShared(space: ObservationSpace, extra: number): ObservationSpace {
  return { ...space, shared: space.shared + extra, inputs: space.inputs + extra }
}

/** Adds packed records to dense rows. */
export class ObservationExpander {
  readonly #space: ObservationSpace
  /** [256 · 2] channel or −1, and value, of each code. */
  readonly #codeChannels: Int32Array
  readonly #codeValues: Float32Array

  constructor(space: ObservationSpace) {
    this.#space = space
    this.#codeChannels = new Int32Array(512).fill(-1)
    this.#codeValues = new Float32Array(512)
    for (const [code, { channels, values }] of space.codes.entries()) {
      this.#codeChannels.set(channels, code * 2)
      this.#codeValues.set(values, code * 2)
    }
  }

  /**
   * Writes one dense row.
   *
   * @param record [recordBytes] at `recordAt`
   * @param shared [space.shared] at `sharedFrom`
   * @param out    [space.inputs] at `outAt`, zero on entry
   */
  expand(
    record: Uint8Array,
    recordAt: number,
    shared: Float32Array,
    sharedFrom: number,
    out: Float32Array,
    outAt: number,
  ): void {
    const { cells, channels, hotSlots, hotOffset, cellsOffset, scalars, scalarsAt, sharedAt } = this.#space
    const codeChannels = this.#codeChannels
    const codeValues = this.#codeValues
    for (let i = 0; i < this.#space.shared; i++) out[outAt + sharedAt + i] = shared[sharedFrom + i]!
    const view = new DataView(record.buffer, record.byteOffset + recordAt)
    for (let i = 0; i < scalars.length; i++) out[outAt + scalarsAt + i] = view.getFloat32(i * 4, true)
    for (let slot = 0; slot < hotSlots; slot++) {
      const at = recordAt + hotOffset + slot * 2
      const input = record[at]! | (record[at + 1]! << 8)
      if (input !== NO_INPUT) out[outAt + input]! += 1
    }
    for (let cell = 0; cell < cells; cell++) {
      const code = record[recordAt + cellsOffset + cell]!
      if (code === 0) continue
      const row = outAt + cell * channels
      const first = codeChannels[code * 2]!
      const second = codeChannels[code * 2 + 1]!
      if (first >= 0) out[row + first] = codeValues[code * 2]!
      if (second >= 0) out[row + second] = codeValues[code * 2 + 1]!
    }
  }
}
