import { RuntimeError } from '../../../runtime/core/errors.ts'

/** A stochastic game whose states can be listed: all agents act at once, and are paid by what all of them did. */
export interface StochasticGame {
  /** S. */
  readonly states: number
  /** A_i, of each agent. */
  readonly actions: readonly number[]
  /** [S] probabilities of the first state. */
  readonly start: Float64Array
  /** [S, J, S] P(s′ | s, a) by joint action, of which the last agent's changes fastest. */
  readonly transition: Float64Array
  /** γ in [0, 1). */
  readonly discount: number
  /** Of each agent, [S, J]. */
  readonly rewards: readonly Float64Array[]
  /** [S, J] what the robust actor is paid. */
  readonly planner: Float64Array
}

/** @throws ERR_CONFIG_INVALID for a discount outside [0, 1), other shapes, and what are no probabilities */
export function stochasticGame(game: StochasticGame): StochasticGame {
  const { states, actions, start, transition, discount, rewards, planner } = game
  const joint = actions.reduce((product, count) => product * count, 1)
  if (!(discount >= 0 && discount < 1)) fail(`discount: expected one in [0, 1), got ${discount}`)
  if (rewards.length !== actions.length)
    fail(`rewards: expected those of ${actions.length} agents, got ${rewards.length}`)
  for (const own of [...rewards, planner]) {
    if (own.length !== states * joint)
      fail(`rewards: expected one for each of ${states * joint} states and joint actions, got ${own.length}`)
  }
  if (start.length !== states) fail(`start: expected ${states} probabilities, got ${start.length}`)
  if (transition.length !== states * joint * states)
    fail(`transition: expected ${states * joint * states} probabilities, got ${transition.length}`)
  for (let row = 0; row < states * joint; row++) {
    checkDistribution('transition', transition.subarray(row * states, (row + 1) * states))
  }
  checkDistribution('start', start)
  return game
}

function checkDistribution(what: string, probabilities: Float64Array): void {
  const sum = probabilities.reduce((total, probability) => total + probability, 0)
  if (!(Math.abs(sum - 1) < 1e-9) || probabilities.some((probability) => probability < 0)) {
    fail(`${what}: expected probabilities that sum to 1, got ${sum}`)
  }
}

/** What agents' policies make of a game. */
export interface Play {
  readonly game: StochasticGame
  /** Of each agent, [S, A_i] π_i(a | s). */
  readonly policies: readonly Float64Array[]
  /** [S, J] π(a | s). */
  readonly joint: Float64Array
  /** [S, S] (I − γ P)⁻¹, P being the chain that the policies make. */
  readonly resolvent: Float64Array
  /** [S] d(s) = (1 − γ) Σ_t γᵗ P(s_t = s), which sums to 1. */
  readonly occupancy: Float64Array
}

export function play(game: StochasticGame, policies: readonly Float64Array[]): Play {
  const { states, actions, start, transition, discount } = game
  let joint = new Float64Array(states).fill(1)
  for (const [agent, count] of actions.entries()) {
    const policy = policies[agent]!
    const width = joint.length / states
    const wider = new Float64Array(joint.length * count)
    for (let row = 0; row < joint.length; row++) {
      const s = Math.floor(row / width)
      for (let a = 0; a < count; a++) wider[row * count + a] = joint[row]! * policy[s * count + a]!
    }
    joint = wider
  }
  const resolvent = new Float64Array(states * states)
  for (let row = 0; row < joint.length; row++) {
    const s = Math.floor((row * states) / joint.length)
    const weight = discount * joint[row]!
    for (let to = 0; to < states; to++) resolvent[s * states + to]! -= weight * transition[row * states + to]!
  }
  for (let s = 0; s < states; s++) resolvent[s * states + s]! += 1
  invertDominant(resolvent, states)
  const occupancy = new Float64Array(states)
  for (let s = 0; s < states; s++) {
    const weight = (1 - discount) * start[s]!
    for (let to = 0; to < states; to++) occupancy[to]! += weight * resolvent[s * states + to]!
  }
  return { game, policies, joint, resolvent, occupancy }
}

/** Gauss and Jordan's inverse in place, without pivots: I − γP has a diagonal that outweighs its rows. @param out [size, size] */
function invertDominant(out: Float64Array, size: number): void {
  for (let k = 0; k < size; k++) {
    const pivot = 1 / out[k * size + k]!
    out[k * size + k] = 1
    for (let j = 0; j < size; j++) out[k * size + j]! *= pivot
    for (let i = 0; i < size; i++) {
      if (i === k) continue
      const factor = out[i * size + k]!
      if (factor === 0) continue
      out[i * size + k] = 0
      for (let j = 0; j < size; j++) out[i * size + j]! -= factor * out[k * size + j]!
    }
  }
}

/**
 * V, [S]: rewards to come, on the scale of one step's.
 *
 *   (I − γ P) V = (1 − γ) R,   R(s) = Σ_a π(a | s) r(s, a)
 *
 * @param reward [S, J]
 */
function stateValues({ game, joint, resolvent }: Play, reward: Float64Array): Float64Array {
  const { states, discount } = game
  const width = joint.length / states
  const expected = new Float64Array(states)
  for (let row = 0; row < joint.length; row++)
    expected[Math.floor(row / width)]! += joint[row]! * reward[row]!
  return expected.map((_, s) => {
    let sum = 0
    for (let to = 0; to < states; to++) sum += resolvent[s * states + to]! * expected[to]!
    return (1 - discount) * sum
  })
}

