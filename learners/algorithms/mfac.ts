/**
 * Mean-field actor-critic (MF-AC).
 *
 * Actor and critic see the mean action ā of the group in the step before, which stands for all pairwise interactions:
 *
 *   ∇θ J = E [ ∇θ log π(a | o, ā) A ],   A from the critic V(o, ā)
 *
 * The loss is that of independent actor-critic, `iac.ts`. The paper's critic is Q(o, a, ā); its code, and this,
 * learn the state's value. There the policy does not see ā, as it does in the
 * paper and here; in the first step of an episode it is uniform.
 *
 * @see Yang, Luo, Li, Zhou, Zhang, Wang, "Mean field multi-agent reinforcement learning", ICML 2018
 */
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  actorCriticActing,
  createActorCritic,
  independentOptions,
  shapeOf,
  softmaxTemperature,
} from './actor-critic.ts'
import { checkSegments } from './task-checks.ts'

export const mfac: AnyAlgorithm = defineAlgorithm({
  name: 'mfac',
  summary: 'mean-field actor-critic: policy and critic see the mean action of the group',
  options: independentOptions,
  acting: (given) => actorCriticActing(shapeOf(given), true),
  exploration: softmaxTemperature,
  check: checkSegments,
  create: (setup, given) =>
    createActorCritic(
      setup,
      actorCriticActing(shapeOf(given), true),
      given,
      ({ policyGradient }) => policyGradient,
    ),
})
