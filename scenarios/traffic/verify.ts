import { z } from 'zod'
import { describeObservation } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import type { Difference, DrivenWorld, DriveWorld, Verification } from '../../runtime/core/verify.ts'
import { type BoundWorld, planWorld } from '../../runtime/core/world.ts'
import * as C from './codes.ts'
import { planTraffic, readTraffic, type TrafficPlan } from './describe.ts'
import { FROM_OUTSIDE } from './from-outside.ts'
import { drivableName } from './network.ts'
import { readTrace, type Trace } from './trace.ts'
import { TrafficWorld } from './world.ts'

/** Positions and speeds agree when they differ by no more than this share, or this many metres or m/s below 1. */
const TOLERANCE = 1e-9

/** A simulation whose signals are set from outside in every step: what recordings are replayed in. */
export const scenario: AnyScenario = defineScenario({
  name: 'traffic-recording',
  summary: 'traffic under signals that are set from outside',
  options: z.strictObject({
    roadnetFile: z.string(),
    flowFile: z.string(),
    interval: z.number(),
    laneChange: z.boolean(),
    steps: z.number(),
  }),
  scripted: [],
  describe(trace) {
    const { columns, constants } = planRecording(trace)
    const observation = describeObservation({ scalars: [] })
    const capacity = constants.signals.length
    return {
      columns,
      constants,
      groups: [{ name: 'signals', capacity, actions: FROM_OUTSIDE.timing.mostPhases, observation }],
      maxSteps: trace.steps,
    }
  },
  bind: (_, memory) => new TrafficWorld(FROM_OUTSIDE, memory),
})

type Recorded = Pick<Trace, 'roadnetFile' | 'flowFile' | 'interval' | 'laneChange' | 'steps'>

function planRecording({ roadnetFile, flowFile, interval, laneChange, steps }: Recorded): TrafficPlan {
  const config = {
    roadnetFile,
    flowFile,
    interval,
    laneChange,
    seed: 0,
    rlTrafficLight: true,
    saveReplay: false,
    dir: '',
    roadnetLogFile: undefined,
    replayLogFile: undefined,
  }
  return planTraffic(readTraffic(config), steps)
}

/** Replays a recording and stops at the first difference. */
export async function verifyTraffic(file: string, drive: DriveWorld): Promise<Verification> {
  const trace = await readTrace(file)
  const { roadnetFile, flowFile, interval, laneChange, steps } = trace
  const plan = planWorld(scenario, { roadnetFile, flowFile, interval, laneChange, steps })
  const driven = await drive(plan, import.meta.url)
  try {
    return await new Replay(trace, planRecording(trace), driven).run()
  } finally {
    await driven.close()
  }
}

/** A world that is taken through what was recorded. */
class Replay {
  readonly #trace: Trace
  readonly #plan: TrafficPlan
  readonly #driven: DrivenWorld
  readonly #bound: BoundWorld
  readonly #world: TrafficWorld
  /** Drivables by id. */
  readonly #drivables: ReadonlyMap<string, number>

  constructor(trace: Trace, plan: TrafficPlan, driven: DrivenWorld) {
    this.#trace = trace
    this.#plan = plan
    this.#driven = driven
    this.#bound = driven.bound
    this.#world = driven.bound.world as TrafficWorld
    const { length } = plan.network.graph.length
    const drivables = new Map<string, number>()
    // Of lane links of one name the first counts.
    for (let i = length - 1; i >= 0; i--) drivables.set(drivableName(plan.network, i), i)
    this.#drivables = drivables
  }

