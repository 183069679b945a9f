// AssemblyScript: observations, packed and dense.

import { column, word } from '../../../runtime/core/assembly/table'
import * as W from '../words'
import { cellOf, copyBytes, fillBytes, groupAt, groupOf, number } from './world'

const NO_INPUT: u16 = 0xffff
const VECTOR = 16

/** Packs the observations of the agents `[from, to)`, slots of one group, one record behind the other from `at`. */
export function pack(world: usize, group: i32, from: i32, to: i32, at: usize): void {
  const block = groupAt(world, group)
  const recordBytes = <usize>word(block, W.RECORD_BYTES)
  const hotOffset = <usize>word(block, W.HOT_OFFSET)
  const cellsOffset = <usize>word(block, W.CELLS_OFFSET)
  const hotAt = word(block, W.HOT_AT)
  const idBits = word(block, W.ID_BITS)
  const hasMinimap = word(block, W.HAS_MINIMAP) != 0
  const sharedAt = word(block, W.SHARED_AT)
  const minimapCells = word(block, W.MINIMAP_CELLS)
  const groups = word(world, W.GROUPS)
  const width = <f32>word(world, W.WIDTH)
  const height = <f32>word(world, W.HEIGHT)
  const places = minimapPlaces(world, block)
  const lastReward = column(world, W.LAST_REWARD)
  const lastAction = column(world, W.LAST_ACTION)
  const ids = column(world, W.ID)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  for (let slot = from; slot < to; slot++, at += recordBytes) {
    const x = <u32>load<u16>(xs + (<usize>slot << 1))
    const y = <u32>load<u16>(ys + (<usize>slot << 1))
    store<f32>(at, load<f32>(lastReward + (<usize>slot << 2)))
    if (hasMinimap) {
      store<f32>(at, <f32>x / width, 4)
      store<f32>(at, <f32>y / height, 8)
    }
    let hot = at + hotOffset
    const id = load<u32>(ids + (<usize>slot << 2))
    for (let bit = 0; bit < idBits; bit++, hot += 2) {
      store<u16>(hot, (id >> bit) & 1 ? <u16>(hotAt + bit) : NO_INPUT)
    }
    const action = load<u8>(lastAction + <usize>slot)
    store<u16>(hot, action == W.NEVER_ACTED ? NO_INPUT : <u16>(hotAt + idBits + action))
    if (hasMinimap) {
      let input = sharedAt + minimapCell(places, width, x, y)
      for (let seen = 0; seen < groups; seen++, input += minimapCells) {
        hot += 2
        store<u16>(hot, <u16>input)
      }
    }
    packCells(world, group, block, cellOf(world, slot), at + cellsOffset)
  }
}

/** The bytes of the seen cells; groups are counted from the observer's own. */
function packCells(world: usize, group: i32, block: usize, cell: i32, out: usize): void {
  const codes = column(world, W.CODES) + <usize>cell
  const levels = word(world, W.LEVELS)
  const first = i8x16.splat(<i8>W.FIRST_AGENT_CODE)
  const own = i8x16.splat(<i8>(W.FIRST_AGENT_CODE + group * levels))
  const down = i8x16.splat(<i8>(group * levels))
  const up = i8x16.splat(<i8>((word(world, W.GROUPS) - group) * levels))
  const cells = word(block, W.VIEW_CELLS)
  let span = column(block, W.VIEW_SPAN_TABLE)
  const end = span + (<usize>word(block, W.VIEW_SPANS) << 4)
  for (; span < end; span += 16) {
    let seen = v128.load(codes + load<i32>(span))
    if (group > 0) {
      const isUp = i8x16.lt_u(seen, own)
      const turned = v128.bitselect(i8x16.add(seen, up), i8x16.sub(seen, down), isUp)
      seen = v128.bitselect(seen, turned, i8x16.lt_u(seen, first))
    }
    const place = load<i32>(span, 4)
    // A span is followed by the next one, which overwrites what is too much; the last ones must not write on.
    if (place + VECTOR <= cells) v128.store(out + <usize>place, seen)
    else storePart(out + <usize>place, seen, load<i32>(span, 8))
  }
}

