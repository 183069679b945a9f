import type { ColumnsOf, Views } from '../../runtime/core/memory/layout.ts'
import * as C from './codes.ts'
import { chooseLink, findDeadEnd } from './lane-choice.ts'
import type { TrafficColumns, TrafficConstants } from './plan.ts'

/** Words in front of a route: the vehicle, and how many roads it has. */
const HEADER = 2

/** Words that a route takes. */
export function routeWords(roads: number): number {
  return HEADER + roads
}

/**
 * Routes that are a vehicle's own, in `ownRoutes`: one behind the other, each with a header.
 *
 * A vehicle that gets another route, or finishes, leaves its old one behind. When there is no more room, what is still
 * in use moves to the front, without the roads that lie behind the vehicles. Called between two phases, by one thread.
 */
export class OwnRoutes {
  readonly #constants: Views<ColumnsOf<TrafficConstants>>
  readonly #state: Views<TrafficColumns>

  constructor(constants: Views<ColumnsOf<TrafficConstants>>, state: Views<TrafficColumns>) {
    this.#constants = constants
    this.#state = state
  }

  /** The road at an entry, as `routeAt` counts them. */
  roadAt(entry: number): number {
    const { routes } = this.#constants
    return entry < routes.length ? routes[entry]! : this.#state.ownRoutes[entry - routes.length]!
  }

  /** The roads before a vehicle, from the one that it is on, or leaves. */
  roadsOf(vehicle: number): number[] {
    const { routeAt, routeLast } = this.#state
    const roads: number[] = []
    for (let at = routeAt[vehicle]!; at <= routeLast[vehicle]!; at++) roads.push(this.roadAt(at))
    return roads
  }

  /** Sets a vehicle's route, its present road first. False when there is no room: then it keeps its old one. */
  give(vehicle: number, route: ArrayLike<number>): boolean {
    const { routeAt, routeLast } = this.#state
    const at = this.write(vehicle, route)
    if (at < 0) return false
    routeAt[vehicle] = at
    routeLast[vehicle] = at + route.length - 1
    return true
  }

  /** Whether a route of so many roads can be written; what is no longer in use makes room for it. */
  hasRoom(roads: number): boolean {
    const { ownRoutes, counts } = this.#state
    if (counts[C.OWN_ROUTE_WORDS]! + routeWords(roads) > ownRoutes.length) this.#compact()
    return counts[C.OWN_ROUTE_WORDS]! + routeWords(roads) <= ownRoutes.length
  }

  /** Writes a route without giving it: returns its first entry, or −1 when there is no room. */
  write(vehicle: number, route: ArrayLike<number>): number {
    if (!this.hasRoom(route.length)) return -1
    const { ownRoutes, counts } = this.#state
    const words = routeWords(route.length)
    const start = counts[C.OWN_ROUTE_WORDS]!
    ownRoutes[start] = vehicle
    ownRoutes[start + 1] = route.length
    ownRoutes.set(route, start + HEADER)
    counts[C.OWN_ROUTE_WORDS] = start + words
    return this.#constants.routes.length + start + HEADER
  }

  #compact(): void {
    const { ownRoutes, counts, trip, routeAt, routeLast } = this.#state
    const shared = this.#constants.routes.length
    const end = counts[C.OWN_ROUTE_WORDS]!
    let free = 0
    for (let start = 0; start < end; ) {
      const vehicle = ownRoutes[start]!
      const next = start + routeWords(ownRoutes[start + 1]!)
      if (trip[vehicle] !== C.NONE && routeLast[vehicle] === shared + next - 1) {
        const roads = routeLast[vehicle]! - routeAt[vehicle]! + 1
        ownRoutes.copyWithin(free + HEADER, next - roads, next)
        ownRoutes[free] = vehicle
        ownRoutes[free + 1] = roads
        routeAt[vehicle] = shared + free + HEADER
        free += routeWords(roads)
        routeLast[vehicle] = shared + free - 1
      }
      start = next
    }
    counts[C.OWN_ROUTE_WORDS] = free
  }

  /**
   * The lane link by which a vehicle on a lane would start a route, whose first road is the lane's; `NONE` when it
   * leads nowhere from there, or not to the route's end where vehicles do not change lanes.
   */
  firstLink(lane: number, route: ArrayLike<number>): number {
    const graph = this.#constants
    const link = chooseLink(graph, lane, route[1]!, route.length > 2 ? route[2]! : C.NONE)
    const isFree = graph.laneChange[0] === 1
    if (link < 0 || isFree || findDeadEnd(graph, route, [lane]) === undefined) return link
    return C.NONE
  }
}
