import { REWARD_THROUGHPUT } from './codes.ts'
import type { TrafficSetup } from './world.ts'

const MOST_PHASES = 1000

/** A world whose signals are set from outside, and see nothing: actions are phases, and come into force at once. */
export const FROM_OUTSIDE: TrafficSetup = {
  timing: {
    isSwitch: false,
    firstPhase: 0,
    mostPhases: MOST_PHASES,
    decisionSteps: 1,
    minGreen: 0,
    yellow: 0,
    yellowPhase: 0,
    allRed: 0,
  },
  numbers: {
    DECISION_STEPS: 1,
    OBSERVED: 0,
    REWARD: REWARD_THROUGHPUT,
    BLOCK_INPUTS: 0,
    NEIGHBOURS_SEEN: 0,
    MOST_LANES: 0,
    MOST_PHASES,
    FIRST_PHASE: 0,
  },
  recordBytes: 0,
  maxSteps: Number.POSITIVE_INFINITY,
}
