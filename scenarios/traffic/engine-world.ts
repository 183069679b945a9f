import { totalmem } from 'node:os'
import { z } from 'zod'
import type { ColumnsOf, Views } from '../../runtime/core/memory/layout.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { defineScenario, type WorldMemory } from '../../runtime/core/scenario.ts'
import { createWorld, planWorld } from '../../runtime/core/world.ts'
import * as C from './codes.ts'
import { planTraffic, type TrafficFiles } from './describe.ts'
import { FROM_OUTSIDE } from './from-outside.ts'
import { KERNEL, type TrafficKernel } from './kernel.ts'
import { OwnRoutes } from './own-routes.ts'
import { type Room, SCRATCH_COLUMNS, type TrafficColumns, type TrafficConstants } from './plan.ts'
import { type TrafficSetup, TrafficWorld } from './world.ts'

/** How much a world can hold. */
export interface WorldSize extends Room {
  /** Steps for which the starts of vehicles are listed. */
  readonly steps: number
}

/** A single world on the calling thread. */
export interface EngineWorld {
  readonly size: WorldSize
  readonly world: TrafficWorld
  readonly constants: Views<ColumnsOf<TrafficConstants>>
  readonly state: Views<TrafficColumns>
  /** Generator of the seed that a reset takes. */
  readonly key: Uint32Array
  readonly routes: OwnRoutes
  readonly kernel: TrafficKernel
  /** Address by which kernels know the world. */
  readonly at: number
}

/** @param rerouteSteps as in `TrafficSetup` @throws ERR_ARENA_TOO_LARGE */
export function openEngineWorld(
  files: TrafficFiles,
  size: WorldSize,
  rerouteSteps: number | undefined,
): EngineWorld {
  const { columns, constants } = planTraffic(files, size.steps, size)
  const setup: TrafficSetup = rerouteSteps === undefined ? FROM_OUTSIDE : { ...FROM_OUTSIDE, rerouteSteps }
  let bound: Bound | undefined
  const scenario = defineScenario({
    name: 'traffic-engine',
    summary: 'a world that is driven call by call',
    options: z.strictObject({}),
    scripted: [],
    describe: () => ({
      columns,
      constants,
      groups: [
        {
          name: 'signals',
          capacity: constants.signals.length,
          actions: setup.timing.mostPhases,
          observation: describeObservation({ scalars: [] }),
        },
      ],
      maxSteps: size.steps,
    }),
    bind(_, memory: WorldMemory<TrafficColumns, TrafficConstants>) {
      bound = { memory, world: new TrafficWorld(setup, memory) }
      return bound.world
    },
  })
  createWorld(planWorld(scenario, {}), totalmem())
  return engineWorld(size, bound!)
}

interface Bound {
  readonly memory: WorldMemory<TrafficColumns, TrafficConstants>
  readonly world: TrafficWorld
}

function engineWorld(size: WorldSize, { memory, world }: Bound): EngineWorld {
  const { constants, state, agents } = memory
  return {
    size,
    world,
    constants,
    state,
    key: agents.key,
    routes: new OwnRoutes(constants, state),
    kernel: memory.kernel<TrafficKernel>(KERNEL),
    at: state.table.byteOffset,
  }
}

/** Columns that depend on how much a world can hold, or on where it lies. */
const REBUILT = ['counts', 'free', 'priorities', 'lists']

/** Brings all that a world knows into one that holds at least as much. */
export function moveInto(from: EngineWorld, to: EngineWorld): void {
  to.key.set(from.key)
  to.world.reset()
  for (const [name, column] of Object.entries(from.state)) {
    if (!REBUILT.includes(name) && !SCRATCH_COLUMNS.includes(name)) to.state[name]!.set(column)
  }
  adoptVehicles(from, to)
  moveCounts(from, to)
}

/** Each list in its order; those that wait are in no list. */
function adoptVehicles({ state, constants }: EngineWorld, { kernel, at }: EngineWorld): void {
  const { trip, drivable, lists } = state
  for (let place = 0; place < constants.length.length; place++) {
    const first = lists[place * C.LIST_WORDS + C.LIST_AT]!
    const end = first + lists[place * C.LIST_WORDS + C.LIST_COUNT]!
    for (let i = first; i < end; i++) kernel.adopt(at, lists[i]!)
  }
  for (let vehicle = 0; vehicle < trip.length; vehicle++) {
    if (trip[vehicle] !== C.NONE && drivable[vehicle] === C.NONE) kernel.adopt(at, vehicle)
  }
}

function moveCounts(from: EngineWorld, to: EngineWorld): void {
  const [old, own] = [from.state.counts, to.state.counts]
  const [listsFree, listsEnd] = [own[C.LISTS_FREE]!, own[C.LISTS_END]!]
  own.set(old)
  own[C.LISTS_FREE] = listsFree
  own[C.LISTS_END] = listsEnd
  // New slots lie under the old ones, which are taken first.
  const added = to.state.free.length - from.state.free.length
  const free = old[C.FREE_SLOTS]!
  for (let i = 0; i < added; i++) to.state.free[i] = to.state.free.length - 1 - i
  to.state.free.set(from.state.free.subarray(0, free), added)
  own[C.FREE_SLOTS] = added + free
}