/** J = (1 − γ) E Σ_t γᵗ r_t: a mean of rewards, on the scale of one step's. @param reward [S, J] */
export function meanReward({ joint, occupancy }: Play, reward: Float64Array): number {
  const width = joint.length / occupancy.length
  let sum = 0
  for (let row = 0; row < joint.length; row++) {
    sum += occupancy[Math.floor(row / width)]! * joint[row]! * reward[row]!
  }
  return sum
}

/**
 * A(s, a_i), [S, A_i]: how much better an agent's action is than its policy, the others' policies being what they are.
 *
 *   Q(s, a) = (1 − γ) r(s, a) + γ Σ_s′ P(s′ | s, a) V(s′),   A(s, a_i) = Σ_a₋ᵢ π₋ᵢ(a₋ᵢ | s) Q(s, a) − V(s)
 *
 * @param reward [S, J] the agent's own, or anybody's
 */
export function advantages(played: Play, agent: number, reward: Float64Array): Float64Array {
  const { game, policies } = played
  const { states, actions, transition, discount } = game
  const value = stateValues(played, reward)
  const count = actions[agent]!
  const width = played.joint.length / states
  const behind = actions.slice(agent + 1).reduce((product, actionCount) => product * actionCount, 1)
  const advantage = new Float64Array(states * count)
  for (let s = 0; s < states; s++) {
    for (let j = 0; j < width; j++) {
      let others = 1
      let rest = j
      for (let other = actions.length - 1; other >= 0; other--) {
        const otherCount = actions[other]!
        if (other !== agent) others *= policies[other]![s * otherCount + (rest % otherCount)]!
        rest = Math.floor(rest / otherCount)
      }
      if (others === 0) continue
      const row = s * width + j
      let next = 0
      for (let to = 0; to < states; to++) next += transition[row * states + to]! * value[to]!
      const a = Math.floor(j / behind) % count
      advantage[s * count + a]! += others * ((1 - discount) * reward[row]! + discount * next)
    }
    for (let a = 0; a < count; a++) advantage[s * count + a]! -= value[s]!
  }
  return advantage
}

/**
 * ∇J by the logits of an agent's softmax policy, [S, A_i].
 *
 *   ∂J / ∂θ_i(s, a) = d(s) π_i(a | s) A(s, a) / (1 − γ)
 *
 * J and A being on the scale of one step's reward.
 *
 * @param reward [S, J] what J is a mean of
 * @see Sutton, McAllester, Singh, Mansour, "Policy gradient methods for reinforcement learning with function approximation", NIPS 1999
 */
export function policyGradient(played: Play, agent: number, reward: Float64Array): Float64Array {
  const { game, policies, occupancy } = played
  const count = game.actions[agent]!
  return advantages(played, agent, reward).map(
    (advantage, k) =>
      (occupancy[Math.floor(k / count)]! * policies[agent]![k]! * advantage) / (1 - game.discount),
  )
}

/** π(a | s) ∝ exp θ(s, a), state by state. @param logits [S, A] */
export function softmax(logits: Float64Array, actions: number): Float64Array {
  const policy = new Float64Array(logits.length)
  for (let row = 0; row < logits.length; row += actions) {
    let most = -Infinity
    for (let a = 0; a < actions; a++) most = Math.max(most, logits[row + a]!)
    let sum = 0
    for (let a = 0; a < actions; a++) {
      policy[row + a] = Math.exp(logits[row + a]! - most)
      sum += policy[row + a]!
    }
    for (let a = 0; a < actions; a++) policy[row + a]! /= sum
  }
  return policy
}

/**
 * ∇ of the policy's entropy, a mean over states, by its logits, [S, A].
 *
 *   H̄ = 1/S Σ_s H(π(· | s)),   ∂H̄ / ∂θ(s, a) = −π(a | s) (log π(a | s) + H(π(· | s))) / S
 *
 * @param policy [S, A] probabilities above 0
 */
export function entropyGradient(policy: Float64Array, actions: number): Float64Array {
  const states = policy.length / actions
  const gradient = new Float64Array(policy.length)
  for (let row = 0; row < policy.length; row += actions) {
    let entropy = 0
    for (let a = 0; a < actions; a++) entropy -= policy[row + a]! * Math.log(policy[row + a]!)
    for (let a = 0; a < actions; a++) {
      gradient[row + a] = (-policy[row + a]! * (Math.log(policy[row + a]!) + entropy)) / states
    }
  }
  return gradient
}

/** The agents' policies with one of them replaced. */
export function deviate(played: Play, agent: number, policy: Float64Array): Play {
  return play(played.game, played.policies.with(agent, policy))
}

/** What an agent could gain by the best of all policies against the others', by policy iteration; at least 0. */
export function regret(played: Play, agent: number): number {
  const reward = played.game.rewards[agent]!
  const count = played.game.actions[agent]!
  let best = played
  for (;;) {
    const advantage = advantages(best, agent, reward)
    // Rounding alone must not make it go on.
    if (!advantage.some((more) => more > 1e-12)) break
    const greedy = new Float64Array(advantage.length)
    for (let row = 0; row < advantage.length; row += count) {
      let choice = 0
      for (let a = 1; a < count; a++) if (advantage[row + a]! > advantage[row + choice]!) choice = a
      greedy[row + choice] = 1
    }
    best = deviate(played, agent, greedy)
  }
  return Math.max(0, meanReward(best, reward) - meanReward(played, reward))
}

function fail(message: string): never {
  throw new RuntimeError('ERR_CONFIG_INVALID', `stochastic game: ${message}`)
}
