import type { Views } from '../../runtime/core/memory/layout.ts'
import {
  Clock,
  type Phase,
  type ScriptedPolicy,
  type World,
  type WorldMemory,
} from '../../runtime/core/scenario.ts'
import * as C from './codes.ts'
import { bindControllers } from './controllers.ts'
import { VEHICLE_FIELDS } from './demand.ts'
import type { ReplaySource } from './files/replay.ts'
import { KERNEL, type TrafficKernel } from './kernel.ts'
import type { Network } from './network.ts'
import { NumberText } from './number-text.ts'
import {
  SCRATCH_COLUMNS,
  type TrafficColumns,
  type TrafficConstants,
  type WorldNumbers,
  writeTable,
} from './plan.ts'
import { Rerouting } from './reroute.ts'
import { SignalControl, type SignalTiming } from './signals.ts'
import { writeType } from './vehicle-types.ts'

/** What is the same for all worlds of a scenario, beside the network. */
export interface TrafficSetup {
  readonly timing: SignalTiming
  readonly numbers: WorldNumbers
  /** Of an observation. */
  readonly recordBytes: number
  /** Steps of an episode. */
  readonly maxSteps: number
  /** Steps from one time when vehicles look for faster routes to the next; left out, they keep theirs. */
  readonly rerouteSteps?: number
}

/** Lanes and lane links that a thread works on at a time: the foremost vehicle of each takes the most. */
const GRAIN = 64

/** A network with its vehicles and signals, step by step as CityFlow moves them. */
export class TrafficWorld implements World {
  readonly phases: readonly Phase[]
  readonly policies: Readonly<Record<string, ScriptedPolicy>>
  readonly scratch: readonly string[] = SCRATCH_COLUMNS
  readonly timing: SignalTiming
  readonly signals: SignalControl
  readonly #memory: WorldMemory<TrafficColumns, TrafficConstants>
  readonly #kernel: TrafficKernel
  /** Address of the world's description, by which kernels know it. */
  readonly #at: number
  readonly #setup: TrafficSetup

  constructor(setup: TrafficSetup, memory: WorldMemory<TrafficColumns, TrafficConstants>) {
    const { timing } = setup
    const { state, constants, agents } = memory
    this.timing = timing
    this.#memory = memory
    this.#kernel = memory.kernel<TrafficKernel>(KERNEL)
    this.#at = state.table.byteOffset
    this.#setup = setup
    writeTable(setup.numbers, constants, state)
    this.signals = new SignalControl(timing, state, agents.action, {
      interval: constants.interval[0]!,
      phaseCount: (signal) => this.phaseCount(signal),
      show: (signal, phase) => this.#kernel.show(this.#at, constants.signals[signal]!, phase),
      shown: (signal) => state.phase[constants.signals[signal]!]!,
      secondsOf: (signal, phase) =>
        constants.phaseTime[constants.phasesFrom[constants.signals[signal]!]! + phase]!,
    })
    this.policies = bindControllers(this, memory)
    this.phases = [...this.#reroutePhase(setup.rerouteSteps), ...this.#phases()]
  }

  #reroutePhase(steps: number | undefined): Phase[] {
    if (steps === undefined) return []
    const { state, constants } = this.#memory
    const { counts } = state
    const rerouting = new Rerouting(constants, state)
    const run = () => {
      if (counts[C.STEP]! > 0 && counts[C.STEP]! % steps === 0) rerouting.run()
    }
    return [{ name: 'reroute', kind: 'serial', run }]
  }

