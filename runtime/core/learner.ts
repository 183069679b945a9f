import type { z } from 'zod'
import { RuntimeError } from './errors.ts'
import type { Segment } from './experience.ts'
import type { NetworkShape, NetworkSpec } from './network.ts'
import type { ObservationSpace } from './observation.ts'
import type { NamedTensors } from './tensors.ts'

/** How an algorithm's policy chooses from action values, or from logits. See actors/kernels/assembly/choose.ts. */
export type Selection = 'greedy' | 'epsilon-greedy' | 'boltzmann'

/** The acting side of an algorithm: everything a rollout thread needs besides the parameters. */
export interface ActingSpec {
  /** The network but for its inputs and outputs, which follow from the group. */
  readonly network: NetworkShape
  readonly selection: Selection
  /** The group's mean action of the previous step is a shared input behind the scenario's own. */
  readonly meanAction: boolean
  /** Every agent has a network of its own; left out, one serves all. */
  readonly perAgent?: boolean
  /**
   * How many such networks there are: that of agent `id` is number `id` modulo this. Left out, as many as its group can have agents; it is
   * those of all groups together where they were trained as one.
   */
  readonly seats?: number
  /** What is learned is a mixture of actions, of which the likeliest one is no more than a part: it is never played greedily. */
  readonly isMixed?: boolean
  /**
   * The policy is learned with a critic, so that log-probabilities of actions are recorded: by `head`, the network has one output
   * more, behind those of the actions, the state's value, which nobody acts by; `apart`, it is a network that only the learner has.
   */
  readonly critic?: 'head' | 'apart'
  /** The value of an action hangs on what the others of the group do; left out, on nothing but the action. */
  readonly factors?: FactorSpec
}

/**
 * Factorised values: for each action a the network gives Q_i(a) and two vectors V_i(a) and U_i(a), one behind the other, and
 *
 *   Q_i(a_1 … a_n) = Q_i(a_i) + λ V_i(a_i) · 1 / (n − 1) Σ_{j ≠ i} U_j(a_j)
 *
 * over the n agents of a group that are alive. The greedy joint action is found by coordinate ascent, agent after agent.
 *
 * @see Zhou, Zhang et al. 2019, "Factorized Q-learning for large-scale multi-agent systems"
 */
export interface FactorSpec {
  /** Width of V and U, a multiple of 4: the kernels' unit. */
  readonly rank: number
  /** λ */
  readonly weight: number
  /** How often each agent answers the others' choices. */
  readonly sweeps: number
}

/**
 * The network with which a policy acts, or networks.
 *
 * @param space  of its inputs, mean action included
 * @param agents most of the group, that can have one each; left out, the network of one of them
 * @throws ERR_CONFIG_INVALID for an acting side that contradicts itself
 */
export function networkFor(
  acting: ActingSpec,
  space: ObservationSpace,
  actions: number,
  agents?: number,
): NetworkSpec {
  refuseContradictions(acting)
  return {
    shape: acting.network,
    space,
    meanActions: acting.meanAction ? actions : 0,
    outputs: actions * (1 + 2 * (acting.factors?.rank ?? 0)) + Number(acting.critic === 'head'),
    ...(acting.perAgent && agents !== undefined && { agents }),
  }
}

/** @throws ERR_CONFIG_INVALID for what no policy can do at once */
function refuseContradictions({ network, perAgent, factors }: ActingSpec): void {
  const exchanges = network.kind === 'commnet' || network.kind === 'bicnet'
  const given = [
    exchanges && `the network ${network.kind}`,
    perAgent && 'perAgent',
    factors && 'factors',
  ].filter(Boolean)
  if (given.length < 2) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `acting: expected one of networks through which agents exchange something, perAgent, and factors; got ${given.join(' and ')}`,
  )
}

/** What a learner is made for. */
export interface LearnerSetup {
  /** Inputs of the network, mean action included. */
  readonly space: ObservationSpace
  readonly actions: number
  /** Most agents that can act at once. */
  readonly agents: number
  readonly seed: number
}

/** What a run gives an algorithm to learn from. */
export interface LearningTask {
  /** The network that is to learn. */
  readonly network: NetworkSpec
  /** Most rows that one segment can have. */
  readonly segmentRows: number
  /** Not all agents are recorded. */
  readonly isSampled: boolean
  /** Most agents of each group that takes a turn in learning. */
  readonly agents: readonly number[]
  /** What agents of these groups are paid adds up to 0, group by group and step by step; left out, nobody says so. */
  readonly isZeroSum?: boolean
}

/** Figures of the last updates, by name. One that is no finite number ends the run: training has diverged. */
export type Losses = Readonly<Record<string, number>>

/**
 * Turns experience into parameters. Knows nothing of threads, sockets or files.
 *
 * The loop that drives it: `ingest` what arrived; while `due()` updates are owed, `update`; publish
 * `weights`. Everything it does is a function of its setup, its options and what was ingested.
 */
export interface Learner {
  ingest(segment: Segment): void
  /** Updates that the experience ingested so far still pays for. */
  due(): number
  /** Updates so far. */
  readonly updates: number
  /** @param progress share of the run that is done, in [0, 1], for schedules */
  update(progress: number): Promise<Losses>
  weights(): Promise<NamedTensors>
  /** The whole state; `withReplay` false leaves the stored experience out. */
  save(withReplay: boolean): Promise<NamedTensors>
  /** @throws ERR_CHECKPOINT_MISMATCH */
  load(saved: NamedTensors): void
  /** Transitions held for sampling. */
  readonly stored: number
  dispose(): void
}

/** A learning algorithm, as the registry lists it. `S` is the schema of its options. */
export interface Algorithm<S extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly summary: string
  readonly options: S
  /**
   * Fills in options that were left open because their defaults hang on the run.
   *
   * @param isSampled only a sample of the learning group is recorded
   */
  complete?(options: z.output<S>, isSampled: boolean): z.output<S>
  acting(options: z.output<S>): ActingSpec
  /** Epsilon or temperature of the behaviour policy. @param progress share of the run that is done, in [0, 1] */
  exploration(options: z.output<S>, progress: number): number
  /**
   * Refuses options that do not fit the run, before anything is started; left out, all do.
   *
   * @throws ERR_CONFIG_INVALID
   */
  check?(options: z.output<S>, task: LearningTask): void
  /** Imports here what needs TensorFlow.js: a process that does not learn must not load it. */
  create(setup: LearnerSetup, options: z.output<S>): Promise<Learner>
}

export type AnyAlgorithm = Algorithm

/** Declares an algorithm; the one place where its option type is forgotten. */
export function defineAlgorithm<S extends z.ZodObject>(algorithm: Algorithm<S>): AnyAlgorithm {
  return algorithm as unknown as AnyAlgorithm
}
