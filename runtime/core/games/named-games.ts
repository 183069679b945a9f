import { bimatrix, type NormalFormGame, namesOf } from './normal-form.ts'

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

/** Games of two that the literature goes by. */
export const namedGames = {
  /** Defecting pays more whatever the other does, and both defect. */
  'prisoners-dilemma': named(
    bimatrix(
      [
        [-1, -20],
        [0, -5],
      ],
      [
        [-1, 0],
        [-20, -5],
      ],
    ),
    ['cooperate', 'defect'],
  ),
  /** The better of two pure equilibria is the riskier. */
  'stag-hunt': named(
    bimatrix(
      [
        [4, 1],
        [3, 2],
      ],
      [
        [4, 3],
        [1, 2],
      ],
    ),
    ['stag', 'hare'],
  ),
  /** Each would rather go to its own, but not alone. */
  'battle-of-the-sexes': named(
    bimatrix(
      [
        [2, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [0, 2],
      ],
    ),
    ['his', 'hers'],
  ),
  /** One wants the same, the other not. */
  'matching-pennies': named(bimatrix(MATCHING, negated(MATCHING)), ['heads', 'tails']),
  /** Each beats one of the others. */
  'rock-paper-scissors': named(bimatrix(ROCK_PAPER_SCISSORS, negated(ROCK_PAPER_SCISSORS)), [
    'rock',
    'paper',
    'scissors',
  ]),
  /** Straight wins, but not against straight. */
  chicken: named(
    bimatrix(
      [
        [0, -1],
        [1, -10],
      ],
      [
        [0, 1],
        [-1, -10],
      ],
    ),
    ['swerve', 'straight'],
  ),
  /** All that matters is to drive on the same side. */
  coordination: named(bimatrix(SAME, SAME), ['left', 'right']),
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

/** The same actions for both. */
function named(game: NormalFormGame, actions: readonly string[]): NormalFormGame {
  return { ...game, names: { ...namesOf(game), actions: game.actions.map(() => actions) } }
}

function negated(matrix: readonly (readonly number[])[]): number[][] {
  return matrix.map((row) => row.map((payoff) => 0 - payoff))
}
