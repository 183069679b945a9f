import type { Heap } from '../../runtime/core/memory/arena.ts'
import { alignUp, type Column } from '../../runtime/core/memory/layout.ts'
import { layoutParameters, type NetworkSpec } from '../../runtime/core/network.ts'
import type { ObservationSpace } from '../../runtime/core/observation.ts'

/** Words before the layers, and a code table behind them: see assembly/mlp.ts. */
const HEADER_WORDS = 12
const WORDS_PER_LAYER = 4
const CODES = 256
const CODE_WORDS = 4

/** Columns of a network program in the arena. */
export interface ProgramColumns {
  readonly [name: string]: Column
  readonly words: Column<'i32'>
  readonly codes: Column<'i32'>
}

export function programColumns(spec: NetworkSpec): ProgramColumns {
  return {
    words: { dtype: 'i32', shape: [HEADER_WORDS + WORDS_PER_LAYER * (spec.hidden.length + 1)] },
    codes: { dtype: 'i32', shape: [CODES, CODE_WORDS] },
  }
}

/** Most (row, value) pairs that one record can give. */
export function longestInputList(space: ObservationSpace): number {
  return space.scalars.length + space.hotSlots + 2 * space.cells
}

/**
 * Writes the table that tells the kernel how records and parameters are laid out.
 *
 * @param space of the network's inputs, algorithm's shared inputs included
 * @param wordsAt @param codesAt bytes of the arena
 */
export function writeProgram(
  spec: NetworkSpec,
  space: ObservationSpace,
  heap: Heap,
  wordsAt: number,
  codesAt: number,
): void {
  const { layers } = layoutParameters(spec)
  const words = [
    space.recordBytes,
    space.scalars.length,
    space.hotSlots,
    space.hotOffset,
    space.cells,
    space.cellsOffset,
    space.channels,
    codesAt,
    space.scalarsAt,
    space.sharedAt,
    space.shared,
    layers.length,
  ]
  for (const layer of layers) words.push(layer.inputs, layer.outputsPadded, layer.kernelAt * 4, layer.biasAt * 4)
  heap.i32.set(words, wordsAt >> 2)
  const codes = codesAt >> 2
  for (let code = 0; code < CODES; code++) {
    const meaning = space.codes[code]
    for (let part = 0; part < 2; part++) {
      const at = codes + code * CODE_WORDS + part * 2
      heap.i32[at] = meaning?.channels[part] ?? -1
      heap.f32[at + 1] = meaning?.values[part] ?? 0
    }
  }
}

/** Floats of scratch that one evaluating thread needs: two hidden layers and the input list. */
export function scratchFloats(spec: NetworkSpec, space: ObservationSpace): number {
  const widest = Math.max(...layoutParameters(spec).layers.map((layer) => layer.outputsPadded))
  return alignUp(2 * widest, 16) + 2 * longestInputList(space)
}
