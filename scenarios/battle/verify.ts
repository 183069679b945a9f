import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { Column, Views } from '../../runtime/core/memory/layout.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import type { Difference, DrivenWorld, DriveWorld, Verification } from '../../runtime/core/verify.ts'
import { type BoundWorld, planWorld } from '../../runtime/core/world.ts'
import type { GridWorldConfig } from '../gridworld/config.ts'
import { seedEngine } from '../gridworld/engine-random.ts'
import { denseShape } from '../gridworld/observation.ts'
import { type GridColumns, type GridPlan, planGrid } from '../gridworld/plan.ts'
import { ALIVE } from '../gridworld/words.ts'
import { GridWorld } from '../gridworld/world.ts'
import { armyRules, SOLDIER } from './army.ts'
import { type RecordedObservation, type RecordedStep, type Recording, readRecordings } from './trace.ts'

interface RecordingSize {
  readonly width: number
  readonly height: number
  /** Of each army. */
  readonly capacity: number
}

/** A battle with room for one observation as MAgent2 has it. */
interface RecordingColumns extends GridColumns {
  readonly denseBackground: Column<'f32'>
  readonly denseView: Column<'f32'>
  readonly denseFeature: Column<'f32'>
}

function planRecording({ width, height, capacity }: RecordingSize): GridPlan {
  const army = (name: string) => ({ name, type: SOLDIER, capacity })
  const config: GridWorldConfig = {
    width,
    height,
    groups: [army('red'), army('blue')],
    rules: armyRules(),
    idBits: 10,
    minimap: true,
    order: 'magent',
  }
  return planGrid(config)
}

/** A battle on any rectangle, filled by hand: what recordings are replayed in. */
export const scenario: AnyScenario = defineScenario({
  name: 'battle-recording',
  summary: 'a battle that is set up agent by agent',
  options: z.strictObject({ width: z.number(), height: z.number(), capacity: z.number() }),
  scripted: [],
  describe(size) {
    const plan = planRecording(size)
    const shape = denseShape(plan.groups[0]!, plan.config, true)
    const columns: RecordingColumns = {
      ...plan.columns,
      denseBackground: { dtype: 'f32', shape: [shape.view] },
      denseView: { dtype: 'f32', shape: [shape.view] },
      denseFeature: { dtype: 'f32', shape: [shape.feature] },
    }
    return { columns, groups: plan.specs, maxSteps: 1_000_000 }
  },
  bind: (size, memory) => new GridWorld(planRecording(size), memory, () => {}),
})

/** Replays every recording of a file and stops at the first difference. */
export async function verifyBattle(file: string, drive: DriveWorld): Promise<Verification> {
  let steps = 0
  let observations = 0
  for (const recording of await readRecordings(file)) {
    const result = await replay(file, recording, drive)
    steps += result.steps
    observations += result.observations
    if (result.difference) return { steps, observations, difference: result.difference }
  }
  return { steps, observations }
}

async function replay(file: string, recording: Recording, drive: DriveWorld): Promise<Verification> {
  const { width, height, agents } = recording
  const perArmy = [0, 1].map((group) => agents.filter((agent) => agent.group === group).length)
  const plan = planWorld(scenario, { width, height, capacity: Math.max(...perArmy) })
  const driven = await drive(plan, import.meta.url)
  try {
    setUp(file, recording, driven.bound)
    return await compareSteps(recording, driven)
  } finally {
    await driven.close()
  }
}

function battleOf(bound: BoundWorld): GridWorld {
  return bound.world as GridWorld
}

/** @throws ERR_FILE_INVALID for an agent on a cell that is taken or off the map */
function setUp(file: string, recording: Recording, bound: BoundWorld): void {
  const battle = battleOf(bound)
  let agent = 0
  battle.clearMap(seedEngine(recording.engineSeed))
  for (const [x, y] of recording.walls) battle.setWall(x, y)
  for (const group of [0, 1]) {
    for (const { x, y, hp } of recording.agents.filter((agent) => agent.group === group)) {
      if (!battle.tryPlace(group, x, y)) {
        throw new RuntimeError(
          'ERR_FILE_INVALID',
          `${file}: ${recording.name}: expected agent ${agent} on a free cell of the map of ` +
            `${recording.width} × ${recording.height}, got (${x}, ${y})`,
          { details: { file, recording: recording.name, agent, x, y } },
        )
      }
      agent++
      battle.setHp(bound.plan.slots[group]! + bound.agents.living[group]! - 1, Math.fround(hp))
    }
  }
}

async function compareSteps(recording: Recording, driven: DrivenWorld): Promise<Verification> {
  const { bound } = driven
  const names = bound.world.phases.map((phase) => phase.name)
  const settled = names.indexOf('settle') + 1
  let observations = 0
  for (const [step, recorded] of recording.steps.entries()) {
    const seen = (when: string) => recording.observations.filter((o) => o.t === step && o.when === when)
    const before = seen('before_step')
    const after = seen('after_step_before_clear')
    let difference = compareList(step, recorded, bound) ?? compareObservations(step, before, recording, bound)
    if (!difference) {
      setActions(recorded, bound)
      await driven.runPhases(0, settled)
      difference = compareState(step, recorded, bound) ?? compareObservations(step, after, recording, bound)
      await driven.runPhases(settled, names.length)
      if (!difference && bound.world.ended() !== (recorded.done === 1)) {
        difference = {
          step,
          agent: -1,
          field: 'done',
          expected: recorded.done === 1,
          got: bound.world.ended(),
        }
      }
    }
    if (difference) return { steps: step, observations, difference }
    observations += before.length + after.length
  }
  return { steps: recording.steps.length, observations }
}

