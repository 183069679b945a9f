// AssemblyScript: an empty network.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { clearLists } from './lists'
import { seedGenerator } from './random'
import { isWide } from './renumber'
import { show } from './signals'
import { at, attach, put } from './world'

/** No vehicles, step 0, all signals at the start of their programmes, the generator seeded. */
export function clear(world: usize, seed: u32): void {
  attach(world)
  const counts = column(world, W.COUNTS)
  const free = column(world, W.FREE)
  const capacity = word(world, W.CAPACITY)
  const lanes = word(world, W.LANES)
  const links = word(world, W.LINKS)
  memory.fill(counts, 0, C.COUNT_WORDS << 2)
  seedGenerator(column(world, W.GENERATOR), seed)
  for (let array = W.TRIP; array <= W.BEHIND; array++) {
    memory.fill(column(world, array), 0, <usize>capacity << (isWide(array) ? 3 : 2))
  }
  for (let i = 0; i < capacity; i++) put(free, i, capacity - 1 - i)
  put(counts, C.FREE_SLOTS, capacity)
  memory.fill(column(world, W.PRIORITIES), 0xff, (<usize>word(world, W.PRIORITY_MASK) + 1) << 2)
  memory.fill(column(world, W.WAITING), 0xff, <usize>lanes << 3)
  memory.fill(column(world, W.TRIP), 0xff, <usize>capacity << 2)
  memory.fill(column(world, W.DRIVABLE), 0xff, <usize>capacity << 2)
  memory.fill(column(world, W.CLAIMED), 0xff, <usize>links)
  memory.fill(column(world, W.OCCUPIED_BITS), 0, <usize>((lanes + links + 63) >> 6) << 3)
  memory.fill(column(world, W.WAITING_BITS), 0, <usize>((lanes + 63) >> 6) << 3)
  for (let array = W.QUEUE; array <= W.PASSED; array++) memory.fill(column(world, array), 0, <usize>lanes << 2)
  clearLists(world)
  clearSignals(world)
}

function clearSignals(world: usize): void {
  const intersections = word(world, W.INTERSECTIONS)
  const from = column(world, W.PHASES_FROM)
  for (let intersection = 0; intersection < intersections; intersection++) {
    if (at(from, intersection) < at(from, intersection + 1)) show(world, intersection, 0)
  }
}
