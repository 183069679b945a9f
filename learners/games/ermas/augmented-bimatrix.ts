import { augmentedPayoffs, riskAverse } from '../../../runtime/core/games/repeated-bimatrix.ts'
import type { Random } from '../../../runtime/core/rng.ts'
import { newLogits, newSearchers, type SearchSettings, searchStep, selfishStep } from './agent-adv-search.ts'
import { outerLoop, type Responders } from './outer-loop.ts'
import { repeatedBimatrix } from './repeated-bimatrix.ts'
import { meanReward, type Play, play, type StochasticGame } from './stochastic-game.ts'

/** What a planner may choose to be, once an episode. */
export const CHOICES: readonly number[] = [0, 1, 2, 3]

/**
 * γ of agents that look about a step ahead. Those of γ = .9 find a further equilibrium of the repeated game: where agents are is seen, so
 * each can cooperate as long as the other does. They come to it far below Q a = .6, and then no choice of the planner's bears what it should.
 */
const SHORT_SIGHT = 0.3
/** γ of the planner, which is paid over the long run. */
const LONG_SIGHT = 0.99

/** The game that follows a planner's choice a, with agents that resent by Q: `augmentedPayoffs`. @param discount γ of the agents */
export function augmentedGame(
  choice: number,
  resentment: number,
  discount: number = SHORT_SIGHT,
): StochasticGame {
  return repeatedBimatrix(augmentedPayoffs(choice, resentment), discount)
}

/** How a planner is trained. */
export type Training =
  /** Against agents that resent by Q and ascend what they are paid. */
  | { readonly kind: 'marl'; readonly resentment: number }
  /** Against the worst ε-equilibrium of agents that do not resent. */
  | { readonly kind: 'ermas'; readonly search: SearchSettings }
  /** Against agents whose rewards are changed at random from time to time. */
  | { readonly kind: 'domain-randomisation' }
  /** With a concave function of its own reward. */
  | { readonly kind: 'risk-robustness' }

export interface AugmentedSettings {
  /** γ of the agents. */
  readonly discount: number
  /** Of planners' training, and of agents that meet a frozen one. */
  readonly steps: number
}

export const AUGMENTED_DEFAULTS: AugmentedSettings = { discount: SHORT_SIGHT, steps: 1_500 }

const PLANNER_LEARNING_RATE = 0.1
/** Of agents that ascend their own rewards. */
const SELFISH = { learningRate: 5, entropy: 0.005 }

/** @returns π_r, probabilities of the choices */
export function trainPlanner(
  training: Training,
  random: Random,
  { discount, steps }: AugmentedSettings = AUGMENTED_DEFAULTS,
): Float64Array {
  const responders = CHOICES.map((choice) => respondersTo(choice, training, random, discount))
  return outerLoop(responders, steps, PLANNER_LEARNING_RATE)
}

function respondersTo(choice: number, training: Training, random: Random, discount: number): Responders {
  const unperturbed = augmentedGame(choice, 0, discount)
  switch (training.kind) {
    case 'marl':
      return selfish(augmentedGame(choice, training.resentment, discount), choice, random)
    case 'ermas':
      return searching(unperturbed, choice, random, training.search)
    case 'domain-randomisation':
      return randomised(unperturbed, choice, random)
    case 'risk-robustness':
      return selfish({ ...unperturbed, planner: unperturbed.planner.map(riskAverse) }, choice, random)
  }
}

/** What a planner is paid under each choice after agents have learned, from nothing, in a world with another Q. */
export function freshOutcomes(
  resentment: number,
  random: Random,
  { discount, steps }: AugmentedSettings = AUGMENTED_DEFAULTS,
): Float64Array {
  return Float64Array.from(CHOICES, (choice) => {
    // Not the draws of those that the planner was trained with.
    const game = augmentedGame(choice, resentment, discount)
    const respond = selfish(game, CHOICES.length + choice, random)
    for (let step = 0; step < steps; step++) respond()
    return respond()
  })
}

/** What the planner is paid by what agents play. */
function overLongRun({ game, policies }: Play): number {
  return meanReward(play({ ...game, discount: LONG_SIGHT }, policies), game.planner)
}

/** @param draw by which the first policies are told apart */
function selfish(game: StochasticGame, draw: number, random: Random): Responders {
  let logits: readonly Float64Array[] = newLogits(game, random, draw)
  return () => {
    const { played, next } = selfishStep(game, logits, SELFISH)
    logits = next
    return overLongRun(played)
  }
}

function searching(game: StochasticGame, draw: number, random: Random, search: SearchSettings): Responders {
  let searchers = newSearchers(newLogits(game, random, draw))
  return () => {
    const { outcome, next } = searchStep(game, searchers, search)
    searchers = next
    return overLongRun(outcome.played)
  }
}

/** Stream of the changes of rewards. */
const NOISE = 1_301
/** Steps until rewards are changed anew. */
const NOISE_PERIOD = 20

/** r′_i = r_i + σ, σ ~ U[−1, 1] of each state, joint action and agent. */
function randomised(game: StochasticGame, draw: number, random: Random): Responders {
  let logits: readonly Float64Array[] = newLogits(game, random, draw)
  let changed = game
  let step = 0
  return () => {
    if (step % NOISE_PERIOD === 0) {
      const period = step / NOISE_PERIOD
      const rewards = game.rewards.map((own, agent) =>
        own.map(
          (reward, k) => reward + 2 * random.uniform(NOISE, period * CHOICES.length + draw, k, agent) - 1,
        ),
      )
      changed = { ...game, rewards }
    }
    step++
    const { played, next } = selfishStep(changed, logits, SELFISH)
    logits = next
    return overLongRun(played)
  }
}
