/**
 * Payoffs of the repeated bimatrix games of ERMAS: two agents stand on a grid of 4 × 4, the one at a row i and the other at a column j, from
 * full cooperation at (0, 0) to full defection at (3, 3), and a planner is paid for where they stand.
 *
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", §5.1–5.2.
 *      They draw their payoffs and do not print them: these are our own.
 */

/** Rows, and columns, of the grid that two agents walk on. */
export const SIDE = 4

/** What is paid at a position (i, j): the row is the first agent's, the column the second's. */
export type Payoff = (i: number, j: number) => number

/** By position. */
export interface GridPayoffs {
  readonly agents: readonly [Payoff, Payoff]
  readonly planner: Payoff
}

/** How cooperative it is to stand at an index: 1 at 0, 0 at 3. */
export function cooperation(index: number): number {
  return (SIDE - 1 - index) / (SIDE - 1)
}

/**
 * A tragedy of the commons: to move towards 3 is always better for oneself, so (3, 3) is the one equilibrium; there both are paid .3, at
 * (0, 0) both .7. A planner that only looks on is paid the more the less they cooperate.
 *
 *   r₁ = .3 + .7 c_j − .3 c_i,   r₂ = .3 + .7 c_i − .3 c_j,   r̃ = 1 − (c_i + c_j)/2,   c_k = (3 − k)/3
 */
export const CONSTRAINED: GridPayoffs = {
  agents: [(i, j) => commons(0.3, i, j), (i, j) => commons(0.3, j, i)],
  planner: (i, j) => 1 - (cooperation(i) + cooperation(j)) / 2,
}

/**
 * The game that follows a planner's choice a: it is paid a r̃ − a², and agents resent what it gets by Q.
 *
 *   r̃′ = a r̃ − a²,   r′_i = r_i − Q r̃′
 *   r₁ = .45 + .55 c_j − .45 c_i,   r₂ = .45 + .55 c_i − .45 c_j,   r̃ = 4 − .75 (c_i + c_j),   c_k = (3 − k)/3
 *
 * An agent is better off cooperating, and so harming the planner, where Q a > .6: of Q, a = 2 bears .3, and a = 1 .6. What it pays is 4 and
 * 3 before and 1 and 1.5 behind. These payoffs make what the papers say of Q come true.
 *
 * @param choice       a
 * @param resentment Q
 */
export function augmentedPayoffs(choice: number, resentment: number): GridPayoffs {
  const planner = (i: number, j: number) =>
    choice * (4 - 0.75 * (cooperation(i) + cooperation(j))) - choice ** 2
  return {
    agents: [
      (i, j) => commons(0.45, i, j) - resentment * planner(i, j),
      (i, j) => commons(0.45, j, i) - resentment * planner(i, j),
    ],
    planner,
  }
}

/** Below it rewards are not told apart: they have no logarithm at 0. */
const LEAST_REWARD = 0.05

/** What a planner that is averse to risk learns from: log max(.05, r) of its reward r. */
export function riskAverse(reward: number): number {
  return Math.log(Math.max(LEAST_REWARD, reward))
}

/** b + (1 − b) c_other − b c_own. */
function commons(base: number, own: number, other: number): number {
  return base + (1 - base) * cooperation(other) - base * cooperation(own)
}
