import { type Demand, type TrafficConfig, VEHICLE_FIELDS } from '../demand.ts'
import { findDeadEnd } from '../lane-choice.ts'
import { drivableName, type Network } from '../network.ts'
import { Router } from '../router.ts'
import { Fields, NOT_NEGATIVE, POSITIVE, type Range } from './fields.ts'
import { readJsonDocument } from './json.ts'
import { Problems } from './problems.ts'

const ROAD_ID = 'the id of a road of the network'
/** A vehicle may follow without a gap; all else needs a size. */
const RANGES: Readonly<Record<(typeof VEHICLE_FIELDS)[number], Range>> = {
  length: POSITIVE,
  width: POSITIVE,
  maxPosAcc: POSITIVE,
  maxNegAcc: POSITIVE,
  usualPosAcc: POSITIVE,
  usualNegAcc: POSITIVE,
  minGap: NOT_NEGATIVE,
  maxSpeed: POSITIVE,
  headwayTime: NOT_NEGATIVE,
}
/** `endTime` of a flow that never ends. */
const FOR_EVER = -1

/**
 * Reads flows and completes their routes.
 *
 * With lane changes off a route must go on from every lane that its vehicles come to: CityFlow lets them block the lane
 * for ever, or stops.
 *
 * @throws ERR_FILE_MISSING when the file cannot be read
 * @throws ERR_FILE_INVALID naming the places that are wrong
 */
export function readFlows(
  file: string,
  network: Network,
  { laneChange }: Pick<TrafficConfig, 'laneChange'>,
): Demand {
  const document = readJsonDocument(file)
  const problems = new Problems(document)
  const fields = new Fields(document, problems)
  const flows = fields.isArray(0, 'an array of flows') ? [...fields.elements(0)] : []
  const types = new VehicleTypes(fields)
  const routes = new Routes(fields, network, laneChange)
  const [flowType, flowRoute] = [new Int32Array(flows.length), new Int32Array(flows.length)]
  const times = createTimes(flows.length)
  flows.forEach((node, flow) => {
    if (!fields.isObject(node, 'a flow {vehicle, route, interval}')) return
    flowType[flow] = types.read(
      fields.object(node, 'vehicle', 'an object with the nine numbers of a vehicle'),
    )
    flowRoute[flow] = routes.read(fields.array(node, 'route', 'an array of at least 2 ids of roads', 2))
    readTimes(fields, node, flow, times)
  })
  problems.throwIfAny()
  return { vehicleTypes: types.list(), flowType, flowRoute, ...times, ...routes.list() }
}

/** The kinds of vehicles that differ, in the order of their first occurrence. */
class VehicleTypes {
  readonly #fields: Fields
  readonly #numberOf = new Map<string, number>()
  readonly #rows: number[][] = []

  constructor(fields: Fields) {
    this.#fields = fields
  }

