import type { Random } from '../../../runtime/core/rng.ts'
import {
  entropyGradient,
  meanReward,
  type Play,
  play,
  policyGradient,
  type StochasticGame,
  softmax,
} from './stochastic-game.ts'
import { localDeviation } from './trust-region.ts'

/** Of ERMAS' inner problem. The papers print neither step sizes nor numbers of steps. */
export interface SearchSettings {
  /** ε: what an agent may miss by not deviating, on the scale of one step's reward. */
  readonly slack: number
  /** Of the agents' logits. */
  readonly learningRate: number
  /** β, by how much the best deviation's gradient is taken off an agent's own; 1/N at most, by the papers' ablation. */
  readonly beta: number
  /** c, weight of the policies' entropies, which keeps every action alive. */
  readonly entropy: number
  /** ρ of the region that deviations are searched in, in nats. */
  readonly radius: number
  /** n_inner: natural-gradient steps of a deviation. */
  readonly innerSteps: number
  /**
   * What becomes of λ: `adaptive` is (3.3) and `fixed` leaves it. `printed` is the papers' algorithm 2 to the letter, λ ← λ − α (ΔJ − ε):
   * it loosens the constraint exactly where it is violated, so that agents work against the planner whatever ε is. For control only.
   */
  readonly multipliers: 'adaptive' | 'fixed' | 'printed'
  /** α_λ. */
  readonly multiplierRate: number
  /** λ stays in [0, this]: a negative slack can never be met. */
  readonly multiplierCap: number
}

export const SEARCH_DEFAULTS: SearchSettings = {
  slack: 0.05,
  learningRate: 2,
  beta: 0.2,
  entropy: 0.005,
  radius: 0.05,
  innerSteps: 2,
  multipliers: 'adaptive',
  multiplierRate: 2,
  multiplierCap: 50,
}

/** Agents that search. */
export interface Searchers {
  /** θ of each agent, [S, A_i]. */
  readonly logits: readonly Float64Array[]
  /** λ of each agent: how much its own reward counts against the planner's loss. */
  readonly multipliers: Float64Array
}

/** What agents played before a step of the search. */
export interface Outcome {
  /** J_r. */
  readonly planner: number
  /** J_i. */
  readonly agents: Float64Array
  /** ΔJ_i inside the region ρ. */
  readonly localRegrets: Float64Array
  readonly played: Play
}

/** Stream of the first logits. */
const START = 1_300
const START_DEVIATION = 0.1

/** Logits of agents that know nothing, [S, A_i] each: near 0. @param draw by which several draws are told apart */
export function newLogits({ states, actions }: StochasticGame, random: Random, draw = 0): Float64Array[] {
  return actions.map((count, agent) =>
    Float64Array.from(
      { length: states * count },
      (_, k) => START_DEVIATION * random.normal(START, draw, k, agent),
    ),
  )
}

/**
 * λ_0, before the first step. Lower, and agents first learn to work against the planner; some of those who are to stop that later come
 * to rest where each cooperates as long as the other does, which is an equilibrium of the repeated game too.
 */
const FIRST_MULTIPLIER = 10

export function newSearchers(logits: readonly Float64Array[], multiplier = FIRST_MULTIPLIER): Searchers {
  return { logits, multipliers: new Float64Array(logits.length).fill(multiplier) }
}

/**
 * One step of Agent-Adv-Search, with exact gradients: agents look for the ε-equilibrium that is worst for the planner.
 *
 *   min_π max_{λ ≥ 0}  J_r + Σ_i λ_i (ΔJ_i − ε),   ΔJ_i = J_i(δ_i, π₋ᵢ) − J_i(π)
 *   θ_i ← θ_i + η [ −∇J_r + λ_i (∇J_i(θ) − β ∇J_i(θ*_i)) + c ∇H̄ ]                          (3.2)
 *   λ_i ← min(λ_max, max(0, λ_i + α (ΔJ_i − ε)))                                            (3.3)
 *
 * θ*_i being an agent's best deviation nearby. All agents step at once.
 *
 * Where it departs from the print: eq. 9 has −Σ λ (ΔJ − ε) inside a minimum over π, which contradicts the gradient below it, and
 * algorithm 2 has the multipliers' step with the other sign (see `multipliers`) and subtracts λ_i θ*_i, parameters where a gradient
 * must stand. Of the estimates of the deviation's gradient by eq. 15 this is the gradient at its end.
 *
 * @see Zhao, Trott, Xiong, Zheng, ERMAS, eqs. 8–16 and algorithm 2
 */
