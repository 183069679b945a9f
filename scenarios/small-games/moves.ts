/** Moves of ma-gym's grid worlds: 0 down, 1 left, 2 up, 3 right, 4 nowhere. */

export const MOVES = 5
export const NO_MOVE = 4

/** What a move adds to row and column. */
export const ROW_STEP: readonly number[] = [1, 0, -1, 0, 0]
export const COLUMN_STEP: readonly number[] = [0, -1, 0, 1, 0]

const LETTERS = 'DLUR.'

/** A path as the actions of its steps, from its letters: `D`, `L`, `U`, `R`, and `.` for a step that stays. */
export function readPath(letters: string): Uint8Array {
  return Uint8Array.from(letters, (letter) => LETTERS.indexOf(letter))
}

/** A place on an axis as ma-gym shows it: a share of `most`, with two decimals. */
export function shownPlace(place: number, most: number): number {
  return Math.round((100 * place) / most) / 100
}
