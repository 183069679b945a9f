import { softmax } from './stochastic-game.ts'

/** Agents that answer one choice of a planner: one step of their learning, and what the planner is paid before it. */
export type Responders = () => number

/**
 * ERMAS' outer loop for a planner that makes one choice an episode, which the agents see: under each choice they play another game and
 * have policies of their own for it. In turns, agents go on from where they are, and the planner ascends what it is paid.
 *
 *   J_r = Σ_a π_r(a) J_r(a),   θ_r(a) ← θ_r(a) + η_r π_r(a) (J_r(a) − J_r)
 *
 * With agents that search for the worst ε-equilibrium it is ERMAS, with agents that ascend their own rewards two-level MARL.
 *
 * @param responders of each choice
 * @param steps      n
 * @returns π_r, probabilities of the choices
 * @see Zhao, Trott, Xiong, Zheng, ERMAS, eq. 7 and algorithm 1
 */
export function outerLoop(
  responders: readonly Responders[],
  steps: number,
  learningRate: number,
): Float64Array {
  const logits = new Float64Array(responders.length)
  for (let step = 0; step < steps; step++) {
    const paid = responders.map((respond) => respond())
    const policy = softmax(logits, logits.length)
    const mean = policy.reduce((sum, probability, a) => sum + probability * paid[a]!, 0)
    for (const [a, probability] of policy.entries()) {
      logits[a]! += learningRate * probability * (paid[a]! - mean)
    }
  }
  return softmax(logits, logits.length)
}
