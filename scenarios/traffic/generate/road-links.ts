import { hermite } from '../curve.ts'
import type { LaneLinkEntry, LinkType, Point, RoadLinkEntry } from '../data-set.ts'
import { type Direction, type GridRoad, LANE_WIDTH, laneCount, roadName, STEPS } from './lattice.ts'
import type { GridOptions } from './options.ts'

/** By how many quarters to the left one leaves; two would be a U-turn. */
export const TURNS: readonly (LinkType | undefined)[] = ['go_straight', 'turn_left', undefined, 'turn_right']

/** What leads over an intersection at `centre`, from every lane to every lane that its turn leads to. */
export function roadLinksOf(
  grid: GridOptions,
  centre: Point,
  incoming: readonly GridRoad[],
  outgoing: readonly GridRoad[],
): RoadLinkEntry[] {
  const links: RoadLinkEntry[] = []
  for (const from of incoming) {
    for (const to of outgoing) {
      const type = TURNS[(to.direction - from.direction + 4) % 4]
      const lanes = type === undefined ? [] : lanesFor(grid, type)
      if (type === undefined || lanes.length === 0) continue
      links.push({
        type,
        startRoad: roadName(from),
        endRoad: roadName(to),
        direction: from.direction,
        laneLinks: lanes.flatMap((lane) => fanOut(grid, centre, from.direction, lane, to.direction)),
      })
    }
  }
  return links
}

/** Lanes from which one takes a turn. */
export function lanesFor(
  { leftLanes, straightLanes, rightLanes }: GridOptions,
  type: LinkType,
): readonly number[] {
  const [first, count] = {
    turn_left: [0, leftLanes] as const,
    go_straight: [leftLanes, straightLanes] as const,
    turn_right: [leftLanes + straightLanes, rightLanes] as const,
  }[type]
  return Array.from({ length: count }, (_, i) => first + i)
}

function fanOut(
  grid: GridOptions,
  centre: Point,
  from: Direction,
  startLaneIndex: number,
  to: Direction,
): LaneLinkEntry[] {
  const width = grid.intersectionWidth
  const start = laneMouth(centre, from, -width, startLaneIndex)
  const [leave, arrive] = [tangent(from, width), tangent(to, width)]
  return Array.from({ length: laneCount(grid) }, (_, endLaneIndex) => ({
    startLaneIndex,
    endLaneIndex,
    points: hermite(start, leave, laneMouth(centre, to, width, endLaneIndex), arrive),
  }))
}

/** Where a lane ends (`along` < 0) or begins, `along` metres in its direction from the middle of the intersection. */
function laneMouth(centre: Point, direction: Direction, along: number, lane: number): Point {
  const [dx, dy] = STEPS[direction]
  const shift = (lane + 0.5) * LANE_WIDTH
  return { x: centre.x + dx * along + dy * shift, y: centre.y + dy * along - dx * shift }
}

function tangent(direction: Direction, metres: number): Point {
  const [dx, dy] = STEPS[direction]
  return { x: dx * metres, y: dy * metres }
}
