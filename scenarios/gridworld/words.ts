/**
 * The description of a world as its kernels read it: 32-bit words, first those of the world, then
 * `GROUP_WORDS` for each group. Compiled both as TypeScript, which writes it, and as AssemblyScript.
 */

export const WIDTH = 0
export const HEIGHT = 1
/** Cells from one row of the padded maps to the next, and of the margin around the map. */
export const STRIDE = 2
export const MARGIN = 3
export const GROUPS = 4
/** 1 for the rules of `manyfold`: order is drawn; 0 for those of `magent`: order is the list's. */
export const DRAWN_ORDER = 5
/** Width of the strips of the large-map rule, or 0. */
export const STRIP_WIDTH = 6
/** 1 when a kill can change the killer's hp. */
export const SUPPLIES = 7
/** Hp levels of a cell's code. */
export const LEVELS = 8
/** Shifts from a cell to its sorting tile, tiles in a row, tiles in all. */
export const TILE_WIDTH_SHIFT = 9
export const TILE_HEIGHT_SHIFT = 10
export const TILES_ACROSS = 11
export const TILES = 12
/** Minimap geometries, one for each size of view. */
export const MINIMAPS = 13
/** 1 when several threads step the world together: then they meet in cells and lists. */
export const SHARED = 14

/** Bytes of the arena where the columns start. */
export const ID = 16
export const ACTION = 17
export const REWARD = 18
export const NEXT = 19
export const LIVING = 20
export const KEY = 21
export const CLOCK = 22
export const X = 23
export const Y = 24
export const HP = 25
export const PENDING = 26
export const LAST_REWARD = 27
export const LAST_ACTION = 28
export const DEAD = 29
export const ABSORBED = 30
export const OUTCOME = 31
export const AIMED = 32
export const LINK = 33
export const STRUCK = 34
export const TURN = 35
export const CLAIM = 36
export const MOVE = 37
export const OCCUPANT = 38
export const CODES = 39
export const ENGINE = 40
export const ATTACKERS = 41
export const DEATHS = 42
export const KILLS = 43
export const CENTRE = 44
export const MINIMAP_COUNTS = 45
/** [MINIMAPS][width + height] minimap column of an x, then minimap row offset of a y. */
export const MINIMAP_PLACES = 46
export const TILE_STARTS = 47
/** [GROUPS] agents that acted in the step: those in the list before the dead were taken out. */
export const ACTED = 48

export const WORLD_WORDS = 64

/** Words of a group. */
export const FIRST_SLOT = 0
export const MOVES = 1
export const ACTIONS = 2
export const STAY = 3
/** Bytes of [ACTIONS] i32: from an agent's cell to the cell that an action aims at. */
export const ACTION_CELLS = 4
/** Bytes of [MOVES][2] i8: dx, dy of a move. */
export const ACTION_STEPS = 5
export const ATTACKS_IN_GROUP = 6
export const CAN_ABSORB = 7
export const PASSIVE = 8
export const BODY_WIDTH = 9
export const BODY_HEIGHT = 10
/** Single precision numbers. */
export const MAX_HP = 11
export const DAMAGE = 12
export const RECOVER = 13
export const KILL_SUPPLY = 14
export const STEP_REWARD = 15
export const KILL_REWARD = 16
export const DEAD_PENALTY = 17
export const ATTACK_PENALTY = 18
/** Bytes of [GROUPS][2] f32: what an event rule pays for a hit on, a kill of, an agent of each group. */
export const RULE_REWARDS = 19
/** Bytes of [VIEW_SPANS][4] i32: offset from the agent's cell, first cell of the record, cells, free. */
export const VIEW_SPANS = 20
export const VIEW_SPAN_TABLE = 21
export const VIEW_CELLS = 22
export const ID_BITS = 23
/** 1 when observations have a minimap; which geometry; its cells. */
export const HAS_MINIMAP = 24
export const MINIMAP = 25
export const MINIMAP_CELLS = 26
/** The packed record: first input of the hot part and of the shared part; bytes. */
export const HOT_AT = 27
export const SHARED_AT = 28
export const RECORD_BYTES = 29
export const HOT_OFFSET = 30
export const CELLS_OFFSET = 31
/** Bytes of [VIEW_CELLS] u16: place of a seen cell in the view, row by row. */
export const VIEW_PLACES = 33
/** Bytes of [VIEW_CELLS] i32: from the agent's cell to a seen cell. */
export const VIEW_OFFSETS = 34

export const GROUP_WORDS = 48

/** What stands in a cell of the map: a slot, `WALL`, `OUTSIDE` in the margin, or below 0 nothing. */
export const BLANK = -1
export const OUTSIDE = 0x7ffffffe
export const WALL = 0x7fffffff

/** Cell codes: 0 blank, 1 wall, from 2 on a group's hp level. */
export const WALL_CODE = 1
export const FIRST_AGENT_CODE = 2

/** How the attack of an agent came out in this step. */
export const IDLE = 0
/** Not decided yet. */
export const OPEN = 1
/** Dead before its turn. */
export const LATE = 2
export const MISS = 3
export const HIT = 4
export const KILLED = 5

/** How the move of an agent came out in this step. */
export const STAYED = 0
export const BLOCKED = 1
/** Not decided yet: it wants a blank cell; it wants the cell of somebody who may leave. */
export const WANTS = 2
export const FOLLOWS = 5
export const MOVED = 3
export const TAKEN_IN = 4

export const NO_AGENT = -1
/** All bits set: columns are cleared bytewise. Read as a rank it comes after all others. */
export const NO_CLAIM = -1
export const NEVER_ACTED = 255

/** Of the state `DEAD`. */
export const ALIVE = 0
export const FALLEN = 1
export const LEFT = 2

/** Streams of the orders that `manyfold` draws. */
export const ATTACK_ORDER_STREAM = 17
export const MOVE_ORDER_STREAM = 18
