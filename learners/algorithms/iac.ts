/**
 * Independent actor-critic (IAC) with one network for all agents of a group.
 *
 * Every agent treats the others as part of its environment. Behaviour is the softmax policy itself, and
 *
 *   L = mean [ −ρ A log π(a | o) + c_V (v − V(o))² − c_H H(π(· | o)) ]
 *
 * with targets v, advantages A and weights ρ by V-trace, which corrects for the few updates that lie between the policy that acted
 * and the one that learns: where there are none, v is the λ-return. Both are constants of the loss. A termination has no value
 * behind it; a time-out has the critic's.
 *
 * @see Konda, Tsitsiklis 2000; Mnih et al., "Asynchronous methods for deep reinforcement learning", ICML 2016;
 *      Espeholt et al. 2018
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

export const iac: AnyAlgorithm = defineAlgorithm({
  name: 'iac',
  summary: 'independent actor-critic, one network shared by all agents of a group',
  options: independentOptions,
  acting: (given) => actorCriticActing(shapeOf(given)),
  exploration: softmaxTemperature,
  check: checkSegments,
  create: (setup, given) =>
    createActorCritic(
      setup,
      actorCriticActing(shapeOf(given)),
      given,
      ({ policyGradient }) => policyGradient,
    ),
})
