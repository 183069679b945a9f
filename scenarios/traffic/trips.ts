import type { Demand } from './demand.ts'

/** Every vehicle that the flows send in an episode, by the step in which it starts; T trips in S steps. */
export interface Trips {
  /** [S + 1] trips that start in each step, in the order of flows. */
  readonly tripsFrom: Int32Array<ArrayBuffer>
  /** [T] flow, and number within the flow. */
  readonly tripFlow: Int32Array<ArrayBuffer>
  readonly tripNumber: Int32Array<ArrayBuffer>
  /** [T] kind of vehicle, and route. */
  readonly tripType: Int32Array<ArrayBuffer>
  readonly tripRoute: Int32Array<ArrayBuffer>
  /** [T] the trips of each step once more, in the order of their first roads. */
  readonly tripOrder: Int32Array<ArrayBuffer>
  /** Most trips that start in one step. */
  readonly mostAtOnce: number
}

/**
 * The trips of an episode. Which vehicle starts when follows from the flows alone, and so is worked out beforehand.
 *
 * @param interval seconds of a step
 * @param steps    of the episode
 */
export function listTrips(demand: Demand, interval: number, steps: number): Trips {
  const clock = clockOf(interval, steps)
  const tripsFrom = new Int32Array(steps + 1)
  forEachStart(demand, clock, interval, (step) => tripsFrom[step + 1]!++)
  let mostAtOnce = 0
  for (let step = 0; step < steps; step++) {
    mostAtOnce = Math.max(mostAtOnce, tripsFrom[step + 1]!)
    tripsFrom[step + 1]! += tripsFrom[step]!
  }
  const count = tripsFrom[steps]!
  const tripFlow = new Int32Array(count)
  const tripNumber = new Int32Array(count)
  const ends = tripsFrom.slice()
  forEachStart(demand, clock, interval, (step, flow, number) => {
    const trip = ends[step]!++
    tripFlow[trip] = flow
    tripNumber[trip] = number
  })
  const tripRoute = tripFlow.map((flow) => demand.flowRoute[flow]!)
  return {
    tripsFrom,
    tripFlow,
    tripNumber,
    tripType: tripFlow.map((flow) => demand.flowType[flow]!),
    tripRoute,
    tripOrder: orderByRoad(tripsFrom, tripRoute, demand),
    mostAtOnce,
  }
}

/** Seconds at each step as CityFlow's flows have them: added up, with the rounding errors of a sum. */
function clockOf(interval: number, steps: number): Float64Array {
  const clock = new Float64Array(steps)
  for (let step = 1; step < steps; step++) clock[step] = clock[step - 1]! + interval
  return clock
}

/** @see CityFlow 81ee0f4, flow/flow.cpp, `Flow::nextStep` */
function forEachStart(
  { flowInterval, flowStart, flowEnd }: Demand,
  clock: Float64Array,
  interval: number,
  visit: (step: number, flow: number, number: number) => void,
): void {
  for (let flow = 0; flow < flowInterval.length; flow++) {
    const period = flowInterval[flow]!
    const end = flowEnd[flow]!
    let number = 0
    let waited = period
    for (let step = firstAt(clock, flowStart[flow]!); step < clock.length; step++) {
      if (end !== -1 && clock[step]! > end) break
      for (; waited >= period; waited -= period) visit(step, flow, number++)
      waited += interval
    }
  }
}

/** The first step at or after a time. */
function firstAt(clock: Float64Array, time: number): number {
  let from = 0
  let to = clock.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (clock[middle]! >= time) to = middle
    else from = middle + 1
  }
  return from
}

function orderByRoad(tripsFrom: Int32Array, tripRoute: Int32Array, { routes, routesFrom }: Demand) {
  const order = Int32Array.from(tripRoute, (_, trip) => trip)
  const firstRoad = tripRoute.map((route) => routes[routesFrom[route]!]!)
  for (let step = 0; step + 1 < tripsFrom.length; step++) {
    order
      .subarray(tripsFrom[step]!, tripsFrom[step + 1]!)
      .sort((a, b) => firstRoad[a]! - firstRoad[b]! || a - b)
  }
  return order
}
