/** What two players do, a number each: in a 2×2 game the probabilities of the row's and the column's first action. */
export type Point = readonly [x: number, y: number]

/** A game of two that each set one number, and pay a smooth loss. */
export interface DifferentialGame {
  readonly losses: (point: Point) => Point
  /** ∂L_a/∂x and ∂L_b/∂y. */
  readonly gradients: (point: Point) => Point
}

/**
 * L_a = x²/2 + 10 xy, L_b = y²/2 − 10 xy: the players drive each other around the equilibrium (0, 0), ten times as strongly as either
 * is drawn to it.
 *
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §4.1
 */
export const ROTATIONAL_GAME: DifferentialGame = {
  losses: ([x, y]) => [x ** 2 / 2 + 10 * x * y, y ** 2 / 2 - 10 * x * y],
  gradients: ([x, y]) => [x + 10 * y, y - 10 * x],
}

/** Each player's gradient at its own number and at what the other is expected to do. */
export function gradientsAgainst(
  game: DifferentialGame,
  [x, y]: Point,
  [expectedX, expectedY]: Point,
): Point {
  return [game.gradients([x, expectedY])[0], game.gradients([expectedX, y])[1]]
}

export function descend([x, y]: Point, [alongX, alongY]: Point, step: number): Point {
  return [x - step * alongX, y - step * alongY]
}
