import { type Economy, economy, incomes } from '../../../runtime/core/games/economy-equilibrium.ts'
import {
  flatTax,
  LABOUR_LEVELS,
  PEOPLE,
  RATES,
  socialWelfare,
  TRAINED_RISK_AVERSION,
  utility,
} from '../../../runtime/core/games/one-step-economy.ts'
import type { Random } from '../../../runtime/core/rng.ts'
import { nextMultiplier, type SearchSettings } from './agent-adv-search.ts'
import { entropyGradient, softmax } from './stochastic-game.ts'
import { divergingStep } from './trust-region.ts'

export interface LearnedEconomySettings extends SearchSettings {
  /** Whether agents search for the ε-equilibrium that is worst for welfare, or care for nothing but their own utility. */
  readonly agents: 'ermas' | 'marl'
  /** Of all rates together. In an episode the tax is set, all work, and all are paid. */
  readonly episodes: number
  /** Episodes under one rate between two steps of its agents. */
  readonly batch: number
  /** What an episode counts in what is known of its levels of labour. */
  readonly recency: number
  readonly plannerLearningRate: number
  /** λ_0. */
  readonly firstMultiplier: number
}

export const LEARNED_ECONOMY_DEFAULTS: LearnedEconomySettings = {
  agents: 'ermas',
  slack: 0.25,
  episodes: 200_000,
  batch: 20,
  recency: 0.1,
  learningRate: 0.5,
  plannerLearningRate: 0.006,
  beta: 0.2,
  entropy: 0.01,
  radius: 0.05,
  innerSteps: 2,
  multipliers: 'adaptive',
  firstMultiplier: 20,
  multiplierRate: 20,
  // Of coin, of which welfare has tens for each unit of utility.
  multiplierCap: 200,
}

/** What an agent does and knows under one rate, by level of labour. */
interface Worker {
  /** θ. */
  logits: Float64Array
  /** By how much its utility is above the batch's mean. */
  readonly own: Float64Array
  /** By how much everybody's welfare is above the batch's mean. */
  readonly welfare: Float64Array
  /** λ. */
  multiplier: number
}

/** All that is learned under one rate. */
interface Society {
  readonly world: Economy
  readonly workers: readonly Worker[]
  /** Of late, on average. */
  welfare: number
  batches: number
}

export interface LearnedRate {
  /** The rate that the planner sets most often in the end. */
  readonly rate: number
  /** Probabilities of the rates. */
  readonly policy: Float64Array
}

/** Streams of the rates that are set, and of how much is worked. */
const SET = 1_302
const WORK = 1_303

/**
 * The economy's planner and agents learned from episodes: agents have a softmax policy over levels of labour for each rate, that they
 * see, and learn first under all rates in turn; then, for as long again, under the rates that the planner sets while it learns.
 *
 *   planner   θ_r(τ) ← θ_r(τ) + η_r π_r(τ) (W(τ) − Σ π_r W)                           W(τ): a running mean of welfare
 *   agents    θ_i ← θ_i + η [ (−∇_W + λ_i (∇_i − β ∇*_i)) / (1 + λ_i) + c ∇H ],   ∇(h) = π_i(h) A(h)
 *
 * A(h) being running means of utility, or welfare, at level h above that of its batch. Plain agents have ∇_i in place of the fraction.
 * Regrets are read from A as well: other episodes than a batch's own decide over them, without any being spent on deviations. The
 * fraction keeps steps of one size whatever λ is.
 *
 * @see Zhao, Trott, Xiong, Zheng, ERMAS, algorithms 1 and 2
 */
export function learnRate(settings: LearnedEconomySettings, random: Random): LearnedRate {
  const societies = RATES.map((rate) => newSociety(rate, settings))
  const logits = new Float64Array(RATES.length)
  const batches = Math.floor(settings.episodes / settings.batch)
  for (let step = 0; step < batches; step++) {
    const isPlannerLearning = step >= batches / 2
    const policy = softmax(logits, RATES.length)
    const set = isPlannerLearning ? sample(policy, random.uniform(SET, step, 0)) : step % RATES.length
    const society = societies[set]!
    experience(society, settings, step, random)
    for (const worker of society.workers) improve(worker, settings)
    if (!isPlannerLearning) continue
    const mean = policy.reduce((sum, probability, k) => sum + probability * societies[k]!.welfare, 0)
    for (const [k, probability] of policy.entries()) {
      logits[k]! += settings.plannerLearningRate * probability * (societies[k]!.welfare - mean)
    }
  }
  const policy = softmax(logits, RATES.length)
  return { rate: RATES[policy.indexOf(Math.max(...policy))]!, policy }
}

