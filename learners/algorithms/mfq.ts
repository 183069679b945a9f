/**
 * Mean-field Q-learning (MF-Q).
 *
 * An agent's value depends on its own action and on the mean action ā of its group, which stands
 * for all pairwise interactions. Behaviour is Boltzmann with a falling temperature T:
 *
 *   π(a | o, ā) = exp(Q(o, a, ā) / T) / Σ_b exp(Q(o, b, ā) / T)                      (eq. 12)
 *   v(o') = Σₐ π(a | o', ā') Q⁻(o', a, ā'),   y = r + γ (1 − d) v(o')                (eq. 10)
 *   L = mean (y − Q(o, a, ā))²                                                       (eq. 13)
 *
 * The mean action and the policy depend on each other, so agents act on the ā of the step before:
 * Q(o_t, ·, ā_{t−1}) and, in the target, ā' = ā_t, both over the agents alive. In the first step of
 * an episode ā is uniform. Some printings have exp(−βQ); the sign here is the one that maximises.
 *
 * @see Yang, Luo, Li, Zhou, Zhang, Wang, "Mean field multi-agent reinforcement learning", ICML 2018
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { piecewiseLinear } from '../math/schedule.ts'
import { completeQLearning, networkOptions, qLearningOptions } from './q-learning.ts'
import { checkReplay } from './task-checks.ts'

const options = z.strictObject({
  ...networkOptions.shape,
  ...qLearningOptions.shape,
  temperatureStart: z
    .number()
    .positive()
    .default(0.5)
    .describe('temperature of the Boltzmann policy at the start'),
  temperatureMiddle: z.number().positive().default(0.05).describe('temperature after 80 % of the run'),
  temperatureEnd: z.number().positive().default(0.02).describe('temperature at the end'),
})

type MfqOptions = z.output<typeof options>

const acting = ({ network, hidden }: MfqOptions) =>
  ({ network: { kind: network, hidden }, selection: 'boltzmann', meanAction: true }) as const

function temperature(
  { temperatureStart, temperatureMiddle, temperatureEnd }: MfqOptions,
  progress: number,
): number {
  return piecewiseLinear(
    [
      { progress: 0, value: temperatureStart },
      { progress: 0.8, value: temperatureMiddle },
      { progress: 1, value: temperatureEnd },
    ],
    progress,
  )
}

export const mfq: AnyAlgorithm = defineAlgorithm({
  name: 'mfq',
  summary: 'mean-field Q-learning: values of own action and of the mean action of the group',
  options,
  complete: completeQLearning,
  acting,
  exploration: temperature,
  check: checkReplay,
  async create(setup, given) {
    const { meanFieldValue } = await import('../math/q-targets.ts')
    const { OffPolicyLearner } = await import('../off-policy.ts')
    const { actionValues } = await import('./q-update.ts')
    return new OffPolicyLearner(setup, acting(given), given, (progress) =>
      actionValues((online, target) => meanFieldValue(online, target, temperature(given, progress))),
    )
  },
})
