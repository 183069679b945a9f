import { type StochasticGame, stochasticGame } from './stochastic-game.ts'

/** Rows, and columns, of the grid that two agents walk on. */
const SIDE = 4
/** An agent's moves along its own axis. */
const MOVES = [-1, 0, 1]

/** What is paid at a position (i, j): the row is the first agent's, the column the second's. */
export type Payoff = (i: number, j: number) => number

/** By position, from full cooperation at (0, 0) to full defection at (3, 3). */
export interface GridPayoffs {
  readonly agents: readonly [Payoff, Payoff]
  readonly planner: Payoff
}

/** How cooperative it is to stand at an index: 1 at 0, 0 at 3. */
export function cooperation(index: number): number {
  return (SIDE - 1 - index) / (SIDE - 1)
}

/**
 * A tragedy of the commons on a grid that the papers draw and do not print: to move towards 3 is always better for oneself, so (3, 3) is
 * the one equilibrium; there both are paid .3, at (0, 0) both .7. A planner that only looks on is paid the more the less they cooperate.
 *
 *   r₁ = .3 + .7 c_j − .3 c_i,   r₂ = .3 + .7 c_i − .3 c_j,   r̃ = 1 − (c_i + c_j)/2,   c_k = (3 − k)/3
 */
export const CONSTRAINED: GridPayoffs = {
  agents: [
    (i, j) => 0.3 + 0.7 * cooperation(j) - 0.3 * cooperation(i),
    (i, j) => 0.3 + 0.7 * cooperation(i) - 0.3 * cooperation(j),
  ],
  planner: (i, j) => 1 - (cooperation(i) + cooperation(j)) / 2,
}

/**
 * Two agents stand on a grid of 4 × 4 and move one step along their axis, or stay, at a time; borders stop them. They see where both
 * are, start anywhere, and all are paid by the position they come to.
 *
 * @param discount γ
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", §5.1
 */
export function repeatedBimatrix({ agents, planner }: GridPayoffs, discount = 0.9): StochasticGame {
  const states = SIDE * SIDE
  const width = MOVES.length * MOVES.length
  const transition = new Float64Array(states * width * states)
  const arrivals = Array.from({ length: states * width }, (_, row) => {
    const [s, j] = [Math.floor(row / width), row % width]
    const i = move(Math.floor(s / SIDE), MOVES[Math.floor(j / MOVES.length)]!)
    const k = move(s % SIDE, MOVES[j % MOVES.length]!)
    transition[row * states + i * SIDE + k] = 1
    return [i, k] as const
  })
  const paid = (payoff: Payoff) => Float64Array.from(arrivals, ([i, j]) => payoff(i, j))
  return stochasticGame({
    states,
    actions: [MOVES.length, MOVES.length],
    start: new Float64Array(states).fill(1 / states),
    transition,
    discount,
    rewards: agents.map(paid),
    planner: paid(planner),
  })
}

function move(index: number, by: number): number {
  return Math.min(SIDE - 1, Math.max(0, index + by))
}
