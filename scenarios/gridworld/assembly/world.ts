// AssemblyScript. What all phases read of a world; `words.ts` names the words of its description.
// All addresses are bytes of the arena.

import { column, word } from '../../../runtime/core/assembly/table'
import * as W from '../words'

// @ts-ignore: decorator
@inline
export function number(table: usize, index: i32): f32 {
  return load<f32>(table + (<usize>index << 2))
}

/** The words of a group. */
// @ts-ignore: decorator
@inline
export function groupAt(world: usize, group: i32): usize {
  return world + ((<usize>W.WORLD_WORDS + <usize>group * W.GROUP_WORDS) << 2)
}

/** The group whose slots include one. */
// @ts-ignore: decorator
@inline
export function groupOf(world: usize, slot: i32): i32 {
  const groups = word(world, W.GROUPS)
  let group = 0
  while (group + 1 < groups && slot >= word(groupAt(world, group + 1), W.FIRST_SLOT)) group++
  return group
}

/** The cell of the padded maps where an agent stands, its top left one. */
// @ts-ignore: decorator
@inline
export function cellOf(world: usize, slot: i32): i32 {
  const at = <usize>slot << 1
  const x = <i32>load<u16>(column(world, W.X) + at)
  const y = <i32>load<u16>(column(world, W.Y) + at)
  const margin = word(world, W.MARGIN)
  return (y + margin) * word(world, W.STRIDE) + x + margin
}

/** The same for loops over agents, from columns that are looked up once. @param origin cell of (0, 0) */
// @ts-ignore: decorator
@inline
export function cellAt(xs: usize, ys: usize, stride: i32, origin: i32, slot: i32): i32 {
  const at = <usize>slot << 1
  return <i32>load<u16>(ys + at) * stride + <i32>load<u16>(xs + at) + origin
}

/** The cell of (0, 0) in the padded maps. */
// @ts-ignore: decorator
@inline
export function originOf(world: usize): i32 {
  return word(world, W.MARGIN) * (word(world, W.STRIDE) + 1)
}

/**
 * Copies and fills by vectors. The engine's own `memory.copy` and `memory.fill` go byte by byte over shared memory
 * that is not aligned to words.
 */
export function copyBytes(to: usize, from: usize, bytes: usize): void {
  let i: usize = 0
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i))
  for (; i < bytes; i++) store<u8>(to + i, load<u8>(from + i))
}

export function fillBytes(to: usize, value: u8, bytes: usize): void {
  const vector = i8x16.splat(value)
  let i: usize = 0
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, vector)
  for (; i < bytes; i++) store<u8>(to + i, value)
}

/** Byte by which a cell of the map shows an agent. */
// @ts-ignore: decorator
@inline
export function codeOf(group: i32, hp: f32, maxHp: f32, levels: i32): u32 {
  const level = <i32>nearest<f32>((hp * <f32>(levels - 1)) / maxHp)
  return <u32>(W.FIRST_AGENT_CODE + group * levels + max(0, min(levels - 1, level)))
}

/** Adds to a 64-bit sum that several threads add to. */
// @ts-ignore: decorator
@inline
export function addTo(address: usize, value: i64): void {
  if (value != 0) atomic.add<i64>(address, value)
}

/** Agents whose cells are loaded side by side before they are looked at one by one. */
export const AHEAD = 64

/** Whatever `touch` read last: it must read. */
let touched = 0

/**
 * Loads the cells that the agents in `[from, to)`, slots of one group, act on. These loads wait for memory
 * together; without them each would wait for the branches that hang on the one before.
 */
export function touch(world: usize, block: usize, from: i32, to: i32): void {
  const actions = column(world, W.ACTION)
  const cells = column(block, W.ACTION_CELLS)
  const map = column(world, W.OCCUPANT)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  const stride = word(world, W.STRIDE)
  const origin = originOf(world)
  let sum = 0
  for (let slot = from; slot < to; slot++) {
    const action = <i32>load<u16>(actions + (<usize>slot << 1))
    sum += load<i32>(map + (<usize>(cellAt(xs, ys, stride, origin, slot) + word(cells, action)) << 2))
  }
  touched = sum
}

/** Writes a value into all cells of a body. */
export function fillBody<T>(map: usize, cell: i32, block: usize, stride: i32, value: T): void {
  const width = word(block, W.BODY_WIDTH)
  const height = word(block, W.BODY_HEIGHT)
  for (let dy = 0; dy < height; dy++) {
    for (let dx = 0; dx < width; dx++) {
      store<T>(map + <usize>(cell + dy * stride + dx) * sizeof<T>(), value)
    }
  }
}

/** The minimap cell of a place, by the tables of one geometry. */
// @ts-ignore: decorator
@inline
export function minimapCell(columns: usize, rows: usize, x: i32, y: i32): i32 {
  return <i32>load<u16>(columns + (<usize>x << 1)) + <i32>load<u16>(rows + (<usize>y << 1))
}

/** Moves an agent of a group from one minimap cell to another in all geometries; −1 is nowhere. */
export function countInMinimaps(world: usize, group: i32, fromX: i32, fromY: i32, toX: i32, toY: i32): void {
  const minimaps = word(world, W.MINIMAPS)
  const groups = word(world, W.GROUPS)
  const width = word(world, W.WIDTH)
  const height = word(world, W.HEIGHT)
  let places = column(world, W.MINIMAP_PLACES)
  let counts = column(world, W.MINIMAP_COUNTS)
  for (let m = 0; m < minimaps; m++) {
    const cells = <usize>load<u16>(places)
    const xs = places + 2
    const ys = xs + (<usize>width << 1)
    const own = counts + ((<usize>group * cells) << 2)
    const from = fromX < 0 ? -1 : minimapCell(xs, ys, fromX, fromY)
    const to = toX < 0 ? -1 : minimapCell(xs, ys, toX, toY)
    if (from != to) {
      if (from >= 0) atomic.sub<i32>(own + (<usize>from << 2), 1)
      if (to >= 0) atomic.add<i32>(own + (<usize>to << 2), 1)
    }
    places = ys + (<usize>height << 1)
    counts += (<usize>groups * cells) << 2
  }
}

/** Takes an agent that fell or left off the map. */
export function takeOff(world: usize, group: i32, slot: i32, how: i32): void {
  const block = groupAt(world, group)
  const stride = word(world, W.STRIDE)
  const cell = cellOf(world, slot)
  fillBody<i32>(column(world, W.OCCUPANT), cell, block, stride, W.BLANK)
  fillBody<u8>(column(world, W.CODES), cell, block, stride, 0)
  discount(world, group, slot, how)
}

/** Takes an agent that fell or left out of all counts; its cells are left as they are. */
export function discount(world: usize, group: i32, slot: i32, how: i32): void {
  const at = <usize>slot << 1
  const x = <i32>load<u16>(column(world, W.X) + at)
  const y = <i32>load<u16>(column(world, W.Y) + at)
  store<u8>(column(world, W.DEAD) + <usize>slot, <u8>how)
  countInMinimaps(world, group, x, y, -1, -1)
  const centre = column(world, W.CENTRE) + (<usize>group << 4)
  addTo(centre, -x)
  addTo(centre + 8, -y)
}
