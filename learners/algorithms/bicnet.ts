/**
 * BiCNet: actor-critic of agents that pass their state on, along the list of the group and back.
 *
 *   x_i = enc(o_i)
 *   f_i = tanh(x_i W_f + f_{i−1} U_f + b_f)                  from the first agent to the last
 *   g_i = tanh(x_i W_g + g_{i+1} U_g + b_g)                  from the last to the first
 *   π(· | o) = softmax of the policy's outputs of f_i and g_i,  V beside them
 *
 * What an agent does hangs on its place in the list of the living, which is the order of the map in large worlds: another order of
 * the same agents gives other outputs. The loss is that of `commnet.ts`, over whole decisions of the group.
 *
 * The paper's actions are numbers, its actor follows the gradient of a critic that reads them, summed over the rewards of all agents.
 * Here actions are discrete: the softmax policy follows the policy gradient of its own reward, and actor and critic are one network.
 *
 * @see Peng, Wen, Yang, Yuan, Tang, Long, Wang, "Multiagent bidirectionally-coordinated nets", 2017; Espeholt et al. 2018
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
      "widths of the layers that encode an observation, multiples of 16; the last is that of each direction's states",
    ),
  ...actorCriticOptions.shape,
})

const acting = ({ hidden }: z.output<typeof options>) => actorCriticActing({ kind: 'bicnet', hidden })

export const bicnet: AnyAlgorithm = defineAlgorithm({
  name: 'bicnet',
  summary: 'BiCNet: actor-critic of agents that pass hidden states along their list, in both directions',
  options,
  acting,
  exploration: softmaxTemperature,
  check(given, task) {
    refuseSample('bicnet', task)
    checkSegments(given, task)
  },
  create: (setup, given) =>
    createActorCritic(setup, acting(given), given, ({ policyGradient }) => policyGradient),
})
