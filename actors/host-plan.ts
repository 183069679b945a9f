import { type ActingSpec, networkFor } from '../runtime/core/learner.ts'
import { type ArenaPlan, planArena } from '../runtime/core/memory/arena.ts'
import { barrierColumns } from '../runtime/core/memory/barrier.ts'
import { alignUp, type Column, type Layout, planLayout } from '../runtime/core/memory/layout.ts'
import type { NetworkSpec } from '../runtime/core/network.ts'
import { type ObservationSpace, withShared } from '../runtime/core/observation.ts'
import { parameterFloats } from '../runtime/core/parameters.ts'
import { type AnyScenario, actingGroups } from '../runtime/core/scenario.ts'
import { type SentWorldPlan, sendWorldPlan, type WorldPlan, worldRegions } from '../runtime/core/world.ts'
import { type ProgramColumns, programColumns, scratchFloats, sparseOutputs } from './kernels/program.ts'
import { heardFloats, keptFloats, stagesOf } from './kernels/stages.ts'

/**
 * A policy that agents of any group may be given for a segment. Learned ones observe; for others that
 * `observes`, observations are packed, and nobody looks at them.
 */
export type PolicySpec =
  | { readonly kind: 'random'; readonly observes?: boolean }
  | { readonly kind: 'scripted'; readonly name: string; readonly observes?: boolean }
  | {
      readonly kind: 'learned'
      readonly acting: ActingSpec
      /** First of its two records in the arena's region `parameters`. */
      readonly parameters: number
    }

/** Everything that the threads of a host agree on. */
export interface HostPlan {
  readonly world: WorldPlan
  readonly policies: readonly PolicySpec[]
  /** Worlds of this host, and the index of its first among all hosts' worlds. */
  readonly worldCount: number
  readonly firstWorld: number
  /** Threads that share one world. */
  readonly shards: number
  /** Segments that run at a time, of different worlds. */
  readonly lanes: number
  /** Decisions that a recorded segment has at the most. */
  readonly segmentSteps: number
  readonly seed: number
  /** Experience is recorded, in slabs of `slab`. */
  readonly recording: boolean
  /** Most agents of a group whose experience is recorded; see recorder.ts. */
  readonly sampleAgents: number
  readonly slab: Layout<SlabColumns>
  readonly frame: Layout<FrameColumns>
  readonly shard: Layout<ShardColumns>
  readonly program: Layout<ProgramColumns>
  /** Programs of a policy for a group, of which not all need be in use. */
  readonly stages: number
  /** Floats that an agent keeps from round to round of its group's decision; see rounds.ts. */
  readonly keptFloats: number
  readonly parameters: Layout
  readonly arena: ArenaPlan
}

/** A plan as it is sent to each thread, once: plain data. */
export type SentHostPlan = Omit<HostPlan, 'world'> & { readonly world: SentWorldPlan }

export function sendPlan(plan: HostPlan): SentHostPlan {
  return { ...plan, world: sendWorldPlan(plan.world) }
}

export function receivePlan(plan: SentHostPlan, scenario: AnyScenario): HostPlan {
  return { ...plan, world: { ...plan.world, scenario } }
}

/** One is filled while the other is copied out. */
export const SLABS_PER_LANE = 2
/** Agents that are observed and evaluated at a time. */
export const CHUNK_AGENTS = 128
/** Agents whose rewards are added up at a time: sums do not depend on how agents are split over threads. */
export const BLOCK_AGENTS = 4096
/** One segment's experience of one group. A row is one decision of one agent, in list order; R rows. */
export interface SlabColumns {
  readonly [name: string]: Column
  /** [R, recordBytes] packed observations. */
  readonly observation: Column<'u8'>
  /** [R] `NO_ACTION` in bootstrap rows. */
  readonly action: Column<'u16'>
  /** [R] of all steps of the decision. */
  readonly reward: Column<'f32'>
  /** [R] log-probability of the action under the policy that chose it; [0] where no policy is an actor-critic. */
  readonly logProbability: Column<'f32'>
  /** [R] number of the agent in its group; [0] where no policy has a network for each. */
  readonly agent: Column<'u16'>
  /** [R] row of the same agent's next decision, or −1 when it terminated. */
  readonly next: Column<'i32'>
  /** [R] number of the decision in the segment. */
  readonly time: Column<'u16'>
  /** [K + 1, shared] */
  readonly shared: Column<'f32'>
  /** [8] a `SlabHeader`. */
  readonly header: Column<'i32'>
}

