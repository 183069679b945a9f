import { type GridPayoffs, type Payoff, SIDE } from '../../../runtime/core/games/repeated-bimatrix.ts'
import { type StochasticGame, stochasticGame } from './stochastic-game.ts'

/** An agent's moves along its own axis. */
const MOVES = [-1, 0, 1]

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
