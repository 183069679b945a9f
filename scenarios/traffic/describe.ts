import { findApproaches } from './approaches.ts'
import type { Demand, TrafficConfig } from './demand.ts'
import { demandOf, readFlows } from './files/flow.ts'
import { parseJsonDocument } from './files/json.ts'
import { networkOf, readNetwork } from './files/roadnet.ts'
import { generateGrid } from './generate/index.ts'
import { gridOptions } from './generate/options.ts'
import type { Network } from './network.ts'
import {
  NO_ROOM,
  planLinkRows,
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

/** A small grid with random trips, for whoever names no files. */
export function builtInTraffic(): TrafficFiles {
  const grid = { ...gridOptions.parse({ rows: 3, columns: 3, laneSpeed: 11.111, tlPlan: false }) }
  const demand = { kind: 'random-walks', trips: 1500, horizon: 3600 } as const
  const { intersections, roads, flows } = generateGrid(grid, demand, 0)
  const parse = (name: string, content: unknown) =>
    parseJsonDocument(name, Buffer.from(JSON.stringify(content)))
  const network = networkOf(
    parse('roadnet of the built-in grid', {
      intersections: [...intersections.entries],
      roads: [...roads.entries],
    }),
  )
  const flowDocument = parse('flows of the built-in grid', [...flows.entries])
  const config = { interval: 1, laneChange: false }
  return { network, demand: demandOf(flowDocument, network, config), ...config }
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
    linkRows: planLinkRows(graph),
    interval: Float64Array.of(interval),
    laneChange: Uint8Array.of(Number(laneChange)),
    isEntering: Uint8Array.from(graph.laneRoad, (road) => 1 - graph.isVirtual[graph.roadEnd[road]!]!),
    ...findApproaches(graph, network.shapes),
  }
  return { network, constants, columns: trafficColumns(constants, mostAtOnce, room) }
}
