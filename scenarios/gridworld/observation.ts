import {
  type CellCode,
  describeObservation,
  type ImageView,
  type ObservationSpace,
} from '../../runtime/core/observation.ts'
import type { GridWorldConfig } from './config.ts'
import { type View, viewRange } from './ranges.ts'
import { FIRST_AGENT_CODE, WALL_CODE } from './words.ts'

/** A cell's code is a byte: blank, wall, or one of this many hp levels of one of the groups. */
const MOST_LEVELS = 101
const CODES = 256

/** Hp levels that a code tells apart: hundredths of the full hp where there are two groups. */
export function levelsFor(groups: number): number {
  return Math.min(MOST_LEVELS, Math.floor((CODES - FIRST_AGENT_CODE) / groups))
}

/** Channels of a seen cell: wall, then presence and hp of each group, the observer's own first. */
function cellCodes(groups: number): CellCode[] {
  const levels = levelsFor(groups)
  return Array.from({ length: CODES }, (_, code): CellCode => {
    if (code === WALL_CODE) return { channels: [0], values: [1] }
    const group = Math.floor((code - FIRST_AGENT_CODE) / levels)
    if (code < FIRST_AGENT_CODE || group >= groups) return { channels: [], values: [] }
    const hp = Math.fround(((code - FIRST_AGENT_CODE) % levels) / (levels - 1))
    return { channels: [1 + 2 * group, 2 + 2 * group], values: [1, hp] }
  })
}

/** What a group's observations are made of. */
export interface GroupView {
  readonly view: View
  readonly actions: number
  readonly space: ObservationSpace
}

/**
 * The observation of a group: seen cells, id bits and last action, last reward and place, minimaps.
 *
 * The packed record has no channels: one byte a cell, and where the own place is in the minimaps.
 */
export function describeView(config: GridWorldConfig, group: number, actions: number): GroupView {
  const { groups, idBits, minimap } = config
  const { type } = groups[group]!
  const view = viewRange(type.viewRadius, type.width, type.height)
  const cellChannels = 1 + 2 * groups.length
  const places = view.width * view.height
  const hotInputs = idBits + actions
  const scalars = minimap ? ['lastReward', 'x', 'y'] : ['lastReward']
  const space = describeObservation({
    cells: { count: view.cells.length, channels: cellChannels, codes: cellCodes(groups.length) },
    hot: { inputs: hotInputs, slots: idBits + 1 + (minimap ? groups.length : 0) },
    scalars,
    shared: minimap ? groups.length * places : 0,
  })
  const image = viewImage(view, groups.length, minimap ? space.sharedAt : undefined)
  return { view, actions, space: { ...space, image } }
}

/** MAgent2's view [height][width][channels], channel by channel, as indices into the inputs. */
function viewImage(view: View, groups: number, sharedAt: number | undefined): ImageView {
  const cellChannels = 1 + 2 * groups
  const places = view.width * view.height
  const inputs: number[] = []
  for (let row = 0; row < view.height; row++) {
    for (let column = 0; column < view.width; column++) {
      const cell = view.cells.findIndex(({ dx, dy }) => dx - view.left === column && dy - view.top === row)
      const seen = (channel: number) => (cell < 0 ? -1 : cell * cellChannels + channel)
      inputs.push(seen(0))
      for (let group = 0; group < groups; group++) {
        inputs.push(seen(1 + 2 * group), seen(2 + 2 * group))
        if (sharedAt !== undefined) inputs.push(sharedAt + group * places + row * view.width + column)
      }
    }
  }
  return {
    height: view.height,
    width: view.width,
    channels: cellChannels + (sharedAt === undefined ? 0 : groups),
    inputs,
  }
}

/** Sizes of MAgent2's own observation arrays. */
export interface DenseShape {
  /** Floats of [height][width][channels]. */
  readonly view: number
  readonly channels: number
  readonly feature: number
}

export function denseShape(
  { view, actions }: GroupView,
  config: GridWorldConfig,
  minimap: boolean,
): DenseShape {
  const channels = 1 + config.groups.length * (minimap ? 3 : 2)
  return {
    view: view.width * view.height * channels,
    channels,
    feature: config.idBits + actions + (minimap ? 3 : 1),
  }
}
