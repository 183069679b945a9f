/** Policy hill-climbing as a learner: of PHC and WoLF-PHC, which differ in their rates alone. */
import { z } from 'zod'
import type { Learner, LearnerSetup } from '../../runtime/core/learner.ts'
import { Random, Stream, seedKey } from '../../runtime/core/rng.ts'
import { otherDefault } from './other-default.ts'
import { epsilonAt } from './q-learning.ts'
import { tabularOptions } from './tabular.ts'

/** Options of both. By default they are those with which WoLF-PHC comes to mixed equilibria. */
export const climbingOptions = tabularOptions.extend({
  rateDecay: tabularOptions.shape.rateDecay
    .removeDefault()
    .default(1e-4)
    .describe('κ: α falls as 1 / (1 / α + κ n), with the n decisions before in the state; 0, it stays'),
  epsilonStart: otherDefault(tabularOptions.shape.epsilonStart, 0.05),
  policyRate: z
    .number()
    .positive()
    .max(1)
    .default(1e-3)
    .describe('δ: probability that moves to the best action with a decision, the first time'),
  policyRateDecay: z
    .number()
    .min(0)
    .default(0.1)
    .describe('δ falls as 1 / (1 / δ + this × n), with the n decisions before in the state; 0, it stays'),
  initialPolicy: z
    .enum(['uniform', 'random'])
    .default('uniform')
    .describe('every action is as likely as any other, or probabilities are drawn evenly from all there are'),
})

export type ClimbingOptions = z.output<typeof climbingOptions>

/** @param losing how many times as fast a policy moves while it pays less than its average */
export async function createClimbing(
  setup: LearnerSetup,
  given: ClimbingOptions,
  losing: number,
): Promise<Learner> {
  const { climb, createHillClimber } = await import('../games/phc.ts')
  const { fallingRate } = await import('../games/q-table.ts')
  const { f64Tensor, logitsOf, TabularLearner, u32Tensor } = await import('../tabular-learner.ts')
  const { agents, actions, space, seed } = setup
  const { gamma, learningRate, rateDecay, policyRate, policyRateDecay, initialPolicy } = given
  const climbers = Array.from({ length: agents }, () => createHillClimber(space.inputs, actions))
  if (initialPolicy === 'random') {
    const random = new Random(seedKey(seed))
    for (const [agent, { policy }] of climbers.entries()) drawPolicies(random, agent, policy, actions)
  }
  return new TabularLearner(
    setup,
    {
      learn({ agent, state, action, reward, next }, from, to) {
        let squares = 0
        for (let row = from; row < to; row++) {
          const climber = climbers[agent[row]!]!
          const outcome = { state: state[row]!, action: action[row]!, reward: reward[row]!, next: next[row]! }
          const count = climber.visits[outcome.state]!
          const winning = fallingRate(policyRate, policyRateDecay, count)
          const learning = fallingRate(learningRate, rateDecay, count)
          const rates = { learning, discount: gamma, winning, losing: losing * winning }
          squares += climb(climber, outcome, rates) ** 2
        }
        return squares
      },
      outputs: (agent, exploration) => logitsOf(climbers[agent]!.policy, actions, exploration),
      save: () =>
        Object.fromEntries(
          climbers.flatMap(({ values, policy, average, visits }, agent) => [
            [`values${agent}`, f64Tensor(values, actions)],
            [`policy${agent}`, f64Tensor(policy, actions)],
            [`average${agent}`, f64Tensor(average, actions)],
            [`visits${agent}`, u32Tensor(visits)],
          ]),
        ),
      load(saved) {
        for (const [agent, { values, policy, average, visits }] of climbers.entries()) {
          values.set(saved[`values${agent}`]!.data)
          policy.set(saved[`policy${agent}`]!.data)
          average.set(saved[`average${agent}`]!.data)
          visits.set(saved[`visits${agent}`]!.data)
        }
      },
    },
    (progress) => epsilonAt(given, progress),
  )
}

/** Probabilities drawn evenly from all there are, for each state: shares of exponentially distributed numbers. */
function drawPolicies(random: Random, agent: number, policy: Float64Array, actions: number): void {
  for (let row = 0; row < policy.length; row += actions) {
    const own = policy.subarray(row, row + actions)
    for (let a = 0; a < actions; a++) own[a] = -Math.log(1 - random.uniform(Stream.weights, row + a, agent))
    const sum = own.reduce((x, y) => x + y, 0)
    for (let a = 0; a < actions; a++) own[a]! /= sum
  }
}
