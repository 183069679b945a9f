/**
 * Minimax-Q: two players of a zero-sum game learn what joint actions are worth, and play what is best against the worst that the other
 * can do,
 *
 *   (1)  V_i(s) = max_{π ∈ Δ} min_o Σ_a π(a) Q_i(s, a, o)
 *   (2)  Q_i(s, a, o) ← Q_i(s, a, o) + α (r_i + γ (1 − d) V_i(s') − Q_i(s, a, o)),   α = 1 / (1 / α_0 + κ n(s, a, o))
 *
 * where (1) is a linear program. Players act by its π, and at random with probability ε. What one is paid the other loses and both see all
 * actions, so that either's table is the other's below 0, whoever keeps it.
 *
 * The paper lets α fall with time, by a factor a step; here it falls with how often an entry was updated.
 *
 * @see Littman, "Markov games as a framework for multi-agent reinforcement learning", ICML 1994, fig. 1
 */
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { softmaxTemperature } from './actor-critic.ts'
import { epsilonAt } from './q-learning.ts'
import { jointOptions, mixedActing, refuseOtherGames, refuseOtherThanZeroSum } from './tabular.ts'

export const minimaxQ: AnyAlgorithm = defineAlgorithm({
  name: 'minimax-q',
  summary: 'values of joint actions and maximin play, for zero-sum games of two with one-hot states',
  options: jointOptions,
  acting: () => mixedActing,
  exploration: softmaxTemperature,
  check(_, task) {
    refuseOtherThanZeroSum('minimax-q', task)
    refuseOtherGames('minimax-q', task)
  },
  async create(setup, given) {
    const { minimaxStage } = await import('../games/joint-q.ts')
    const { createJointLearner } = await import('./joint-learner.ts')
    return createJointLearner('minimax-q', setup, given, minimaxStage, (progress) =>
      epsilonAt(given, progress),
    )
  },
})
