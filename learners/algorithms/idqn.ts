/**
 * Independent deep Q-learning (IDQN): every agent has a network and a replay of its own.
 *
 * Agent i learns from its own experience alone, as if the others were part of its environment. Behaviour is ε-greedy, and
 *
 *   y = r_i + γ (1 − d) Q_i⁻(o_i', argmaxₐ Q_i(o_i', a)),   L_i = mean (y − Q_i(o_i, a))²
 *
 * Nothing is shared, so agents that see alike can come to act differently, at the price of as many times the experience. The
 * rows of the replay and the transitions before the first update are those of all agents together, of which each has an
 * equal part; a batch is one agent's.
 *
 * @see Tan 1993; Tampuu et al. 2017, "Multiagent cooperation and competition with deep reinforcement learning"; Mnih et
 *      al. 2015; van Hasselt, Guez, Silver 2016
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  completeQLearning,
  epsilonAt,
  epsilonOptions,
  networkOptions,
  qLearningOptions,
} from './q-learning.ts'
import { checkReplay, refuseUnevenNetworks } from './task-checks.ts'

const options = z.strictObject({
  ...networkOptions.shape,
  ...qLearningOptions.shape,
  batchSize: qLearningOptions.shape.batchSize
    .removeDefault()
    .default(64)
    .describe('transitions of one update of one agent'),
  ...epsilonOptions.shape,
})

const acting = ({ network, hidden }: z.output<typeof options>) =>
  ({
    network: { kind: network, hidden },
    selection: 'epsilon-greedy',
    meanAction: false,
    perAgent: true,
  }) as const

export const idqn: AnyAlgorithm = defineAlgorithm({
  name: 'idqn',
  summary: 'independent deep Q-learning, a double-Q network and a replay for each agent',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check(given, task) {
    refuseUnevenNetworks('idqn', task)
    checkReplay(given, task)
  },
  async create(setup, given) {
    const { doubleQValue } = await import('../math/q-targets.ts')
    const { IndependentLearners } = await import('../independent.ts')
    const { OffPolicyLearner } = await import('../off-policy.ts')
    const { actionValues } = await import('./q-update.ts')
    const objective = actionValues(doubleQValue)
    const own = {
      ...given,
      replayCapacity: Math.floor(given.replayCapacity / setup.agents),
      learningStarts: Math.ceil(given.learningStarts / setup.agents),
    }
    return new IndependentLearners(
      setup,
      (ofAgent) => new OffPolicyLearner(ofAgent, acting(own), own, () => objective),
    )
  },
})
