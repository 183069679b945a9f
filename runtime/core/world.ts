import {
  type Arena,
  bindRecord,
  createArena,
  planArena,
  type RegionRequest,
  recordOffset,
} from './memory/arena.ts'
import {
  alignUp,
  bindViews,
  CACHE_LINE_BYTES,
  type Columns,
  columnsOf,
  type Layout,
  planLayout,
  type Views,
} from './memory/layout.ts'
import { Random } from './rng.ts'
import type { AgentColumns, AnyScenario, World, WorldSpec } from './scenario.ts'

/** A scenario with its options, described and laid out: a world of it can be allocated and bound. */
export interface WorldPlan {
  readonly scenario: AnyScenario
  readonly options: Record<string, unknown>
  readonly spec: WorldSpec
  /** Steps from one decision of the agents to the next. */
  readonly decisionSteps: number
  /** First slot of each group. */
  readonly slots: readonly number[]
  readonly agents: Layout<AgentColumns>
  readonly state: Layout
  /** Both layouts as one record: agents first. */
  readonly layout: Layout
  /** Of the record that all worlds of a host read. */
  readonly constants: Layout
}

/** A plan as it is sent to threads. They load the scenario by themselves, and find constants in the arena. */
export type SentWorldPlan = Omit<WorldPlan, 'scenario'>

export function sendWorldPlan(plan: WorldPlan): SentWorldPlan {
  const { scenario: _, ...sent } = plan
  const { constants: __, ...spec } = plan.spec
  return { ...sent, spec }
}

/** A world in its memory. */
export interface BoundWorld {
  readonly plan: WorldPlan
  readonly world: World
  readonly agents: Views<AgentColumns>
  readonly state: Views<Columns>
}

/**
 * @param options complete options, as the scenario's schema returns them
 * @throws ERR_CONFIG_INVALID for options that contradict each other
 */
export function planWorld(scenario: AnyScenario, options: Record<string, unknown>): WorldPlan {
  const spec = scenario.describe(options)
  const slots: number[] = []
  let total = 0
  for (const group of spec.groups) {
    slots.push(total)
    total += group.capacity
  }
  const agents = planLayout(agentColumns(total, spec.groups.length))
  const state = planLayout(spec.columns)
  return {
    scenario,
    options,
    spec,
    decisionSteps: spec.decisionSteps ?? 1,
    slots,
    agents,
    state,
    layout: joinLayouts(agents, state),
    constants: planLayout(columnsOf(spec.constants ?? {})),
  }
}

/** Regions of the arena for a number of worlds. */
export function worldRegions(
  { layout, constants }: WorldPlan,
  count: number,
): Record<'worlds' | 'constants', RegionRequest> {
  return { worlds: { layout, count }, constants: { layout: constants, count: 1 } }
}

/** Copies the constants into a new arena, before any world is bound. */
export function writeConstants({ spec, constants }: WorldPlan, arena: Arena): void {
  const views = bindRecord(arena, 'constants', constants, 0)
  for (const [name, values] of Object.entries(spec.constants ?? {})) views[name]!.set(values)
}

function agentColumns(slots: number, groups: number): AgentColumns {
  return {
    id: { dtype: 'u32', shape: [slots] },
    action: { dtype: 'u16', shape: [slots] },
    reward: { dtype: 'f32', shape: [slots] },
    next: { dtype: 'i32', shape: [slots] },
    living: { dtype: 'i32', shape: [groups] },
    key: { dtype: 'u32', shape: [3] },
    clock: { dtype: 'i32', shape: [4] },
  }
}

function joinLayouts(agents: Layout<AgentColumns>, state: Layout): Layout {
  const base = alignUp(agents.bytes, CACHE_LINE_BYTES)
  const columns: Record<string, Columns[string]> = {}
  const offsets: Record<string, number> = {}
  for (const [name, column] of Object.entries(agents.columns)) {
    columns[`agents.${name}`] = column
    offsets[`agents.${name}`] = agents.offsets[name]!
  }
  for (const [name, column] of Object.entries(state.columns)) {
    columns[name] = column
    offsets[name] = base + state.offsets[name]!
  }
  return { columns, offsets, bytes: base + state.bytes }
}

/**
 * Binds record `index` of the arena's region `region`.
 *
 * @param shards threads that step the world together
 */
export function bindWorld(
  plan: WorldPlan,
  arena: Arena,
  region: string,
  index: number,
  shards: number,
): BoundWorld {
  const base = recordOffset(arena, region, index)
  const agents = bindViews(plan.agents, arena.buffer, base)
  const state = bindViews(plan.state, arena.buffer, base + alignUp(plan.agents.bytes, CACHE_LINE_BYTES))
  const world = plan.scenario.bind(plan.options, {
    state,
    constants: bindRecord(arena, 'constants', plan.constants, 0),
    agents,
    slots: plan.slots,
    random: new Random(agents.key),
    shards,
    heap: arena.heap,
    kernel: (module) => arena.instantiate(module),
  })
  return { plan, world, agents, state }
}

/** A single world in an arena of its own, for tools that step it by hand. */
export function createWorld(plan: WorldPlan, limitBytes: number): BoundWorld {
  const arena = createArena(planArena(worldRegions(plan, 1)), limitBytes)
  writeConstants(plan, arena)
  return bindWorld(plan, arena, 'worlds', 0, 1)
}
