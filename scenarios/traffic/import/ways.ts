import type { CarNetwork, RoadLink } from './car-network.ts'
import { Reachability } from './reachability.ts'
import type { XmlElement } from './xml.ts'

/** Where vehicles drive: all roads, or, of trips, some of them that CityFlow's router joins. */
export interface Route {
  readonly roads: readonly string[]
  /** Speed limit of the fastest lane; of trips, in the whole network. */
  readonly speed: number
}

/** Why a way is none for CityFlow: its routes have two roads at least, and lanes for cars. */
export type Unfit = 'oneRoad' | 'noCarLanes'

const REMEDY = "make routes for this network, e.g. with SUMO's duarouter"
const OFFERED = 'a route as a list of edges'

/** Checks routes against the network, each once, and notes what they need of it. */
export class Ways {
  /** U-turns that routes take. */
  readonly uTurns: ReadonlySet<RoadLink>
  /** Whether some trips have no route yet. */
  hasTrips = false
  readonly #network: CarNetwork
  readonly #uTurns = new Set<RoadLink>()
  readonly #byEdges = new Map<string, Route | Unfit>()
  readonly #reachability: Reachability
  readonly #fastest: number

  constructor(network: CarNetwork) {
    this.#network = network
    this.uTurns = this.#uTurns
    this.#reachability = new Reachability(network.links)
    this.#fastest = [...network.roads.values()].reduce((most, { speed }) => Math.max(most, speed), 0)
  }

  /**
   * The way of a vehicle that says where it goes from and to.
   *
   * @throws ERR_FILE_INVALID when it does not, or when there is none
   */
  between(vehicle: XmlElement): Route | Unfit {
    const ends = ['from', 'to'].filter((end) => vehicle.has(end))
    if (ends.length < 2) {
      throw vehicle.error(`expected ${OFFERED}, or edges in from and to, got neither`, REMEDY)
    }
    const edges = [vehicle.text('from'), ...vehicle.words('via'), vehicle.text('to')]
    if (!this.#areForCars(vehicle, 'from, via and to', edges)) return 'noCarLanes'
    // CityFlow joins what differs; the same road twice in a row is once.
    const roads = edges.filter((edge, i) => edge !== edges[i - 1])
    if (roads.length < 2) return 'oneRoad'
    for (const [i, to] of roads.entries()) {
      if (i === 0 || this.#reachability.isWay(roads[i - 1]!, to)) continue
      throw vehicle.error(`expected a way for cars from edge ${roads[i - 1]} to ${to}, got none`, REMEDY)
    }
    this.hasTrips = true
    return { roads, speed: this.#fastest }
  }

  /** @throws ERR_FILE_INVALID for edges that the network does not have or join */
  along(element: XmlElement): Route | Unfit {
    const edges = element.words('edges')
    if (edges.length === 0) throw element.error(`expected ${OFFERED}, got none`, REMEDY)
    if (element.has('repeat')) {
      throw element.wrong('repeat', 'a route that is driven once', 'write its edges out')
    }
    const key = edges.join(' ')
    const route = this.#byEdges.get(key) ?? this.#checked(element, edges)
    this.#byEdges.set(key, route)
    return route
  }

  #checked(element: XmlElement, edges: readonly string[]): Route | Unfit {
    if (!this.#areForCars(element, 'edges', edges)) return 'noCarLanes'
    if (edges.length < 2) return 'oneRoad'
    const { roads, links } = this.#network
    let speed = roads.get(edges[0]!)!.speed
    for (const [i, to] of edges.entries()) {
      if (i === 0) continue
      const link = links.get(edges[i - 1]!)?.get(to)
      if (!link) {
        throw element.error(
          `edges: expected edges that connections join, got ${edges[i - 1]} and ${to}, which none joins for cars`,
          REMEDY,
        )
      }
      if (link.isUTurn) this.#uTurns.add(link)
      speed = Math.max(speed, link.to.speed)
    }
    return { roads: edges, speed }
  }

  #areForCars(element: XmlElement, attribute: string, edges: readonly string[]): boolean {
    const { net, roads } = this.#network
    for (const edge of edges) {
      if (net.edges.has(edge)) continue
      throw element.error(`${attribute}: expected edges of ${net.file}, got "${edge}"`, REMEDY)
    }
    return edges.every((edge) => roads.has(edge))
  }
}
