import { RuntimeError } from '../../runtime/core/errors.ts'
import { describeObservation, type ObservationSpace } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import * as C from './codes.ts'
import { CONTROLLERS } from './controllers.ts'
import { builtInTraffic, planTraffic, readTraffic } from './describe.ts'
import { isCityFlowConfig, readConfig } from './files/config.ts'
import { readNetwork } from './files/roadnet.ts'
import { type Feature, rerouteStepsOf, type TrafficOptions, timingOf, trafficOptions } from './options.ts'
import { NO_ROOM, type TrafficConstants } from './plan.ts'
import { openReplay, replayFilesAt } from './record.ts'
import { choicesOf, type SignalTiming } from './signals.ts'
import { verifyTraffic } from './verify.ts'
import { type TrafficSetup, TrafficWorld } from './world.ts'

const BITS: Readonly<Record<Feature, number>> = {
  queue: C.OBSERVE_QUEUE,
  vehicles: C.OBSERVE_VEHICLES,
  approaching: C.OBSERVE_APPROACHING,
  pressure: C.OBSERVE_PRESSURE,
  phase: C.OBSERVE_PHASE,
  elapsed: C.OBSERVE_ELAPSED,
}

const REWARDS: Readonly<Record<TrafficOptions['reward'], number>> = {
  queue: C.REWARD_QUEUE,
  pressure: C.REWARD_PRESSURE,
  waiting: C.REWARD_WAITING,
  throughput: C.REWARD_THROUGHPUT,
}

/** What follows from the options and the network: a thread works it out from what is in the arena. */
type Surroundings = Pick<TrafficConstants, 'interval' | 'signals' | 'phasesFrom' | 'entriesFrom'>

interface Signals {
  readonly setup: TrafficSetup
  readonly observation: ObservationSpace
  readonly actions: number
}

function planSignals(options: TrafficOptions, constants: Surroundings): Signals {
  const { interval, signals, phasesFrom, entriesFrom } = constants
  const timing = timingOf(options, interval[0]!)
  const phases = Array.from(signals, (i) => choicesOf(timing, phasesFrom[i + 1]! - phasesFrom[i]!))
  const lanes = Array.from(signals, (_, signal) => entriesFrom[signal + 1]! - entriesFrom[signal]!)
  const mostPhases = Math.max(1, ...phases)
  const mostLanes = Math.max(1, ...lanes)
  const own = blockInputs(options.features, mostLanes, mostPhases)
  const block = options.neighbours > 0 ? ['present', ...own] : own
  const scalars = Array.from({ length: options.neighbours + 1 }, (_, i) =>
    block.map((name) => (i === 0 ? name : `neighbour ${i - 1}: ${name}`)),
  ).flat()
  const observation = describeObservation(
    options.neighbours > 0 ? { scalars, blocks: options.neighbours + 1 } : { scalars },
  )
  const numbers = {
    DECISION_STEPS: timing.decisionSteps,
    OBSERVED: options.features.reduce((bits, part) => bits | BITS[part], 0),
    REWARD: REWARDS[options.reward],
    BLOCK_INPUTS: block.length,
    NEIGHBOURS_SEEN: options.neighbours,
    MOST_LANES: mostLanes,
    MOST_PHASES: mostPhases,
    FIRST_PHASE: timing.firstPhase,
  }
  return {
    setup: {
      timing,
      numbers,
      recordBytes: observation.recordBytes,
      maxSteps: options.maxSteps,
      ...(options.rerouteEvery !== undefined && {
        rerouteSteps: rerouteStepsOf(options.rerouteEvery, interval[0]!),
      }),
    },
    observation,
    actions: timing.isSwitch ? 2 : mostPhases,
  }
}

/** @throws ERR_CONFIG_INVALID when a signal lacks the phase that is shown between two greens */
function checkYellow({ yellow, yellowPhase }: SignalTiming, { signals, phasesFrom }: Surroundings): void {
  if (yellow === 0) return
  const fewest = Math.min(...Array.from(signals, (i) => phasesFrom[i + 1]! - phasesFrom[i]!))
  if (yellowPhase < fewest) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `yellowPhase: expected a phase of every signal, 0 to ${fewest - 1}, got ${yellowPhase}`,
    { details: { field: 'yellowPhase', got: yellowPhase } },
  )
}

/** Names of the inputs of a signal's own block, in the order in which the kernel packs them. */
function blockInputs(features: readonly Feature[], lanes: number, phases: number): string[] {
  const sizes: Readonly<Record<Feature, number>> = {
    queue: lanes,
    vehicles: lanes,
    approaching: lanes,
    pressure: phases,
    phase: phases,
    elapsed: 1,
  }
  return Object.entries(sizes).flatMap(([part, size]) =>
    features.includes(part as Feature) ? Array.from({ length: size }, (_, i) => `${part} ${i}`) : [],
  )
}

/** @see CityFlow 81ee0f4, whose files it reads and whose rules it follows */
export const traffic: AnyScenario = defineScenario({
  name: 'traffic',
  summary: "city traffic with signals that learn: CityFlow's files and rules, to the last bit",
  options: trafficOptions,
  configOption: 'data',
  readConfig: (path) =>
    isCityFlowConfig(path) ? { data: path, seed: readConfig(path).seed >>> 0 } : undefined,
  scripted: CONTROLLERS,
  policyFlag: 'controller',
  defaultPolicy: 'plan',
  stepsOption: 'maxSteps',
  policyOptions: ['protocol', 'phases', 'actions', 'features'],
  averages: ['averageTravelTime', 'enteringTravelTime', 'meanQueue'],
  units: {
    averageTravelTime: 's',
    enteringTravelTime: 's',
    throughput: 'vehicles',
    meanQueue: 'vehicles',
    spawned: 'vehicles',
    running: 'vehicles',
    waiting: 'vehicles',
    finished: 'vehicles',
  },
  training: {
    algorithm: 'iql',
    steps: 720_000,
    worlds: 8,
    segmentSteps: 16,
    gamma: 0.8,
    batchSize: 256,
    samplesPerInsert: 2,
    learningStarts: 2000,
    evalEpisodes: 1,
    // A network for each signal has to make do with its own transitions.
    idqn: { batchSize: 64, samplesPerInsert: 4 },
  },

  describe(options) {
    const room = { ...NO_ROOM, rerouting: options.rerouteEvery !== undefined }
    const files = options.data === undefined ? builtInTraffic() : readTraffic(readConfig(options.data))
    const { columns, constants } = planTraffic(files, options.maxSteps, room)
    const { observation, actions, setup } = planSignals(options, constants)
    checkYellow(setup.timing, constants)
    return {
      columns,
      constants,
      groups: [{ name: 'signals', capacity: constants.signals.length, actions, observation }],
      maxSteps: options.maxSteps,
      population: constants.tripFlow.length,
      decisionSteps: setup.timing.decisionSteps,
    }
  },

  bind: (options, memory) => new TrafficWorld(planSignals(options, memory.constants).setup, memory),

  openReplay({ data }, world, file) {
    const config = data === undefined ? undefined : readConfig(data)
    const { replayLogFile: replay, roadnetLogFile: roadnet } = config ?? {}
    const files =
      file !== undefined ? replayFilesAt(file) : replay && roadnet ? { replay, roadnet } : undefined
    if (files === undefined) return undefined
    const network = config === undefined ? builtInTraffic().network : readNetwork(config.roadnetFile)
    return openReplay(world as TrafficWorld, network, files)
  },

  verify: verifyTraffic,
})
