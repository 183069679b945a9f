import { NO_ACTION } from '../runtime/core/experience.ts'
import type { ActingSpec, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { ActorCriticOptions } from './algorithms/actor-critic.ts'
import { type Improvements, keepInEquilibrium, responseWeights } from './games/meta-game.ts'
import { clippedSurrogate, type PolicyLoss } from './math/policy-loss.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { ALONE, NetworkedDescent } from './networked-descent.ts'
import { ACTOR } from './networks/actor-and-critic.ts'
import { PolicyLearner } from './policy-learner.ts'
import { type Evaluated, PolicyTrainer } from './policy-trainer.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

export interface MatrlOptions extends ActorCriticOptions {
  /** ε of PPO's clip, in the improvement and in the response. */
  readonly clip: number
  /** Weight of the divergence from the current policy. */
  readonly klCoefficient: number
  /** Gradient steps of the improvement, and of the best response. */
  readonly improvementSteps: number
  readonly responseSteps: number
  /** c̄: how far weights of the others' policies may go from 1. */
  readonly ratioClip: number
  readonly parts: 'all' | 'no-response' | 'no-stable-point' | 'independent'
}

/** Updates without a policy: what is learned is the critic. */
const NO_POLICY: PolicyLoss = (now) => tf.mul(now, 0)

/** The learner of MATRL: see `algorithms/matrl.ts`, whose steps it takes in their order. */
export class MatrlLearner extends PolicyLearner {
  readonly #setup: LearnerSetup
  readonly #acting: ActingSpec
  readonly #options: MatrlOptions
  readonly #random: Random
  readonly #policyLoss: PolicyLoss

  constructor(setup: LearnerSetup, acting: ActingSpec, options: MatrlOptions) {
    const random = new Random(seedKey(setup.seed))
    const trainer = new PolicyTrainer(
      setup,
      acting,
      setup.agents,
      random,
      ({ networks }) => new NetworkedDescent(networks, options, ALONE, random),
    )
    super(options.batchSize, new SegmentQueue(setup.space, true), trainer)
    this.#setup = setup
    this.#acting = acting
    this.#options = options
    this.#random = random
    const surrogate = clippedSurrogate(options.clip)
    this.#policyLoss = (now, then, advantage, weight) =>
      // KL(π ‖ π') = E_π [ log π − log π' ]
      tf.add(surrogate(now, then, advantage, weight), tf.mul(tf.sub(then, now), options.klCoefficient))
  }

  protected async learn(taken: Experience): Promise<Losses> {
    const { gamma, lambda, parts } = this.#options
    const now = await this.trainer.evaluate(taken)
    const { value, ratio } = now
    const weighed = vTrace({ ...taken, value, ratio }, gamma, lambda)
    // From here on the current policies are those that acted.
    const experience = { ...taken, logProbability: now.logProbability }
    const standard = { ...weighed, advantage: this.#standardized(weighed.advantage, experience) }
    if (parts === 'independent') return this.#respond(experience, standard)
    const predictor = await this.#improve(experience, standard)
    const { rows, ratios } = this.#decisionsOf(experience, await predictor.evaluate(experience))
    const advantages = rows.map((own) => Float32Array.from(own, (row) => weighed.advantage[row] ?? 0))
    const improvements = { advantages, ratios: ratios.map((own) => own.map((x) => this.#clipped(x))) }
    const keep = this.#stablePoint(improvements)
    const losses =
      parts === 'no-response'
        ? await this.#adopt(experience, standard, predictor, keep)
        : await this.#respond(experience, this.#towards(standard, rows, ratios, keep))
    predictor.dispose()
    return {
      ...losses,
      keep: keep.reduce((sum, rho) => sum + rho, 0) / keep.length,
      foreseenGain: gainOfAll(improvements),
    }
  }

  /** Advantages of mean 0 and deviation 1 among each agent's own. */
  #standardized(advantage: Float32Array, { agent, action }: Experience): Float32Array {
    const standard = new Float32Array(advantage.length)
    for (let own = 0; own < this.#setup.agents; own++) {
      const rows = [...advantage.keys()].filter((row) => agent[row] === own && action[row] !== NO_ACTION)
      const mean = rows.reduce((sum, row) => sum + advantage[row]!, 0) / rows.length
      const variance = rows.reduce((sum, row) => sum + (advantage[row]! - mean) ** 2, 0) / rows.length
      for (const row of rows) standard[row] = (advantage[row]! - mean) / (Math.sqrt(variance) + 1e-8)
    }
    return standard
  }

  /** π̂: copies of the policies that each improved alone; the caller's to free. */
  async #improve(experience: Experience, standard: VTrace): Promise<PolicyTrainer> {
    const { entropyCoefficient, improvementSteps } = this.#options
    const predictor = new PolicyTrainer(
      this.#setup,
      this.#acting,
      this.#setup.agents,
      this.#random,
      ({ networks }) => new NetworkedDescent(networks, this.#options, ALONE, this.#random),
    )
    predictor.network.assign(await this.trainer.network.weights())
    await predictor.learn(experience, standard, {
      policyLoss: this.#policyLoss,
      options: { valueCoefficient: 0, entropyCoefficient },
      passes: { epochs: improvementSteps, minibatches: 1 },
      update: this.updates,
    })
    return predictor
  }

  /**
   * Rows of each agent, [n][T], of all decisions, and π̂ / π of what it did. An agent that did not take part, because it was through or
   * dead, has row −1 there and ratio 1: whatever it would do, nothing comes of it.
   */
  #decisionsOf({ step, agent, action }: Experience, { ratio }: Evaluated) {
    const steps = new Map<number, number>()
    const rows: number[][] = Array.from({ length: this.#setup.agents }, () => [])
    for (const row of action.keys()) {
      if (action[row] === NO_ACTION) continue
      const known = steps.get(step[row]!)
      const t = known ?? steps.size
      if (known === undefined) {
        steps.set(step[row]!, t)
        for (const own of rows) own.push(-1)
      }
      rows[agent[row]!]![t] = row
    }
    const ratios = rows.map((own) => Float32Array.from(own, (row) => (row < 0 ? 1 : ratio[row]!)))
    return { rows, ratios }
  }

  #clipped(ratio: number): number {
    const { ratioClip } = this.#options
    return Math.min(1 + ratioClip, Math.max(1 - ratioClip, ratio))
  }

  /** ρ of each agent. */
  #stablePoint(improvements: Improvements): Float64Array {
    if (this.#options.parts === 'no-stable-point') return new Float64Array(this.#setup.agents)
    return keepInEquilibrium(improvements, this.#random, this.updates)
  }

  /** Advantages weighed by how much more often the others would have done what they did at their stable points. */
  #towards(
    standard: VTrace,
    rows: readonly number[][],
    ratios: readonly Float32Array[],
    keep: Float64Array,
  ): VTrace {
    const advantage = standard.advantage.slice()
    for (const [agent, weights] of responseWeights(ratios, keep, this.#options.ratioClip).entries()) {
      for (const [t, row] of rows[agent]!.entries()) if (row >= 0) advantage[row]! *= weights[t]!
    }
    return { ...standard, advantage }
  }

  async #respond(experience: Experience, weighed: VTrace): Promise<Losses> {
    const losses = await this.trainer.learn(experience, weighed, {
      policyLoss: this.#policyLoss,
      options: this.#options,
      passes: { epochs: this.#options.responseSteps, minibatches: 1 },
      update: this.updates,
    })
    return losses
  }

  /** In place of a response: critics learn, and each agent takes its predicted policy with probability 1 − ρ. */
  async #adopt(
    experience: Experience,
    weighed: VTrace,
    predictor: PolicyTrainer,
    keep: Float64Array,
  ): Promise<Losses> {
    const losses = await this.trainer.learn(experience, weighed, {
      policyLoss: NO_POLICY,
      options: { valueCoefficient: this.#options.valueCoefficient, entropyCoefficient: 0 },
      passes: { epochs: this.#options.responseSteps, minibatches: 1 },
      update: this.updates,
    })
    const predicted = await predictor.network.weights()
    const adopted = [...keep.keys()].filter(
      (agent) => this.#random.uniform(Stream.learner, this.updates, agent) >= keep[agent]!,
    )
    const taken = adopted.map((agent) => {
      const prefix = agentPrefix(agent) + ACTOR
      return withPrefix(prefix, withoutPrefix(prefix, predicted))
    })
    this.trainer.network.assign(Object.assign({}, await this.trainer.network.weights(), ...taken))
    return losses
  }
}

/** How much better agents would fare on average if all adopted what they predicted, to first order: on the scale of advantages. */
function gainOfAll({ advantages, ratios }: Improvements): number {
  let sum = 0
  for (const own of advantages) {
    for (let t = 0; t < own.length; t++) {
      sum += own[t]! * (ratios.reduce((product, ratio) => product * ratio[t]!, 1) - 1)
    }
  }
  return sum / (advantages.length * advantages[0]!.length)
}
