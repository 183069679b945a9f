import type { ColumnsOf, Views } from '../../runtime/core/memory/layout.ts'
import * as C from './codes.ts'
import { chooseLink, findDeadEnd } from './lane-choice.ts'
import type { TrafficColumns, TrafficConstants } from './plan.ts'

/** Words that a route takes. */
export function routeWords(roads: number): number {
  return roads
}

/**
 * Routes that are a vehicle's own, or its and its shadow's, in `ownRoutes`: one behind the other.
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
    const { routeAt, routeLast, routeFirst } = this.#state
    const at = this.write(route)
    if (at < 0) return false
    routeAt[vehicle] = at
    if (routeFirst.length > 0) routeFirst[vehicle] = at
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
  write(route: ArrayLike<number>): number {
    if (!this.hasRoom(route.length)) return -1
    const { ownRoutes, counts } = this.#state
    const start = counts[C.OWN_ROUTE_WORDS]!
    ownRoutes.set(route, start)
    counts[C.OWN_ROUTE_WORDS] = start + routeWords(route.length)
    return this.#constants.routes.length + start
  }

  #compact(): void {
    const { ownRoutes, counts, routeAt, routeLast, routeFirst } = this.#state
    const shared = this.#constants.routes.length
    const users = this.#users()
    let free = 0
    for (let i = 0; i < users.length; ) {
      const from = routeAt[users[i]!]! - shared
      const last = routeLast[users[i]!]!
      ownRoutes.copyWithin(free, from, last + 1 - shared)
      const moved = from - free
      for (; i < users.length && routeLast[users[i]!] === last; i++) {
        const vehicle = users[i]!
        routeAt[vehicle]! -= moved
        routeLast[vehicle]! -= moved
        if (routeFirst.length > 0) routeFirst[vehicle] = Math.max(routeFirst[vehicle]! - moved, shared + free)
      }
      free += routeWords(last + 1 - shared - from)
    }
    counts[C.OWN_ROUTE_WORDS] = free
  }

  /** Vehicles that have a route of their own, by where it ends, those that are least far on it first. */
  #users(): number[] {
    const { trip, routeAt, routeLast } = this.#state
    const shared = this.#constants.routes.length
    const users: number[] = []
    for (let vehicle = 0; vehicle < trip.length; vehicle++) {
      if (trip[vehicle] !== C.NONE && routeLast[vehicle]! >= shared) users.push(vehicle)
    }
    return users.sort((a, b) => routeLast[a]! - routeLast[b]! || routeAt[a]! - routeAt[b]!)
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