/** Lists the agents in `[from, to)`, slots of one group, that see an agent of another one; returns how many. */
export function listEngaged(world: usize, group: i32, from: i32, to: i32, out: usize): i32 {
  const block = groupAt(world, group)
  const codes = column(world, W.CODES)
  const levels = word(world, W.LEVELS)
  const first = i8x16.splat(<i8>W.FIRST_AGENT_CODE)
  const own = i8x16.splat(<i8>(W.FIRST_AGENT_CODE + group * levels))
  const ownLevels = i8x16.splat(<i8>levels)
  const spans = column(block, W.VIEW_SPAN_TABLE)
  const end = spans + (<usize>word(block, W.VIEW_SPANS) << 4)
  let count = 0
  for (let slot = from; slot < to; slot++) {
    const place = codes + <usize>cellOf(world, slot)
    for (let span = spans; span < end; span += 16) {
      const seen = v128.load(place + load<i32>(span))
      const isAgent = i8x16.ge_u(seen, first)
      const isOther = i8x16.ge_u(i8x16.sub(seen, own), ownLevels)
      const others = <u32>i8x16.bitmask(v128.and(isAgent, isOther))
      if ((others & ((1 << load<i32>(span, 8)) - 1)) == 0) continue
      store<i32>(out + (<usize>count << 2), slot)
      count++
      break
    }
  }
  return count
}

function storePart(out: usize, bytes: v128, count: i32): void {
  let low = i64x2.extract_lane(bytes, 0)
  if (count >= 8) {
    store<i64>(out, low)
    low = i64x2.extract_lane(bytes, 1)
    out += 8
    count -= 8
  }
  for (; count > 0; count--, out++) {
    store<u8>(out, <u8>low)
    low >>= 8
  }
}

/** Where the places of a group's minimap are tabled. */
function minimapPlaces(world: usize, block: usize): usize {
  let places = column(world, W.MINIMAP_PLACES)
  const bytes = <usize>(1 + word(world, W.WIDTH) + word(world, W.HEIGHT)) << 1
  return places + <usize>word(block, W.MINIMAP) * bytes
}

// @ts-ignore: decorator
@inline
function minimapCell(places: usize, width: f32, x: u32, y: u32): i32 {
  const xs = places + 2
  const ys = xs + (<usize>width << 1)
  return <i32>load<u16>(xs + (<usize>x << 1)) + <i32>load<u16>(ys + (<usize>y << 1))
}

/** Counts of each group in a geometry of minimaps. */
function minimapCounts(world: usize, minimap: i32): usize {
  let counts = column(world, W.MINIMAP_COUNTS)
  let places = column(world, W.MINIMAP_PLACES)
  const bytes = <usize>(1 + word(world, W.WIDTH) + word(world, W.HEIGHT)) << 1
  for (let m = 0; m < minimap; m++, places += bytes) counts += (<usize>word(world, W.GROUPS) * load<u16>(places)) << 2
  return counts
}

/** Minimaps as shares of each group's living agents, own group first, as a group sees them: [GROUPS][cells] f32. */
export function packMinimaps(world: usize, group: i32, at: usize): void {
  const block = groupAt(world, group)
  if (word(block, W.HAS_MINIMAP) == 0) return
  const groups = word(world, W.GROUPS)
  const cells = <usize>word(block, W.MINIMAP_CELLS)
  const counts = minimapCounts(world, word(block, W.MINIMAP))
  const living = column(world, W.LIVING)
  for (let turn = 0; turn < groups; turn++) {
    const seen = (group + turn) % groups
    const count = load<i32>(living + (<usize>seen << 2))
    // A group without agents is an empty map here; MAgent2's own 0 / 0 is kept in the dense form alone.
    const share: f64 = count == 0 ? 0 : 1 / <f64>count
    const from = counts + ((<usize>seen * cells) << 2)
    for (let cell: usize = 0; cell < cells; cell++, at += 4) {
      store<f32>(at, <f32>(<f64>load<i32>(from + (cell << 2)) * share))
    }
  }
}

/**
 * MAgent2's own observations of the agents `[from, to)`, slots of one group, bit for bit.
 *
 * @param background [height][width][channels] f32 what every view starts from: minimaps, or 0 for views without
 * @param view       [to - from][height][width][channels] f32
 * @param feature    [to - from][features] f32
 */
