// AssemblyScript: the moves of a step, as if they were made one at a time in the order of `rankOf`.
//
// A cell that is blank when moves begin goes to the first who wants it. One that is taken goes to the
// first of those who want it and come after its holder, if the holder leaves. So `claim` finds the
// first for every cell, `decide` follows the chain of holders to its end, and `apply` moves. Who wins
// is a pure function of the state before, however the agents are split over threads.
//
// A claim on a blank cell stands in the map itself, as the rank with the sign bit set; one on a taken
// cell stands in its holder's `CLAIM`.

import { column, word } from '../../../runtime/core/assembly/table'
import * as W from '../words'
import { drawPair, placeOf } from './random'
import { AHEAD, addTo, cellAt, cellOf, codeOf, countInMinimaps, discount, fillBody, fillBytes, groupAt, groupOf, minimapCell, number, originOf, takeOff, touch } from './world'

const GROUP_SHIFT = 26
/** Large-map rule: who stands near the border of a strip moves after all others. */
const BORDER_BIT: i32 = 1 << 29
const STRIP_BORDER = 4
const VECTOR = 16
const CLAIMED: i32 = <i32>0x80000000

/** Place of an agent in the order of moves. */
// @ts-ignore: decorator
@inline
function rankOf(world: usize, slot: i32, group: i32, keys: u64): i32 {
  const id = load<u32>(column(world, W.ID) + (<usize>slot << 2))
  if (word(world, W.DRAWN_ORDER) != 0) return placeOf(id, keys)
  const rank = (group << GROUP_SHIFT) | <i32>id
  const strip = word(world, W.STRIP_WIDTH)
  if (strip == 0) return rank
  const along = <i32>(<u32>load<u16>(column(world, W.X) + (<usize>slot << 1)) % <u32>strip)
  return along < STRIP_BORDER || along > strip - STRIP_BORDER ? rank | BORDER_BIT : rank
}

/** The smaller of a value and what stands there, as unsigned numbers, whoever comes first. */
// @ts-ignore: decorator
@inline
function lower(address: usize, value: u32, isShared: bool): void {
  if (!isShared) {
    if (value < load<u32>(address)) store<u32>(address, value)
    return
  }
  let seen = atomic.load<u32>(address)
  while (value < seen) {
    const was = atomic.cmpxchg<u32>(address, seen, value)
    if (was == seen) return
    seen = was
  }
}

/** Claims the cells that the agents in `[from, to)`, slots of one group, want to move to. Bodies of one cell. */
export function claim(world: usize, group: i32, from: i32, to: i32): void {
  const block = groupAt(world, group)
  const moves = column(world, W.MOVE)
  if (word(block, W.PASSIVE) != 0) {
    fillBytes(moves + <usize>from, <u8>W.STAYED, <usize>(to - from))
    return
  }
  const actions = column(world, W.ACTION)
  const dead = column(world, W.DEAD)
  const occupant = column(world, W.OCCUPANT)
  const claims = column(world, W.CLAIM)
  const aimed = column(world, W.AIMED)
  const cells = column(block, W.ACTION_CELLS)
  const moveCount = word(block, W.MOVES)
  const stay = word(block, W.STAY)
  const isShared = word(world, W.SHARED) != 0
  const turns = column(world, W.TURN)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  const stride = word(world, W.STRIDE)
  const origin = originOf(world)
  const keys = drawPair(world, W.MOVE_ORDER_STREAM)
  for (let slot = from; slot < to; slot++) {
    if (((slot - from) & (AHEAD - 1)) == 0) touch(world, block, slot, min(to, slot + AHEAD))
    const action = <i32>load<u16>(actions + (<usize>slot << 1))
    if (action >= moveCount || action == stay || load<u8>(dead + <usize>slot) != 0) {
      store<u8>(moves + <usize>slot, W.STAYED)
      continue
    }
    const place = occupant + (<usize>(cellAt(xs, ys, stride, origin, slot) + word(cells, action)) << 2)
    const holder = load<i32>(place)
    if (holder >= W.OUTSIDE) {
      store<u8>(moves + <usize>slot, W.STAYED)
      continue
    }
    const turn = rankOf(world, slot, group, keys)
    store<i32>(turns + (<usize>slot << 2), turn)
    if (holder < 0) {
      lower(place, CLAIMED | turn, isShared)
      store<u8>(moves + <usize>slot, W.WANTS)
    } else if (mayFollow(world, holder, turn, keys)) {
      lower(claims + (<usize>holder << 2), turn, isShared)
      store<u8>(moves + <usize>slot, W.FOLLOWS)
    } else {
      store<i32>(aimed + (<usize>slot << 2), holder)
      store<u8>(moves + <usize>slot, W.BLOCKED)
    }
  }
}