  /** Number of the kind that the object at `node` describes. */
  read(node: number): number {
    const row = VEHICLE_FIELDS.map((field) => this.#fields.number(node, field, RANGES[field]))
    const last = this.#rows.length - 1
    if (last >= 0 && this.#rows[last]!.every((value, i) => value === row[i])) return last
    const key = row.join()
    const known = this.#numberOf.get(key)
    if (known !== undefined) return known
    this.#numberOf.set(key, this.#rows.length)
    return this.#rows.push(row) - 1
  }

  list(): Float64Array {
    return new Float64Array(this.#rows.flat())
  }
}

/** The complete routes that differ, in the order of their first occurrence. */
class Routes {
  readonly #fields: Fields
  readonly #network: Network
  readonly #laneChange: boolean
  readonly #router: Router
  /** By number of a text: the road of this id, or −1. */
  readonly #roadOf: Int32Array
  readonly #ofAnchors = new Map<string, number>()
  readonly #ofRoads = new Map<string, number>()
  readonly #routes: Int32Array[] = []

  constructor(fields: Fields, network: Network, laneChange: boolean) {
    this.#fields = fields
    this.#network = network
    this.#laneChange = laneChange
    this.#router = new Router(network.graph)
    this.#roadOf = new Int32Array(fields.document.texts.length).fill(-1)
    network.names.roads.forEach((id, road) => {
      const text = fields.document.numberOf(id)
      if (text >= 0) this.#roadOf[text] = road
    })
  }

  /** Number of the route that the ids in the array at `node` make, −1 when they make none. */
  read(node: number): number {
    const anchors = this.#readAnchors(node)
    if (anchors === undefined) return -1
    const key = anchors.join()
    let number = this.#ofAnchors.get(key)
    if (number === undefined) {
      const route = this.#complete(node, anchors)
      if (route === undefined) return -1
      number = this.#numberOf(route)
      this.#ofAnchors.set(key, number)
    }
    return number
  }

  list(): Pick<Demand, 'routesFrom' | 'routes'> {
    const routesFrom = new Int32Array(this.#routes.length + 1)
    this.#routes.forEach((route, i) => {
      routesFrom[i + 1] = routesFrom[i]! + route.length
    })
    const routes = new Int32Array(routesFrom[this.#routes.length]!)
    this.#routes.forEach((route, i) => {
      routes.set(route, routesFrom[i])
    })
    return { routesFrom, routes }
  }

  #readAnchors(node: number): number[] | undefined {
    if (node < 0) return undefined
    const anchors: number[] = []
    for (const element of this.#fields.elements(node)) {
      const text = this.#fields.textAt(element, ROAD_ID)
      const road = text < 0 ? -1 : this.#roadOf[text]!
      if (text >= 0 && road < 0) this.#fields.problems.wrong(element, ROAD_ID)
      anchors.push(road)
    }
    return anchors.includes(-1) ? undefined : anchors
  }

  #complete(node: number, anchors: readonly number[]): Int32Array | undefined {
    const { problems } = this.#fields
    if (anchors.every((road) => road === anchors[0])) {
      problems.wrong(node, 'at least 2 roads that differ', undefined, 'the same throughout')
      return undefined
    }
    const route = this.#router.route(anchors)
    if (route === undefined) this.#reportGap(node, anchors)
    else if (!this.#laneChange) this.#checkLanes(node, route)
    return route
  }

  /** Reports the first two anchors without a way between them. */
  #reportGap(node: number, anchors: readonly number[]): void {
    const { roads } = this.#network.names
    let before = 0
    let at = 0
    for (const element of this.#fields.elements(node)) {
      const road = anchors[at++]!
      if (at > 1 && road !== before && this.#router.path(before, road) === undefined) {
        const remedy = 'no road links lead there'
        this.#fields.problems.wrong(element, `a road that can be reached from "${roads[before]}"`, remedy)
        return
      }
      before = road
    }
  }

  #checkLanes(node: number, route: Int32Array): void {
    const deadEnd = findDeadEnd(this.#network.graph, route)
    if (deadEnd === undefined) return
    const { roads } = this.#network.names
    const lane = drivableName(this.#network, deadEnd.lane)
    const after = deadEnd.afterNext < 0 ? '' : ` that goes on to "${roads[deadEnd.afterNext]}"`
    this.#fields.problems.wrong(
      node,
      'a route that goes on from every lane that its vehicles come to',
      'add lane links, name another route, or set laneChange in the config',
      `lane "${lane}" without a lane link to "${roads[deadEnd.next]}"${after}`,
    )
  }

  #numberOf(route: Int32Array): number {
    const key = route.join()
    const known = this.#ofRoads.get(key)
    if (known !== undefined) return known
    this.#ofRoads.set(key, this.#routes.length)
    return this.#routes.push(route) - 1
  }
}

type Times = Pick<Demand, 'flowInterval' | 'flowStart' | 'flowEnd'>

function createTimes(flowCount: number): Times {
  return {
    flowInterval: new Float64Array(flowCount),
    flowStart: new Float64Array(flowCount),
    flowEnd: new Float64Array(flowCount),
  }
}

function readTimes(fields: Fields, node: number, flow: number, out: Times): void {
  const { problems } = fields
  const start = fields.optionalInteger(node, 'startTime', 0)
  const end = fields.optionalInteger(node, 'endTime', FOR_EVER)
  const interval = fields.number(node, 'interval', POSITIVE)
  if (interval < 1 && start !== end) {
    problems.wrong(
      fields.find(node, 'interval'),
      'at least 1 second between vehicles',
      'write several flows for more, or the same startTime and endTime for a single vehicle',
    )
  }
  if (end !== FOR_EVER && end < start) {
    const remedy = 'no vehicle would start; −1 is for ever'
    problems.wrong(fields.find(node, 'endTime'), `a time not before startTime, ${start}`, remedy)
  }
  out.flowStart[flow] = start
  out.flowEnd[flow] = end
  out.flowInterval[flow] = interval
}
