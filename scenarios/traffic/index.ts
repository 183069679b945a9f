import { z } from 'zod'
import { describeObservation } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import { readConfig } from './files/config.ts'
import { readFlows } from './files/flow.ts'
import { readNetwork } from './files/roadnet.ts'
import type { NetworkGraph } from './network.ts'
import { planRooms, type TrafficConstants, trafficColumns } from './plan.ts'
import type { SignalTiming } from './signals.ts'
import { listTrips } from './trips.ts'
import { verifyTraffic } from './verify.ts'
import { TrafficWorld } from './world.ts'

const options = z.strictObject({
  data: z.string().describe('a CityFlow config.json, or the folder that holds one'),
  maxSteps: z.number().int().min(1).max(10_000_000).default(3600).describe('steps of an episode'),
})

function timingOf(_options: z.output<typeof options>): SignalTiming {
  return { firstPhase: 0, decisionSteps: 1, minGreen: 0, yellow: 0, yellowPhase: 0, allRed: 0 }
}

/** Intersections whose signals have something to choose. */
function signalsOf({ phasesFrom }: NetworkGraph): Int32Array<ArrayBuffer> {
  const signals: number[] = []
  for (let i = 0; i + 1 < phasesFrom.length; i++) if (phasesFrom[i + 1]! - phasesFrom[i]! > 1) signals.push(i)
  return Int32Array.from(signals)
}

export const traffic: AnyScenario = defineScenario({
  name: 'traffic',
  summary: "city traffic under signals that learn: CityFlow's files and rules",
  options,
  scripted: ['plan'],

  describe(given) {
    const config = readConfig(given.data)
    const { graph } = readNetwork(config.roadnetFile)
    const demand = readFlows(config.flowFile, { graph } as never)
    const { mostAtOnce, ...trips } = listTrips(demand, config.interval, given.maxSteps)
    const signals = signalsOf(graph)
    const constants: TrafficConstants = {
      ...graph,
      ...demand,
      ...trips,
      interval: Float64Array.of(config.interval),
      isEntering: Uint8Array.from(graph.laneRoad, (road) => 1 - graph.isVirtual[graph.roadEnd[road]!]!),
      signals,
      roomsFrom: planRooms(graph, demand),
    }
    const observation = describeObservation({ scalars: ['none'] })
    return {
      columns: trafficColumns(constants, trips.tripFlow.length, mostAtOnce),
      constants: constants as never,
      groups: [{ name: 'signals', capacity: signals.length, actions: 8, observation }],
      maxSteps: given.maxSteps,
    }
  },

  bind: (given, memory) => new TrafficWorld(timingOf(given), memory as never),

  verify: verifyTraffic,
})

export const scenario = traffic
