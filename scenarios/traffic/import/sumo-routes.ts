import { Random, Stream, seedKey, toUniform } from '../../../runtime/core/rng.ts'
import type { CarNetwork, RoadLink } from './car-network.ts'
import { type Departures, FlowClock, once } from './departures.ts'
import { Reachability } from './reachability.ts'
import { BUILT_IN, type VehicleType, vehicleType } from './vehicle-types.ts'
import { type OnRead, readXml, type XmlElement } from './xml.ts'

/** Where vehicles drive: all roads, or, of trips, some of them that CityFlow's router joins. */
export interface Route {
  readonly roads: readonly string[]
  /** Speed limit of the fastest lane; of trips, in the whole network. */
  readonly speed: number
}

/** Vehicles of one type on one route. */
export interface Traffic {
  readonly type: VehicleType
  readonly route: Route
  readonly departures: Departures
}

/** Why vehicles are not in the data set. */
export interface LeftOut {
  /** CityFlow's routes have two roads at least. */
  oneRoad: number
  /** Their edges have no lanes for cars. */
  noCarLanes: number
  /** They leave before the simulation begins. */
  early: number
}

export interface SumoDemand {
  readonly traffic: readonly Traffic[]
  /** U-turns that routes take. */
  readonly uTurns: ReadonlySet<RoadLink>
  readonly hasTrips: boolean
  readonly leftOut: LeftOut
  /** Elements that say something CityFlow has nothing for, by name. */
  readonly ignored: Readonly<Record<string, number>>
}

export interface DemandOptions {
  /** Time of the first step, in seconds. */
  readonly begin: number
  readonly seed: number
  readonly onRead?: OnRead | undefined
}

/** Draws types from distributions; the key is the seed's own. */
const TYPES = Stream.scenario + 2

const REMEDY = "make routes for this network, e.g. with SUMO's duarouter"
const OFFERED = 'a route as a list of edges'

/**
 * Reads SUMO's routes, files with vehicle types first.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID with line, element and value, also for a route over edges that the network
 *         does not have or join
 */
export async function readSumoRoutes(
  files: readonly string[],
  network: CarNetwork,
  options: DemandOptions,
): Promise<SumoDemand> {
  const reader = new RouteReader(network, options)
  for (const file of files) {
    await readXml(file, {
      roots: ['routes', 'additional'],
      purpose: 'SUMO routes',
      open: (element, parent) => reader.open(element, parent),
      close: (element) => reader.close(element),
      onRead: options.onRead,
    })
  }
  return reader.finish()
}

/** What is said inside a vehicle of how vehicles are shown, or to programs. */
const SILENT = new Set(['param'])
const VEHICLES = new Set(['vehicle', 'trip', 'flow'])

class RouteReader {
  readonly #network: CarNetwork
  readonly #begin: number
  readonly #random: Random
  readonly #clock: FlowClock
  readonly #fastest: number
  readonly #types = new Map(BUILT_IN)
  readonly #distributions = new Map<string, { type: VehicleType; share: number }[]>()
  readonly #named = new Map<string, Route | keyof LeftOut>()
  readonly #byEdges = new Map<string, Route | keyof LeftOut>()
  readonly #reachability: Reachability
  readonly #traffic: Traffic[] = []
  readonly #uTurns = new Set<RoadLink>()
  readonly #leftOut: LeftOut = { oneRoad: 0, noCarLanes: 0, early: 0 }
  readonly #ignored: Record<string, number> = {}
  #hasTrips = false
  #vehicles = 0
  /** Of the vehicle that is being read. */
  #own: Route | keyof LeftOut | undefined

  constructor(network: CarNetwork, { begin, seed }: DemandOptions) {
    this.#network = network
    this.#begin = begin
    this.#random = new Random(seedKey(seed))
    this.#clock = new FlowClock(seed)
    this.#reachability = new Reachability(network.links)
    this.#fastest = [...network.roads.values()].reduce((most, { speed }) => Math.max(most, speed), 0)
  }

  open(element: XmlElement, parent: XmlElement): void {
    const { name } = element
    if (name === 'vType') this.#defineType(element, parent)
    else if (name === 'vTypeDistribution') this.#defineDistribution(element)
    else if (name === 'route' && VEHICLES.has(parent.name)) this.#own = this.#routeOf(element)
    else if (name === 'route') this.#named.set(element.text('id'), this.#routeOf(element))
    else if (name === 'routeDistribution') {
      throw element.error('expected one route for each vehicle, got a distribution', REMEDY)
    } else if (!VEHICLES.has(name) && !SILENT.has(name)) this.#ignored[name] = (this.#ignored[name] ?? 0) + 1
  }

