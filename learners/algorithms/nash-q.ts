/**
 * Nash-Q: every player keeps values of joint actions for itself and for all others, and all play an equilibrium of the game that these make
 * of a state,
 *
 *   (1)  V_j(s) = Σ_a Π_i ρ_i(s, a_i) Q_j(s, a),   ρ(s) = Nash(Q_1(s, ·) … Q_n(s, ·))
 *   (2)  Q_j(s, a) ← Q_j(s, a) + α (r_j + γ (1 − d) V_j(s') − Q_j(s, a)),   α = 1 / (1 / α_0 + κ n(s, a))
 *
 * Nash(·) is the same for all: the pure equilibrium that pays all together most, the lexicographically first of alike ones, or else a mixed
 * one of the smallest supports. So all players' tables are the same, and there is one set of them. Players act by ρ_i, and at random with
 * probability ε. With κ = 1 rates are the paper's 1 / n; they fall more slowly by default, since early targets are poor.
 *
 * It is known to converge only if every state's game on the way has a global optimum, or each has a saddle point. An update solves a game.
 *
 * @see Hu, Wellman, "Nash Q-learning for general-sum stochastic games", JMLR 2003, eqs. 8 and 9
 */
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { softmaxTemperature } from './actor-critic.ts'
import { epsilonAt } from './q-learning.ts'
import { jointOptions, mixedActing, refuseOtherGames } from './tabular.ts'

export const nashQ: AnyAlgorithm = defineAlgorithm({
  name: 'nash-q',
  summary: 'values of joint actions for all players, who play an equilibrium of them; one-hot states',
  options: jointOptions,
  acting: () => mixedActing,
  exploration: softmaxTemperature,
  check: (_, task) => refuseOtherGames('nash-q', task),
  async create(setup, given) {
    const { nashStage } = await import('../games/joint-q.ts')
    const { createJointLearner } = await import('./joint-learner.ts')
    const solve = nashStage(new Random(seedKey(setup.seed)))
    return createJointLearner('nash-q', setup, given, solve, (progress) => epsilonAt(given, progress))
  },
})
