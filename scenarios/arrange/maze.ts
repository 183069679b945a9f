import type { Position } from '../gridworld/config.ts'

/** Side of a room with its walls, and thickness of these: who moves two cells in a step can't jump them. */
const ROOM = 8
const THICKNESS = 2

/**
 * Walls of a maze of rooms in which there is one way between any two rooms: every room is open either to
 * the one above or to the one on its left.
 *
 * @param size side of the square map
 * @param draw a whole number below the one given
 */
export function* mazeWalls(size: number, draw: (bound: number) => number): Generator<Position> {
  const rooms = Math.floor((size - 1) / ROOM)
  for (let row = 0; row < rooms; row++) {
    for (let column = 0; column < rooms; column++) {
      const opensUp = row > 0 && (column === 0 || draw(2) === 0)
      const [left, top] = [column * ROOM, row * ROOM]
      if (row > 0 && !opensUp) yield* wall(left, top, ROOM + THICKNESS, THICKNESS)
      if (column > 0 && opensUp) yield* wall(left, top, THICKNESS, ROOM + THICKNESS)
    }
  }
}

function* wall(left: number, top: number, width: number, height: number): Generator<Position> {
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) yield [x, y]
  }
}