/** True when the holder of a cell may be gone, or takes somebody in, by the turn of `rank`. */
function mayFollow(world: usize, holder: i32, rank: i32, keys: u64): bool {
  const group = groupOf(world, holder)
  const block = groupAt(world, group)
  if (word(block, W.CAN_ABSORB) != 0 && load<u8>(column(world, W.ABSORBED) + <usize>holder) == 0) return true
  if (word(block, W.PASSIVE) != 0) return false
  const action = <i32>load<u16>(column(world, W.ACTION) + (<usize>holder << 1))
  if (action >= word(block, W.MOVES) || action == word(block, W.STAY)) return false
  return rankOf(world, holder, group, keys) < rank
}

/** Decides the moves of those in `[from, to)` who follow somebody. */
export function decide(world: usize, from: i32, to: i32): void {
  const moves = column(world, W.MOVE)
  const follows = i8x16.splat(<i8>W.FOLLOWS)
  let slot = from
  // Few follow somebody: most sixteens are passed over at once.
  for (; slot + VECTOR <= to; slot += VECTOR) {
    let found = <u32>i8x16.bitmask(i8x16.eq(v128.load(moves + <usize>slot), follows))
    for (; found != 0; found &= found - 1) {
      const follower = slot + <i32>ctz(found)
      // Somebody behind it in a chain may have decided it meanwhile.
      if (load<u8>(moves + <usize>follower) == W.FOLLOWS) followChain(world, follower)
    }
  }
  for (; slot < to; slot++) {
    if (load<u8>(moves + <usize>slot) == W.FOLLOWS) followChain(world, slot)
  }
}

function targetOf(world: usize, slot: i32, group: i32): i32 {
  const action = <i32>load<u16>(column(world, W.ACTION) + (<usize>slot << 1))
  return cellOf(world, slot) + word(column(groupAt(world, group), W.ACTION_CELLS), action)
}

/** Whoever follows somebody moves if, and only if, all before it in the chain do. */
function followChain(world: usize, slot: i32): void {
  const moves = column(world, W.MOVE)
  const occupant = column(world, W.OCCUPANT)
  const claims = column(world, W.CLAIM)
  const aimed = column(world, W.AIMED)
  const turns = column(world, W.TURN)
  let last = slot
  let how = W.FOLLOWS
  while (how == W.FOLLOWS) {
    const group = groupOf(world, last)
    const holder = load<i32>(occupant + (<usize>targetOf(world, last, group) << 2))
    // Whoever loses is stopped by the agent that stands there after the moves.
    store<i32>(aimed + (<usize>last << 2), W.NO_AGENT)
    if (load<i32>(claims + (<usize>holder << 2)) != load<i32>(turns + (<usize>last << 2))) {
      how = W.BLOCKED
    } else if (word(groupAt(world, groupOf(world, holder)), W.CAN_ABSORB) != 0) {
      how = W.TAKEN_IN
      store<i32>(aimed + (<usize>last << 2), holder)
    } else {
      const before = <i32>load<u8>(moves + <usize>holder)
      if (before == W.FOLLOWS) last = holder
      else if (before == W.WANTS) how = isFirst(world, holder) ? W.MOVED : W.BLOCKED
      else how = before == W.MOVED || before == W.TAKEN_IN ? W.MOVED : W.BLOCKED
    }
  }
  for (let follower = slot; follower != last; ) {
    const holder = load<i32>(occupant + (<usize>targetOf(world, follower, groupOf(world, follower)) << 2))
    store<u8>(moves + <usize>follower, <u8>(how == W.BLOCKED ? W.BLOCKED : W.MOVED))
    follower = holder
  }
  store<u8>(moves + <usize>last, <u8>how)
}

/** True when nobody wants the blank cell that an agent wants before it. */
function isFirst(world: usize, slot: i32): bool {
  const group = groupOf(world, slot)
  const claimed = load<i32>(column(world, W.OCCUPANT) + (<usize>targetOf(world, slot, group) << 2))
  return claimed == (CLAIMED | load<i32>(column(world, W.TURN) + (<usize>slot << 2)))
}

