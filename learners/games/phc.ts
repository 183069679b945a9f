import { bestOf, learnValue, type Outcome, type QTable } from './q-table.ts'

/** What one agent knows, S states and A actions: rows of A numbers, one for each state. */
export interface HillClimber extends QTable {
  /** π, [S, A] */
  readonly policy: Float64Array
  /** π̄, [S, A] the mean of the policies that it has had in a state, over its decisions there. */
  readonly average: Float64Array
  /** C, [S] its decisions in a state. */
  readonly visits: Uint32Array
}

/** Values of 0 and policies that take every action equally often. */
export function createHillClimber(states: number, actions: number): HillClimber {
  return {
    actions,
    values: new Float64Array(states * actions),
    policy: new Float64Array(states * actions).fill(1 / actions),
    average: new Float64Array(states * actions).fill(1 / actions),
    visits: new Uint32Array(states),
  }
}

/**
 * @param explore uniform in [0, 1): below the exploration rate, every action is as likely as any other
 * @param draw    uniform in [0, 1)
 */
export function chooseAction(
  { actions, policy }: HillClimber,
  state: number,
  exploration: number,
  explore: number,
  draw: number,
): number {
  if (explore < exploration) return Math.floor(draw * actions)
  let rest = draw
  for (let a = 0; a < actions - 1; a++) {
    rest -= policy[state * actions + a]!
    if (rest < 0) return a
  }
  return actions - 1
}

export interface HillClimbingRates {
  /** α, of the values. */
  readonly learning: number
  /** γ */
  readonly discount: number
  /** δ_w, how far a policy moves while it pays more than its average. */
  readonly winning: number
  /** δ_l, how far it moves otherwise; equal to δ_w it is PHC, above it WoLF-PHC. */
  readonly losing: number
}

/**
 * Policy hill-climbing, and with two rates "win or learn fast" (WoLF-PHC):
 *
 *   Q(s, a) ← (1 − α) Q(s, a) + α (r + γ max_a' Q(s', a'))
 *   C(s) ← C(s) + 1,   π̄(s, ·) ← π̄ + (π − π̄) / C(s)
 *   δ = δ_w if Σ_a π(s, a) Q(s, a) > Σ_a π̄(s, a) Q(s, a) else δ_l
 *   of each action but b = argmax_a Q(s, a), π(s, ·) loses min(π(s, a), δ / (A − 1)), and b receives all of it
 *
 * Convergence in self-play hangs on rates that fall: with constant ones policies circle as PHC's do.
 *
 * @returns the temporal difference of Q
 * @see Bowling, Veloso, "Multiagent learning using a variable learning rate", Artificial Intelligence 2002, table 5
 */
export function climb(
  climber: HillClimber,
  outcome: Outcome,
  { learning, discount, winning, losing }: HillClimbingRates,
): number {
  const { actions, values, policy, average, visits } = climber
  const { state } = outcome
  const row = state * actions
  const difference = learnValue(climber, outcome, learning, discount)

  const visit = ++visits[state]!
  let advantage = 0
  for (let k = row; k < row + actions; k++) {
    average[k]! += (policy[k]! - average[k]!) / visit
    advantage += (policy[k]! - average[k]!) * values[k]!
  }

  const share = (advantage > 0 ? winning : losing) / (actions - 1)
  const to = bestOf(values, row, actions)
  for (let k = row; k < row + actions; k++) {
    if (k === to) continue
    const moved = Math.min(policy[k]!, share)
    policy[k]! -= moved
    policy[to]! += moved
  }
  return difference
}
