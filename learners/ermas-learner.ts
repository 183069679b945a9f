import { RuntimeError } from '../runtime/core/errors.ts'
import { NO_ACTION } from '../runtime/core/experience.ts'
import type { ActingSpec, LearnerSetup, Losses } from '../runtime/core/learner.ts'
import { agentPrefix } from '../runtime/core/parameters.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import type { NamedTensors } from '../runtime/core/tensors.ts'
import { ONE_PASS } from './algorithms/actor-critic.ts'
import type { ErmasOptions } from './algorithms/ermas.ts'
import type { Descent } from './descent.ts'
import { Deviations } from './deviations.ts'
import { disposeEvidence } from './evidence.ts'
import { nextMultiplier } from './games/ermas/agent-adv-search.ts'
import type { GradientSet } from './math/gradients.ts'
import { policyGradient } from './math/policy-loss.ts'
import { type VTrace, vTrace } from './math/v-trace.ts'
import { ALONE, NetworkedDescent } from './networked-descent.ts'
import { ACTOR } from './networks/actor-and-critic.ts'
import { PolicyLearner } from './policy-learner.ts'
import { type Evaluated, PolicyTrainer } from './policy-trainer.ts'
import { type Experience, SegmentQueue } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

/** What deviations say of a batch; its tensors are the caller's to free. */
interface Found {
  /** ΔJ of each agent. */
  readonly regrets: Float64Array
  /** Of the loss −J_i, where deviations end: from each half. */
  readonly gradients: readonly GradientSet[]
}

/** The learner of ERMAS: see `algorithms/ermas.ts`, whose steps it takes in their order. */
export class ErmasLearner extends PolicyLearner {
  readonly #options: ErmasOptions
  /** Number of the planner; those below are the agents'. */
  readonly #planner: number
  readonly #descent: CorrectedDescent
  readonly #deviations: Deviations
  /** λ of each agent. */
  #multipliers: Float64Array

  constructor(setup: LearnerSetup, acting: ActingSpec, options: ErmasOptions) {
    const random = new Random(seedKey(setup.seed))
    const trainer = new PolicyTrainer(
      setup,
      acting,
      setup.agents,
      random,
      ({ networks }) => new CorrectedDescent(new NetworkedDescent(networks, options, ALONE, random)),
    )
    super(options.batchSize, new SegmentQueue(setup.space, true), trainer)
    this.#options = options
    this.#planner = setup.agents - 1
    this.#descent = trainer.descent
    this.#deviations = new Deviations(setup, acting, this.#planner, random)
    this.#multipliers = new Float64Array(this.#planner).fill(options.multiplierStart)
  }

