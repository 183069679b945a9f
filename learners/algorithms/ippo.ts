/**
 * Independent proximal policy optimisation (IPPO) with one network for all agents of a group.
 *
 * Every agent treats the others as part of its environment. The experience of an update is gone through several times, and
 * the clip keeps the policy near the one that acted:
 *
 *   ρ = π(a | o) / π_old(a | o)
 *   L = mean [ −min(ρ A, clip(ρ, 1 − ε, 1 + ε) A) + c_V (v − V(o))² − c_H H(π(· | o)) ]       (eq. 7, 9)
 *
 * π_old is the policy that chose the action, however many updates ago. Targets v are V-trace's, and A = r + γ v' − V, in place of
 * generalised advantage estimation; they are worked out once an update. Advantages are brought to mean 0 and deviation 1 over each
 * minibatch.
 *
 * @see Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal policy optimization algorithms", 2017;
 *      de Witt et al., "Is independent learning all you need in the StarCraft multi-agent challenge?", 2020
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  actorCriticActing,
  actorCriticOptions,
  createActorCritic,
  independentOptions,
  shapeOf,
  softmaxTemperature,
} from './actor-critic.ts'
import { otherDefault } from './other-default.ts'
import { checkSegments } from './task-checks.ts'

const { batchSize } = actorCriticOptions.shape

const options = z.strictObject({
  ...independentOptions.shape,
  batchSize: otherDefault(batchSize, 1024),
  clip: z.number().positive().default(0.2).describe('how far π / π_old may go from 1 for a gain'),
  epochs: z.number().int().min(1).max(100).default(4).describe('passes over the experience of an update'),
  minibatches: z.number().int().min(1).max(1000).default(4).describe('parts of a pass, a gradient step each'),
})

export const ippo: AnyAlgorithm = defineAlgorithm({
  name: 'ippo',
  summary: 'independent PPO, one network shared by all agents of a group',
  options,
  acting: (given) => actorCriticActing(shapeOf(given)),
  exploration: softmaxTemperature,
  check(given, task) {
    const { batchSize, minibatches } = given
    if (batchSize < 2 * minibatches) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `--minibatches: expected at most half of --batch-size ${batchSize}, got ${minibatches}; raise the one or lower the other`,
        { details: { field: 'minibatches', batchSize, minibatches } },
      )
    }
    checkSegments(given, task, given)
  },
  create: (setup, given) =>
    createActorCritic(
      setup,
      actorCriticActing(shapeOf(given)),
      given,
      ({ clippedSurrogate, standardized }) => {
        const loss = clippedSurrogate(given.clip)
        return (now, then, advantage, weight) => loss(now, then, standardized(advantage), weight)
      },
      given,
    ),
})
