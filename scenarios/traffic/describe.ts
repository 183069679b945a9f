import { findApproaches } from './approaches.ts'
import type { TrafficConfig } from './demand.ts'
import { readFlows } from './files/flow.ts'
import { readNetwork } from './files/roadnet.ts'
import type { Network } from './network.ts'
import { planRooms, type TrafficColumns, type TrafficConstants, trafficColumns } from './plan.ts'
import { listTrips } from './trips.ts'

/** A simulation as it follows from its files. */
export interface TrafficPlan {
  readonly network: Network
  readonly constants: TrafficConstants
  readonly columns: TrafficColumns
}

/** @param steps of an episode @throws ERR_FILE_MISSING, ERR_FILE_INVALID */
export function planTraffic(config: TrafficConfig, steps: number): TrafficPlan {
  const network = readNetwork(config.roadnetFile)
  const { graph } = network
  const demand = readFlows(config.flowFile, network, config)
  const { mostAtOnce, ...trips } = listTrips(demand, config.interval, steps)
  const constants: TrafficConstants = {
    ...graph,
    ...demand,
    ...trips,
    interval: Float64Array.of(config.interval),
    laneChange: Uint8Array.of(Number(config.laneChange)),
    isEntering: Uint8Array.from(graph.laneRoad, (road) => 1 - graph.isVirtual[graph.roadEnd[road]!]!),
    ...findApproaches(graph, network.shapes),
    roomsFrom: planRooms(graph, demand),
  }
  return { network, constants, columns: trafficColumns(constants, trips.tripFlow.length, mostAtOnce) }
}
