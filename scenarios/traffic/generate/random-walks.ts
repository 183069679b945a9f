import { Random, Stream, seedKey, toUniform } from '../../../runtime/core/rng.ts'
import type { FlowEntry, VehicleEntry } from '../data-set.ts'
import { DIRECTIONS, type Direction, type GridRoad, hasSignal, roadInto, roadName, STEPS } from './lattice.ts'
import type { GridOptions } from './options.ts'
import { lanesFor, TURNS } from './road-links.ts'

/** The vehicle of the data sets that studies of signal control use. */
const VEHICLE: VehicleEntry = {
  length: 5,
  width: 2,
  maxPosAcc: 2,
  maxNegAcc: 4.5,
  usualPosAcc: 2,
  usualNegAcc: 4.5,
  minGap: 2.5,
  maxSpeed: 11.111,
  headwayTime: 2,
}

/** How often one turns, by quarters to the left as in `TURNS`; of what the lanes allow. */
const TURN_SHARES = [0.6, 0.1, 0, 0.3] as const
/** Share of the trips that come in at the rim; the others begin on any road. */
const RIM_SHARE = 0.3
/** A walk that does not leave the grid ends after this many roads at least and at most. */
const LEAST_ROADS = 4
const MOST_ROADS = 20

/** The key is the seed's own: no draw of a world's episode is repeated. */
const TRIPS = Stream.scenario

/**
 * Trips of one vehicle each, in the order of their departures, which spread evenly over `horizon` seconds. A trip walks
 * at random until it leaves the grid or has had its number of roads. Trip i depends on seed, i and the grid only.
 */
export function* randomWalks(
  grid: GridOptions,
  trips: number,
  horizon: number,
  seed: number,
): Generator<FlowEntry> {
  const random = new Random(seedKey(seed))
  const turns = turnsOf(grid)
  for (let trip = 0; trip < trips; trip++) {
    random.draw(TRIPS, 0, trip)
    const [when, share, place, length] = Array.from(random.words, toUniform)
    const departure = Math.floor(((trip + when!) * horizon) / trips)
    const roads = LEAST_ROADS + Math.floor(length! * (MOST_ROADS - LEAST_ROADS + 1))
    const first = share! < RIM_SHARE ? rimRoad(grid, place!) : anyRoad(grid, place!)
    const turn = (step: number) => pick(turns, random.uniform(TRIPS, step, trip))
    yield {
      vehicle: VEHICLE,
      route: walk(grid, first, roads, turn),
      interval: 1,
      startTime: departure,
      endTime: departure,
    }
  }
}

/** @param turn quarters to the left at the end of the walk's road `step` */
function walk(grid: GridOptions, first: GridRoad, most: number, turn: (step: number) => number): string[] {
  const route: string[] = []
  let { column, row, direction } = first
  for (let step = 1; ; step++) {
    route.push(roadName({ column, row, direction }))
    const [dx, dy] = STEPS[direction]
    column += dx
    row += dy
    if (step === most || !hasSignal(grid, column, row)) return route
    direction = DIRECTIONS[((direction + turn(step)) % 4) as Direction]
  }
}

interface Turn {
  readonly quarters: number
  /** Probability of this turn or one before it. */
  readonly upTo: number
}

/** Turns for which roads have lanes, in their proportions. */
function turnsOf(grid: GridOptions): readonly Turn[] {
  const open = TURNS.flatMap((type, quarters) =>
    type !== undefined && lanesFor(grid, type).length > 0
      ? [{ quarters, share: TURN_SHARES[quarters]! }]
      : [],
  )
  const total = open.reduce((sum, { share }) => sum + share, 0)
  let upTo = 0
  return open.map(({ quarters, share }) => {
    upTo += share / total
    return { quarters, upTo }
  })
}

function pick(turns: readonly Turn[], uniform: number): number {
  return (turns.find(({ upTo }) => uniform < upTo) ?? turns.at(-1)!).quarters
}

/** Of the roads that lead to a signal, one. @param uniform in [0, 1) */
function anyRoad({ rows, columns }: GridOptions, uniform: number): GridRoad {
  const n = Math.floor(uniform * 4 * rows * columns)
  const node = Math.floor(n / 4)
  return roadInto(1 + (node % columns), 1 + Math.floor(node / columns), DIRECTIONS[(n % 4) as Direction])
}

/** Of the roads that lead from the rim to a signal, one. @param uniform in [0, 1) */
function rimRoad({ rows, columns }: GridOptions, uniform: number): GridRoad {
  const n = Math.floor(uniform * 2 * (rows + columns))
  const i = Math.floor(n / 2)
  const isForward = n % 2 === 0
  if (i < rows) return { column: isForward ? 0 : columns + 1, row: 1 + i, direction: isForward ? 0 : 2 }
  const column = 1 + i - rows
  return { column, row: isForward ? 0 : rows + 1, direction: isForward ? 1 : 3 }
}
