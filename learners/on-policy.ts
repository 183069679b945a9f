import { RuntimeError } from '../runtime/core/errors.ts'
import { NO_ACTION, type Segment } from '../runtime/core/experience.ts'
import {
  type ActingSpec,
  type Learner,
  type LearnerSetup,
  type Losses,
  networkFor,
} from '../runtime/core/learner.ts'
import { exchanges } from '../runtime/core/network.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { ActorCriticOptions, Passes } from './algorithms/actor-critic.ts'
import { type DecisionBatch, splitOutputs, updateActorCritic } from './algorithms/actor-critic-update.ts'
import { type DenseRows, denseRowsOf } from './dense-rows.ts'
import { ClippedDescent, type Descent } from './descent.ts'
import { Grouping } from './math/grouping.ts'
import { logProbabilityOf, type PolicyLoss } from './math/policy-loss.ts'
import { RunningStatistics } from './math/running-statistics.ts'
import { readScalars } from './math/scalars.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { type Communication, NetworkedDescent } from './networked-descent.ts'
import { ActorAndCritic } from './networks/actor-and-critic.ts'
import { NetworkSet, type TrainedNetwork } from './networks/network-set.ts'
import { Observations } from './networks/observations.ts'
import { ValueNetwork } from './networks/value-network.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

/** What stays of the mean and deviation of returns with each update. */
const RETURNS_KEPT = 0.99
/** Rows whose observations are dense at a time before an update, however many it has. */
const WEIGHED_ROWS = 4096

/**
 * The learner around an actor-critic: network, optimiser, and the experience that waits. What has been learned from is
 * forgotten.
 *
 * Everything random is a function of the seed and of the number of the update.
 */
export class OnPolicyLearner implements Learner {
  readonly #options: ActorCriticOptions
  readonly #policyLoss: PolicyLoss
  readonly #passes: Passes
  readonly #queue: SegmentQueue
  readonly #network: NetworkSet<TrainedNetwork>
  readonly #descent: Descent
  readonly #random: Random
  readonly #dense: DenseRows
  /** Of returns, in whose units the critic's outputs are where values are normalised. */
  readonly #returns = new RunningStatistics(RETURNS_KEPT)
  /** Agents of a group come to know of each other: what is learned from together are its decisions, whole. */
  readonly #isJoint: boolean
  /** Agents have networks of their own. */
  readonly #isEach: boolean
  #updates = 0