  async run(): Promise<Verification> {
    const { steps, trace, lanes } = this.#trace
    const vehicles = new Map(trace.map((row) => [row.t, row]))
    const totals = new Map(lanes.map((row) => [row.t, row]))
    this.#bound.agents.key[2] = this.#trace.seed
    this.#bound.world.reset()
    for (let step = 0; ; step++) {
      const rows = vehicles.get(step)
      const total = totals.get(step)
      const difference =
        (rows && this.#compareVehicles(step, rows.v)) ?? (total && this.#compareLanes(step, total))
      if (difference) return { steps: step, observations: 0, difference }
      if (step === steps) break
      this.#command(step)
      await this.#driven.runPhases(0, this.#bound.world.phases.length)
    }
    const got = this.#world.averageTravelTime()
    const expected = this.#trace.final_att
    if (isNear(expected, got)) return { steps, observations: 0 }
    return {
      steps,
      observations: 0,
      difference: { step: steps, agent: -1, field: 'final_att', expected, got },
    }
  }

  /** What the recording did before a step. */
  #command(step: number): void {
    const { signal, signal_period: period, script } = this.#trace
    const { action } = this.#bound.agents
    if (signal === 'roadnet') this.#bound.world.policies['plan']!(0, 0, action.length)
    else if (step % period === 0) {
      for (let i = 0; i < action.length; i++) action[i] = (step / period + i) % this.#world.phaseCount(i)
    }
    if (script === 'lead' && step >= 40 && step < 80) {
      this.#world.wantSpeed(this.#running().get('flow_0_0')!, step < 60 ? 0 : 5)
    }
  }

  /** Slots of the vehicles that run, by id; shadows have none. */
  #running(): Map<string, number> {
    const { drivable, trip, isShadow } = this.#bound.state
    const { tripFlow, tripNumber } = this.#plan.constants
    const running = new Map<string, number>()
    for (let slot = 0; slot < drivable!.length; slot++) {
      if (drivable![slot] === C.NONE || isShadow![slot] === 1) continue
      running.set(`flow_${tripFlow[trip![slot]!]}_${tripNumber[trip![slot]!]}`, slot)
    }
    return running
  }

  #compareVehicles(step: number, rows: Trace['trace'][number]['v']): Difference | undefined {
    const { drivable, position, speed } = this.#bound.state
    const running = this.#running()
    if (running.size !== rows.length) {
      return { step, agent: -1, field: 'vehicles', expected: rows.length, got: running.size }
    }
    for (const [vehicle, place, metres, metresPerSecond] of rows) {
      const id = this.#trace.vehicles[vehicle]!
      const slot = running.get(id)
      if (slot === undefined) return { step, agent: -1, field: id, expected: 'running', got: 'not there' }
      const name = this.#trace.drivables[place]!
      if (drivable![slot] !== this.#drivables.get(name)) {
        const got = drivableName(this.#plan.network, drivable![slot]!)
        return { step, agent: -1, field: `${id}: drivable`, expected: name, got }
      }
      const numbers = [
        ['position', metres, position![slot]!],
        ['speed', metresPerSecond, speed![slot]!],
      ] as const
      for (const [field, expected, got] of numbers) {
        if (!isNear(expected, got)) return { step, agent: -1, field: `${id}: ${field}`, expected, got }
      }
    }
    return undefined
  }

  #compareLanes(step: number, row: Trace['lanes'][number]): Difference | undefined {
    const { counts, lists, queue } = this.#bound.state
    const running = counts![C.RUNNING_VEHICLES]!
    const all = running + counts![C.WAITING_VEHICLES]!
    const att = this.#world.averageTravelTime()
    const totals: readonly (readonly [field: string, expected: number, got: number])[] = [
      ['vehicle count', row.n, running + counts![C.SHADOWS]!],
      ['vehicles with those that wait', row.all, all],
      ['average travel time', row.att, att],
    ]
    for (const [field, expected, got] of totals) {
      if (!isNear(expected, got)) return { step, agent: -1, field, expected, got }
    }
    const lanes = this.#plan.network.graph.laneRoad.length
    const counted: readonly (readonly [
      field: string,
      expected: Trace['lanes'][number]['count'],
      (lane: number) => number,
    ])[] = [
      ['vehicles', row.count, (lane) => lists![lane * C.LIST_WORDS + C.LIST_COUNT]!],
      ['standing vehicles', row.wait, (lane) => queue![lane]!],
    ]
    for (const [field, pairs, read] of counted) {
      const expected = new Map(
        pairs.map(([place, n]) => [this.#drivables.get(this.#trace.drivables[place]!)!, n]),
      )
      for (let lane = 0; lane < lanes; lane++) {
        const wanted = expected.get(lane) ?? 0
        if (read(lane) === wanted) continue
        const name = drivableName(this.#plan.network, lane)
        return { step, agent: -1, field: `${name}: ${field}`, expected: wanted, got: read(lane) }
      }
    }
    return undefined
  }
}

function isNear(expected: number, got: number): boolean {
  return Math.abs(expected - got) <= TOLERANCE * Math.max(1, Math.abs(expected))
}
