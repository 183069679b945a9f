import type { IntersectionEntry, Point, RoadEntry } from '../data-set.ts'
import {
  DIRECTIONS,
  type GridRoad,
  hasSignal,
  LANE_WIDTH,
  laneCount,
  roadInto,
  roadName,
  STEPS,
} from './lattice.ts'
import type { GridOptions } from './options.ts'
import { roadLinksOf } from './road-links.ts'
import { phasesOf } from './signals.ts'

export function countIntersections({ rows, columns }: GridOptions): number {
  return rows * columns + 2 * (rows + columns)
}

export function countRoads({ rows, columns }: GridOptions): number {
  return 4 * rows * columns + 2 * (rows + columns)
}

/** In the order of CityFlow's file. */
export function* gridIntersections(grid: GridOptions): Generator<IntersectionEntry> {
  for (const [column, row] of nodesOf(grid)) yield intersectionAt(grid, column, row)
}

/** In the order of CityFlow's file. */
export function* gridRoads(grid: GridOptions): Generator<RoadEntry> {
  const lane = { width: LANE_WIDTH, maxSpeed: grid.laneSpeed }
  const lanes = Array.from({ length: laneCount(grid) }, () => lane)
  for (const [column, row] of nodesOf(grid)) {
    for (const road of roadsFrom(grid, column, row)) {
      const [dx, dy] = STEPS[road.direction]
      yield {
        id: roadName(road),
        points: [pointOf(grid, column, row), pointOf(grid, column + dx, row + dy)],
        lanes,
        startIntersection: nodeName(column, row),
        endIntersection: nodeName(column + dx, row + dy),
      }
    }
  }
}

/** Row by row, the rim included, its corners not. */
function* nodesOf({ rows, columns }: GridOptions): Generator<readonly [column: number, row: number]> {
  for (let row = 0; row <= rows + 1; row++) {
    const isRim = row === 0 || row === rows + 1
    for (let column = isRim ? 1 : 0; column <= columns + (isRim ? 0 : 1); column++) yield [column, row]
  }
}

function intersectionAt(grid: GridOptions, column: number, row: number): IntersectionEntry {
  const incoming = roadsInto(grid, column, row)
  const outgoing = roadsFrom(grid, column, row)
  const isReal = hasSignal(grid, column, row)
  const roadLinks = isReal ? roadLinksOf(grid, pointOf(grid, column, row), incoming, outgoing) : []
  return {
    id: nodeName(column, row),
    point: pointOf(grid, column, row),
    width: isReal ? grid.intersectionWidth : 0,
    roads: [...incoming, ...outgoing].map(roadName),
    roadLinks,
    trafficLight: { roadLinkIndices: roadLinks.map((_, i) => i), lightphases: phasesOf(grid, roadLinks) },
    virtual: !isReal,
  }
}

function roadsFrom(grid: GridOptions, column: number, row: number): GridRoad[] {
  return DIRECTIONS.map((direction) => ({ column, row, direction })).filter((road) => isBuilt(grid, road))
}

function roadsInto(grid: GridOptions, column: number, row: number): GridRoad[] {
  return DIRECTIONS.map((direction) => roadInto(column, row, direction)).filter((road) => isBuilt(grid, road))
}

/** No roads along the rim, nor beyond it: one end has a signal. */
function isBuilt(grid: GridOptions, { column, row, direction }: GridRoad): boolean {
  const [dx, dy] = STEPS[direction]
  return hasSignal(grid, column, row) || hasSignal(grid, column + dx, row + dy)
}

function nodeName(column: number, row: number): string {
  return `intersection_${column}_${row}`
}

function pointOf({ rowDistance, columnDistance }: GridOptions, column: number, row: number): Point {
  return { x: (column - 1) * rowDistance, y: (row - 1) * columnDistance }
}
