import { advantages, deviate, type Play, softmax } from './stochastic-game.ts'

/** An agent that alone has left what all play. */
export interface Deviation {
  /** [S, A_i] of its policy. */
  readonly logits: Float64Array
  /** It against the others, who play on as they did. */
  readonly played: Play
}

/**
 * The best that an agent could change alone while its policy stays near: n steps along the natural gradient, each as long as the
 * radius lets it be.
 *
 *   θ_i ← θ_i + e A(s, a),   Σ_s d(s) KL(π_i(· | s) ‖ π′_i(· | s)) = ρ/n
 *
 * Advantages are the natural gradient of a softmax policy with a logit for each state and action. They are computed anew for each step.
 *
 * @param logits [S, A_i] of what the agent plays
 * @param radius ρ, in nats
 * @param steps  n
 * @see Kakade, "A natural policy gradient", NIPS 2001; Zhao et al., ERMAS, eq. 14 and algorithm 2
 */
export function localDeviation(
  played: Play,
  agent: number,
  logits: Float64Array,
  radius: number,
  steps: number,
): Deviation {
  const reward = played.game.rewards[agent]!
  const actions = played.game.actions[agent]!
  let deviation: Deviation = { logits, played }
  for (let step = 0; step < steps; step++) {
    const advantage = advantages(deviation.played, agent, reward)
    const { policies, occupancy } = deviation.played
    const length = divergingStep(policies[agent]!, advantage, radius / steps, occupancy)
    const moved = deviation.logits.map((logit, k) => logit + length * advantage[k]!)
    deviation = { logits: moved, played: deviate(played, agent, softmax(moved, actions)) }
  }
  return deviation
}

/** No longer step is tried, be advantages ever so small. */
const LONGEST = 2 ** 40
const BISECTIONS = 40

/**
 * The longest step e along the advantages of a softmax policy that keeps it in the radius. Divergence grows with e, so it is found by
 * bisection.
 *
 * @param policy    π, [S, A]
 * @param advantage A, [S, A]
 * @param radius    of Σ_s d(s) KL(π(· | s) ‖ π′(· | s)), in nats
 * @param occupancy d, [S]
 */
export function divergingStep(
  policy: Float64Array,
  advantage: Float64Array,
  radius: number,
  occupancy: Float64Array,
): number {
  const divergence = (length: number) => tiltedDivergence(policy, advantage, length, occupancy)
  let above = 1
  while (divergence(above) < radius) {
    above *= 2
    if (above > LONGEST) return LONGEST
  }
  let below = 0
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (below + above) / 2
    if (divergence(middle) < radius) below = middle
    else above = middle
  }
  return below
}

/**
 * Σ_s d(s) KL(π(· | s) ‖ π′(· | s)) of π′ ∝ π exp(e A): log Σ_a π exp(e A) − e Σ_a π A, state by state.
 *
 * @param policy    π, [S, A]
 * @param advantage A, [S, A]
 * @param length    e
 * @param occupancy d, [S]
 */
export function tiltedDivergence(
  policy: Float64Array,
  advantage: Float64Array,
  length: number,
  occupancy: Float64Array,
): number {
  const actions = policy.length / occupancy.length
  let divergence = 0
  for (let s = 0; s < occupancy.length; s++) {
    let most = -Infinity
    for (let k = s * actions; k < (s + 1) * actions; k++) most = Math.max(most, advantage[k]!)
    let sum = 0
    let mean = 0
    for (let k = s * actions; k < (s + 1) * actions; k++) {
      sum += policy[k]! * Math.exp(length * (advantage[k]! - most))
      mean += policy[k]! * advantage[k]!
    }
    divergence += occupancy[s]! * (Math.log(sum) + length * (most - mean))
  }
  return divergence
}