  protected async learn(taken: Experience): Promise<Losses> {
    const now = await this.trainer.evaluate(taken)
    // From here on the current policies are those that acted.
    const experience = { ...taken, logProbability: now.logProbability }
    const weighed = this.#weigh(taken, now)
    const found = await this.#deviate(experience, weighed.advantage)
    this.#descent.correction = this.#correctionOf(found)
    const losses = await this.trainer.learn(experience, this.#against(weighed, experience), {
      policyLoss: policyGradient,
      options: this.#options,
      passes: ONE_PASS,
      update: this.updates,
    })
    this.#descent.clear()
    const settings = { ...this.#options, slack: this.#options.epsilon }
    this.#multipliers = this.#multipliers.map((lambda, agent) =>
      nextMultiplier(lambda, found.regrets[agent]!, settings),
    )
    return { ...losses, localRegret: mean(found.regrets), multiplier: mean(this.#multipliers) }
  }

  /** Targets and advantages: rows of the planner with its discount. */
  #weigh(taken: Experience, { value, ratio }: Evaluated): VTrace {
    const { gamma, plannerGamma, lambda } = this.#options
    const trajectories = { ...taken, value, ratio }
    const agents = vTrace(trajectories, gamma, lambda)
    if (plannerGamma === gamma) return agents
    const planner = vTrace(trajectories, plannerGamma, lambda)
    const of = (name: keyof VTrace) =>
      agents[name].map((own, row) => (taken.agent[row] === this.#planner ? planner[name][row]! : own))
    return { target: of('target'), advantage: of('advantage'), weight: of('weight') }
  }

  /** Each half of the decisions judges the deviations that were made from the other. */
  async #deviate(experience: Experience, advantage: Float32Array): Promise<Found> {
    const { trustRadius, innerSteps } = this.#options
    const { action, step } = experience
    const rows = [...action.keys()].filter((row) => action[row] !== NO_ACTION)
    const middle = step[rows[rows.length >> 1]!]!
    const halves = [
      rows.filter((row) => step[row]! < middle),
      rows.filter((row) => step[row]! >= middle),
    ].map((half) => this.#deviations.evidenceOf(experience, advantage, half))
    const current = await this.trainer.network.actingWeights()
    const regrets = new Float64Array(this.#planner)
    const gradients: GradientSet[] = []
    for (const [i, made] of halves.entries()) {
      const judges = halves[1 - i]!
      this.#deviations.start(current)
      await this.#deviations.climb(made, trustRadius, innerSteps)
      const gains = await this.#deviations.gains(judges)
      for (const [agent, gain] of gains.entries()) regrets[agent]! += gain / halves.length
      // Gradients of the step are of the mean over all rows, the planner's among them.
      gradients.push(this.#deviations.gradients(judges, 1 / rows.length))
    }
    for (const half of halves) disposeEvidence(half)
    return { regrets, gradients }
  }

  /** −β λ_i g_i, as a gradient of the loss; frees what was found. */
  #correctionOf({ gradients }: Found): GradientSet {
    const correction: Record<string, tf.Tensor> = {}
    for (const [agent, lambda] of this.#multipliers.entries()) {
      const prefix = agentPrefix(agent)
      const weight = (-this.#options.beta * lambda) / (1 + lambda)
      for (const name of Object.keys(gradients[0]!).filter((own) => own.startsWith(prefix))) {
        correction[prefix + ACTOR + name.slice(prefix.length)] = tf.tidy(() =>
          tf.mul(tf.addN(gradients.map((half) => half[name]!)), weight),
        )
      }
    }
    for (const half of gradients) tf.dispose(half)
    return correction
  }

  /** What is gained against the planner, and for oneself: (−A_r + λ_i A_i) / (1 + λ_i) in rows of the agents. */
  #against(weighed: VTrace, { agent, step }: Experience): VTrace {
    const planners = new Map<number, number>()
    for (const [row, own] of agent.entries()) {
      if (own === this.#planner) planners.set(step[row]!, weighed.advantage[row]!)
    }
    const isPlannerLearning = this.updates >= this.#options.plannerStart
    const advantage = weighed.advantage.map((own, row) => {
      if (agent[row] === this.#planner) return isPlannerLearning ? own : 0
      const lambda = this.#multipliers[agent[row]!]!
      return (lambda * own - (planners.get(step[row]!) ?? 0)) / (1 + lambda)
    })
    return { ...weighed, advantage }
  }

  override async save(withReplay: boolean): Promise<NamedTensors> {
    const multipliers = this.#multipliers.slice()
    return {
      multipliers: { dtype: 'f64', shape: [this.#planner], data: multipliers },
      ...(await super.save(withReplay)),
    }
  }

  override load(saved: NamedTensors): void {
    const multipliers = saved['multipliers']?.data
    if (multipliers?.length !== this.#planner) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `multipliers: expected those of ${this.#planner} agents, got ${multipliers?.length ?? 'nothing'}; resume with the ` +
          'algorithm and the scenario the checkpoint was made with',
        { details: { expected: this.#planner, got: multipliers?.length } },
      )
    }
    super.load(saved)
    this.#multipliers = Float64Array.from(multipliers)
  }

  override dispose(): void {
    this.#deviations.dispose()
    super.dispose()
  }
}

/** Descent by gradients to which something is added that was found elsewhere. */
class CorrectedDescent implements Descent {
  readonly #inner: Descent
  /** By the names of the parameters that it is for. */
  correction: GradientSet = {}

  constructor(inner: Descent) {
    this.#inner = inner
  }

  get iterations(): number {
    return this.#inner.iterations
  }

  begin(): void {
    this.#inner.begin()
  }

  async step(gradients: GradientSet): Promise<tf.Scalar> {
    const added = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(this.correction).map(([name, more]) => [name, tf.add(gradients[name]!, more)]),
      ),
    )
    const norm = await this.#inner.step({ ...gradients, ...added })
    tf.dispose(added)
    return norm
  }

  clear(): void {
    tf.dispose(this.correction)
    this.correction = {}
  }

  save(): Promise<NamedTensors> {
    return this.#inner.save()
  }

  load(saved: NamedTensors): void {
    this.#inner.load(saved)
  }

  dispose(): void {
    this.clear()
    this.#inner.dispose()
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
