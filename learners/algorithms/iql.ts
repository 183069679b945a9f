/**
 * Independent Q-learning (IQL) with one network for all agents of a group.
 *
 * Every agent treats the others as part of its environment. Behaviour is ε-greedy, and
 *
 *   y = r + γ (1 − d) Q⁻(o', argmaxₐ Q(o', a)),   L = mean (y − Q(o, a))²
 *
 * with d = 1 only where the agent died or the battle was over: time-outs bootstrap. Agents tell
 * themselves apart by the id bits of their observation.
 *
 * @see Tan 1993; Mnih et al. 2015; van Hasselt, Guez, Silver 2016
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import {
  completeQLearning,
  createDoubleQ,
  epsilonAt,
  epsilonOptions,
  networkOptions,
  qLearningOptions,
} from './q-learning.ts'
import { checkReplay } from './task-checks.ts'

const options = z.strictObject({
  ...networkOptions.shape,
  ...qLearningOptions.shape,
  ...epsilonOptions.shape,
})

type IqlOptions = z.output<typeof options>

const acting = ({ network, hidden }: IqlOptions) =>
  ({ network: { kind: network, hidden }, selection: 'epsilon-greedy', meanAction: false }) as const

export const iql: AnyAlgorithm = defineAlgorithm({
  name: 'iql',
  summary: 'independent Q-learning, one double-Q network shared by all agents of a group',
  options,
  complete: completeQLearning,
  acting,
  exploration: epsilonAt,
  check: checkReplay,
  create: (setup, given) => createDoubleQ(setup, acting(given), given),
})
