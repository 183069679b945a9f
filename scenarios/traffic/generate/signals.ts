import type { PhaseEntry, RoadLinkEntry } from '../data-set.ts'
import type { GridOptions } from './options.ts'

const GREEN_SECONDS = 30
/** CityFlow has no yellow: for so long only right turns go. */
const CLEAR_SECONDS = 5

/**
 * CityFlow's phases. Right turns may always go. The programme: straight on, then left turns, of one axis and then the
 * other, and between them only right turns. For agents: only right turns, the same four, and the four arms one by one.
 */
export function phasesOf({ tlPlan, leftLanes }: GridOptions, links: readonly RoadLinkEntry[]): PhaseEntry[] {
  const green = (...parts: Selection[]): PhaseEntry => phase(GREEN_SECONDS, links, [RIGHT, ...parts])
  const clear = phase(CLEAR_SECONDS, links, [RIGHT])
  const [straightWestEast, leftWestEast] = [green(STRAIGHT_WEST_EAST), green(LEFT_WEST_EAST)]
  const [straightSouthNorth, leftSouthNorth] = [green(STRAIGHT_SOUTH_NORTH), green(LEFT_SOUTH_NORTH)]
  if (tlPlan) {
    const greens =
      leftLanes > 0
        ? [straightWestEast, leftWestEast, straightSouthNorth, leftSouthNorth]
        : [straightWestEast, straightSouthNorth]
    return greens.flatMap((entry) => [entry, clear])
  }
  const arms = [EAST, WEST, NORTH, SOUTH].map((heading) => green(({ direction }) => direction === heading))
  return [clear, straightWestEast, straightSouthNorth, leftWestEast, leftSouthNorth, ...arms]
}

/** Headings, as indices of `STEPS`. */
const [EAST, NORTH, WEST, SOUTH] = [0, 1, 2, 3] as const

type Selection = (link: RoadLinkEntry) => boolean

const isWestEast: Selection = ({ direction }) => direction === EAST || direction === WEST
const RIGHT: Selection = ({ type }) => type === 'turn_right'
const STRAIGHT_WEST_EAST: Selection = (link) => link.type === 'go_straight' && isWestEast(link)
const LEFT_WEST_EAST: Selection = (link) => link.type === 'turn_left' && isWestEast(link)
const STRAIGHT_SOUTH_NORTH: Selection = (link) => link.type === 'go_straight' && !isWestEast(link)
const LEFT_SOUTH_NORTH: Selection = (link) => link.type === 'turn_left' && !isWestEast(link)

function phase(time: number, links: readonly RoadLinkEntry[], parts: readonly Selection[]): PhaseEntry {
  const indices = links.flatMap((link, i) => (parts.some((isPart) => isPart(link)) ? [i] : []))
  return { time, availableRoadLinks: inReferenceOrder(indices) }
}

/** Up to four numbers lie in a hash table of eight slots in CityFlow's generator, where 10 comes before 2. */
const SMALL_SET = 4
const SMALL_SLOTS = 8

/** The order means nothing; it is kept so that files can be compared with CityFlow's. */
function inReferenceOrder(indices: readonly number[]): readonly number[] {
  if (indices.length > SMALL_SET) return indices
  const isBeyond = (index: number) => Number(index >= SMALL_SLOTS)
  return [...indices].sort((a, b) => isBeyond(b) - isBeyond(a) || a - b)
}
