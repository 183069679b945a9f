import { RuntimeError } from '../runtime/core/errors.ts'
import { NO_ACTION } from '../runtime/core/experience.ts'
import type { ActingSpec, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import type { NamedTensors } from '../runtime/core/tensors.ts'
import type { ActorCriticOptions, Passes } from './algorithms/actor-critic.ts'
import { ClippedDescent } from './descent.ts'
import type { PolicyLoss } from './math/policy-loss.ts'
import { RunningStatistics } from './math/running-statistics.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { type Communication, NetworkedDescent } from './networked-descent.ts'
import { PolicyLearner } from './policy-learner.ts'
import { PolicyTrainer } from './policy-trainer.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'

/** What stays of the mean and deviation of returns with each update. */
const RETURNS_KEPT = 0.99

/** The learner around an actor-critic, which goes through the experience of an update as often as it says. */
export class OnPolicyLearner extends PolicyLearner {
  readonly #options: ActorCriticOptions
  readonly #policyLoss: PolicyLoss
  readonly #passes: Passes
  /** Of returns, in whose units the critic's outputs are where values are normalised. */
  readonly #returns = new RunningStatistics(RETURNS_KEPT)

  /** @param communication of agents that have networks of their own */
  constructor(
    setup: LearnerSetup,
    acting: ActingSpec,
    options: ActorCriticOptions,
    policyLoss: PolicyLoss,
    passes: Passes,
    communication?: Communication,
  ) {
    const random = new Random(seedKey(setup.seed))
    const trainer = new PolicyTrainer(setup, acting, communication && setup.agents, random, (network) =>
      communication
        ? new NetworkedDescent(network.networks, options, communication, random)
        : new ClippedDescent(network.parameters, options),
    )
    super(options.batchSize, new SegmentQueue(setup.space, communication !== undefined), trainer)
    this.#options = options
    this.#policyLoss = policyLoss
    this.#passes = passes
  }

  protected async learn(experience: Experience): Promise<Losses> {
    return this.trainer.learn(experience, await this.#weigh(experience), {
      policyLoss: this.#policyLoss,
      options: this.#options,
      passes: this.#passes,
      update: this.updates,
    })
  }

  /** What the critic is to say and by how much each action was better than it said, seen from before the update. */
  async #weigh(experience: Experience): Promise<VTrace> {
    const { gamma, lambda, normalizeValues } = this.#options
    const { value: output, ratio } = await this.trainer.evaluate(experience)
    // 0 and 1 where values are not normalised.
    const { mean, deviation } = this.#returns
    const value = output.map((x) => mean + deviation * x)
    const weighed = vTrace({ ...experience, value, ratio }, gamma, lambda)
    if (!normalizeValues) return weighed
    this.#returns.push(weighed.target.filter((_, row) => experience.action[row] !== NO_ACTION))
    const target = weighed.target.map((v) => (v - this.#returns.mean) / this.#returns.deviation)
    return { ...weighed, target }
  }

  override async save(withReplay: boolean): Promise<NamedTensors> {
    const { normalizeValues } = this.#options
    return { ...(await super.save(withReplay)), ...(normalizeValues && { returns: this.#returns.save() }) }
  }

  override load(saved: NamedTensors): void {
    super.load(saved)
    const { normalizeValues } = this.#options
    if (normalizeValues !== 'returns' in saved) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `--normalize-values: the critic was trained with ${String(!normalizeValues)}, and its outputs mean something else with ` +
          `${String(normalizeValues)}; resume with the options that the checkpoint was made with`,
      )
    }
    if (normalizeValues) this.#returns.load(saved['returns']!)
  }
}
