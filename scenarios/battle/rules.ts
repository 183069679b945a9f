/**
 * The numbers of MAgent2's `battle`: one agent type for both armies. All hp and reward arithmetic
 * is float32, as in the engine.
 */
const f = Math.fround

export const MAX_HP = 10
export const DAMAGE = 2
export const RECOVER: number = f(0.1)
export const STEP_REWARD: number = f(-0.005)
export const DEAD_PENALTY: number = f(-0.1)
export const ATTACK_PENALTY: number = f(-0.1)
/** Gain for the killer and the penalty of the attack, added as one float32. */
export const KILL_REWARD: number = f(5 + ATTACK_PENALTY)
/** Paid by the event rule for a hit that does not kill. */
export const HIT_REWARD: number = f(0.2)

/** Window of 13 × 13 around the agent, of which the cells of a circle are seen. */
export const VIEW_RADIUS = 6
export const VIEW_SIZE = 13
/** Cells of the coarse map of both armies, each way. */
export const MINIMAP_SIZE = 13
export const ID_BITS = 10

const SPEED = 2
const ATTACK_RADIUS = 1.5

/** Maps with more cells than this move in vertical strips first, their borders last. */
export const LARGE_MAP_CELLS = 9_801
export const HUGE_MAP_CELLS = 1_000_000
export const STRIP_BORDER = 4

interface Offset {
  readonly dx: number
  readonly dy: number
}

/** Cells within `radius` of the centre, row by row from the top. */
function circle(radius: number): Offset[] {
  const reach = Math.floor(radius)
  const cells: Offset[] = []
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (dx * dx + dy * dy <= radius * radius) cells.push({ dx, dy })
    }
  }
  return cells
}

const MOVES = circle(SPEED)
const ATTACKS = circle(ATTACK_RADIUS).filter(({ dx, dy }) => dx !== 0 || dy !== 0)

export const VIEW_CELLS: readonly Offset[] = circle(VIEW_RADIUS)

/** Actions 0 … 12 move (6 stays), 13 … 20 attack. */
export const MOVE_COUNT: number = MOVES.length
export const ACTION_COUNT: number = MOVES.length + ATTACKS.length
/** [21] displacement of each action. */
export const ACTION_DX: Int8Array = Int8Array.from([...MOVES, ...ATTACKS], ({ dx }) => dx)
export const ACTION_DY: Int8Array = Int8Array.from([...MOVES, ...ATTACKS], ({ dy }) => dy)
export const STAY: number = MOVES.findIndex(({ dx, dy }) => dx === 0 && dy === 0)
