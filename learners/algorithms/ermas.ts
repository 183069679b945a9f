/**
 * ERMAS: agents look for the ε-equilibrium that is worst for a planner, and the planner learns against it. The last agent of the group
 * is the planner; each has a policy and a critic of its own.
 *
 *   max_r min_π max_{λ ≥ 0}  J_r + Σ_i λ_i (ΔJ_i − ε),   ΔJ_i = J_i(δ_i, π₋ᵢ) − J_i(π),   KL(π_i ‖ δ_i) ≤ ρ
 *
 * In each update, from the same decisions:
 *
 *   1. advantages         A_i of each agent by its own critic, A_r by the planner's. That of a decision is the planner's own row of it:
 *                         ∇_i J_r = E [ A_r ∇ log π_i ], since all of them made it come about
 *   2. deviations         of each agent alone, in one half of the decisions: n steps up ∇ E [ (π′/π) A_i ], each as long as ρ/n lets
 *                         it be                                                                     `deviations.ts`
 *   3. local regret       ΔJ_i ≈ E [ (δ_i/π_i − 1) A_i ] and g_i = ∇ E [ (π′/π) A_i ] at π′ = δ_i, both in the other half
 *   4. the agents' step   θ_i ← θ_i + Adam( (−∇J_r + λ_i (∇J_i − β g_i)) / (1 + λ_i) + c ∇H )               (3.2)
 *   5. the planner's      θ_r ← θ_r + Adam( ∇J_r + c ∇H ); nothing comes of it where a planner looks on, and at first
 *                         it may wait until agents know what to do, whatever it does                        algorithm 1
 *   6. multipliers        λ_i ← min(λ_max, max(0, λ_i + α (ΔJ_i − ε)))                                       (3.3)
 *
 * Halves are taken in turns, so that no deviation is judged by the decisions that it was made from: its gain in those is one of
 * selection, and would pass for regret where there is none. Decisions are weighed by δ/π, and not made anew with each agent's
 * deviation in turn as the papers do: that takes 1 + Nn batches for a step, and a difference of two batches' mean returns is several
 * times as noisy as the mean of weighed advantages. Its price is what a trust region's is: where a deviation would come to in the
 * long run is not seen, an error of the order of ρ. ε, ΔJ and J are on the scale of one step's reward.
 *
 * Where it departs from the print: (3.3) has the sign that tightens a constraint where it is violated (`--multipliers printed` is the
 * papers' algorithm 2 to the letter, for control); their correction subtracts the parameters λ_i θ*_i, this the gradient at the end
 * of the deviation, as eq. 15 means it; steps of deviations follow the gradient, not the natural one; all levels step at once.
 * Adam does not see how large λ is, over 1 + λ: its memory would outlast a fall of λ by hundreds of steps.
 *
 * With the exact gradients of small games: `games/ermas/agent-adv-search.ts`.
 *
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", eqs. 7–16,
 *      algorithms 1–2; Schulman, Levine, Moritz, Jordan, Abbeel 2015; Espeholt et al. 2018
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { type AnyAlgorithm, defineAlgorithm, type LearningTask } from '../../runtime/core/learner.ts'
import { actorCriticOptions, softmaxTemperature } from './actor-critic.ts'
import { networkedActing } from './networked.ts'
import { otherDefault } from './other-default.ts'
import { widths } from './q-learning.ts'
import { checkSegments, refuseUnevenNetworks } from './task-checks.ts'

const {
  batchSize,
  entropyCoefficient,
  gamma,
  lambda,
  learningRate,
  normalizeValues: _,
  ...shared
} = actorCriticOptions.shape

const options = z.strictObject({
  hidden: widths
    .default([32])
    .describe("widths of the hidden layers of an agent's networks, multiples of 16"),
  ...shared,
  gamma: otherDefault(gamma, 0.9),
  plannerGamma: z.number().min(0).max(1).default(0.9).describe("discount of the planner's next step"),
  plannerStart: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('updates before the planner learns: until then it tries everything alike'),
  lambda: otherDefault(lambda, 0.95),
  learningRate: otherDefault(learningRate, 0.01),
  entropyCoefficient: otherDefault(entropyCoefficient, 0.02),
  batchSize: otherDefault(batchSize, 1920),
  epsilon: z
    .number()
    .default(0.05)
    .describe("what an agent may miss by not deviating, on the scale of one step's reward"),
  beta: z
    .number()
    .min(0)
    .default(0.2)
    .describe(
      "by how much the best deviation's gradient is taken off an agent's own; 1/N at most is advised",
    ),
  trustRadius: z
    .number()
    .positive()
    .default(0.05)
    .describe('divergence of a deviation from the policy, in nats'),
  innerSteps: z.number().int().min(1).max(100).default(2).describe('gradient steps of a deviation'),
  multipliers: z
    .enum(['adaptive', 'fixed', 'printed'])
    .default('adaptive')
    .describe(
      "how much an agent's own reward counts: by its regret, always alike, or with the papers' printed sign",
    ),
  multiplierStart: z.number().min(0).default(5).describe('λ of every agent, before the first update'),
  multiplierRate: z.number().min(0).default(3).describe('how far λ moves for a regret beyond ε'),
  multiplierCap: z.number().min(0).default(50).describe('λ is at most this: no regret is below 0'),
})

export type ErmasOptions = z.output<typeof options>

export const ermas: AnyAlgorithm = defineAlgorithm({
  name: 'ermas',
  summary: 'ERMAS: agents are as bad for the planner, the last of the group, as a slack of ε lets them be',
  options,
  acting: (given) => networkedActing(given, 'apart'),
  exploration: softmaxTemperature,
  check(given, task) {
    refuseLonely(task)
    refuseOneDecision(given, task)
    refuseCappedStart(given)
    refuseUnevenNetworks('ermas', task)
    checkSegments(given, task)
  },
  async create(setup, given) {
    const { ErmasLearner } = await import('../ermas-learner.ts')
    return new ErmasLearner(setup, networkedActing(given, 'apart'), given)
  },
})

/** @throws ERR_CONFIG_INVALID for multipliers that would fall to their cap with the first update */
function refuseCappedStart({ multipliers, multiplierStart, multiplierCap }: ErmasOptions): void {
  if (multipliers === 'fixed' || multiplierStart <= multiplierCap) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--multiplier-start: expected at most --multiplier-cap ${multiplierCap}, got ${multiplierStart}; raise the cap, or take --multipliers fixed`,
    { details: { field: 'multiplierStart', got: multiplierStart, most: multiplierCap } },
  )
}

/** @throws ERR_CONFIG_INVALID when an update may have one decision: one half of them judges the deviations of the other */
function refuseOneDecision({ batchSize }: ErmasOptions, { agents }: LearningTask): void {
  const least = 2 * Math.max(...agents)
  if (batchSize >= least) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--batch-size: ermas expected at least ${least}, two decisions of ${least / 2} agents, got ${batchSize}`,
    { details: { batchSize, least } },
  )
}

/** @throws ERR_CONFIG_INVALID when there is nobody beside the planner */
function refuseLonely({ agents }: LearningTask): void {
  if (agents.every((count) => count >= 2)) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--algorithm: ermas takes the last agent of a group as the planner, and expected agents beside it; got groups of ${agents.join(' and ')}`,
    { details: { agents } },
  )
}
