import type { ColumnsOf, Views } from '../../runtime/core/memory/layout.ts'
import * as C from './codes.ts'
import type { NetworkGraph } from './network.ts'
import { OwnRoutes } from './own-routes.ts'
import type { TrafficColumns, TrafficConstants } from './plan.ts'
import { meanLaneLengths, Router } from './router.ts'

/** m/s at which a road counts whose vehicles all but stand: they will not stand for ever. */
const LEAST_SPEED = 1

/** The fastest way on from a lane to the end of a route. */
interface Way {
  /** From the lane's road on. */
  readonly route: Int32Array
  readonly link: number
  readonly seconds: number
}

/**
 * Sends vehicles over the roads that are fastest at present. A vehicle on a lane, far enough from its end to stop, takes
 * the fastest route to its last road of those that its lane leads to, if that is faster than its own. All figures are
 * of one moment, so that the order of vehicles does not matter; what lasts lies in the world's columns.
 */
export class Rerouting {
  readonly #constants: Views<ColumnsOf<TrafficConstants>>
  readonly #state: Views<TrafficColumns>
  readonly #routes: OwnRoutes
  readonly #router: Router
  /** [R] seconds over each road at its limit, and at present. */
  readonly #freeSeconds: Float64Array
  readonly #seconds: Float64Array
  /** [R] vehicles on each road, and their speeds, added up. */
  readonly #vehicles: Float64Array
  readonly #speeds: Float64Array
  /** [R] metres. */
  readonly #lengths: Float64Array
  readonly #ways = new Map<number, Way | undefined>()

  constructor(constants: Views<ColumnsOf<TrafficConstants>>, state: Views<TrafficColumns>) {
    const roads = constants.roadStart.length
    this.#constants = constants
    this.#state = state
    this.#routes = new OwnRoutes(constants, state)
    this.#router = new Router(constants)
    this.#lengths = meanLaneLengths(constants)
    this.#freeSeconds = freeSeconds(constants, this.#lengths)
    this.#seconds = new Float64Array(roads)
    this.#vehicles = new Float64Array(roads)
    this.#speeds = new Float64Array(roads)
  }

  /** Between two steps, by one thread. */
  run(): void {
    this.#measure()
    this.#router.setCost(this.#seconds)
    this.#ways.clear()
    this.#forEachOnLanes((vehicle, lane) => {
      if (this.#canChoose(vehicle, lane)) this.#choose(vehicle, lane)
    })
  }

  #forEachOnLanes(visit: (vehicle: number, lane: number) => void): void {
    const { lists, occupiedBits } = this.#state
    const lanes = this.#constants.laneRoad.length
    for (let word = 0; word << 5 < lanes; word++) {
      for (let bits = occupiedBits[word]!; bits !== 0; bits &= bits - 1) {
        const lane = (word << 5) + 31 - Math.clz32(bits & -bits)
        if (lane >= lanes) return
        const first = lists[lane * C.LIST_WORDS + C.LIST_AT]!
        const end = first + lists[lane * C.LIST_WORDS + C.LIST_COUNT]!
        for (let i = first; i < end; i++) visit(lists[i]!, lane)
      }
    }
  }

  /** Seconds that each road takes at the mean speed of those on it. */
  #measure(): void {
    const { speed } = this.#state
    const { laneRoad } = this.#constants
    this.#vehicles.fill(0)
    this.#speeds.fill(0)
    this.#seconds.set(this.#freeSeconds)
    this.#forEachOnLanes((vehicle, lane) => {
      const road = laneRoad[lane]!
      this.#vehicles[road]!++
      this.#speeds[road]! += speed[vehicle]!
      const mean = this.#speeds[road]! / this.#vehicles[road]!
      this.#seconds[road] = this.#lengths[road]! / Math.max(LEAST_SPEED, mean)
    })
  }

  /** Whether the next road is not fixed yet: there is one, and the vehicle keeps its lane and could stop before it. */
  #canChoose(vehicle: number, lane: number): boolean {
    const { routeAt, routeLast, position, speed, type, types, partner } = this.#state
    if (routeAt[vehicle] === routeLast[vehicle] || (partner[vehicle] ?? C.NONE) >= 0) return false
    const braking = types[type[vehicle]! * C.TYPE_NUMBERS + C.TYPE_USUAL_NEG_ACC]!
    const rest = this.#constants.length[lane]! - position[vehicle]!
    return (speed[vehicle]! * speed[vehicle]!) / (2 * braking) <= rest
  }

  #choose(vehicle: number, lane: number): void {
    const { nextLink, routeLast } = this.#state
    const way = this.#wayFrom(lane, this.#routes.roadAt(routeLast[vehicle]!))
    if (way === undefined || way.seconds >= this.#secondsOf(vehicle)) return
    if (this.#routes.give([vehicle], way.route)) nextLink[vehicle] = way.link
  }

  /** Seconds of a vehicle's own route, its present road left out. */
  #secondsOf(vehicle: number): number {
    const { routeAt, routeLast } = this.#state
    let seconds = 0
    for (let at = routeAt[vehicle]! + 1; at <= routeLast[vehicle]!; at++) {
      seconds += this.#seconds[this.#routes.roadAt(at)]!
    }
    return seconds
  }

  #wayFrom(lane: number, last: number): Way | undefined {
    const pair = lane * this.#seconds.length + last
    if (!this.#ways.has(pair)) this.#ways.set(pair, this.#findWay(lane, last))
    return this.#ways.get(pair)
  }

  #findWay(lane: number, last: number): Way | undefined {
    const { laneRoad } = this.#constants
    let best: Way | undefined
    for (const next of this.#roadsBehind(lane)) {
      const path = next === last ? [] : this.#router.path(next, last)
      if (path === undefined) continue
      const route = Int32Array.of(laneRoad[lane]!, next, ...path)
      let seconds = 0
      for (let i = 1; i < route.length; i++) seconds += this.#seconds[route[i]!]!
      if (best !== undefined && seconds >= best.seconds) continue
      const link = this.#routes.firstLink(lane, route)
      if (link >= 0) best = { route, link, seconds }
    }
    return best
  }

  /** Roads that a lane leads to. */
  #roadsBehind(lane: number): Set<number> {
    const { laneLinksFrom, laneLinks, laneRoad, linkEnd } = this.#constants
    const roads = new Set<number>()
    for (let at = laneLinksFrom[lane]!; at < laneLinksFrom[lane + 1]!; at++) {
      roads.add(laneRoad[linkEnd[laneLinks[at]!]!]!)
    }
    return roads
  }
}

function freeSeconds({ roadLanesFrom, maxSpeed }: NetworkGraph, lengths: Float64Array): Float64Array {
  return lengths.map((length, road) => {
    const [from, to] = [roadLanesFrom[road]!, roadLanesFrom[road + 1]!]
    let speed = 0
    for (let lane = from; lane < to; lane++) speed += maxSpeed[lane]!
    return (length * (to - from)) / speed
  })
}
