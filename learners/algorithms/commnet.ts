/**
 * CommNet: actor-critic of agents that hear each other before they act.
 *
 *   h_i = enc(o_i)                                           hidden state of each agent
 *   c_i = 1 / (n − 1) Σ_{j ≠ i} h_j                          what it hears: the mean of the others' states, of those alive
 *   h_i ← tanh(h_i H_k + c_i C_k + b_k)                      in each hop k
 *   π(· | o) = softmax of the policy's outputs of h_i,  V    beside them
 *
 * Messages are learned with everything else: the gradient of what an agent does flows back into the states of those that it heard. The
 * loss is that of independent actor-critic, `iac.ts`, over whole decisions of the group:
 *
 *   L = mean [ −ρ A_i log π(a_i | o) + c_V (v_i − V_i(o))² − c_H H(π(· | o)) ]
 *
 * with each agent's own reward. Without a hop (`--hops 0`) nobody hears of anybody, the control of the paper.
 *
 * The paper has REINFORCE with a baseline; targets, advantages A and weights ρ are V-trace's here, which with λ = 1 and one
 * policy come to the same. Its code feeds what was encoded into every hop, too; here a hop reads the one before.
 *
 * @see Sukhbaatar, Szlam, Fergus, "Learning multiagent communication with backpropagation", NIPS 2016; Espeholt et al. 2018
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  actorCriticActing,
  actorCriticOptions,
  createActorCritic,
  softmaxTemperature,
} from './actor-critic.ts'
import { widths } from './q-learning.ts'
import { checkSegments, refuseSample } from './task-checks.ts'

const options = z.strictObject({
  hidden: widths
    .default([64])
    .describe(
      'widths of the layers that encode an observation, multiples of 16; the last is that of what is said',
    ),
  hops: z
    .number()
    .int()
    .min(0)
    .max(8)
    .default(2)
    .describe('how often agents hear each other before they act'),
  ...actorCriticOptions.shape,
})

const acting = ({ hidden, hops }: z.output<typeof options>) =>
  actorCriticActing({ kind: 'commnet', hidden, hops })

export const commnet: AnyAlgorithm = defineAlgorithm({
  name: 'commnet',
  summary: "CommNet: actor-critic of agents that hear the mean of the others' hidden states",
  options,
  acting,
  exploration: softmaxTemperature,
  check(given, task) {
    if (given.hops > 0) refuseSample('commnet', task)
    checkSegments(given, task)
  },
  create: (setup, given) =>
    createActorCritic(setup, acting(given), given, ({ policyGradient }) => policyGradient),
})