  /** @param communication of agents that have networks of their own */
  constructor(
    setup: LearnerSetup,
    acting: ActingSpec,
    options: ActorCriticOptions,
    policyLoss: PolicyLoss,
    passes: Passes,
    communication?: Communication,
  ) {
    this.#options = options
    this.#policyLoss = policyLoss
    this.#passes = passes
    this.#queue = new SegmentQueue(setup.space, communication !== undefined)
    this.#random = new Random(seedKey(setup.seed))
    const network = networkFor(acting, setup.space, setup.actions)
    this.#isJoint = exchanges(network)
    this.#isEach = communication !== undefined
    // Networks begin alike: the mean of those that did not would be nothing.
    this.#network = new NetworkSet<TrainedNetwork>(communication && setup.agents, () =>
      acting.critic === 'apart'
        ? new ActorAndCritic(network, this.#random)
        : ValueNetwork.initial(network, this.#random),
    )
    this.#descent = communication
      ? new NetworkedDescent(this.#network.networks, options, communication, this.#random)
      : new ClippedDescent(this.#network.parameters, options)
    this.#dense = denseRowsOf(setup.space)
  }

  get updates(): number {
    return this.#updates
  }

  get stored(): number {
    return this.#queue.transitions
  }

  ingest(segment: Segment): void {
    this.#queue.push(segment)
  }

  due(): number {
    return this.#queue.takes(this.#options.batchSize)
  }

  async update(): Promise<Losses> {
    const experience = this.#queue.take(this.#options.batchSize)
    const weighed = await this.#weigh(experience)
    const { epochs, minibatches } = this.#passes
    const sums: Record<string, number> = {}
    for (let epoch = 0; epoch < epochs; epoch++) {
      const starts = this.#shuffle(experience, epoch)
      for (let part = 0; part < minibatches; part++) {
        const [from, to] = [part, part + 1].map((i) => Math.floor((i * starts.length) / minibatches))
        const batch = this.#batch(experience, weighed, this.#rowsFrom(starts.subarray(from, to), experience))
        const losses = await updateActorCritic(
          this.#network,
          this.#descent,
          batch,
          this.#policyLoss,
          this.#options,
        )
        for (const [name, value] of Object.entries(await readScalars(losses))) {
          sums[name] = (sums[name] ?? 0) + value / (epochs * minibatches)
        }
        const { observation, ...tensors } = batch
        tf.dispose([...Object.values(tensors), ...Object.values(losses)])
        observation.dispose()
      }
    }
    this.#updates++
    return sums
  }

  /** What the critic is to say and by how much each action was better than it said, seen from before the update. */
  async #weigh(experience: Experience): Promise<VTrace> {
    const { gamma, lambda, normalizeValues } = this.#options
    const { output, ratio } = await this.#evaluate(experience)
    // 0 and 1 where values are not normalised.
    const { mean, deviation } = this.#returns
    const value = output.map((x) => mean + deviation * x)
    const weighed = vTrace({ ...experience, value, ratio }, gamma, lambda)
    if (!normalizeValues) return weighed
    this.#returns.push(weighed.target.filter((_, row) => experience.action[row] !== NO_ACTION))
    const target = weighed.target.map((v) => (v - this.#returns.mean) / this.#returns.deviation)
    return { ...weighed, target }
  }

  /** The critic's output for each row, and how many times as likely the action is now as it was when it was chosen. */
  async #evaluate(experience: Experience) {
    const { action, logProbability, step } = experience
    const output = new Float32Array(action.length)
    const ratio = new Float32Array(action.length)
    for (let from = 0, to: number; from < action.length; from = to) {
      to = Math.min(from + WEIGHED_ROWS, action.length)
      if (this.#isJoint) while (to < action.length && step[to] === step[to - 1]) to++
      const all = Int32Array.from(action.subarray(from, to).keys(), (i) => from + i)
      const rows = this.#arranged(all, experience)
      const observation = this.#observe(rows, experience)
      const read = tf.tidy(() => {
        const { value, logits } = splitOutputs(this.#network.forward(observation))
        const taken = Int32Array.from(rows, (row) => (action[row] === NO_ACTION ? 0 : action[row]!))
        return { value, now: logProbabilityOf(logits, tf.tensor1d(taken, 'int32')) }
      })
      const [values, now] = await Promise.all([read.value.data<'float32'>(), read.now.data<'float32'>()])
      tf.dispose(read)
      observation.dispose()
      for (const [i, row] of rows.entries()) {
        output[row] = values[i]!
        ratio[row] = Math.exp(now[i]! - logProbability[row]!)
      }
    }
    return { output, ratio }
  }

  /** Rows with an action, or the first ones of decisions, in an order of the epoch's own. */
  #shuffle({ action, step }: Experience, epoch: number): Int32Array {
    const begins = (row: number) => !this.#isJoint || row === 0 || step[row] !== step[row - 1]
    const rows = Int32Array.from(action.keys()).filter((row) => action[row] !== NO_ACTION && begins(row))
    for (let i = rows.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1, Stream.replay, this.#updates, i, epoch)
      const row = rows[i]!
      rows[i] = rows[j]!
      rows[j] = row
    }
    return rows
  }

  /** All rows of the decisions that begin there. */
  #rowsFrom(starts: Int32Array, experience: Experience): Int32Array {
    if (!this.#isJoint) return this.#arranged(starts, experience)
    const { step } = experience
    const rows: number[] = []
    for (const start of starts) {
      for (let row = start; step[row] === step[start]; row++) rows.push(row)
    }
    return Int32Array.from(rows)
  }

  /** Rows of an agent one behind the other, where each has a network. */
  #arranged(rows: Int32Array, { agent }: Experience): Int32Array {
    return this.#isEach ? Int32Array.from(rows).sort((a, b) => agent[a]! - agent[b]! || a - b) : rows
  }

  #observe(rows: Int32Array, experience: Experience): Observations {
    const { agent, step } = experience
    if (this.#isEach) return Observations.ofEach(this.#dense, experience, rows, (row) => agent[row]!)
    const grouping = this.#isJoint ? new Grouping(Array.from(rows, (row) => step[row]!)) : undefined
    return Observations.ofOne(this.#dense(experience, rows), grouping)
  }

  #batch(experience: Experience, { target, advantage, weight }: VTrace, rows: Int32Array): DecisionBatch {
    const { action, logProbability } = experience
    const floats = (column: Float32Array) => tf.tensor1d(Float32Array.from(rows, (row) => column[row]!))
    return {
      observation: this.#observe(rows, experience),
      action: tf.tensor1d(
        Int32Array.from(rows, (row) => action[row]!),
        'int32',
      ),
      logProbability: floats(logProbability),
      target: floats(target),
      advantage: floats(advantage),
      weight: floats(weight),
    }
  }

  weights(): Promise<NamedTensors> {
    return this.#network.actingWeights()
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      counts: { dtype: 'f64', shape: [1], data: Float64Array.of(this.#updates) },
      ...withPrefix('online/', await this.#network.weights()),
      ...withPrefix('optimizer/', await this.#descent.save()),
      ...(this.#options.normalizeValues && { returns: this.#returns.save() }),
      ...(withReplay ? withPrefix('waiting/', this.#queue.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.#descent.load(withoutPrefix('optimizer/', saved))
    this.#network.assign(withoutPrefix('online/', saved))
    this.#updates = saved['counts']!.data[0]!
    const { normalizeValues } = this.#options
    if (normalizeValues !== 'returns' in saved) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `--normalize-values: the critic was trained with ${String(!normalizeValues)}, and its outputs mean something else with ` +
          `${String(normalizeValues)}; resume with the options that the checkpoint was made with`,
      )
    }
    if (normalizeValues) this.#returns.load(saved['returns']!)
    const waiting = withoutPrefix('waiting/', saved)
    if (Object.keys(waiting).length > 0) this.#queue.load(waiting)
  }

  dispose(): void {
    this.#descent.dispose()
    this.#network.dispose()
  }
}
