import { z } from 'zod'
import { describeObservation } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import { planTraffic, readTraffic } from './describe.ts'
import { readConfig } from './files/config.ts'
import type { SignalTiming } from './signals.ts'
import { verifyTraffic } from './verify.ts'
import { TrafficWorld } from './world.ts'

const options = z.strictObject({
  data: z.string().describe('a CityFlow config.json, or the folder that holds one'),
  maxSteps: z.number().int().min(1).max(10_000_000).default(3600).describe('steps of an episode'),
})

function timingOf(_options: z.output<typeof options>): SignalTiming {
  return { firstPhase: 0, decisionSteps: 1, minGreen: 0, yellow: 0, yellowPhase: 0, allRed: 0 }
}

export const traffic: AnyScenario = defineScenario({
  name: 'traffic',
  summary: "city traffic under signals that learn: CityFlow's files and rules",
  options,
  scripted: ['plan'],

  describe(given) {
    const { columns, constants } = planTraffic(readTraffic(readConfig(given.data)), given.maxSteps)
    const observation = describeObservation({ scalars: ['none'] })
    return {
      columns,
      constants,
      groups: [{ name: 'signals', capacity: constants.signals.length, actions: 8, observation }],
      maxSteps: given.maxSteps,
      population: constants.tripFlow.length,
    }
  },

  bind: (given, memory) => new TrafficWorld(timingOf(given), memory),

  verify: verifyTraffic,
})