export const SlabHeader = { rows: 0, decisions: 1, group: 2, transitions: 3, version: 4 } as const

/** What the runtime keeps for each world beside the world's own columns. */
export interface FrameColumns {
  readonly [name: string]: Column
  readonly barrier: Column<'i32'>
  /** [1] slab that the running segment is recorded in, or −1. */
  readonly slab: Column<'i32'>
  /** [1 + sample] how many agents are recorded in this decision, and their slots, where not all of a group are. */
  readonly sample: Column<'i32'>
  /** [N] log-probability of each agent's last action, where it is recorded, by slot; [0] as in a slab. */
  readonly logProbability: Column<'f32'>
  /** [G, A] mean action of the previous step. */
  readonly meanAction: Column<'f32'>
  /** [G] total reward of the episode. */
  readonly groupReward: Column<'f64'>
  /** [G, blocks] reward of the step in each block of agents. */
  readonly blockReward: Column<'f64'>
  /** [G, A] actions of the step, of those that go on. */
  readonly actionCount: Column<'i32'>
  /** [G, shared] shared inputs of groups that are not recorded. */
  readonly shared: Column<'f32'>
  /** [G, outputs of layer 0] what `sharedLayer` made of them. */
  readonly base: Column<'f32'>
}

/** What one thread needs of its own while it works on a segment. */
export interface ShardColumns {
  readonly [name: string]: Column
  readonly observation: Column<'u8'>
  readonly values: Column<'f32'>
  readonly scratch: Column<'f32'>
  /** Records of a chunk of agents with what they heard, and the sum of all that is said. */
  readonly heard: Column<'f32'>
  readonly total: Column<'f32'>
  /** [A] actions of a block of agents. */
  readonly actionCount: Column<'i32'>
}

export interface HostRequest {
  readonly world: WorldPlan
  readonly policies: readonly PolicySpec[]
  readonly worldCount: number
  readonly firstWorld: number
  readonly shards: number
  readonly lanes: number
  readonly segmentSteps: number
  readonly seed: number
  /** Most agents of a group whose experience is recorded; 0 records nothing. */
  readonly sampleAgents: number
  /** Place of the policy whose experience is recorded: what it does not need is left out of slabs. Left out, it may be any. */
  readonly recordedPolicy?: number
}

/** The observation space of a group as a policy's network sees it. */
export function policySpace(world: WorldPlan, group: number, acting: ActingSpec): ObservationSpace {
  const { observation, actions } = world.spec.groups[group]!
  return withShared(observation, acting.meanAction ? actions : 0)
}

export function networkOf(world: WorldPlan, group: number, acting: ActingSpec): NetworkSpec {
  const { actions, capacity } = world.spec.groups[group]!
  return networkFor(acting, policySpace(world, group, acting), actions, acting.seats ?? capacity)
}

/** Record of the region `programs` that holds a stage of a policy's network for a group. */
export function programIndex(
  { world, stages }: Pick<HostPlan, 'world' | 'stages'>,
  policy: number,
  group: number,
  stage: number,
): number {
  return (policy * world.spec.groups.length + group) * stages + stage
}

