import {
  type CellCode,
  describeObservation,
  type ImageView,
  NO_INPUT,
  type ObservationSpace,
} from '../../runtime/core/observation.ts'
import type { WorldMemory } from '../../runtime/core/scenario.ts'
import { type BattleColumns, codeMeaning, NO_ACTION, relativeCode, WALL_CODE } from './layout.ts'
import { ACTION_COUNT, ID_BITS, MINIMAP_SIZE, VIEW_CELLS, VIEW_RADIUS, VIEW_SIZE } from './rules.ts'
import type { BattleOptions } from './world.ts'

const f = Math.fround
const MINIMAP_CELLS = MINIMAP_SIZE * MINIMAP_SIZE
const MAX_HP = 10

/** Channels of a seen cell: wall, own army, its hp / 10, other army, its hp / 10. */
const CELL_CHANNELS = 5

/** The space of both armies: 113 coded cells, id bits and last action, last reward and place, minimaps. */
export function battleObservation(minimap: boolean): ObservationSpace {
  return describeObservation({
    cells: { count: VIEW_CELLS.length, channels: CELL_CHANNELS, codes: cellCodes() },
    hot: { inputs: ID_BITS + ACTION_COUNT, slots: ID_BITS + 1 + (minimap ? 2 : 0) },
    scalars: minimap ? ['lastReward', 'x', 'y'] : ['lastReward'],
    shared: minimap ? 2 * MINIMAP_CELLS : 0,
    image: viewImage(minimap),
  })
}

function cellCodes(): CellCode[] {
  const codes: CellCode[] = []
  for (let code = 0; code < 256; code++) {
    const meaning = codeMeaning(code)
    if (code === WALL_CODE) codes.push({ channels: [0], values: [1] })
    else if (meaning === undefined) codes.push({ channels: [], values: [] })
    else codes.push({ channels: [1 + 2 * meaning.army, 2 + 2 * meaning.army], values: [1, meaning.hp] })
  }
  return codes
}

/** MAgent2's view [13][13][5 or 7], channel by channel, as indices into the inputs. */
function viewImage(minimap: boolean): ImageView {
  const sharedAt = VIEW_CELLS.length * CELL_CHANNELS + ID_BITS + ACTION_COUNT + (minimap ? 3 : 1)
  const inputs: number[] = []
  for (let row = 0; row < VIEW_SIZE; row++) {
    for (let column = 0; column < VIEW_SIZE; column++) {
      const cell = VIEW_CELLS.findIndex(
        ({ dx, dy }) => dx + VIEW_RADIUS === column && dy + VIEW_RADIUS === row,
      )
      const seen = (channel: number) => (cell < 0 ? -1 : cell * CELL_CHANNELS + channel)
      const coarse = (army: number) => sharedAt + army * MINIMAP_CELLS + row * MINIMAP_SIZE + column
      if (minimap) inputs.push(seen(0), seen(1), seen(2), coarse(0), seen(3), seen(4), coarse(1))
      else inputs.push(seen(0), seen(1), seen(2), seen(3), seen(4))
    }
  }
  return { height: VIEW_SIZE, width: VIEW_SIZE, channels: minimap ? 7 : 5, inputs }
}

export interface DenseShape {
  /** Floats of [13][13][channels]. */
  readonly view: number
  readonly channels: number
  readonly feature: number
}

/** Sizes of MAgent2's own observation arrays. */
export function denseShape(minimap: boolean): DenseShape {
  const channels = minimap ? 7 : 5
  return {
    view: VIEW_SIZE * VIEW_SIZE * channels,
    channels,
    feature: ID_BITS + ACTION_COUNT + (minimap ? 3 : 1),
  }
}

export interface Observation {
  /** Packed records of the agents `[from, to)` of an army's list, the first at byte `at` of the heap. */
  pack(army: number, from: number, to: number, at: number): void
  /** Own minimap, then the other army's, as shares of the army: [2, 169] floats at byte `at` of the heap. */
  packMinimap(army: number, at: number): void
  /**
   * MAgent2's observation of one agent, bit for bit.
   *
   * @param view    [13, 13, 5 or 7]
   * @param feature [32 or 34]
   */
  dense(army: number, slot: number, minimap: boolean, view: Float32Array, feature: Float32Array): void
}

