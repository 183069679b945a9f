import type { Segment } from '../runtime/core/experience.ts'
import {
  type ActingSpec,
  type Learner,
  type LearnerSetup,
  type Losses,
  networkFor,
} from '../runtime/core/learner.ts'
import { exchanges } from '../runtime/core/network.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import { completeQLearning, type QLearningOptions } from './algorithms/q-learning.ts'
import { type QNetworks, type QObjective, type TransitionBatch, updateQ } from './algorithms/q-update.ts'
import { type DenseRows, denseRowsOf } from './dense-rows.ts'
import { ClippedDescent, type Descent } from './descent.ts'
import { Grouping } from './math/grouping.ts'
import { readScalars } from './math/scalars.ts'
import { type Communication, NetworkedDescent } from './networked-descent.ts'
import { NetworkSet } from './networks/network-set.ts'
import { Observations } from './networks/observations.ts'
import { ValueNetwork } from './networks/value-network.ts'
import { type JointSample, Replay, type Sample } from './replay/replay.ts'
import { tf } from './tf.ts'

/** The objective of an update. @param progress share of the run that is done, in [0, 1] */
export type ObjectiveOf = (
  progress: number,
  batch: TransitionBatch,
  online: QNetworks,
) => QObjective | Promise<QObjective>

/**
 * The learner around a Q-learning algorithm: replay, networks, optimiser and their state.
 *
 * Everything random is a function of the seed and of the number of the update.
 */
export class OffPolicyLearner implements Learner {
  readonly #options: QLearningOptions & { readonly samplesPerInsert: number }
  readonly #objective: ObjectiveOf
  /** Whole decisions of the group are sampled. */
  readonly #isJoint: boolean
  /** Agents have networks of their own. */
  readonly #isEach: boolean
  readonly #replay: Replay
  readonly #online: QNetworks
  readonly #target: QNetworks
  readonly #descent: Descent
  readonly #random: Random
  readonly #dense: DenseRows
  /** Transitions that pay for updates. */
  #inserted = 0
  /** Transitions ingested since the replay was last empty: updates wait for `learningStarts` of them. */
  #gathered = 0
  /** Rows that updates have learned from: whole decisions can be more than a batch. */
  #sampled = 0
  #updates = 0