/** Plans the whole memory of a host, before any of it is allocated. */
export function planHost(request: HostRequest): HostPlan {
  const { world, policies, worldCount, shards, lanes, segmentSteps, sampleAgents } = request
  const recording = sampleAgents > 0
  const { groups } = world.spec
  const learned = policies.filter((policy) => policy.kind === 'learned')
  const bound = learned.flatMap(({ acting }) =>
    actingGroups(groups).map((group) => ({ acting, network: networkOf(world, group, acting) })),
  )
  const networks = bound.map(({ network }) => network)
  const kept = Math.max(0, ...bound.map(({ acting, network }) => keptFloats(network, acting.factors)))
  const most = (values: readonly number[]) => Math.max(1, ...values)

  const capacity = most(actingGroups(groups).map((group) => groups[group]!.capacity))
  const recordBytes = most(groups.map((group) => group.observation.recordBytes))
  const shared = Math.max(
    0,
    ...groups.map((group) => group.observation.shared),
    ...networks.map(({ space }) => space.shared),
  )
  const actions = most(groups.map((group) => group.actions))
  const rows = (segmentSteps + 1) * Math.min(capacity, sampleAgents)
  const { recordedPolicy } = request
  const recorded = policies.flatMap((policy, i) =>
    policy.kind === 'learned' && i === (recordedPolicy ?? i) ? [policy.acting] : [],
  )
  const isLogged = recording && recorded.some(({ critic }) => critic)
  const isNumbered = recorded.some(({ perAgent }) => perAgent)

  const slab = planLayout<SlabColumns>({
    observation: { dtype: 'u8', shape: [rows, recordBytes] },
    action: { dtype: 'u16', shape: [rows] },
    reward: { dtype: 'f32', shape: [rows] },
    logProbability: { dtype: 'f32', shape: [isLogged ? rows : 0] },
    agent: { dtype: 'u16', shape: [isNumbered ? rows : 0] },
    next: { dtype: 'i32', shape: [rows] },
    time: { dtype: 'u16', shape: [rows] },
    shared: { dtype: 'f32', shape: [segmentSteps + 1, shared] },
    header: { dtype: 'i32', shape: [8] },
  })
  const frame = planLayout<FrameColumns>({
    barrier: barrierColumns.words,
    slab: { dtype: 'i32', shape: [1] },
    sample: { dtype: 'i32', shape: [capacity > sampleAgents ? 1 + sampleAgents : 0] },
    logProbability: { dtype: 'f32', shape: isLogged ? world.agents.columns.id.shape : [0] },
    meanAction: { dtype: 'f32', shape: [groups.length, actions] },
    groupReward: { dtype: 'f64', shape: [groups.length] },
    blockReward: { dtype: 'f64', shape: [groups.length, Math.ceil(capacity / BLOCK_AGENTS)] },
    actionCount: { dtype: 'i32', shape: [groups.length, actions] },
    shared: { dtype: 'f32', shape: [groups.length, shared] },
    base: { dtype: 'f32', shape: [groups.length, most(networks.map(sparseOutputs))] },
  })
  const shard = planLayout<ShardColumns>({
    observation: { dtype: 'u8', shape: [CHUNK_AGENTS, recordBytes] },
    values: { dtype: 'f32', shape: [CHUNK_AGENTS, alignUp(most(networks.map(({ outputs }) => outputs)), 4)] },
    scratch: {
      dtype: 'f32',
      shape: [most(networks.map(scratchFloats))],
    },
    heard: { dtype: 'f32', shape: [CHUNK_AGENTS, Math.max(0, ...networks.map(heardFloats))] },
    total: { dtype: 'f32', shape: [kept] },
    actionCount: { dtype: 'i32', shape: [actions] },
  })
  const stages = most(networks.map((network) => stagesOf(network).length))
  const program = planLayout(programColumns(networks))
  const parameters = planLayout({
    values: { dtype: 'f32', shape: [most(networks.map(parameterFloats))] },
  })
  const regions = {
    ...worldRegions(world, worldCount),
    frames: { layout: frame, count: worldCount },
    shards: { layout: shard, count: lanes * shards },
    kept: {
      layout: planLayout({ floats: { dtype: 'f32', shape: [...world.agents.columns.id.shape, kept] } }),
      count: lanes,
    },
    programs: { layout: program, count: policies.length * groups.length * stages },
    parameters: { layout: parameters, count: 2 * learned.length },
    slabs: { layout: slab, count: recording ? lanes * SLABS_PER_LANE : 0 },
  }
  return {
    ...request,
    recording,
    slab,
    frame,
    shard,
    program,
    stages,
    keptFloats: kept,
    parameters,
    arena: planArena(regions),
  }
}
