import { NO_ACTION } from '../runtime/core/experience.ts'
import { type ActingSpec, type LearnerSetup, type Losses, networkFor } from '../runtime/core/learner.ts'
import { exchanges } from '../runtime/core/network.ts'
import { type Random, Stream } from '../runtime/core/rng.ts'
import type { ActorCriticOptions, Passes } from './algorithms/actor-critic.ts'
import { type DecisionBatch, splitOutputs, updateActorCritic } from './algorithms/actor-critic-update.ts'
import { type DenseRows, denseRowsOf } from './dense-rows.ts'
import type { Descent } from './descent.ts'
import { Grouping } from './math/grouping.ts'
import { logProbabilityOf, type PolicyLoss } from './math/policy-loss.ts'
import { readScalars } from './math/scalars.ts'
import type { VTrace } from './math/v-trace.ts'
import { ActorAndCritic } from './networks/actor-and-critic.ts'
import { NetworkSet, type TrainedNetwork } from './networks/network-set.ts'
import { Observations } from './networks/observations.ts'
import { ValueNetwork } from './networks/value-network.ts'
import type { Experience } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

/** Rows whose observations are dense at a time before an update, however many it has. */
const EVALUATED_ROWS = 4096

/** What present parameters make of experience; R rows. */
export interface Evaluated {
  /** [R] output of the critic. */
  readonly value: Float32Array
  /** [R] log-probability of the action; of anything in rows without one. */
  readonly logProbability: Float32Array
  /** [R] how many times as likely the action is now as it was when it was chosen. */
  readonly ratio: Float32Array
}

/** How experience is gone through. */
export interface Training {
  readonly policyLoss: PolicyLoss
  readonly options: Pick<ActorCriticOptions, 'valueCoefficient' | 'entropyCoefficient'>
  readonly passes: Passes
  /** By which draws are told apart: number of the update. */
  readonly update: number
}

/** Actor-critic networks of a group and what has been learned with them: evaluates experience, and takes gradient steps on it. */
export class PolicyTrainer<D extends Descent = Descent> {
  readonly network: NetworkSet<TrainedNetwork>
  readonly descent: D
  readonly #random: Random
  readonly #dense: DenseRows
  /** Agents of a group come to know of each other: what is learned from together are its decisions, whole. */
  readonly #isJoint: boolean
  /** Agents have networks of their own. */
  readonly #isEach: boolean

  /** @param agents that have networks of their own; left out, one serves all */
  constructor(
    setup: LearnerSetup,
    acting: ActingSpec,
    agents: number | undefined,
    random: Random,
    descentOf: (network: NetworkSet<TrainedNetwork>) => D,
  ) {
    const network = networkFor(acting, setup.space, setup.actions)
    this.#random = random
    this.#isJoint = exchanges(network)
    this.#isEach = agents !== undefined
    // Networks begin alike: the mean of those that did not would be nothing.
    this.network = new NetworkSet<TrainedNetwork>(agents, () =>
      acting.critic === 'apart' ? new ActorAndCritic(network, random) : ValueNetwork.initial(network, random),
    )
    this.descent = descentOf(this.network)
    this.#dense = denseRowsOf(setup.space)
  }

  async evaluate(experience: Experience): Promise<Evaluated> {
    const { action, step } = experience
    const value = new Float32Array(action.length)
    const logProbability = new Float32Array(action.length)
    const ratio = new Float32Array(action.length)
    for (let from = 0, to: number; from < action.length; from = to) {
      to = Math.min(from + EVALUATED_ROWS, action.length)
      if (this.#isJoint) while (to < action.length && step[to] === step[to - 1]) to++
      const all = Int32Array.from(action.subarray(from, to).keys(), (i) => from + i)
      const rows = this.#arranged(all, experience)
      const observation = this.#observe(rows, experience)
      const read = tf.tidy(() => {
        const outputs = splitOutputs(this.network.forward(observation))
        const taken = Int32Array.from(rows, (row) => (action[row] === NO_ACTION ? 0 : action[row]!))
        return { value: outputs.value, log: logProbabilityOf(outputs.logits, tf.tensor1d(taken, 'int32')) }
      })
      const [values, logs] = await Promise.all([read.value.data<'float32'>(), read.log.data<'float32'>()])
      tf.dispose(read)
      observation.dispose()
      for (const [i, row] of rows.entries()) {
        value[row] = values[i]!
        logProbability[row] = logs[i]!
        ratio[row] = Math.exp(logs[i]! - experience.logProbability[row]!)
      }
    }
    return { value, logProbability, ratio }
  }

  /** Gradient steps on all decisions, as often as the passes say. @returns means of their figures */
  async learn(experience: Experience, weighed: VTrace, training: Training): Promise<Losses> {
    const { policyLoss, options, passes, update } = training
    const { epochs, minibatches } = passes
    const sums: Record<string, number> = {}
    const step = async (batch: DecisionBatch): Promise<void> => {
      const losses = await updateActorCritic(this.network, this.descent, batch, policyLoss, options)
      for (const [name, value] of Object.entries(await readScalars(losses))) {
        sums[name] = (sums[name] ?? 0) + value / (epochs * minibatches)
      }
      tf.dispose(Object.values(losses))
    }
    if (minibatches === 1) {
      // The whole is the same in every epoch.
      const whole = this.#batch(experience, weighed, this.#rowsFrom(this.#starts(experience), experience))
      for (let epoch = 0; epoch < epochs; epoch++) await step(whole)
      disposeBatch(whole)
      return sums
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      const starts = this.#shuffle(this.#starts(experience), update, epoch)
      for (let part = 0; part < minibatches; part++) {
        const [from, to] = [part, part + 1].map((i) => Math.floor((i * starts.length) / minibatches))
        const batch = this.#batch(experience, weighed, this.#rowsFrom(starts.subarray(from, to), experience))
        await step(batch)
        disposeBatch(batch)
      }
    }
    return sums
  }

  /** Rows with an action, or the first ones of decisions. */
  #starts({ action, step }: Experience): Int32Array {
    const begins = (row: number) => !this.#isJoint || row === 0 || step[row] !== step[row - 1]
    return Int32Array.from(action.keys()).filter((row) => action[row] !== NO_ACTION && begins(row))
  }

  /** The same rows in an order of the epoch's own. */
  #shuffle(rows: Int32Array, update: number, epoch: number): Int32Array {
    for (let i = rows.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1, Stream.replay, update, i, epoch)
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

  dispose(): void {
    this.descent.dispose()
    this.network.dispose()
  }
}

function disposeBatch({ observation, ...tensors }: DecisionBatch): void {
  tf.dispose(Object.values(tensors))
  observation.dispose()
}