/** Slot of the i-th agent of a recorded step: red's list, then blue's. */
function slotOf(i: number, recorded: RecordedStep, bound: BoundWorld): number {
  return i < recorded.n0 ? i : bound.plan.slots[1]! + i - recorded.n0
}

function compareList(step: number, recorded: RecordedStep, bound: BoundWorld): Difference | undefined {
  const { living, id } = bound.agents
  if (living[0] !== recorded.n0) {
    return { step, agent: -1, field: 'n0', expected: recorded.n0, got: living[0] }
  }
  if (living[0]! + living[1]! !== recorded.ids.length) {
    return { step, agent: -1, field: 'agents', expected: recorded.ids.length, got: living[0]! + living[1]! }
  }
  for (const [i, expected] of recorded.ids.entries()) {
    const got = id[slotOf(i, recorded, bound)]!
    if (got !== expected) return { step, agent: expected, field: 'ids', expected, got }
  }
  const engine = bound.state['engine']![0]!
  if (recorded.rng_before !== undefined && engine !== recorded.rng_before) {
    return { step, agent: -1, field: 'rng_before', expected: recorded.rng_before, got: engine }
  }
  return undefined
}

function setActions(recorded: RecordedStep, bound: BoundWorld): void {
  for (const [i, action] of recorded.action.entries())
    bound.agents.action[slotOf(i, recorded, bound)] = action
}

function compareState(step: number, recorded: RecordedStep, bound: BoundWorld): Difference | undefined {
  const { state, agents } = bound
  const columns: readonly [string, readonly number[], (slot: number) => number][] = [
    ['x', recorded.x, (slot) => state['x']![slot]!],
    ['y', recorded.y, (slot) => state['y']![slot]!],
    ['hp', recorded.hp, (slot) => state['hp']![slot]!],
    ['alive', recorded.alive, (slot) => (state['dead']![slot] === ALIVE ? 1 : 0)],
    ['reward', recorded.reward, (slot) => agents.reward[slot]!],
  ]
  for (const [i, agent] of recorded.ids.entries()) {
    const slot = slotOf(i, recorded, bound)
    for (const [field, values, read] of columns) {
      const expected = Math.fround(values[i]!)
      const got = read(slot)
      // A dead agent's hp is what the last blow left; the recording keeps it as well.
      if (!Object.is(got, expected)) return { step, agent, field, expected, got }
    }
  }
  for (const [i, agent] of recorded.attack_order.entries()) {
    const got = agents.id[state['attackers']![i]!]!
    if (got !== agent) return { step, agent, field: 'attack_order', expected: agent, got }
  }
  return undefined
}

/** @throws ERR_FILE_INVALID for an observation of an agent that is not there */
function compareObservations(
  step: number,
  recorded: readonly RecordedObservation[],
  { name }: Recording,
  bound: BoundWorld,
): Difference | undefined {
  const battle = battleOf(bound)
  const state = bound.state as Views<RecordingColumns>
  const { denseBackground, denseView, denseFeature } = state
  for (const { id, group, minimap, view, feature } of recorded) {
    const index = indexInList(id, group, bound)
    if (index < 0) {
      throw new RuntimeError(
        'ERR_FILE_INVALID',
        `${name}: step ${step}: expected the observation of an agent in the list of group ${group}, got id ${id}`,
        { details: { recording: name, step, group, id } },
      )
    }
    const shape = denseShape(battle.plan.groups[group]!, battle.plan.config, minimap)
    battle.denseBackground(group, denseBackground)
    const background = minimap ? denseBackground.byteOffset : 0
    battle.observeDense(group, index, index + 1, background, denseView.byteOffset, denseFeature.byteOffset)
    const gotView = denseView.subarray(0, shape.view)
    const gotFeature = denseFeature.subarray(0, shape.feature)
    const different =
      firstDifference(view.flat(2), gotView, 'view') ?? firstDifference(feature, gotFeature, 'feature')
    if (different) return { step, agent: id, ...different }
  }
  return undefined
}

/** Place of an agent in the list of its group, those that died in the step included; −1 if it is not there. */
function indexInList(id: number, group: number, { plan, agents }: BoundWorld): number {
  const first = plan.slots[group]
  return first === undefined ? -1 : agents.id.subarray(first, first + agents.living[group]!).indexOf(id)
}

/** A recorded null stands for NaN, which JSON lacks. */
function firstDifference(
  expected: readonly (number | null)[],
  got: Float32Array,
  name: string,
): Omit<Difference, 'step' | 'agent'> | undefined {
  if (expected.length !== got.length) {
    return { field: `${name}.length`, expected: expected.length, got: got.length }
  }
  for (const [i, value] of expected.entries()) {
    const wanted = value === null ? Number.NaN : Math.fround(value)
    // −0 and 0 are one number here: the recording does not tell them apart.
    if (wanted !== got[i] && !Object.is(wanted, got[i])) {
      return { field: `${name}[${i}]`, expected: value, got: got[i] }
    }
  }
  return undefined
}