  #phases(): Phase[] {
    const { counts } = this.#memory.state
    const { clock, reward } = this.#memory.agents
    const signals = this.#memory.constants.signals.length
    const changesLanes = this.#memory.constants.laneChange[0] === 1
    const kernel = this.#kernel
    const at = this.#at
    const { decisionSteps } = this.timing
    const { maxSteps } = this.#setup
    const overOccupied = (name: string, run: (from: number, to: number) => void): Phase => ({
      name,
      kind: 'range',
      size: () => counts[C.OCCUPIED_DRIVABLES]!,
      run,
      grain: GRAIN,
    })
    const changeLanes: Phase = { name: 'changeLanes', kind: 'serial', run: () => kernel.changeLanes(at) }
    const settle: Phase = {
      name: 'settle',
      kind: 'range',
      size: () => counts[C.DEFERRED_VEHICLES]!,
      run: (from, to) => kernel.settle(at, from, to),
    }
    return [
      {
        name: 'spawn',
        kind: 'serial',
        run: () => {
          if (clock[Clock.step]! % decisionSteps === 0) this.signals.decide()
          kernel.spawn(at)
        },
      },
      ...(changesLanes ? [overOccupied('wish', (from, to) => kernel.wish(at, from, to)), changeLanes] : []),
      overOccupied('mark', (from, to) => kernel.mark(at, from, to)),
      overOccupied('drive', (from, to) => kernel.drive(at, from, to)),
      ...(changesLanes ? [settle] : []),
      overOccupied('commit', (from, to) => kernel.commit(at, from, to)),
      {
        name: 'transfer',
        kind: 'serial',
        run: () => kernel.transfer(at),
      },
      {
        name: 'signals',
        kind: 'range',
        size: () => signals,
        run: (from, to) => {
          this.signals.advance(from, to)
          const step = counts[C.STEP]!
          const sinceDecision = step % decisionSteps || decisionSteps
          // The end of an episode ends a decision, too.
          if (sinceDecision === decisionSteps || step === maxSteps) {
            kernel.paySignals(at, from, to, reward.byteOffset, sinceDecision)
          } else reward.fill(0, from, to)
        },
      },
    ]
  }

  reset(): void {
    const { agents, state, constants } = this.#memory
    this.#writeTypes()
    this.#kernel.clear(this.#at, agents.key[2]!)
    agents.living[0] = constants.signals.length
    for (let signal = 0; signal < constants.signals.length; signal++) {
      agents.id[signal] = signal
      agents.next[signal] = signal
    }
    state.wantedSpeed.fill(Number.NaN)
    this.signals.reset()
  }

  #writeTypes(): void {
    const { state, constants } = this.#memory
    const fields = VEHICLE_FIELDS.length
    const interval = constants.interval[0]!
    for (let type = 0; type * fields < constants.vehicleTypes.length; type++) {
      const numbers = constants.vehicleTypes.subarray(type * fields, (type + 1) * fields)
      writeType(state.types, type, numbers, interval)
    }
  }

  /** What a replay shows of this world. */
  replaySource(network: Network): ReplaySource {
    const { constants, state, heap } = this.#memory
    return { network, constants, state, numbers: new NumberText(this.#kernel, heap) }
  }

  /** Phases of a signal's programme. */
  phaseCount(signal: number): number {
    const { phasesFrom, signals } = this.#memory.constants
    const intersection = signals[signal]!
    return phasesFrom[intersection + 1]! - phasesFrom[intersection]!
  }

  /** A speed, m/s, that a vehicle tries to have in the next step. */
  wantSpeed(vehicle: number, speed: number): void {
    const { state } = this.#memory
    state.wantedSpeed[vehicle] = speed
    state.counts[C.WANTED_SPEEDS]!++
  }

  /**
   * Mean seconds from a vehicle's scheduled start to its end, or to now: of all that have been spawned. As in CityFlow
   * a shadow counts as one more vehicle, and as one that has finished once its change of lanes has been given up.
   *
   * @see CityFlow, `get_average_travel_time`
   */
  averageTravelTime(): number {
    const { counts } = this.#memory.state
    const underWay = counts[C.WAITING_VEHICLES]! + counts[C.RUNNING_VEHICLES]! + counts[C.SHADOWS]!
    const vehicles = underWay + counts[C.FINISHED_VEHICLES]! + counts[C.ENDED_SHADOWS]!
    if (vehicles === 0) return 0
    const steps =
      readLong(counts, C.FINISHED_STEPS) + underWay * counts[C.STEP]! - readLong(counts, C.SPAWN_STEPS)
    return (steps * this.#memory.constants.interval[0]!) / vehicles
  }

  /** Vehicles on lanes and lane links. */
  population(): number {
    return this.#memory.state.counts[C.MOVED_VEHICLES]!
  }

  observe(_group: number, from: number, to: number, at: number): void {
    this.#kernel.observeSignals(this.#at, from, to, at, this.#setup.recordBytes)
  }

  /** Pressure of a phase that a signal can choose. */
  pressure(signal: number, choice: number): number {
    const { phasesFrom, signals } = this.#memory.constants
    return this.#kernel.pressure(this.#at, phasesFrom[signals[signal]!]! + this.timing.firstPhase + choice)
  }

  ended(): boolean {
    return false
  }

  score(): number {
    return -this.averageTravelTime()
  }

  metrics(): Readonly<Record<string, number>> {
    const { counts } = this.#memory.state
    const interval = this.#memory.constants.interval[0]!
    const steps = Math.max(1, counts[C.STEP]!)
    const seen = counts[C.SEEN_VEHICLES]! + counts[C.RUNNING_VEHICLES]!
    return {
      averageTravelTime: this.averageTravelTime(),
      enteringTravelTime: seen === 0 ? 0 : (readLong(counts, C.ENTERING_STEPS) * interval) / seen,
      throughput: counts[C.FINISHED_VEHICLES]!,
      meanQueue: readLong(counts, C.QUEUED_STEPS) / steps,
      spawned: counts[C.SPAWNED_TRIPS]!,
      running: counts[C.RUNNING_VEHICLES]!,
      waiting: counts[C.WAITING_VEHICLES]!,
      finished: counts[C.FINISHED_VEHICLES]!,
    }
  }
}

/** A 64-bit integer of two words, below 2⁵³. */
function readLong(words: Views<TrafficColumns>['counts'], index: number): number {
  return words[index + 1]! * 2 ** 32 + (words[index]! >>> 0)
}
