/**
 * MATRL: multi-agent trust-region learning. Every agent has a policy and a critic of its own.
 *
 * In each update, from the same decisions of all n agents:
 *
 *   1. independent improvement   π̂_i from π_i by the steps that its optimiser would take next on the clipped surrogate of agent i's own
 *                                normalised advantages, as if the others stood still
 *   2. meta-game                 M_i(b) = mean_t [ Â_i Π_{j: b_j = 1} π̂_j / π_j ] − mean_t Â_i, with raw advantages Â and each ratio
 *                                clipped to 1 ± c̄                                                     `games/meta-game.ts`
 *   3. stable improvement point  π̄_i = ρ_i π_i + (1 − ρ_i) π̂_i, ρ an equilibrium of M
 *   4. best response             π_i ← steps from π_i on the surrogate of c_−i Â_i,  c_−i = clip(Π_{j ≠ i} π̄_j / π_j, 1 ± c̄)
 *   5. critics                   towards the λ-returns, in the steps of 4
 *
 * An agent that has no part in a decision, because it has arrived or died, has the ratio 1 there and gains nothing. Both surrogates are
 * PPO's, less a divergence from π and plus entropy. With ρ = 1 for all it is independent PPO, with ρ = 0 each looks
 * ahead at the others' next policies. `--parts` leaves parts out: `independent` (PPO alone), `no-stable-point` (ρ = 0, the paper's
 * IL-LA), `no-response` (each takes its stable point itself: its improvement, or with probability ρ its policy as it was, since the
 * mixture of both is no network; its critic learns in the steps of 1).
 *
 * Where it departs from the paper or its code: the weights of 4 are π̄ / π, as the data come from π, where the paper prints the inverse; the
 * meta-game is of advantages that are not normalised, from which the mean is subtracted; mixtures are of probabilities, not of
 * parameters; every update starts from the current policies. Advantages are the critics' targets by V-trace less what they say, which is
 * generalised advantage estimation where the policies that acted are the current ones (`--schedule sync`). Predictions bound the norm of a
 * policy's gradient by itself, where updates bound that of policy and critic together.
 *
 * @see Wen, Chen, Yang, Tian, Li, Chen, Wang, "A game-theoretic approach to multi-agent trust region optimization", §3; Schulman et
 *      al. 2017; Espeholt et al. 2018
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { actorCriticOptions, softmaxTemperature } from './actor-critic.ts'
import { networkedActing } from './networked.ts'
import { otherDefault } from './other-default.ts'
import { widths } from './q-learning.ts'
import { checkSegments, refuseUnevenNetworks } from './task-checks.ts'

const { batchSize, normalizeValues: _, ...shared } = actorCriticOptions.shape

const options = z.strictObject({
  hidden: widths
    .default([64, 64])
    .describe("widths of the hidden layers of an agent's networks, multiples of 16"),
  ...shared,
  gamma: otherDefault(shared.gamma, 0.99),
  lambda: otherDefault(shared.lambda, 0.95),
  learningRate: shared.learningRate
    .removeDefault()
    .default(2e-3)
    .describe("Adam's step size, of improvements and of responses"),
  entropyCoefficient: otherDefault(shared.entropyCoefficient, 0.05),
  batchSize: otherDefault(batchSize, 2000),
  clip: z.number().positive().default(0.1).describe('how far π / π_old may go from 1 for a gain'),
  klCoefficient: z
    .number()
    .min(0)
    .default(0.001)
    .describe('weight of the divergence from the current policy'),
  improvementSteps: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('gradient steps of an improvement'),
  responseSteps: z.number().int().min(1).max(1000).default(5).describe('gradient steps of a best response'),
  ratioClip: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe("c̄: how far the others' ratios of policies may go from 1"),
  parts: z
    .enum(['all', 'no-response', 'no-stable-point', 'independent'])
    .default('all')
    .describe(
      'all of the method, or it without its best response, its stable point, or both and the look-ahead',
    ),
})

export const matrl: AnyAlgorithm = defineAlgorithm({
  name: 'matrl',
  summary: "MATRL: PPO for each agent, towards a stable point of everybody's improvements",
  options,
  acting: (given) => networkedActing(given, 'apart'),
  exploration: softmaxTemperature,
  check(given, task) {
    refuseUnevenNetworks('matrl', task)
    checkSegments(given, task)
  },
  async create(setup, given) {
    const { MatrlLearner } = await import('../matrl-learner.ts')
    return new MatrlLearner(setup, networkedActing(given, 'apart'), { ...given, normalizeValues: false })
  },
})
