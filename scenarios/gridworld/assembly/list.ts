// AssemblyScript: what a step leaves behind, and the groups' lists.

import { column, word } from '../../../runtime/core/assembly/table'
import * as W from '../words'
import { cellOf, copyBytes, fillBody, fillBytes, groupAt, number } from './world'

/** What the step brought to the agents in `[from, to)`, and a clean slate for the next. */
export function settle(world: usize, from: i32, to: i32): void {
  const pending = column(world, W.PENDING)
  const reward = column(world, W.REWARD)
  const action = column(world, W.ACTION)
  const lastAction = column(world, W.LAST_ACTION)
  const next = column(world, W.NEXT)
  const dead = column(world, W.DEAD)
  const claims = column(world, W.CLAIM)
  const struck = column(world, W.STRUCK)
  const count = <usize>(to - from)
  copyBytes(reward + (<usize>from << 2), pending + (<usize>from << 2), count << 2)
  fillBytes(claims + (<usize>from << 2), 0xff, count << 2)
  fillBytes(struck + (<usize>from << 2), 0xff, count << 2)
  for (let slot = from; slot < to; slot++) {
    store<u8>(lastAction + <usize>slot, load<u8>(action + (<usize>slot << 1)))
    store<i32>(next + (<usize>slot << 2), load<u8>(dead + <usize>slot) == W.ALIVE ? slot : -1)
  }
}

/** Starts the next step's rewards of the agents in `[from, to)`, slots of one group. */
export function renew(world: usize, group: i32, from: i32, to: i32): void {
  const pending = column(world, W.PENDING)
  const stepReward = number(groupAt(world, group), W.STEP_REWARD)
  const start = <usize>from << 2
  const bytes = <usize>(to - from) << 2
  copyBytes(column(world, W.LAST_REWARD) + start, pending + start, bytes)
  const end = pending + start + bytes
  for (let at = pending + start; at < end; at += 4) store<f32>(at, stepReward)
}

/** Takes the dead out of a group's list; the others keep their order. Returns how many are left. */
export function compact(world: usize, group: i32, first: i32, end: i32): i32 {
  const dead = column(world, W.DEAD)
  let to = firstDead(dead, first, end)
  for (let slot = to; slot < end; slot++) {
    if (load<u8>(dead + <usize>slot) != W.ALIVE) store<u8>(dead + <usize>slot, W.ALIVE)
    else moveRow(world, group, slot, to++)
  }
  return to - first
}

/** Takes the dead out of a group's list; the last ones of it fill the gaps. Returns how many are left. */
export function fillGaps(world: usize, group: i32, first: i32, end: i32): i32 {
  const dead = column(world, W.DEAD)
  let last = end
  for (let gap = firstDead(dead, first, end); gap < last; gap = firstDead(dead, gap + 1, last)) {
    while (last > gap && load<u8>(dead + <usize>(last - 1)) != W.ALIVE) store<u8>(dead + <usize>--last, W.ALIVE)
    if (gap == last) break
    store<u8>(dead + <usize>gap, W.ALIVE)
    moveRow(world, group, --last, gap)
  }
  return last - first
}

/** The first of `[from, end)` that is dead; `end` when nobody is. */
function firstDead(dead: usize, from: i32, end: i32): i32 {
  let slot = from
  for (; slot + 16 <= end; slot += 16) {
    const some = <u32>i8x16.bitmask(i8x16.ne(v128.load(dead + <usize>slot), i8x16.splat(<i8>W.ALIVE)))
    if (some != 0) return slot + <i32>ctz(some)
  }
  while (slot < end && load<u8>(dead + <usize>slot) == W.ALIVE) slot++
  return slot
}

/** An agent and all that outlasts a step takes another slot. */
function moveRow(world: usize, group: i32, from: i32, to: i32): void {
  move<u32>(world, W.ID, from, to)
  move<u16>(world, W.X, from, to)
  move<u16>(world, W.Y, from, to)
  move<f32>(world, W.HP, from, to)
  move<f32>(world, W.PENDING, from, to)
  move<u8>(world, W.LAST_ACTION, from, to)
  move<u8>(world, W.ABSORBED, from, to)
  store<i32>(column(world, W.NEXT) + (<usize>from << 2), to)
  const block = groupAt(world, group)
  fillBody<i32>(column(world, W.OCCUPANT), cellOf(world, to), block, word(world, W.STRIDE), to)
}

