import { closest } from 'fastest-levenshtein'
import { RuntimeError } from '../../runtime/core/errors.ts'
import * as C from './codes.ts'
import { drivableName, type Network } from './network.ts'

const FLOW_VEHICLE = /^flow_(0|[1-9]\d*)_(0|[1-9]\d*)$/
const PUSHED_VEHICLE = /^manually_pushed_(0|[1-9]\d*)$/

/** Ids of one kind, and their numbers. */
export class IdTable {
  readonly ids: readonly string[]
  readonly #kind: string
  readonly #indices = new Map<string, number>()

  /** @param kind what they are ids of, for errors */
  constructor(kind: string, ids: readonly string[]) {
    this.#kind = kind
    this.ids = ids
    // Of two of one name the first counts.
    for (let i = ids.length - 1; i >= 0; i--) this.#indices.set(ids[i]!, i)
  }

  /** @param call where the id was given @throws ERR_ID_UNKNOWN */
  indexOf(call: string, id: string): number {
    const index = this.#indices.get(id)
    if (index !== undefined) return index
    const hint = this.ids.length > 0 ? `; did you mean '${closest(id, this.ids)}'?` : ''
    throw new RuntimeError(
      'ERR_ID_UNKNOWN',
      `${call}: expected the id of ${this.#kind} of the network, got '${id}'${hint}`,
      { details: { id } },
    )
  }
}

export interface NetworkIds {
  readonly lanes: IdTable
  readonly roads: IdTable
  readonly intersections: IdTable
}

export function networkIds(network: Network): NetworkIds {
  const lanes = Array.from(network.graph.laneRoad, (_, lane) => drivableName(network, lane))
  return {
    lanes: new IdTable('a lane', lanes),
    roads: new IdTable('a road', network.names.roads),
    intersections: new IdTable('an intersection', network.names.intersections),
  }
}

interface TripNames {
  readonly tripFlow: Int32Array
  readonly tripNumber: Int32Array
}

/** Id of the vehicle of a trip, as CityFlow names it. */
export function vehicleId({ tripFlow, tripNumber }: TripNames, trip: number): string {
  return trip >= 0 ? `flow_${tripFlow[trip]}_${tripNumber[trip]}` : `manually_pushed_${C.FIRST_PUSHED - trip}`
}

/** Trips by the ids of their vehicles. */
export class TripTable {
  /** [F + 1] where each flow's trips start in `#trips`. */
  readonly #from: Int32Array
  readonly #trips: Int32Array

  constructor({ tripFlow }: TripNames, flows: number) {
    const from = new Int32Array(flows + 1)
    for (const flow of tripFlow) from[flow + 1]!++
    for (let flow = 0; flow < flows; flow++) from[flow + 1]! += from[flow]!
    const ends = from.slice()
    this.#trips = new Int32Array(tripFlow.length)
    for (let trip = 0; trip < tripFlow.length; trip++) this.#trips[ends[tripFlow[trip]!]!++] = trip
    this.#from = from
  }

  /** `NONE` for what is no id of a vehicle that has a trip. */
  tripOf(id: string): number {
    const pushed = PUSHED_VEHICLE.exec(id)
    if (pushed) return C.FIRST_PUSHED - Number(pushed[1])
    const [, flow, number] = FLOW_VEHICLE.exec(id) ?? []
    if (flow === undefined || Number(flow) + 1 >= this.#from.length) return C.NONE
    const trip = this.#from[Number(flow)]! + Number(number)
    return trip < this.#from[Number(flow) + 1]! ? this.#trips[trip]! : C.NONE
  }
}
