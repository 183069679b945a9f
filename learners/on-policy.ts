import { RuntimeError } from '../runtime/core/errors.ts'
import { NO_ACTION, type Segment } from '../runtime/core/experience.ts'
import type { ActingSpec, Learner, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import { type NamedTensors, withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { ActorCriticOptions, Passes } from './algorithms/actor-critic.ts'
import { ClippedDescent } from './descent.ts'
import type { PolicyLoss } from './math/policy-loss.ts'
import { RunningStatistics } from './math/running-statistics.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { type Communication, NetworkedDescent } from './networked-descent.ts'
import { PolicyTrainer } from './policy-trainer.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'

/** What stays of the mean and deviation of returns with each update. */
const RETURNS_KEPT = 0.99

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
  readonly #trainer: PolicyTrainer
  /** Of returns, in whose units the critic's outputs are where values are normalised. */
  readonly #returns = new RunningStatistics(RETURNS_KEPT)
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
    const random = new Random(seedKey(setup.seed))
    this.#trainer = new PolicyTrainer(setup, acting, communication && setup.agents, random, (network) =>
      communication
        ? new NetworkedDescent(network.networks, options, communication, random)
        : new ClippedDescent(network.parameters, options),
    )
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
    const losses = await this.#trainer.learn(experience, weighed, {
      policyLoss: this.#policyLoss,
      options: this.#options,
      passes: this.#passes,
      update: this.#updates,
    })
    this.#updates++
    return losses
  }

  /** What the critic is to say and by how much each action was better than it said, seen from before the update. */
  async #weigh(experience: Experience): Promise<VTrace> {
    const { gamma, lambda, normalizeValues } = this.#options
    const { value: output, logProbability } = await this.#trainer.evaluate(experience)
    const ratio = logProbability.map((now, row) => Math.exp(now - experience.logProbability[row]!))
    // 0 and 1 where values are not normalised.
    const { mean, deviation } = this.#returns
    const value = output.map((x) => mean + deviation * x)
    const weighed = vTrace({ ...experience, value, ratio }, gamma, lambda)
    if (!normalizeValues) return weighed
    this.#returns.push(weighed.target.filter((_, row) => experience.action[row] !== NO_ACTION))
    const target = weighed.target.map((v) => (v - this.#returns.mean) / this.#returns.deviation)
    return { ...weighed, target }
  }

  weights(): Promise<NamedTensors> {
    return this.#trainer.network.actingWeights()
  }

  async save(withReplay: boolean): Promise<NamedTensors> {
    return {
      counts: { dtype: 'f64', shape: [1], data: Float64Array.of(this.#updates) },
      ...withPrefix('online/', await this.#trainer.network.weights()),
      ...withPrefix('optimizer/', await this.#trainer.descent.save()),
      ...(this.#options.normalizeValues && { returns: this.#returns.save() }),
      ...(withReplay ? withPrefix('waiting/', this.#queue.save()) : {}),
    }
  }

  load(saved: NamedTensors): void {
    this.#trainer.descent.load(withoutPrefix('optimizer/', saved))
    this.#trainer.network.assign(withoutPrefix('online/', saved))
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
    this.#trainer.dispose()
  }
}