// @ts-ignore: decorator
@inline
function move<T>(world: usize, index: i32, from: i32, to: i32): void {
  const at = column(world, index)
  store<T>(at + <usize>to * sizeof<T>(), load<T>(at + <usize>from * sizeof<T>()))
}

/**
 * Puts the agents of `[first, end)`, the living of one group, in the order of the map's tiles, row by
 * row; within a tile they keep their order. Uses `LINK` and `AIMED` as scratch.
 */
export function sortByTile(world: usize, group: i32, first: i32, end: i32, isStart: bool): void {
  const shiftX = <u32>word(world, W.TILE_WIDTH_SHIFT)
  const shiftY = <u32>word(world, W.TILE_HEIGHT_SHIFT)
  const across = word(world, W.TILES_ACROSS)
  const tiles = word(world, W.TILES)
  const starts = column(world, W.TILE_STARTS)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  fillBytes(starts, 0, <usize>tiles << 2)
  for (let slot = first; slot < end; slot++) {
    const at = starts + (<usize>tileOf(xs, ys, slot, shiftX, shiftY, across) << 2)
    store<i32>(at, load<i32>(at) + 1)
  }
  let sum = first
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const count = load<i32>(starts + (tile << 2))
    store<i32>(starts + (tile << 2), sum)
    sum += count
  }
  // Where each agent goes, then who comes to each slot.
  const target = column(world, W.LINK)
  const source = column(world, W.AIMED)
  for (let slot = first; slot < end; slot++) {
    const at = starts + (<usize>tileOf(xs, ys, slot, shiftX, shiftY, across) << 2)
    const to = load<i32>(at)
    store<i32>(at, to + 1)
    store<i32>(target + (<usize>slot << 2), to)
    store<i32>(source + (<usize>to << 2), slot)
  }
  permute<u32>(world, W.ID, source, first, end)
  permute<u16>(world, W.X, source, first, end)
  permute<u16>(world, W.Y, source, first, end)
  permute<f32>(world, W.HP, source, first, end)
  permute<f32>(world, W.PENDING, source, first, end)
  permute<u8>(world, W.LAST_ACTION, source, first, end)
  permute<u8>(world, W.ABSORBED, source, first, end)
  const next = column(world, W.NEXT)
  const block = groupAt(world, group)
  const occupant = column(world, W.OCCUPANT)
  const stride = word(world, W.STRIDE)
  for (let slot = first; slot < end; slot++) {
    fillBody<i32>(occupant, cellOf(world, slot), block, stride, slot)
  }
  if (isStart) return
  const base = word(block, W.FIRST_SLOT)
  const acted = load<i32>(column(world, W.ACTED) + (<usize>group << 2))
  for (let slot = base; slot < base + acted; slot++) {
    const at = next + (<usize>slot << 2)
    const now = load<i32>(at)
    if (now >= 0) store<i32>(at, load<i32>(target + (<usize>now << 2)))
  }
}

// @ts-ignore: decorator
@inline
function tileOf(xs: usize, ys: usize, slot: i32, shiftX: u32, shiftY: u32, across: i32): i32 {
  const x = <u32>load<u16>(xs + (<usize>slot << 1))
  const y = <u32>load<u16>(ys + (<usize>slot << 1))
  return <i32>(y >> shiftY) * across + <i32>(x >> shiftX)
}

/** Rearranges a column; `TURN` holds the copy. */
function permute<T>(world: usize, index: i32, source: usize, first: i32, end: i32): void {
  const values = column(world, index)
  const copy = column(world, W.TURN)
  const size = sizeof<T>()
  copyBytes(copy, values + <usize>first * size, <usize>(end - first) * size)
  for (let slot = first; slot < end; slot++) {
    const from = <usize>(load<i32>(source + (<usize>slot << 2)) - first)
    store<T>(values + <usize>slot * size, load<T>(copy + from * size))
  }
}