export function searchStep(
  game: StochasticGame,
  { logits, multipliers }: Searchers,
  settings: SearchSettings,
): { readonly outcome: Outcome; readonly next: Searchers } {
  const played = play(
    game,
    logits.map((own, agent) => softmax(own, game.actions[agent]!)),
  )
  const { beta, entropy, learningRate } = settings
  const agents = game.rewards.map((reward) => meanReward(played, reward))
  const deviations = logits.map((own, agent) =>
    localDeviation(played, agent, own, settings.radius, settings.innerSteps),
  )
  const localRegrets = Float64Array.from(
    deviations,
    (deviation, agent) => meanReward(deviation.played, game.rewards[agent]!) - agents[agent]!,
  )
  const moved = logits.map((own, agent) => {
    const reward = game.rewards[agent]!
    const lambda = multipliers[agent]!
    const againstPlanner = policyGradient(played, agent, game.planner)
    const forSelf = policyGradient(played, agent, reward)
    const deviating = policyGradient(deviations[agent]!.played, agent, reward)
    const spreading = entropyGradient(played.policies[agent]!, game.actions[agent]!)
    const direction = own.map(
      (_, k) => -againstPlanner[k]! + lambda * (forSelf[k]! - beta * deviating[k]!) + entropy * spreading[k]!,
    )
    return ascended(own, direction, learningRate, game.actions[agent]!)
  })
  return {
    outcome: {
      planner: meanReward(played, game.planner),
      agents: Float64Array.from(agents),
      localRegrets,
      played,
    },
    next: {
      logits: moved,
      multipliers: multipliers.map((lambda, agent) => nextMultiplier(lambda, localRegrets[agent]!, settings)),
    },
  }
}

/** λ after an agent was found to miss so much by not deviating, (3.3). */
export function nextMultiplier(
  lambda: number,
  localRegret: number,
  {
    slack,
    multipliers,
    multiplierRate,
    multiplierCap,
  }: Pick<SearchSettings, 'slack' | 'multipliers' | 'multiplierRate' | 'multiplierCap'>,
): number {
  if (multipliers === 'fixed') return lambda
  const sign = multipliers === 'adaptive' ? 1 : -1
  return Math.min(multiplierCap, Math.max(0, lambda + sign * multiplierRate * (localRegret - slack)))
}

/**
 * One step of agents that each ascend their own reward and nothing else, at once.
 *
 *   θ_i ← θ_i + η (∇J_i + c ∇H̄)
 */
export function selfishStep(
  game: StochasticGame,
  logits: readonly Float64Array[],
  { learningRate, entropy }: Pick<SearchSettings, 'learningRate' | 'entropy'>,
): { readonly played: Play; readonly next: readonly Float64Array[] } {
  const played = play(
    game,
    logits.map((own, agent) => softmax(own, game.actions[agent]!)),
  )
  const next = logits.map((own, agent) => {
    const gradient = policyGradient(played, agent, game.rewards[agent]!)
    const spreading = entropyGradient(played.policies[agent]!, game.actions[agent]!)
    const direction = gradient.map((slope, k) => slope + entropy * spreading[k]!)
    return ascended(own, direction, learningRate, game.actions[agent]!)
  })
  return { played, next }
}

/** The least logit beside the largest, 0, of a state: no action becomes so rare that it is never learned again. */
const LEAST_LOGIT = -12

/** θ + η direction, with logits of each state in [−12, 0]. */
function ascended(
  logits: Float64Array,
  direction: Float64Array,
  learningRate: number,
  actions: number,
): Float64Array {
  const moved = logits.map((logit, k) => logit + learningRate * direction[k]!)
  for (let row = 0; row < moved.length; row += actions) {
    let most = -Infinity
    for (let a = 0; a < actions; a++) most = Math.max(most, moved[row + a]!)
    for (let a = 0; a < actions; a++) moved[row + a] = Math.max(LEAST_LOGIT, moved[row + a]! - most)
  }
  return moved
}

/**
 * Agent-Adv-Search: many steps. The papers' warm-up is such a search too, with β = 0 and fixed multipliers.
 *
 * @param steps   n_train
 * @param observe is shown what was played before each step
 */
export function agentAdvSearch(
  game: StochasticGame,
  start: Searchers,
  settings: SearchSettings,
  steps: number,
  observe: (outcome: Outcome, step: number) => void = () => {},
): Searchers {
  let searchers = start
  for (let step = 0; step < steps; step++) {
    const { outcome, next } = searchStep(game, searchers, settings)
    observe(outcome, step)
    searchers = next
  }
  return searchers
}