function newSociety(rate: number, { firstMultiplier }: LearnedEconomySettings): Society {
  const byLevel = () => new Float64Array(LABOUR_LEVELS.length)
  return {
    world: economy(flatTax(rate), TRAINED_RISK_AVERSION, LABOUR_LEVELS),
    workers: Array.from({ length: PEOPLE }, () => ({
      logits: byLevel(),
      own: byLevel(),
      welfare: byLevel(),
      multiplier: firstMultiplier,
    })),
    welfare: 0,
    batches: 0,
  }
}

/** Batches that W is a mean of. */
const REMEMBERED_BATCHES = 20

/** Plays a batch of episodes and learns what levels of labour are worth. */
function experience(
  society: Society,
  { batch, recency }: LearnedEconomySettings,
  step: number,
  random: Random,
): void {
  const { world, workers } = society
  const policies = workers.map(({ logits }) => softmax(logits, logits.length))
  const episodes = Array.from({ length: batch }, (_, episode) => {
    const levels = policies.map((policy, agent) => sample(policy, random.uniform(WORK, step, episode, agent)))
    const hours = levels.map((level) => LABOUR_LEVELS[level]!)
    const coin = incomes(world, hours)
    return {
      levels,
      utilities: coin.map((own, agent) => utility(world.riskAversion, own, hours[agent]!)),
      welfare: socialWelfare(coin),
    }
  })
  const welfare = episodes.reduce((sum, episode) => sum + episode.welfare, 0) / batch
  for (const [agent, worker] of workers.entries()) {
    const mean = episodes.reduce((sum, { utilities }) => sum + utilities[agent]!, 0) / batch
    for (const episode of episodes) {
      const level = episode.levels[agent]!
      worker.own[level]! += recency * (episode.utilities[agent]! - mean - worker.own[level]!)
      worker.welfare[level]! += recency * (episode.welfare - welfare - worker.welfare[level]!)
    }
  }
  society.batches++
  const weight = 1 / Math.min(society.batches, REMEMBERED_BATCHES)
  society.welfare += weight * (welfare - society.welfare)
}

/** One step of an agent's policy and multiplier, by what it knows. */
function improve(worker: Worker, settings: LearnedEconomySettings): void {
  const { logits, own, welfare, multiplier } = worker
  const policy = softmax(logits, logits.length)
  const forSelf = banditGradient(policy, own)
  let direction = forSelf
  if (settings.agents === 'ermas') {
    const deviation = bestDeviation(logits, own, settings)
    const deviating = banditGradient(deviation, own)
    const forWelfare = banditGradient(policy, welfare)
    direction = forSelf.map(
      (slope, k) =>
        (-forWelfare[k]! + multiplier * (slope - settings.beta * deviating[k]!)) / (1 + multiplier),
    )
    const localRegret = deviation.reduce((sum, after, k) => sum + (after - policy[k]!) * own[k]!, 0)
    worker.multiplier = nextMultiplier(multiplier, localRegret, settings)
  }
  const spreading = entropyGradient(policy, policy.length)
  worker.logits = clipped(
    logits.map(
      (logit, k) => logit + settings.learningRate * (direction[k]! + settings.entropy * spreading[k]!),
    ),
  )
}

/** ∇ Σ_h π(h) A(h) by the logits of π: π(h) (A(h) − Σ π A). */
function banditGradient(policy: Float64Array, advantage: Float64Array): Float64Array {
  const mean = policy.reduce((sum, probability, k) => sum + probability * advantage[k]!, 0)
  return policy.map((probability, k) => probability * (advantage[k]! - mean))
}

/** The only state there is. */
const ALWAYS = Float64Array.of(1)

/** An agent's policy after steps along the natural gradient of its utility, each as long as the radius lets it be. */
function bestDeviation(
  logits: Float64Array,
  own: Float64Array,
  { radius, innerSteps }: LearnedEconomySettings,
): Float64Array {
  let deviation = logits
  for (let step = 0; step < innerSteps; step++) {
    const policy = softmax(deviation, deviation.length)
    const length = divergingStep(policy, own, radius / innerSteps, ALWAYS)
    deviation = deviation.map((logit, k) => logit + length * own[k]!)
  }
  return softmax(deviation, deviation.length)
}

/** The least logit beside the largest, 0: levels that nobody works any more would never be learned again. */
const LEAST_LOGIT = -6

function clipped(logits: Float64Array): Float64Array {
  const most = Math.max(...logits)
  return logits.map((logit) => Math.max(LEAST_LOGIT, logit - most))
}

/** The place whose share of [0, 1) a number lies in. */
function sample(policy: Float64Array, uniform: number): number {
  let rest = uniform
  for (let k = 0; k < policy.length; k++) {
    rest -= policy[k]!
    if (rest < 0) return k
  }
  return policy.length - 1
}
