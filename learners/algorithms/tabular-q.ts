/**
 * Independent tabular Q-learning: every agent has a table of its own, and takes the others for a part of its environment.
 *
 *   (1)  Q_i(s, a_i) ← Q_i(s, a_i) + α (r_i + γ (1 − d) max_a' Q_i(s', a') − Q_i(s, a_i))
 *
 * Behaviour is ε-greedy. Since the others learn too, there is no guarantee: in the prisoner's dilemma both come to defect, in coordination to
 * the same action, and in matching pennies they go round for ever.
 *
 * @see Watkins, Dayan 1992, eq. 1; Tan, "Multi-agent reinforcement learning: independent vs. cooperative agents", ICML 1993
 */
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { epsilonAt } from './q-learning.ts'
import { refuseOtherStates, tabularOptions, valueActing } from './tabular.ts'

export const tabularQ: AnyAlgorithm = defineAlgorithm({
  name: 'tabular-q',
  summary: 'independent Q-learning with a table for each agent, over one-hot states',
  options: tabularOptions,
  acting: () => valueActing,
  exploration: epsilonAt,
  check: (_, task) => refuseOtherStates('tabular-q', task),
  async create(setup, given) {
    const { fallingRate, learnValue } = await import('../games/q-table.ts')
    const { f64Tensor, TabularLearner, u32Tensor } = await import('../tabular-learner.ts')
    const { agents, actions, space } = setup
    const { gamma, learningRate, rateDecay } = given
    const entries = space.inputs * actions
    const values = Array.from({ length: agents }, () => new Float64Array(entries))
    const visits = Array.from({ length: agents }, () => new Uint32Array(entries))
    return new TabularLearner(
      setup,
      {
        learn({ agent, state, action, reward, next }, from, to) {
          let squares = 0
          for (let row = from; row < to; row++) {
            const own = agent[row]!
            const outcome = {
              state: state[row]!,
              action: action[row]!,
              reward: reward[row]!,
              next: next[row]!,
            }
            const count = visits[own]![outcome.state * actions + outcome.action]!++
            const rate = fallingRate(learningRate, rateDecay, count)
            squares += learnValue({ actions, values: values[own]! }, outcome, rate, gamma) ** 2 // (1)
          }
          return squares
        },
        outputs: (agent) => Float32Array.from(values[agent]!),
        save: () =>
          Object.fromEntries(
            values.flatMap((own, agent) => [
              [`values${agent}`, f64Tensor(own, actions)],
              [`visits${agent}`, u32Tensor(visits[agent]!)],
            ]),
          ),
        load(saved) {
          for (let agent = 0; agent < agents; agent++) {
            values[agent]!.set(saved[`values${agent}`]!.data)
            visits[agent]!.set(saved[`visits${agent}`]!.data)
          }
        },
      },
      (progress) => epsilonAt(given, progress),
    )
  },
})
