/**
 * "Win or learn fast" policy hill-climbing (WoLF-PHC): PHC whose policy moves faster while it pays less than its average,
 *
 *   (1)  Q(s, a) ← (1 − α) Q(s, a) + α (r + γ (1 − d) max_a' Q(s', a'))
 *   (2)  C(s) ← C(s) + 1,   π̄(s, ·) ← π̄(s, ·) + (π(s, ·) − π̄(s, ·)) / C(s)
 *   (3)  δ = δ_w if Σ_a π(s, a) Q(s, a) > Σ_a π̄(s, a) Q(s, a), else δ_l > δ_w
 *   (4)  of each action but b = argmax_a Q(s, a), π(s, ·) loses min(π(s, a), δ / (A − 1)), and b receives all of it
 *
 * as `learners/games/phc.ts` has it. In self-play it comes to mixed equilibria of two by two games, if the rates fall: with constant ones it
 * circles as PHC does. By default α = 1 / (10 + n / 10⁴), δ_w = 1 / (1000 + n / 10) and δ_l = 2 δ_w, for n decisions in the state before.
 *
 * @see Bowling, Veloso, "Multiagent learning using a variable learning rate", Artificial Intelligence 2002, table 5
 */
import { z } from 'zod'
import { type AnyAlgorithm, defineAlgorithm } from '../../runtime/core/learner.ts'
import { softmaxTemperature } from './actor-critic.ts'
import { climbingOptions, createClimbing } from './hill-climbing.ts'
import { mixedActing, refuseOtherStates } from './tabular.ts'

export const wolfPhc: AnyAlgorithm = defineAlgorithm({
  name: 'wolf-phc',
  summary:
    'policy hill-climbing that learns fast while it loses, a table for each agent, over one-hot states',
  options: climbingOptions.extend({
    losingFactor: z
      .number()
      .min(1)
      .max(1000)
      .default(2)
      .describe('δ_l / δ_w: how many times as fast a policy moves while it pays less than its average'),
  }),
  acting: () => mixedActing,
  exploration: softmaxTemperature,
  check: (_, task) => refuseOtherStates('wolf-phc', task),
  create: (setup, given) => createClimbing(setup, given, given.losingFactor),
})