/** Makes the moves of the agents in `[from, to)`, slots of one group. */
export function apply(world: usize, group: i32, from: i32, to: i32): void {
  const block = groupAt(world, group)
  const moves = column(world, W.MOVE)
  const actions = column(world, W.ACTION)
  const occupant = column(world, W.OCCUPANT)
  const codes = column(world, W.CODES)
  const claims = column(world, W.CLAIM)
  const hps = column(world, W.HP)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  const cells = column(block, W.ACTION_CELLS)
  const steps = column(block, W.ACTION_STEPS)
  const maxHp = number(block, W.MAX_HP)
  const levels = word(world, W.LEVELS)
  const absorbs = word(block, W.CAN_ABSORB) != 0
  const turns = column(world, W.TURN)
  const stride = word(world, W.STRIDE)
  const origin = originOf(world)
  const hasOneMinimap = word(world, W.MINIMAPS) == 1
  const columns = column(world, W.MINIMAP_PLACES) + 2
  const rows = columns + (<usize>word(world, W.WIDTH) << 1)
  let sumX: i64 = 0
  let sumY: i64 = 0
  for (let slot = from; slot < to; slot++) {
    const at = <usize>slot << 2
    if (absorbs && load<i32>(claims + at) != W.NO_CLAIM && load<u8>(column(world, W.ABSORBED) + <usize>slot) == 0) {
      // The first who wants into a free goal is taken in.
      store<u8>(column(world, W.ABSORBED) + <usize>slot, 1)
      const hp = load<f32>(hps + at) * 2
      store<f32>(hps + at, hp)
      fillBody<u8>(codes, cellOf(world, slot), block, word(world, W.STRIDE), <u8>codeOf(group, hp, maxHp, levels))
    }
    const how = <i32>load<u8>(moves + <usize>slot)
    if (how < W.WANTS) continue
    const isFollowed = load<i32>(claims + at) != W.NO_CLAIM
    if (how == W.TAKEN_IN) {
      // A follower writes to the cell, perhaps at this very moment.
      if (isFollowed) discount(world, group, slot, W.LEFT)
      else takeOff(world, group, slot, W.LEFT)
      continue
    }
    const action = <i32>load<u16>(actions + (<usize>slot << 1))
    const cell = cellAt(xs, ys, stride, origin, slot)
    const target = cell + word(cells, action)
    if (how == W.WANTS) {
      // Only who came first ever writes to a claimed cell.
      if (load<i32>(occupant + (<usize>target << 2)) != (CLAIMED | load<i32>(turns + at))) {
        store<u8>(moves + <usize>slot, W.BLOCKED)
        store<i32>(column(world, W.AIMED) + at, W.NO_AGENT)
        continue
      }
      store<u8>(moves + <usize>slot, W.MOVED)
    }
    if (!isFollowed) {
      store<i32>(occupant + (<usize>cell << 2), W.BLANK)
      store<u8>(codes + <usize>cell, 0)
    }
    store<i32>(occupant + (<usize>target << 2), slot)
    store<u8>(codes + <usize>target, <u8>codeOf(group, load<f32>(hps + at), maxHp, levels))
    const dx = <i32>load<i8>(steps + (<usize>action << 1))
    const dy = <i32>load<i8>(steps + (<usize>action << 1), 1)
    const x = <i32>load<u16>(xs + (<usize>slot << 1))
    const y = <i32>load<u16>(ys + (<usize>slot << 1))
    store<u16>(xs + (<usize>slot << 1), <u16>(x + dx))
    store<u16>(ys + (<usize>slot << 1), <u16>(y + dy))
    // Most moves stay within a cell of the minimap.
    if (!hasOneMinimap || minimapCell(columns, rows, x, y) != minimapCell(columns, rows, x + dx, y + dy)) {
      countInMinimaps(world, group, x, y, x + dx, y + dy)
    }
    sumX += dx
    sumY += dy
  }
  const centre = column(world, W.CENTRE) + (<usize>group << 4)
  addTo(centre, sumX)
  addTo(centre + 8, sumY)
}

/**
 * Moves one agent after the other: `order` has `count` slots. For bodies of any size, and for agents that
 * move and take others in; who has taken somebody in stays where it is.
 */
