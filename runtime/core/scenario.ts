import type { z } from 'zod'
import { RuntimeError } from './errors.ts'
import type { Heap } from './memory/arena.ts'
import type { Arrays, Columns, ColumnsOf, Views } from './memory/layout.ts'
import type { ObservationSpace } from './observation.ts'
import type { Random } from './rng.ts'
import type { DriveWorld, Verification } from './verify.ts'

/** Agents that share observation space, action space and policy. Actions are Discrete(`actions`). */
export interface GroupSpec {
  readonly name: string
  /** Most agents that the group can have at once. */
  readonly capacity: number
  readonly actions: number
  readonly observation: ObservationSpace
  /** Its agents never act and are no agent-steps: food, goals. No policy is asked for them. */
  readonly passive?: boolean
  /** Groups of one team are on the same side of a match; left out, a group is a team of its own. */
  readonly team?: string
  /** What its agents are paid in a step adds up to 0, whatever they do: for algorithms that count on it. */
  readonly zeroSum?: boolean
}

/** The groups whose agents act, by their index. */
export function actingGroups(groups: readonly GroupSpec[]): number[] {
  return groups.flatMap(({ passive }, group) => (passive ? [] : [group]))
}

/** Most agents that can act at once, of all groups. */
export function actingCapacity(groups: readonly GroupSpec[]): number {
  return actingGroups(groups).reduce((sum, group) => sum + groups[group]!.capacity, 0)
}

/** Most agents that a step can count. */
export function mostAgents({ population, groups }: WorldSpec): number {
  return population ?? actingCapacity(groups)
}

/** For every group the first one with its spaces: their agents can have the same policy. */
export function kindsOf(groups: readonly GroupSpec[]): number[] {
  const alike = (a: GroupSpec, b: GroupSpec): boolean =>
    a.actions === b.actions && LAYOUT_KEYS.every((key) => a.observation[key] === b.observation[key])
  return groups.map((group) => groups.findIndex((other) => alike(other, group)))
}

/** The group that learns and those that act and have its spaces: they can play each other's policies. */
export function playersOf(groups: readonly GroupSpec[], learningGroup: number): number[] {
  const kinds = kindsOf(groups)
  return actingGroups(groups).filter((group) => kinds[group] === kinds[learningGroup])
}

/** What two observations must share for one network to read both. */
const LAYOUT_KEYS = [
  'inputs',
  'cells',
  'channels',
  'hotAt',
  'hotSlots',
  'scalarsAt',
  'blocks',
  'sharedAt',
  'shared',
  'recordBytes',
] as const

/** Everything about a world that is known before its memory is allocated. */
export interface WorldSpec<C extends Columns = Columns, K extends Arrays = Arrays> {
  readonly columns: C
  /**
   * What all worlds of a host share and nobody writes, such as a map. It is copied into the arena once, and is
   * no part of state hashes and checkpoints: a host computes it anew.
   */
  readonly constants?: K
  readonly groups: readonly GroupSpec[]
  /** Steps after which an episode is truncated. */
  readonly maxSteps: number
  /**
   * Steps from one decision of the agents to the next, the first being made at step 0; left out, 1. In between, actions
   * stand in `agents.action`; a world that moves an agent to another slot takes its action along. What is learned from
   * is a decision, with the rewards of its steps added up. All counts of steps remain steps of the world.
   */
  readonly decisionSteps?: number
  /**
   * Most agents that `World.population` can count, for worlds that have it. How many threads a world is given hangs
   * on it.
   */
  readonly population?: number
}

/**
 * The columns that every world has, whatever its scenario. A group's agents stand in the slots
 * `[slots[g], slots[g] + living[g])`, the group's list; N slots and G groups in all. The order of a list
 * may change from step to step: `next` says where an agent went.
 */
