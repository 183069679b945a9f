/**
 * Policy hill-climbing (PHC): Q-learning with a policy beside it, which moves towards the best action a little at a time and so can mix,
 *
 *   (1)  Q(s, a) ← (1 − α) Q(s, a) + α (r + γ (1 − d) max_a' Q(s', a'))
 *   (2)  of each action but b = argmax_a Q(s, a), π(s, ·) loses min(π(s, a), δ / (A − 1)), and b receives all of it
 *
 * as `learners/games/phc.ts` has it. An agent acts by π, and at random with probability ε. Against another that learns it circles around
 * mixed equilibria: see wolf-phc.ts.
 *
 * @see Bowling, Veloso, "Multiagent learning using a variable learning rate", Artificial Intelligence 2002, table 4
 */
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { softmaxTemperature } from './actor-critic.ts'
import { climbingOptions, createClimbing } from './hill-climbing.ts'
import { mixedActing, refuseOtherStates } from './tabular.ts'

export const phc: AnyAlgorithm = defineAlgorithm({
  name: 'phc',
  summary: 'policy hill-climbing, a table and a mixed policy for each agent, over one-hot states',
  options: climbingOptions,
  acting: () => mixedActing,
  exploration: softmaxTemperature,
  check: (_, task) => refuseOtherStates('phc', task),
  create: (setup, given) => createClimbing(setup, given, 1),
})