export function dense(
  world: usize,
  group: i32,
  from: i32,
  to: i32,
  background: usize,
  view: usize,
  feature: usize,
): void {
  const block = groupAt(world, group)
  const groups = word(world, W.GROUPS)
  const hasMinimap = background != 0
  const perGroup: usize = hasMinimap ? 3 : 2
  const channels: usize = 1 + <usize>groups * perGroup
  const viewBytes = (<usize>word(block, W.MINIMAP_CELLS) * channels) << 2
  const idBits = word(block, W.ID_BITS)
  const actions = word(block, W.ACTIONS)
  const featureBytes = <usize>(idBits + actions + (hasMinimap ? 3 : 1)) << 2
  const width = <f32>word(world, W.WIDTH)
  const height = <f32>word(world, W.HEIGHT)
  const occupant = column(world, W.OCCUPANT)
  const codes = column(world, W.CODES)
  const hps = column(world, W.HP)
  const offsets = column(block, W.VIEW_OFFSETS)
  const viewPlaces = column(block, W.VIEW_PLACES)
  const spans = column(block, W.VIEW_SPAN_TABLE)
  const spansEnd = spans + (<usize>word(block, W.VIEW_SPANS) << 4)
  const xs = column(world, W.X)
  const ys = column(world, W.Y)
  const minimapAt = minimapPlaces(world, block)
  for (let slot = from; slot < to; slot++, view += viewBytes, feature += featureBytes) {
    const x = <u32>load<u16>(xs + (<usize>slot << 1))
    const y = <u32>load<u16>(ys + (<usize>slot << 1))
    if (hasMinimap) {
      copyBytes(view, background, viewBytes)
      const own = view + ((<usize>minimapCell(minimapAt, width, x, y) * channels) << 2)
      for (let seen: usize = 0; seen < <usize>groups; seen++) {
        const at = own + ((3 + seen * 3) << 2)
        store<f32>(at, load<f32>(at) + 1)
      }
    } else {
      fillBytes(view, 0, viewBytes)
    }
    const cell = cellOf(world, slot)
    for (let span = spans; span < spansEnd; span += 16) {
      const seen = v128.load(codes + <usize>(cell + load<i32>(span)))
      const isBlank = i8x16.bitmask(i8x16.eq(seen, i8x16.splat(0)))
      let found = ~<u32>isBlank & ((<u32>1 << load<i32>(span, 8)) - 1)
      for (; found != 0; found &= found - 1) {
        const index = <usize>(load<i32>(span, 4) + <i32>ctz(found))
        const out = view + ((<usize>load<u16>(viewPlaces + (index << 1)) * channels) << 2)
        const holder = load<i32>(occupant + (<usize>(cell + load<i32>(offsets + (index << 2))) << 2))
        if (holder == W.WALL) {
          store<f32>(out, 1)
          continue
        }
        const other = groupOf(world, holder)
        const turn = <usize>(other < group ? other + groups - group : other - group)
        const channel = out + ((1 + turn * perGroup) << 2)
        store<f32>(channel, 1)
        store<f32>(channel, load<f32>(hps + (<usize>holder << 2)) / number(groupAt(world, other), W.MAX_HP), 4)
      }
    }
    writeFeature(world, slot, idBits, actions, feature)
    if (!hasMinimap) continue
    const rest = feature + (<usize>(idBits + actions + 1) << 2)
    store<f32>(rest, <f32>x / width)
    store<f32>(rest, <f32>y / height, 4)
  }
}

function writeFeature(world: usize, slot: i32, idBits: i32, actions: i32, out: usize): void {
  fillBytes(out, 0, <usize>(idBits + actions) << 2)
  const id = load<u32>(column(world, W.ID) + (<usize>slot << 2))
  for (let bit = 0; bit < idBits; bit++) store<f32>(out + (<usize>bit << 2), <f32>((id >> bit) & 1))
  const action = load<u8>(column(world, W.LAST_ACTION) + <usize>slot)
  if (action != W.NEVER_ACTED) store<f32>(out + (<usize>(idBits + <i32>action) << 2), 1)
  store<f32>(out + (<usize>(idBits + actions) << 2), load<f32>(column(world, W.LAST_REWARD) + (<usize>slot << 2)))
}
