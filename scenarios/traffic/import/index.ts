import type { DataSet } from '../data-set.ts'
import { type CarNetwork, carNetwork, withEveryContinuation, withoutUTurns } from './car-network.ts'
import { flowEntries } from './flows.ts'
import { roadnet } from './network.ts'
import { readSumoNet } from './sumo-net.ts'
import { type DemandOptions, type LeftOut, readSumoRoutes, type SumoDemand } from './sumo-routes.ts'

/** What became of a SUMO scenario, beside its files. */
export interface ImportReport {
  /** null when a flow never ends. */
  readonly vehicles: number | null
  readonly signals: number
  /** Lane links beside SUMO's connections, where SUMO counts on a change of lanes. */
  readonly addedLaneLinks: number
  /** Vehicles that are not in the data set, by reason. */
  readonly leftOut: LeftOut
  /** Elements of the routes without counterpart in CityFlow, by name. */
  readonly ignored: SumoDemand['ignored']
  /** Programmes that adapt themselves in SUMO, and run with fixed phases here. */
  readonly adaptiveProgrammes: number
}

/**
 * A SUMO network with its routes as a data set.
 *
 * @param routeFiles read in this order; files with vehicle types first
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export async function importSumo(
  netFile: string,
  routeFiles: readonly string[],
  { begin, seed, onRead }: DemandOptions,
): Promise<{ readonly set: DataSet; readonly report: ImportReport }> {
  const whole = carNetwork(await readSumoNet(netFile, onRead))
  const demand = await readSumoRoutes(routeFiles, whole, { begin, seed, onRead })
  const { links, added } = withEveryContinuation(
    withoutUTurns(whole.links, (link) => demand.hasTrips || demand.uTurns.has(link)),
  )
  const { intersections, roads } = roadnet({ ...whole, links }, begin)
  const flows = flowEntries(demand.traffic, begin)
  const vehicles = demand.traffic.reduce((sum, { departures }) => sum + departures.count, 0)
  const signals = intersections.filter(({ trafficLight }) => trafficLight.lightphases.length > 1).length
  return {
    set: {
      intersections: { count: intersections.length, entries: intersections },
      roads: { count: roads.length, entries: roads },
      flows: { count: flows.length, entries: flows },
      seed,
      isControlled: false,
    },
    report: {
      vehicles: Number.isFinite(vehicles) ? vehicles : null,
      signals,
      addedLaneLinks: added,
      leftOut: demand.leftOut,
      ignored: demand.ignored,
      adaptiveProgrammes: countAdaptive(whole),
    },
  }
}

function countAdaptive({ net }: CarNetwork): number {
  return [...net.programmes.values()].filter(({ isStatic }) => !isStatic).length
}
