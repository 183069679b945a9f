import type { CarNetwork, RoadLink } from './car-network.ts'
import { type Choice, Chooser, fixed } from './choice.ts'
import { type Departures, FlowClock, once } from './departures.ts'
import { BUILT_IN, type VehicleType, vehicleType } from './vehicle-types.ts'
import { type Route, type Unfit, Ways } from './ways.ts'
import { type OnRead, readXml, type XmlElement } from './xml.ts'

/** Vehicles of one type on one route. */
export interface Traffic {
  readonly type: VehicleType
  readonly route: Route
  readonly departures: Departures
}

/** Vehicles that are not in the data set, by reason; `early` ones leave before the simulation begins. */
export type LeftOut = Record<Unfit | 'early', number>

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

/** What is said inside a vehicle of how it is shown, or to programs. */
const SILENT = new Set(['param'])
const VEHICLES = new Set(['vehicle', 'trip', 'flow'])

type Way = Route | Unfit

class RouteReader {
  readonly #begin: number
  readonly #clock: FlowClock
  readonly #chooser: Chooser
  readonly #ways: Ways
  readonly #types = new Map<string, Choice<VehicleType>>([...BUILT_IN].map(([id, type]) => [id, fixed(type)]))
  readonly #routes = new Map<string, Choice<Way>>()
  readonly #traffic: Traffic[] = []
  readonly #leftOut: LeftOut = { oneRoad: 0, noCarLanes: 0, early: 0 }
  readonly #ignored: Record<string, number> = {}
  /** Of the distribution that is being read. */
  #typeChoice: Choice<VehicleType> = []
  #routeChoice: Choice<Way> = []
  /** Of the vehicle that is being read. */
  #own: Choice<Way> | undefined

  constructor(network: CarNetwork, { begin, seed }: DemandOptions) {
    this.#begin = begin
    this.#clock = new FlowClock(seed)
    this.#chooser = new Chooser(seed)
    this.#ways = new Ways(network)
  }

  open(element: XmlElement, parent: XmlElement): void {
    const { name } = element
    if (name === 'vType') this.#openType(element, parent)
    else if (name === 'vTypeDistribution') {
      this.#typeChoice = membersOf(element, 'vTypes', this.#types)
      this.#types.set(element.text('id'), this.#typeChoice)
    } else if (name === 'route') this.#openRoute(element, parent)
    else if (name === 'routeDistribution') {
      this.#routeChoice = membersOf(element, 'routes', this.#routes)
      if (VEHICLES.has(parent.name)) this.#own = this.#routeChoice
      else this.#routes.set(element.text('id'), this.#routeChoice)
    } else if (!VEHICLES.has(name) && !SILENT.has(name)) this.#ignored[name] = (this.#ignored[name] ?? 0) + 1
  }

  close(element: XmlElement): void {
    if (!VEHICLES.has(element.name)) return
    const types = this.#typesOf(element)
    const isFlow = element.name === 'flow'
    const departures = isFlow ? this.#clock.departuresOf(element) : [once(departureOf(element, this.#begin))]
    const ways = this.#own ?? this.#waysOf(element)
    this.#own = undefined
    for (const some of departures) this.#addEach(element, types, ways, some)
  }

  finish(): SumoDemand {
    return {
      traffic: this.#traffic,
      uTurns: this.#ways.uTurns,
      hasTrips: this.#ways.hasTrips,
      leftOut: this.#leftOut,
      ignored: this.#ignored,
    }
  }

  #openType(element: XmlElement, parent: XmlElement): void {
    const type = vehicleType(element)
    this.#types.set(element.text('id'), fixed(type))
    if (parent.name !== 'vTypeDistribution') return
    this.#typeChoice.push({ value: type, share: element.optionalNumber('probability', 1, 0) })
  }

  #openRoute(element: XmlElement, parent: XmlElement): void {
    const way = this.#ways.along(element)
    if (VEHICLES.has(parent.name)) this.#own = fixed(way)
    else if (parent.name !== 'routeDistribution') this.#routes.set(element.text('id'), fixed(way))
    else {
      this.#routeChoice.push({ value: way, share: element.optionalNumber('probability', 1, 0) })
      const id = element.optionalText('id')
      if (id !== undefined) this.#routes.set(id, fixed(way))
    }
  }

  #typesOf(vehicle: XmlElement): Choice<VehicleType> {
    const types = this.#types.get(vehicle.optionalText('type') ?? 'DEFAULT_VEHTYPE')
    if (types) return types
    throw vehicle.wrong(
      'type',
      'a vType that is defined before',
      'name the file that defines it in front of this one: types.add.xml,routes.rou.xml',
    )
  }

  /** Of the route that a vehicle names, or that leads where it goes. */
  #waysOf(vehicle: XmlElement): Choice<Way> {
    const id = vehicle.optionalText('route')
    if (id === undefined) return fixed(this.#ways.between(vehicle))
    const ways = this.#routes.get(id)
    if (ways) return ways
    throw vehicle.wrong('route', 'the id of a route that is defined before')
  }

  /** From distributions everyone draws anew. */
  #addEach(vehicle: XmlElement, types: Choice<VehicleType>, ways: Choice<Way>, departures: Departures): void {
    if (types.length === 1 && ways.length === 1) {
      this.#add(types[0]!.value, ways[0]!.value, departures)
      return
    }
    if (types.length === 0 || ways.length === 0) {
      throw vehicle.error('expected a distribution of at least one member, got none', 'add members to it')
    }
    const { start, period, count } = departures
    if (count === Number.POSITIVE_INFINITY) {
      throw vehicle.error('expected end or number for a flow that draws, got neither', 'say when it ends')
    }
    for (let i = 0; i < count; i++) {
      this.#add(this.#chooser.choose(types), this.#chooser.choose(ways), once(start + i * period))
    }
  }

  #add(type: VehicleType, way: Way, { start, period, count }: Departures): void {
    if (typeof way === 'string') {
      this.#leftOut[way] += count
      return
    }
    const early = Math.min(count, Math.max(0, Math.ceil((this.#begin - start) / period)))
    this.#leftOut.early += early
    if (early === count) return
    const departures = { start: start + early * period, period, count: count - early }
    this.#traffic.push({ type, route: way, departures })
  }
}

function departureOf(vehicle: XmlElement, begin: number): number {
  const text = vehicle.text('depart')
  if (text === 'begin') return begin
  if (/^[a-zA-Z]/.test(text)) throw vehicle.wrong('depart', 'a time', 'give it a time in seconds')
  return vehicle.seconds('depart')
}

/** Members that a distribution names in a list; more may follow as elements. */
function membersOf<T>(
  distribution: XmlElement,
  attribute: string,
  known: ReadonlyMap<string, Choice<T>>,
): Choice<T> {
  const shares = distribution.words('probabilities').map(Number)
  return distribution.words(attribute).map((id, i) => {
    const [only, ...others] = known.get(id) ?? []
    if (only && others.length === 0) return { value: only.value, share: shares[i] ?? 1 }
    throw distribution.wrong(attribute, `names that are defined before (${id} is not)`)
  })
}
