import { type Demand, type TrafficConfig, VEHICLE_FIELDS } from '../demand.ts'
import type { Network } from '../network.ts'
import { Fields, NOT_NEGATIVE, POSITIVE, type Range } from './fields.ts'
import { type JsonDocument, readJsonDocument } from './json.ts'
import { Problems } from './problems.ts'
import { Routes } from './routes.ts'

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
export function readFlows(file: string, network: Network, config: Pick<TrafficConfig, 'laneChange'>): Demand {
  return demandOf(readJsonDocument(file), network, config)
}

/** @throws ERR_FILE_INVALID naming the places that are wrong */
export function demandOf(
  document: JsonDocument,
  network: Network,
  { laneChange }: Pick<TrafficConfig, 'laneChange'>,
): Demand {
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