  close(element: XmlElement): void {
    if (!VEHICLES.has(element.name)) return
    const type = this.#typeOf(element)
    const departures =
      element.name === 'flow' ? this.#clock.departuresOf(element) : [once(this.#departureOf(element))]
    const route = this.#own ?? this.#reference(element)
    this.#own = undefined
    for (const some of departures) this.#add(type, route, some)
  }

  finish(): SumoDemand {
    return {
      traffic: this.#traffic,
      uTurns: this.#uTurns,
      hasTrips: this.#hasTrips,
      leftOut: this.#leftOut,
      ignored: this.#ignored,
    }
  }

  #add(type: VehicleType, route: Route | keyof LeftOut, { start, period, count }: Departures): void {
    if (typeof route === 'string') {
      this.#leftOut[route] += count
      return
    }
    const early = Math.min(count, Math.max(0, Math.ceil((this.#begin - start) / period)))
    this.#leftOut.early += early
    if (early === count) return
    const departures = { start: start + early * period, period, count: count - early }
    this.#traffic.push({ type, route, departures })
  }

  #defineType(element: XmlElement, parent: XmlElement): void {
    const type = vehicleType(element)
    this.#types.set(element.text('id'), type)
    if (parent.name !== 'vTypeDistribution') return
    const share = element.optionalNumber('probability', 1, 0)
    this.#distributions.get(parent.text('id'))!.push({ type, share })
  }

  #defineDistribution(element: XmlElement): void {
    const shares = element.words('probabilities').map(Number)
    const members = element.words('vTypes').map((id, i) => {
      const type = this.#types.get(id)
      if (!type) throw element.wrong('vTypes', `types that are defined before (${id} is not)`)
      return { type, share: shares[i] ?? 1 }
    })
    this.#distributions.set(element.text('id'), members)
  }

  #typeOf(vehicle: XmlElement): VehicleType {
    const id = vehicle.optionalText('type') ?? 'DEFAULT_VEHTYPE'
    const type = this.#types.get(id) ?? this.#drawnFrom(this.#distributions.get(id) ?? [])
    if (type) return type
    throw vehicle.wrong(
      'type',
      'a vType that is defined before',
      'name the file that defines it in front of this one: types.add.xml,routes.rou.xml',
    )
  }

  #drawnFrom(
    members: readonly { readonly type: VehicleType; readonly share: number }[],
  ): VehicleType | undefined {
    this.#random.draw(TYPES, 0, this.#vehicles++)
    let left = toUniform(this.#random.words[0]!) * members.reduce((sum, { share }) => sum + share, 0)
    for (const { type, share } of members) {
      left -= share
      if (left < 0) return type
    }
    return members.at(-1)?.type
  }

  #departureOf(vehicle: XmlElement): number {
    const text = vehicle.text('depart')
    if (text === 'begin') return this.#begin
    if (/^[a-zA-Z]/.test(text)) throw vehicle.wrong('depart', 'a time', 'give it a time in seconds')
    return vehicle.seconds('depart')
  }

  /** The route that a vehicle names, or where it goes from and to. */
  #reference(vehicle: XmlElement): Route | keyof LeftOut {
    const id = vehicle.optionalText('route')
    if (id === undefined) return this.#trip(vehicle)
    const route = this.#named.get(id)
    if (route) return route
    throw vehicle.wrong('route', 'the id of a route that is defined before')
  }

  #trip(vehicle: XmlElement): Route | keyof LeftOut {
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
    this.#hasTrips = true
    return { roads, speed: this.#fastest }
  }

  #routeOf(element: XmlElement): Route | keyof LeftOut {
    const edges = element.words('edges')
    if (edges.length === 0) throw element.error(`expected ${OFFERED}, got none`, REMEDY)
    if (element.has('repeat'))
      throw element.wrong('repeat', 'a route that is driven once', 'write its edges out')
    const key = edges.join(' ')
    const route = this.#byEdges.get(key) ?? this.#checked(element, edges)
    this.#byEdges.set(key, route)
    return route
  }

  #checked(element: XmlElement, edges: readonly string[]): Route | keyof LeftOut {
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
