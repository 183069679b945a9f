import { bimatrix, type NormalFormGame } from './normal-form.ts'

const MATCHING = [
  [1, -1],
  [-1, 1],
]
const ROCK_PAPER_SCISSORS = [
  [0, -1, 1],
  [1, 0, -1],
  [-1, 1, 0],
]
const SAME = [
  [1, 0],
  [0, 1],
]

/** Games of two that the literature goes by. Their actions are in the order of their comments. */
export const namedGames = {
  /** Cooperate, defect: defecting pays more whatever the other does, and both defect. */
  'prisoners-dilemma': bimatrix(
    [
      [-1, -20],
      [0, -5],
    ],
    [
      [-1, 0],
      [-20, -5],
    ],
  ),
  /** Stag, hare: the better of two pure equilibria is the riskier. */
  'stag-hunt': bimatrix(
    [
      [4, 1],
      [3, 2],
    ],
    [
      [4, 3],
      [1, 2],
    ],
  ),
  /** His, hers: each would rather go to its own, but not alone. */
  'battle-of-the-sexes': bimatrix(
    [
      [2, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [0, 2],
    ],
  ),
  /** Heads, tails: one wants the same, the other not. */
  'matching-pennies': bimatrix(MATCHING, negated(MATCHING)),
  /** Rock, paper, scissors. */
  'rock-paper-scissors': bimatrix(ROCK_PAPER_SCISSORS, negated(ROCK_PAPER_SCISSORS)),
  /** Swerve, straight: straight wins, but not against straight. */
  chicken: bimatrix(
    [
      [0, -1],
      [1, -10],
    ],
    [
      [0, 1],
      [-1, -10],
    ],
  ),
  /** Left, right: all that matters is to drive on the same side. */
  coordination: bimatrix(SAME, SAME),
  /** Fictitious play goes round in ever longer circles. */
  shapley: bimatrix(
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ],
  ),
} as const satisfies Readonly<Record<string, NormalFormGame>>

function negated(matrix: readonly (readonly number[])[]): number[][] {
  return matrix.map((row) => row.map((payoff) => 0 - payoff))
}
