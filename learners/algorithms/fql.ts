/**
 * Factorised Q-learning (FQL).
 *
 * An agent's value depends on its own action and, through vectors of K numbers, on what all others of its group do:
 *
 *   Q_i(s, a) = Q(o_i, a_i) + λ V(o_i, a_i) · Ū_{−i},   Ū_{−i} = 1 / (n − 1) Σ_{j ≠ i} U(o_j, a_j)
 *
 * with one network for all agents of a group that are alive, n. Q alone is independent Q-learning; the product stands for
 * interactions that a sum of own values cannot express. The greedy joint action is found by coordinate ascent: each agent
 * begins with argmax Q and then answers, agent after agent and a few times over, what the others have chosen. Behaviour is
 * ε-greedy about that, and
 *
 *   a* = greedy joint action by Q(s', ·)
 *   y_i = r_i + γ (1 − d_i) Q_i⁻(s', a*),   L = mean_i (y_i − Q_i(s, a))²
 *
 * over whole decisions of the group. With λ = 0 it is independent double Q-learning.
 *
 * Ū is printed as a sum over the others in one place and as their mean in another; the mean keeps its scale where agents die. The
 * printed target maximises over the agent's own action; here the online network chooses and the target network values, as in double Q-learning. Its layers
 * are not known: three heads of one trunk.
 *
 * @see Zhou, Zhang et al., "Factorized Q-learning for large-scale multi-agent systems", DAI 2019;
 *      van Hasselt, Guez, Silver 2016
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm, type FactorSpec } from '../../runtime/core/learner.ts'
import {
  completeQLearning,
  epsilonAt,
  epsilonOptions,
  networkOptions,
  qLearningOptions,
} from './q-learning.ts'
import { checkReplay, checkSegments, refuseSample } from './task-checks.ts'

const options = z.strictObject({
  ...networkOptions.shape,
  ...qLearningOptions.shape,
  batchSize: qLearningOptions.shape.batchSize.describe(
    'least transitions of one update; decisions of the group are taken whole',
  ),
  rank: z
    .number()
    .int()
    .min(4)
    .max(64)
    .multipleOf(4)
    .default(8)
    .describe('K, numbers in the vectors of an action, a multiple of 4'),
  interactionWeight: z
    .number()
    .min(0)
    .default(1)
    .describe('λ, how much the actions of others count; 0 is independent Q-learning'),
  sweeps: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe('how often each agent answers the choices of the others before all act'),
  ...epsilonOptions.shape,
})

type FqlOptions = z.output<typeof options>

const factors = ({ rank, interactionWeight, sweeps }: FqlOptions): FactorSpec => {
  return { rank, weight: interactionWeight, sweeps }
}

const acting = (given: FqlOptions) =>
  ({
    network: { kind: given.network, hidden: given.hidden },
    selection: 'epsilon-greedy',
    meanAction: false,
    factors: factors(given),
  }) as const

export const fql: AnyAlgorithm = defineAlgorithm({
  name: 'fql',
  summary: 'factorised Q-learning: values of own action and, by inner products, of those of all others',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check(given, task) {
    refuseSample('fql', task)
    checkReplay(given, task)
    checkSegments(given, task)
  },
  async create(setup, given) {
    const { tf } = await import('../tf.ts')
    const { factorisedValue, greedyJointAction } = await import('../math/factorised.ts')
    const { OffPolicyLearner } = await import('../off-policy.ts')
    const own = factors(given)
    return new OffPolicyLearner(setup, acting(given), given, async (_progress, batch, online) => {
      const { nextGroup, next } = batch.joint!
      const [{ grouping }, { grouping: nextGrouping }] = [batch.observation, batch.nextObservation]
      const outputs = tf.tidy(() => online.forward(batch.nextObservation))
      const greedy = greedyJointAction(await outputs.data<'float32'>(), nextGroup, setup.actions, own)
      outputs.dispose()
      return {
        taken: (values) => factorisedValue(values, batch.action, grouping!, own),
        next(_online, target) {
          const action = tf.tensor1d(greedy, 'int32')
          const values = target.forward(batch.nextObservation)
          return tf.gather(factorisedValue(values, action, nextGrouping!, own), next)
        },
      }
    })
  },
})