export interface AgentColumns extends Columns {
  /**
   * [N] stable number of the agent in a slot. Written by the world. Of a group's living agents no two have the same modulo its
   * capacity: that is an agent's number, by which it can have a network of its own.
   */
  readonly id: { readonly dtype: 'u32'; readonly shape: readonly number[] }
  /** [N] written by policies, once a decision; read by the world's phases. */
  readonly action: { readonly dtype: 'u16'; readonly shape: readonly number[] }
  /** [N] reward of the step, by the slot in which the agent acted. Written by the world's phases. */
  readonly reward: { readonly dtype: 'f32'; readonly shape: readonly number[] }
  /** [N] slot after the step of the agent that acted in this one, or −1 when it terminated. Written by the phases. */
  readonly next: { readonly dtype: 'i32'; readonly shape: readonly number[] }
  /** [G] agents alive. Written by the world. */
  readonly living: { readonly dtype: 'i32'; readonly shape: readonly number[] }
  /** [3] the episode's random key, of two words, and a seed for engines with a generator of their own. */
  readonly key: { readonly dtype: 'u32'; readonly shape: readonly number[] }
  /** [4] step of the episode, episode, 1 while an episode runs, index of the world. */
  readonly clock: { readonly dtype: 'i32'; readonly shape: readonly number[] }
}

export const Clock = { step: 0, episode: 1, running: 2, world: 3 } as const

/** What a scenario gets to bind a world to. */
export interface WorldMemory<C extends Columns, K extends Arrays = Arrays> {
  readonly state: Views<C>
  /** The arrays of `WorldSpec.constants`; to be read only. */
  readonly constants: Views<ColumnsOf<K>>
  readonly agents: Views<AgentColumns>
  /** First slot of each group. */
  readonly slots: readonly number[]
  readonly random: Random
  /** Threads that step the world together, each with a world of its own bound to this memory. */
  readonly shards: number
  /** The whole arena, for packed observations. */
  readonly heap: Heap
  /** The exports of a compiled WebAssembly module that works on the arena. */
  kernel<T>(module: URL): T
}

/**
 * One part of a step. `serial` runs on one thread; `range` is split over the threads that share the
 * world: it reads what earlier phases wrote and writes only for its own indices.
 */
export type Phase =
  | { readonly name: string; readonly kind: 'serial'; run(): void }
  | {
      readonly name: string
      readonly kind: 'range'
      size(): number
      run(from: number, to: number): void
      /**
       * Where some indices take much longer than others: threads get blocks of so many, at least 1, in turn, and not one
       * stretch each.
       * Phases that touch the same memory have the same, so that it stays with one thread.
       */
      readonly grain?: number
    }

/** Chooses actions for the agents `[from, to)` of a group's list, written into `agents.action`. */
export type ScriptedPolicy = (group: number, from: number, to: number) => void

/** A world bound to its memory. Methods without a range are called by one thread at a time. */
export interface World {
  /** Starts an episode: draws hang on the new key. Sets `agents.living` and `agents.id`. */
  reset(): void
  /** Packs the observations of the agents `[from, to)` of a group's list, the first at byte `at` of the heap. */
  observe(group: number, from: number, to: number, at: number): void
  /** Writes what all agents of the group see alike, [observation.shared] floats from byte `at` of the heap. */
  observeShared?(group: number, at: number): void
  /**
   * Slots of the agents of a group whose experience is rare in a large world and should not be missed, such as those
   * that see an enemy; valid until the next call. By one thread, between two steps.
   */
  engaged?(group: number): Int32Array
  /** One step, in order. */
  readonly phases: readonly Phase[]
  /**
   * Agents that the last step moved, where they are not those that act: vehicles, while signals act. Agent-steps count
   * them then. By every thread, after a step.
   */
  population?(): number
  /** True when the task of the episode is over (not when it ran into `maxSteps`). By every thread, after a step. */
  ended(): boolean
  /** Who has more wins the episode. */
  score(group: number): number
  /** Figures of the whole world in the episode so far. */
  metrics(): Readonly<Record<string, number>>
  /** Figures of one group in the episode so far, such as its kills: added up over the episodes of a match. */
  groupMetrics?(group: number): Readonly<Record<string, number>>
  readonly policies: Readonly<Record<string, ScriptedPolicy>>
  /** Columns that hold scratch and not state: left out of the state hash. */
  readonly scratch?: readonly string[]
}