export function bindObservation(options: BattleOptions, memory: WorldMemory<BattleColumns>): Observation {
  const { width, height } = options
  const { x, y, hp, lastReward, lastAction, codes, occupant, minimap: counts } = memory.state
  const { id, living } = memory.agents
  const { u8, u16, f32 } = memory.heap
  const { slots } = memory
  const space = battleObservation(options.minimap)
  const codesWidth = width + 2 * VIEW_RADIUS
  /** [113] from an agent's own byte of `codes` to each seen cell's. */
  const reach = Int32Array.from(VIEW_CELLS, ({ dx, dy }) => dy * codesWidth + dx)
  const cellWidth = Math.ceil(width / MINIMAP_SIZE)
  const cellHeight = Math.ceil(height / MINIMAP_SIZE)

  const minimapCell = (slot: number): number =>
    Math.floor(y[slot]! / cellHeight) * MINIMAP_SIZE + Math.floor(x[slot]! / cellWidth)

  const packCells = (army: number, slot: number, at: number): void => {
    const centre = (y[slot]! + VIEW_RADIUS) * codesWidth + x[slot]! + VIEW_RADIUS
    for (let cell = 0; cell < reach.length; cell++) {
      u8[at + cell] = relativeCode(codes[centre + reach[cell]!]!, army)
    }
  }

  const packHot = (slot: number, at: number): void => {
    let out = at >> 1
    const agent = id[slot]!
    for (let bit = 0; bit < ID_BITS; bit++) u16[out++] = (agent >> bit) & 1 ? space.hotAt + bit : NO_INPUT
    const action = lastAction[slot]!
    u16[out++] = action === NO_ACTION ? NO_INPUT : space.hotAt + ID_BITS + action
    if (!options.minimap) return
    const own = space.sharedAt + minimapCell(slot)
    u16[out++] = own
    u16[out] = own + MINIMAP_CELLS
  }

  const count = (army: number): void => {
    const first = army * MINIMAP_CELLS
    counts.fill(0, first, first + MINIMAP_CELLS)
    const end = slots[army]! + living[army]!
    for (let slot = slots[army]!; slot < end; slot++) counts[first + minimapCell(slot)]!++
  }

  return {
    pack(army, from, to, at) {
      let record = at
      for (let slot = slots[army]! + from; slot < slots[army]! + to; slot++) {
        const scalar = record >> 2
        f32[scalar] = lastReward[slot]!
        if (options.minimap) {
          f32[scalar + 1] = x[slot]! / width
          f32[scalar + 2] = y[slot]! / height
        }
        packHot(slot, record + space.hotOffset)
        packCells(army, slot, record + space.cellsOffset)
        record += space.recordBytes
      }
    },

    packMinimap(army, at) {
      for (let block = 0; block < 2; block++) {
        const seen = block === 0 ? army : 1 - army
        count(seen)
        const out = (at >> 2) + block * MINIMAP_CELLS
        // An army without agents is an empty map here; MAgent2's own 0 / 0 is kept in `dense` alone.
        const share = living[seen] === 0 ? 0 : 1 / living[seen]!
        for (let cell = 0; cell < MINIMAP_CELLS; cell++)
          f32[out + cell] = counts[seen * MINIMAP_CELLS + cell]! * share
      }
    },

    dense(army, slot, minimap, view, feature) {
      view.fill(0)
      const channels = minimap ? 7 : 5
      const otherAt = minimap ? 4 : 3
      for (const { dx, dy } of VIEW_CELLS) {
        const cellX = x[slot]! + dx
        const cellY = y[slot]! + dy
        if (cellX < 0 || cellX >= width || cellY < 0 || cellY >= height) continue
        const out = ((dy + VIEW_RADIUS) * VIEW_SIZE + dx + VIEW_RADIUS) * channels
        const other = occupant[cellY * width + cellX]!
        if (other === -2) view[out] = 1
        if (other < 0) continue
        const block = other >= slots[1]! === (army === 1) ? 1 : otherAt
        view[out + block] = 1
        view[out + block + 1] = hp[other]! / MAX_HP
      }
      if (minimap) addMinimap(army, slot, view)
      writeFeature(slot, minimap, feature)
    },
  }

  function addMinimap(army: number, slot: number, view: Float32Array): void {
    for (let block = 0; block < 2; block++) {
      const seen = block === 0 ? army : 1 - army
      count(seen)
      const channel = block === 0 ? 3 : 6
      for (let cell = 0; cell < MINIMAP_CELLS; cell++) {
        view[cell * 7 + channel] = counts[seen * MINIMAP_CELLS + cell]! / living[seen]!
      }
      const own = minimapCell(slot) * 7 + channel
      view[own] = f(view[own]! + 1)
    }
  }

  function writeFeature(slot: number, minimap: boolean, feature: Float32Array): void {
    feature.fill(0)
    for (let bit = 0; bit < ID_BITS; bit++) feature[bit] = (id[slot]! >> bit) & 1
    if (lastAction[slot] !== NO_ACTION) feature[ID_BITS + lastAction[slot]!] = 1
    const rest = ID_BITS + ACTION_COUNT
    feature[rest] = lastReward[slot]!
    if (!minimap) return
    feature[rest + 1] = x[slot]! / width
    feature[rest + 2] = y[slot]! / height
  }
}