  /** @param communication of agents that have networks of their own */
  constructor(
    setup: LearnerSetup,
    acting: ActingSpec,
    options: QLearningOptions,
    objective: ObjectiveOf,
    communication?: Communication,
  ) {
    const network = networkFor(acting, setup.space, setup.actions)
    this.#options = completeQLearning(options, false)
    this.#objective = objective
    this.#isJoint = acting.factors !== undefined || exchanges(network)
    this.#random = new Random(seedKey(setup.seed))
    this.#isEach = communication !== undefined
    this.#replay = new Replay(options.replayCapacity, setup.space, {
      priorityExponent: options.priorityExponent,
      isNumbered: this.#isEach,
      agents: setup.agents,
    })
    // Networks begin alike: the mean of those that did not would be nothing.
    const initial = () =>
      new NetworkSet(communication && setup.agents, () => ValueNetwork.initial(network, this.#random))
    this.#online = initial()
    this.#target = initial()
    this.#descent = communication
      ? new NetworkedDescent(this.#online.networks, options, communication, this.#random)
      : new ClippedDescent(this.#online.parameters, options)
    this.#dense = denseRowsOf(setup.space)
  }

  get updates(): number {
    return this.#updates
  }

  get stored(): number {
    return this.#replay.stored
  }

  ingest(segment: Segment): void {
    this.#replay.insert(segment)
    this.#inserted += segment.transitions
    this.#gathered += segment.transitions
  }

  due(): number {
    const { learningStarts, samplesPerInsert, batchSize } = this.#options
    if (this.#gathered < learningStarts || this.#replay.stored === 0) return 0
    return Math.max(0, Math.floor((this.#inserted * samplesPerInsert - this.#sampled) / batchSize))
  }

  async update(progress: number): Promise<Losses> {
    const { batchSize, priorityExponent } = this.#options
    const sample = this.#isJoint
      ? this.#replay.sampleDecisions(batchSize, this.#updates, this.#random)
      : this.#arranged(this.#replay.sample(batchSize, this.#updates, this.#random))
    const batch = this.#batch(sample, progress)
    const objective = await this.#objective(progress, batch, this.#online)
    const { figures, error } = await updateQ(
      this.#online,
      this.#target,
      this.#descent,
      batch,
      objective,
      this.#options,
    )
    this.#updates++
    this.#sampled += sample.row.length
    if (priorityExponent > 0) this.#replay.report(sample.number, await error.data<'float32'>())
    const named = await readScalars(figures)
    const { joint, observation, nextObservation, ...tensors } = batch
    tf.dispose([...Object.values(tensors), ...Object.values(figures), error, joint?.next ?? []])
    observation.dispose()
    nextObservation.dispose()
    return named
  }

  /** Rows of an agent one behind the other, where each has a network. */
  #arranged(sample: Sample): Sample {
    if (!this.#isEach) return sample
    const { number, ratio, row, nextRow, continues } = sample
    const agentOf = (i: number) => this.#replay.agent[row[i]!]!
    const order = Uint32Array.from(row.keys()).sort((a, b) => agentOf(a) - agentOf(b) || a - b)
    return {
      number: Float64Array.from(order, (i) => number[i]!),
      ratio: Float32Array.from(order, (i) => ratio[i]!),
      row: Uint32Array.from(order, (i) => row[i]!),
      nextRow: Uint32Array.from(order, (i) => nextRow[i]!),
      continues: Float32Array.from(order, (i) => continues[i]!),
    }
  }

  #batch(sample: Sample | JointSample, progress: number): TransitionBatch {
    const { row, continues, nextRow } = sample
    const joint = 'group' in sample ? sample : undefined
    return {
      ...(joint && { joint: { nextGroup: joint.nextGroup, next: tf.tensor1d(joint.next, 'int32') } }),
      observation: this.#observe(row, joint?.group),
      action: tf.tensor1d(
        Int32Array.from(row, (at) => this.#replay.action[at]!),
        'int32',
      ),
      reward: tf.tensor1d(Float32Array.from(row, (at) => this.#replay.reward[at]!)),
      continues: tf.tensor1d(continues),
      weight: tf.tensor1d(this.#weights(sample.ratio, progress)),
      nextObservation: this.#observe(nextRow, joint?.nextGroup),
    }
  }

  /** @param group number of each row's decision, where these are whole */
  #observe(rows: Uint32Array, group: Uint32Array | undefined): Observations {
    if (this.#isEach)
      return Observations.ofEach(this.#dense, this.#replay, rows, (row) => this.#replay.agent[row]!)
    return Observations.ofOne(this.#dense(this.#replay, rows), group && new Grouping(group))
  }

  /** What makes up for sampling by priority, in part at the start and whole at the end; the largest is 1. */
  #weights(ratio: Float32Array, progress: number): Float32Array {
    const { importanceExponent } = this.#options
    const beta = importanceExponent + (1 - importanceExponent) * progress
    const weights = ratio.map((more) => more ** -beta)
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0)
    return weights.map((weight) => weight / largest)
  }

  weights(): Promise<NamedTensors> {
    return this.#online.actingWeights()
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    const counts = Float64Array.of(this.#inserted, this.#updates, this.#gathered, this.#sampled)
    return {
      counts: { dtype: 'f64', shape: [4], data: counts },
      ...withPrefix('online/', await this.#online.weights()),
      ...withPrefix('target/', await this.#target.weights()),
      ...withPrefix('optimizer/', await this.#descent.save()),
      ...(withReplay ? withPrefix('replay/', this.#replay.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.#descent.load(withoutPrefix('optimizer/', saved))
    this.#online.assign(withoutPrefix('online/', saved))
    this.#target.assign(withoutPrefix('target/', saved))
    const [inserted, updates, gathered, sampled] = saved['counts']!.data as Float64Array
    const replay = withoutPrefix('replay/', saved)
    const hasReplay = Object.keys(replay).length > 0
    if (hasReplay) this.#replay.load(replay)
    this.#updates = updates!
    this.#sampled = sampled!
    this.#gathered = hasReplay ? gathered! : 0
    // What refills an empty replay pays for no updates: they would come in a burst when it is full enough.
    this.#inserted = hasReplay ? inserted! : inserted! - this.#options.learningStarts
  }

  dispose(): void {
    this.#descent.dispose()
    this.#online.dispose()
    this.#target.dispose()
  }
}
