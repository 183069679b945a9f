/** Expected SARSA with one network for all agents: a whole algorithm in one file. See docs/adding-an-algorithm.md. */
import {
  checkReplay,
  completeQLearning,
  defineAlgorithm,
  epsilonAt,
  epsilonOptions,
  networkOptions,
  qLearningOptions,
  z,
} from 'manyfold/algorithm'

const options = z.strictObject({
  ...networkOptions.shape,
  ...qLearningOptions.shape,
  ...epsilonOptions.shape,
})

type Options = z.output<typeof options>

const acting = ({ network, hidden }: Options) =>
  ({ network: { kind: network, hidden }, selection: 'epsilon-greedy', meanAction: false }) as const

export const algorithm = defineAlgorithm({
  name: 'expected-sarsa',
  summary: 'Expected SARSA: a state is worth what the policy makes of it, exploration included',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check: checkReplay,

  async create(setup, given) {
    const { actionValues, OffPolicyLearner, tf } = await import('manyfold/learning')
    return new OffPolicyLearner(setup, acting(given), given, (progress) => {
      const epsilon = epsilonAt(given, progress)
      // v(s') = (1 − ε) max_a Q⁻(s', a) + ε mean_a Q⁻(s', a)
      return actionValues((_online, target) =>
        tf.add(tf.mul(tf.max(target, 1), 1 - epsilon), tf.mul(tf.mean(target, 1), epsilon)),
      )
    })
  },
})
