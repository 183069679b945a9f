import type { GridOptions } from './options.ts'

/**
 * CityFlow's grid: `rows` × `columns` intersections with signals, and around them a rim of virtual ones, without
 * corners, where vehicles come in and leave. Columns and rows are numbered with the rim, so that the first intersection
 * with a signal is (1, 1), at the origin.
 *
 * @see CityFlow 81ee0f4, tools/generator
 */

/** The way to the neighbour in the east, north, west and south; a direction is an index of this list. */
export const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const
export const DIRECTIONS = [0, 1, 2, 3] as const
export type Direction = (typeof DIRECTIONS)[number]

/** All lanes; it is no option of CityFlow's generator either. */
export const LANE_WIDTH = 4

/** The road that leaves a node in a direction. */
export interface GridRoad {
  readonly column: number
  readonly row: number
  readonly direction: Direction
}

export function roadName({ column, row, direction }: GridRoad): string {
  return `road_${column}_${row}_${direction}`
}

/** The road that comes into a node in a direction. */
export function roadInto(column: number, row: number, direction: Direction): GridRoad {
  const [dx, dy] = STEPS[direction]
  return { column: column - dx, row: row - dy, direction }
}

export function hasSignal({ rows, columns }: GridOptions, column: number, row: number): boolean {
  return column > 0 && column <= columns && row > 0 && row <= rows
}

export function laneCount({ leftLanes, straightLanes, rightLanes }: GridOptions): number {
  return leftLanes + straightLanes + rightLanes
}