/** What is written of a world while it is played, for a viewer. */
export interface Replay {
  /** After each step. @throws ERR_OUTPUT_UNWRITABLE */
  write(): void
  close(): void
}

/** A kind of environment. `S` is the schema of its options, `C` the columns of its worlds, `K` their constants. */
export interface Scenario<
  S extends z.ZodObject = z.ZodObject,
  C extends Columns = Columns,
  K extends Arrays = Arrays,
> {
  readonly name: string
  /** One line for `manyfold list`. */
  readonly summary: string
  /** Options with defaults and descriptions: flags, config keys and docs come from here. */
  readonly options: S
  /** Named sets of options. */
  readonly presets?: Readonly<Record<string, Partial<z.input<S>>>>
  /** Key of the option that names what `readConfig` knows: the options that are in there are weaker than all others. */
  readonly configOption?: string
  /**
   * What `--config` names, when it is of a format that the scenario knows: a file or folder of the system whose rules it
   * follows. Its options, or undefined for anything else.
   *
   * @throws ERR_FILE_INVALID
   */
  readConfig?(path: string): Record<string, unknown> | undefined
  /** Names of the scripted policies beside `random`. */
  readonly scripted: readonly string[]
  /** Whose policy `run` and `bench` play unless the user names one; left out, `random`. */
  readonly defaultPolicy?: string
  /**
   * What a policy is called here, such as `controller`: the flag of `run` and `bench` in place of `--policy` and of one
   * flag for each group.
   */
  readonly policyFlag?: string
  /**
   * Key of the option that says how long an episode lasts, for scenarios that have no length of their own: `--steps` of
   * `run` and `bench` sets it too, so that all of these are one episode.
   */
  readonly stepsOption?: string
  /** Keys of the options on which the meaning of observations and actions hangs: a policy acts with those of its training. */
  readonly policyOptions?: readonly string[]
  /** Names of the metrics that are averages, or all of them: over several worlds they are averaged, all others are added up. */
  readonly averages?: readonly string[] | 'all'
  /** Names of the metrics that evaluations show beside what a policy earns; left out, those that `averages` names. */
  readonly shown?: readonly string[]
  /** Units of metrics, by their names, for the axes of charts; of counts there is none to say. */
  readonly units?: Readonly<Record<string, string>>
  /**
   * Defaults of `train` that suit it better than the general ones: its own options' and those of algorithms, by key;
   * and by an algorithm's name those for that one alone, which are the stronger ones.
   */
  readonly training?: Readonly<Record<string, unknown>>
  /** Name of the group that learns unless the user names another; left out, the first that acts. */
  readonly learningGroup?: string
  /**
   * What worlds of the options are made of. On each host for itself, but not on its threads: they get what it returned.
   *
   * @throws ERR_CONFIG_INVALID for options that contradict each other
   */
  describe(options: z.output<S>): WorldSpec<C, K>
  /** On every thread, for every world that it steps. */
  bind(options: z.output<S>, memory: WorldMemory<C, K>): World
  /**
   * Starts what `run` writes of a world: into `file`, that of `--replay`, or where the options say; undefined when neither
   * asks for it.
   *
   * @throws ERR_OUTPUT_UNWRITABLE
   */
  openReplay?(options: z.output<S>, world: World, file: string | undefined): Replay | undefined
  /**
   * Replays a trace recorded from the system whose rules the scenario follows.
   *
   * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
   */
  verify?(file: string, drive: DriveWorld): Promise<Verification>
}

/** A scenario whose types only its own file knows. */
export type AnyScenario = Scenario

/**
 * Declares a scenario; the one place where its own option and column types are forgotten.
 *
 * @throws ERR_SCENARIO_INVALID for a name that is no kebab-case word
 */
export function defineScenario<S extends z.ZodObject, C extends Columns, K extends Arrays = Arrays>(
  scenario: Scenario<S, C, K>,
): AnyScenario {
  if (!/^[a-z][a-z0-9-]*$/.test(scenario.name)) {
    throw new RuntimeError(
      'ERR_SCENARIO_INVALID',
      `scenario.name: expected a kebab-case word, got '${scenario.name}'`,
    )
  }
  return scenario as unknown as AnyScenario
}
