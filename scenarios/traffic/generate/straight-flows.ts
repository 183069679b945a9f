import type { FlowEntry, VehicleEntry } from '../data-set.ts'
import { type Direction, roadName, STEPS } from './lattice.ts'
import type { GridOptions } from './options.ts'

/** The default vehicle of CityFlow's generator. */
const VEHICLE: VehicleEntry = {
  length: 5,
  width: 2,
  maxPosAcc: 2,
  maxNegAcc: 4.5,
  usualPosAcc: 2,
  usualNegAcc: 4.5,
  minGap: 2.5,
  maxSpeed: 16.67,
  headwayTime: 1.5,
}

export function countStraightFlows({ rows, columns }: GridOptions): number {
  return 2 * (rows + columns)
}

/**
 * One flow straight through each row and each column, in both directions, for ever: CityFlow's demand.
 *
 * @param interval seconds between two vehicles of a flow
 */
export function* straightFlows(grid: GridOptions, interval: number): Generator<FlowEntry> {
  const { rows, columns } = grid
  const flow = (column: number, row: number, direction: Direction): FlowEntry => ({
    vehicle: VEHICLE,
    route: straightRoute(grid, column, row, direction),
    interval,
    startTime: 0,
    endTime: -1,
  })
  for (let row = 1; row <= rows; row++) {
    yield flow(0, row, 0)
    yield flow(columns + 1, row, 2)
  }
  for (let column = 1; column <= columns; column++) {
    yield flow(column, 0, 1)
    yield flow(column, rows + 1, 3)
  }
}

/** From a node of the rim to the other end. */
function straightRoute(
  { rows, columns }: GridOptions,
  column: number,
  row: number,
  direction: Direction,
): string[] {
  const [dx, dy] = STEPS[direction]
  const roads = (dx === 0 ? rows : columns) + 1
  return Array.from({ length: roads }, (_, i) =>
    roadName({ column: column + i * dx, row: row + i * dy, direction }),
  )
}