export function moveInTurn(world: usize, order: usize, count: i32): void {
  const occupant = column(world, W.OCCUPANT)
  const stride = word(world, W.STRIDE)
  for (let i = 0; i < count; i++) {
    const slot = load<i32>(order + (<usize>i << 2))
    const group = groupOf(world, slot)
    const block = groupAt(world, group)
    const moves = column(world, W.MOVE) + <usize>slot
    const action = <i32>load<u16>(column(world, W.ACTION) + (<usize>slot << 1))
    const cell = cellOf(world, slot)
    const target = cell + word(column(block, W.ACTION_CELLS), action)
    if (load<u8>(column(world, W.ABSORBED) + <usize>slot) != 0) {
      store<u8>(moves, W.STAYED)
      continue
    }
    const steps = column(block, W.ACTION_STEPS) + (<usize>action << 1)
    const dx = <i32>load<i8>(steps)
    const dy = <i32>load<i8>(steps, 1)
    const xs = column(world, W.X) + (<usize>slot << 1)
    const ys = column(world, W.Y) + (<usize>slot << 1)
    const x = <i32>load<u16>(xs)
    const y = <i32>load<u16>(ys)
    const blocker = blockerOf(world, slot, block, target, x + dx, y + dy)
    if (blocker != W.NO_AGENT) {
      store<u8>(moves, <u8>(blocker == W.WALL ? W.STAYED : W.BLOCKED))
      store<i32>(column(world, W.AIMED) + (<usize>slot << 2), blocker)
      if (blocker != W.WALL) absorb(world, blocker, slot, group)
      continue
    }
    const maxHp = number(block, W.MAX_HP)
    const code = <u8>codeOf(group, load<f32>(column(world, W.HP) + (<usize>slot << 2)), maxHp, word(world, W.LEVELS))
    fillBody<i32>(occupant, cell, block, stride, W.BLANK)
    fillBody<u8>(column(world, W.CODES), cell, block, stride, 0)
    fillBody<i32>(occupant, target, block, stride, slot)
    fillBody<u8>(column(world, W.CODES), target, block, stride, code)
    store<u8>(moves, W.MOVED)
    store<u16>(xs, <u16>(x + dx))
    store<u16>(ys, <u16>(y + dy))
    countInMinimaps(world, group, x, y, x + dx, y + dy)
    const centre = column(world, W.CENTRE) + (<usize>group << 4)
    addTo(centre, dx)
    addTo(centre + 8, dy)
  }
}

/**
 * The first agent in the way of a body at (x, y), column by column; `WALL` when there is none but a wall,
 * `NO_AGENT` when the way is free. As in MAgent2 a body that would reach over the map's inside to the
 * right or below runs into nobody.
 */
function blockerOf(world: usize, slot: i32, block: usize, target: i32, x: i32, y: i32): i32 {
  const width = word(block, W.BODY_WIDTH)
  const height = word(block, W.BODY_HEIGHT)
  if (x < 0 || y < 0 || x + width >= word(world, W.WIDTH) || y + height >= word(world, W.HEIGHT)) return W.WALL
  const occupant = column(world, W.OCCUPANT)
  const stride = word(world, W.STRIDE)
  let isWalled = false
  for (let dx = 0; dx < width; dx++) {
    for (let dy = 0; dy < height; dy++) {
      const holder = load<i32>(occupant + (<usize>(target + dy * stride + dx) << 2))
      if (holder == W.WALL) isWalled = true
      else if (holder >= 0 && holder != slot) return holder
    }
  }
  return isWalled ? W.WALL : W.NO_AGENT
}

function absorb(world: usize, holder: i32, slot: i32, group: i32): void {
  const taker = groupOf(world, holder)
  const block = groupAt(world, taker)
  const absorbed = column(world, W.ABSORBED) + <usize>holder
  if (word(block, W.CAN_ABSORB) == 0 || load<u8>(absorbed) != 0) return
  store<u8>(absorbed, 1)
  const at = column(world, W.HP) + (<usize>holder << 2)
  const hp = load<f32>(at) * 2
  store<f32>(at, hp)
  const code = <u8>codeOf(taker, hp, number(block, W.MAX_HP), word(world, W.LEVELS))
  fillBody<u8>(column(world, W.CODES), cellOf(world, holder), block, word(world, W.STRIDE), code)
  store<u8>(column(world, W.MOVE) + <usize>slot, W.TAKEN_IN)
  takeOff(world, group, slot, W.LEFT)
}

/** Ranks the movers in `[from, to)`, slots of one group, into `CLAIM`, for `moveInTurn`. */
export function rank(world: usize, group: i32, from: i32, to: i32): void {
  const block = groupAt(world, group)
  const claims = column(world, W.CLAIM)
  const moves = column(world, W.MOVE)
  const keys = drawPair(world, W.MOVE_ORDER_STREAM)
  for (let slot = from; slot < to; slot++) {
    const action = <i32>load<u16>(column(world, W.ACTION) + (<usize>slot << 1))
    const isMover =
      word(block, W.PASSIVE) == 0 &&
      action < word(block, W.MOVES) &&
      action != word(block, W.STAY) &&
      load<u8>(column(world, W.DEAD) + <usize>slot) == 0
    store<u8>(moves + <usize>slot, isMover ? W.WANTS : W.STAYED)
    if (isMover) store<i32>(claims + (<usize>slot << 2), rankOf(world, slot, group, keys))
  }
}
