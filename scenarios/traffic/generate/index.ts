import type { DataSet } from '../data-set.ts'
import { countIntersections, countRoads, gridIntersections, gridRoads } from './grid.ts'
import type { GridDemand, GridOptions } from './options.ts'
import { randomWalks } from './random-walks.ts'
import { countStraightFlows, straightFlows } from './straight-flows.ts'

/** A grid with its demand; entries are made while they are written. */
export function generateGrid(grid: GridOptions, demand: GridDemand, seed: number): DataSet {
  return {
    intersections: { count: countIntersections(grid), entries: gridIntersections(grid) },
    roads: { count: countRoads(grid), entries: gridRoads(grid) },
    flows:
      demand.kind === 'straight-flows'
        ? { count: countStraightFlows(grid), entries: straightFlows(grid, demand.interval) }
        : { count: demand.trips, entries: randomWalks(grid, demand.trips, demand.horizon, seed) },
    seed,
    isControlled: !grid.tlPlan,
  }
}
