import { findApproaches } from './approaches.ts'
import type { Demand, TrafficConfig } from './demand.ts'
import { readFlows } from './files/flow.ts'
import { readNetwork } from './files/roadnet.ts'
import type { Network } from './network.ts'
import {
  NO_ROOM,
  planRooms,
  type Room,
  type TrafficColumns,
  type TrafficConstants,
  trafficColumns,
} from './plan.ts'
import { listTrips } from './trips.ts'

/** A simulation as it follows from its files. */
export interface TrafficPlan {
  readonly network: Network
  readonly constants: TrafficConstants
  readonly columns: TrafficColumns
}

/** What a simulation's files say. */
export interface TrafficFiles {
  readonly network: Network
  readonly demand: Demand
  /** Seconds of a step. */
  readonly interval: number
  readonly laneChange: boolean
}

/** @throws ERR_FILE_MISSING, ERR_FILE_INVALID */
export function readTraffic(config: TrafficConfig): TrafficFiles {
  const network = readNetwork(config.roadnetFile)
  const { interval, laneChange } = config
  return { network, demand: readFlows(config.flowFile, network, config), interval, laneChange }
}

/** @param steps of an episode */
export function planTraffic(
  { network, demand, interval, laneChange }: TrafficFiles,
  steps: number,
  room: Room = NO_ROOM,
): TrafficPlan {
  const { graph } = network
  const { mostAtOnce, ...trips } = listTrips(demand, interval, steps)
  const constants: TrafficConstants = {
    ...graph,
    ...demand,
    ...trips,
    interval: Float64Array.of(interval),
    laneChange: Uint8Array.of(Number(laneChange)),
    isEntering: Uint8Array.from(graph.laneRoad, (road) => 1 - graph.isVirtual[graph.roadEnd[road]!]!),
    ...findApproaches(graph, network.shapes),
    roomsFrom: planRooms(graph, demand),
  }
  return { network, constants, columns: trafficColumns(constants, mostAtOnce, room) }
}
