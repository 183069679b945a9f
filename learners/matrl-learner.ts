import { NO_ACTION } from '../runtime/core/experience.ts'
import type { ActingSpec, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { withoutPrefix, withPrefix } from '../runtime/core/tensors.ts'
import type { ActorCriticOptions } from './algorithms/actor-critic.ts'
import { type DenseRows, denseRowsOf } from './dense-rows.ts'
import { disposeEvidence, evidenceOf } from './evidence.ts'
import { type Improvements, keepInEquilibrium, responseWeights } from './games/meta-game.ts'
import { clippedSurrogate, type PolicyLoss } from './math/policy-loss.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { ALONE, NetworkedDescent } from './networked-descent.ts'
import { ACTOR } from './networks/actor-and-critic.ts'
import { PolicyLearner } from './policy-learner.ts'
import { PolicyTrainer } from './policy-trainer.ts'
import { PredictedPolicies } from './predicted-policies.ts'
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

/** What each of n agents did in T decisions. */
interface Decisions {
  /** [n][T] row of the experience; −1: the agent had no part. */
  readonly rows: readonly number[][]
  /** [n][T] π̂ / π of what was done. */
  readonly ratios: readonly Float32Array[]
}

/** The learner of MATRL: see `algorithms/matrl.ts`, whose steps it takes in their order. */
export class MatrlLearner extends PolicyLearner {
  readonly #agents: number
  readonly #options: MatrlOptions
  readonly #random: Random
  readonly #dense: DenseRows
  readonly #descent: NetworkedDescent
  readonly #predicted: PredictedPolicies
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
    this.#agents = setup.agents
    this.#options = options
    this.#random = random
    this.#dense = denseRowsOf(setup.space)
    this.#descent = trainer.descent
    this.#predicted = new PredictedPolicies(setup, acting, options, random)
    const surrogate = clippedSurrogate(options.clip)
    this.#policyLoss = (now, then, advantage, weight) =>
      // KL(π ‖ π') = E_π [ log π − log π' ]
      tf.add(surrogate(now, then, advantage, weight), tf.mul(tf.sub(then, now), options.klCoefficient))
  }

  protected async learn(taken: Experience): Promise<Losses> {
    const { gamma, lambda, parts, responseSteps } = this.#options
    const now = await this.trainer.evaluate(taken)
    const { value, ratio } = now
    const traced = vTrace({ ...taken, value, ratio }, gamma, lambda)
    const advantage = traced.target.map((target, row) => target - value[row]!)
    // From here on the current policies are those that acted.
    const experience = { ...taken, logProbability: now.logProbability }
    const standard = { ...traced, advantage: this.#standardized(advantage, experience) }
    if (parts === 'independent') return this.#step(experience, standard, responseSteps)
    if (parts === 'no-response') return this.#adopt(experience, advantage, standard)
    const predicted = await this.#predict(experience, standard)
    const { keep, figures, ...seen } = this.#meet(experience, advantage, predicted)
    return {
      ...(await this.#step(experience, this.#towards(standard, seen, keep), responseSteps)),
      ...figures,
    }
  }

  /** Advantages of mean 0 and deviation 1 among each agent's own. */
  #standardized(advantage: Float32Array, { agent, action }: Experience): Float32Array {
    const standard = new Float32Array(advantage.length)
    for (let own = 0; own < this.#agents; own++) {
      const rows = [...advantage.keys()].filter((row) => agent[row] === own && action[row] !== NO_ACTION)
      const mean = rows.reduce((sum, row) => sum + advantage[row]!, 0) / rows.length
      const variance = rows.reduce((sum, row) => sum + (advantage[row]! - mean) ** 2, 0) / rows.length
      for (const row of rows) standard[row] = (advantage[row]! - mean) / (Math.sqrt(variance) + 1e-8)
    }
    return standard
  }

  /** Improves each policy alone. @returns π̂ / π of what was done, by rows; of anything in those without an action */
  async #predict(experience: Experience, { advantage }: VTrace): Promise<Float32Array> {
    const { action } = experience
    const rows = [...action.keys()].filter((row) => action[row] !== NO_ACTION)
    const evidence = evidenceOf(this.#dense, experience, advantage, rows)
    this.#predicted.start(await this.trainer.network.actingWeights(), this.#descent.saveOfActors())
    await this.#predicted.improve(evidence, {
      policyLoss: this.#policyLoss,
      entropyCoefficient: this.#options.entropyCoefficient,
      steps: this.#options.improvementSteps,
    })
    const ratio = new Float32Array(action.length)
    for (const [i, own] of (await this.#predicted.ratios(evidence)).entries()) ratio[evidence.rows[i]!] = own
    disposeEvidence(evidence)
    return ratio
  }

  /** The meta-game and its equilibrium. @param ratio π̂ / π of what was done, by rows */
  #meet(experience: Experience, advantage: Float32Array, ratio: Float32Array) {
    const decisions = this.#decisionsOf(experience, ratio)
    const improvements: Improvements = {
      advantages: decisions.rows.map((own) => Float32Array.from(own, (row) => advantage[row] ?? 0)),
      ratios: decisions.ratios.map((own) => own.map((x) => this.#clipped(x))),
    }
    const keep =
      this.#options.parts === 'no-stable-point'
        ? new Float64Array(this.#agents)
        : keepInEquilibrium(improvements, this.#random, this.updates)
    const figures = {
      keep: keep.reduce((sum, rho) => sum + rho, 0) / keep.length,
      foreseenGain: gainOfAll(improvements),
    }
    return { ...decisions, keep, figures }
  }

  /**
   * Rows of each agent, [n][T], of all decisions, and π̂ / π of what it did. An agent that did not take part, because it was through or
   * dead, has row −1 there and ratio 1: whatever it would do, nothing comes of it.
   */
  #decisionsOf({ step, agent, action }: Experience, ratio: Float32Array): Decisions {
    const steps = new Map<number, number>()
    const rows: number[][] = Array.from({ length: this.#agents }, () => [])
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

  /** Advantages weighed by how much more often the others would have done what they did at their stable points. */
  #towards(standard: VTrace, { rows, ratios }: Decisions, keep: Float64Array): VTrace {
    const advantage = standard.advantage.slice()
    for (const [agent, weights] of responseWeights(ratios, keep, this.#options.ratioClip).entries()) {
      for (const [t, row] of rows[agent]!.entries()) if (row >= 0) advantage[row]! *= weights[t]!
    }
    return { ...standard, advantage }
  }

  /** Gradient steps of policies and critics. */
  #step(experience: Experience, weighed: VTrace, steps: number): Promise<Losses> {
    return this.trainer.learn(experience, weighed, {
      policyLoss: this.#policyLoss,
      options: this.#options,
      passes: { epochs: steps, minibatches: 1 },
      update: this.updates,
    })
  }

  /** In place of a response: all improve alone, and each takes that back with probability ρ. */
  async #adopt(experience: Experience, advantage: Float32Array, standard: VTrace): Promise<Losses> {
    const { network } = this.trainer
    const before = await network.weights()
    const moments = this.#descent.saveOfActors()
    const losses = await this.#step(experience, standard, this.#options.improvementSteps)
    const { ratio } = await this.trainer.evaluate(experience)
    const { keep, figures } = this.#meet(experience, advantage, ratio)
    const keeping = [...keep.keys()].filter(
      (agent) => this.#random.uniform(Stream.learner, this.updates, agent) < keep[agent]!,
    )
    const taken = keeping.map((agent) => {
      const prefix = agentPrefix(agent) + ACTOR
      return withPrefix(prefix, withoutPrefix(prefix, before))
    })
    if (taken.length > 0) network.assign(Object.assign(await network.weights(), ...taken))
    this.#descent.restoreActors(moments, keeping)
    return { ...losses, ...figures }
  }

  override dispose(): void {
    this.#predicted.dispose()
    super.dispose()
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
