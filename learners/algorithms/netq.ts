/**
 * Networked fitted Q-iteration: every agent has a Q-network and a replay of its own, and all fit one function together.
 *
 * In each update agent i makes targets of a batch of its own transitions, and all look for the function that fits everybody's, by
 * gradient tracking over a graph that is drawn anew in every round, with c its Metropolis weights:
 *
 *   y_i = r_i + γ (1 − d) Q_i⁻(o_i', argmaxₐ Q_i(o_i', a)),   min over f of Σ_i ‖y_i − f(o_i, a_i)‖²
 *   t_i ← Σ_j c_ij (t_j + g_j − g_j⁻),   θ_i ← Σ_j c_ij (θ_j − Adam(t_j))       in each of K rounds, at first with t = g⁻ = 0
 *
 * g_i being the gradient of agent i's own errors. Targets stay as they are for the K rounds and trackers begin anew with them, unless
 * there is one round: then they go on.
 * Behaviour is ε-greedy, each agent by its own network. Without neighbours (`--degree 0`) it is independent deep Q-learning.
 *
 * Where it differs from the reference: steps are Adam's, on batches in place of all data; the target is double Q-learning's. The replay is one
 * in memory, of which each agent's transitions reach its own network alone; an agent has a part of a batch as large as its part of the replay.
 *
 * @see Zhang, Yang, Liu, Zhang, Başar, "Finite-sample analysis for decentralized batch multi-agent reinforcement learning with
 *      networked agents", IEEE TAC 2021; Qu, Li 2018
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { communicationOptions, NETWORKED_AGENTS } from './networked.ts'
import { completeQLearning, epsilonAt, epsilonOptions, qLearningOptions } from './q-learning.ts'
import { checkReplay, refuseUnevenNetworks } from './task-checks.ts'

const options = z.strictObject({
  ...communicationOptions.shape,
  rounds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(4)
    .describe('steps towards the same targets, in each of which agents hear their neighbours'),
  ...qLearningOptions.shape,
  ...epsilonOptions.shape,
})

const acting = ({ hidden }: z.output<typeof options>) =>
  ({
    network: { kind: 'perceptron', hidden },
    selection: 'epsilon-greedy',
    meanAction: false,
    perAgent: true,
  }) as const

export const netq: AnyAlgorithm = defineAlgorithm({
  name: 'netq',
  summary: 'networked fitted Q: a Q-network for each agent, agreed on by gradient tracking among neighbours',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check(given, task) {
    refuseUnevenNetworks('netq', task, NETWORKED_AGENTS)
    checkReplay(given, task)
  },
  async create(setup, given) {
    const { doubleQValue } = await import('../math/q-targets.ts')
    const { OffPolicyLearner } = await import('../off-policy.ts')
    const { actionValues } = await import('./q-update.ts')
    const objective = actionValues(doubleQValue)
    const { degree, rounds } = given
    return new OffPolicyLearner(setup, acting(given), given, () => objective, {
      degree,
      agreement: 'tracking',
      iterations: rounds,
    })
  },
})
