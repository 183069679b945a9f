import { z } from 'zod'
import { RuntimeError } from '../../../runtime/core/errors.ts'

const LONGEST_SIDE = 1000
const MOST_LANES = 16

const side = z.number().int().min(1).max(LONGEST_SIDE)
const lanes = z.number().int().min(0).max(MOST_LANES).default(1)

/** What `traffic generate grid` takes; defaults are those of CityFlow's generator where it has the same option. */
export const gridOptions = z.strictObject({
  rows: side.default(6).describe('intersections from south to north'),
  columns: side.default(6).describe('intersections from west to east'),
  rowDistance: z.number().positive().default(300).describe('metres between neighbours in a row'),
  columnDistance: z.number().positive().default(300).describe('metres between neighbours in a column'),
  intersectionWidth: z
    .number()
    .positive()
    .default(30)
    .describe('metres from the middle of an intersection to its stop lines'),
  leftLanes: lanes.describe('lanes of each road from which one turns left, the innermost'),
  straightLanes: lanes.describe('lanes of each road from which one goes straight on'),
  rightLanes: lanes.describe('lanes of each road from which one turns right, the outermost'),
  laneSpeed: z.number().positive().default(16.67).describe('speed limit of all lanes in m/s'),
  tlPlan: z
    .boolean()
    .default(true)
    .describe(
      'signals have a programme: straight on and left turns of each axis in turn, 30 s each, with 5 s between; ' +
        '--no-tl-plan: eight phases for an agent to choose from, behind one in which only right turns go',
    ),
  interval: z
    .number()
    .min(1)
    .optional()
    .describe(
      'demand of straight flows, for ever: seconds between two vehicles on each row and column, in both directions; ' +
        'default: 10',
    ),
  trips: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe('demand of so many random walks in place of straight flows'),
  horizon: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('seconds over which the trips begin; default: 3600'),
})

type Given = z.output<typeof gridOptions>

export type GridOptions = Omit<Given, 'interval' | 'trips' | 'horizon'>

/** What drives through the grid. */
export type GridDemand =
  | { readonly kind: 'straight-flows'; readonly interval: number }
  | { readonly kind: 'random-walks'; readonly trips: number; readonly horizon: number }

const DEFAULT_INTERVAL = 10
const DEFAULT_HORIZON = 3600

/**
 * A grid and its demand, checked against each other.
 *
 * @throws ERR_CONFIG_INVALID when options contradict each other
 */
export function completeGrid({ interval, trips, horizon, ...grid }: Given): {
  readonly grid: GridOptions
  readonly demand: GridDemand
} {
  refuseOverlap('--row-distance', grid.rowDistance, grid.intersectionWidth)
  refuseOverlap('--column-distance', grid.columnDistance, grid.intersectionWidth)
  if (trips !== undefined) {
    if (interval !== undefined) {
      throw invalid('--interval: is for straight flows, and --trips replaces them; leave one of the two out')
    }
    if (grid.leftLanes + grid.straightLanes + grid.rightLanes === 0) {
      throw invalid('--straight-lanes: expected at least one lane of any kind, got 0 of each')
    }
    return { grid, demand: { kind: 'random-walks', trips, horizon: horizon ?? DEFAULT_HORIZON } }
  }
  if (horizon !== undefined) throw invalid('--horizon: is for trips; add --trips, or leave it out')
  if (grid.straightLanes === 0) {
    throw invalid(
      '--straight-lanes: expected at least 1 for straight flows, got 0; give --trips for other routes',
    )
  }
  return { grid, demand: { kind: 'straight-flows', interval: interval ?? DEFAULT_INTERVAL } }
}

/** Two intersections each take their width off the road between them. */
function refuseOverlap(flag: string, distance: number, width: number): void {
  if (distance > 2 * width) return
  throw invalid(
    `${flag}: expected more than two intersection widths (${2 * width} m), got ${distance}; ` +
      'take a greater distance or a smaller --intersection-width',
  )
}

function invalid(message: string): RuntimeError {
  return new RuntimeError('ERR_CONFIG_INVALID', message)
}
