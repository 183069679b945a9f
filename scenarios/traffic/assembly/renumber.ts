// AssemblyScript: vehicles that drive one behind the other get slots one behind the other, so that what a step reads of
// them lies side by side. Which slot a vehicle has is seen nowhere.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, changesLanes, countIn, lanes, listOf, put, vehicleIn } from './world'

/** Steps between two renumberings. From one lane to the next a vehicle takes about twice as many. */
const PERIOD = 16
/** Fewer vehicles than this are in the cache anyhow. */
const LEAST = 2048

/** Whether a column of vehicles has 64-bit floats; all others have 32-bit integers. */
export function isWide(array: i32): bool {
  return (
    array == W.POSITION ||
    array == W.SPEED ||
    array == W.WANTED_SPEED ||
    array == W.OFFSET ||
    array == W.GAP
  )
}

/** After a step. */
export function renumber(world: usize): void {
  const counts = column(world, W.COUNTS)
  if (at(counts, C.STEP) % PERIOD != 0 || at(counts, C.RUNNING_VEHICLES) < LEAST) return
  const oldSlots = column(world, W.TARGET)
  const newSlots = column(world, W.NEXT_ROUTE_AT)
  const used = listVehicles(world, oldSlots)
  // Whoever was given way to and has left since is nobody.
  memory.fill(newSlots, 0xff, <usize>at(counts, C.USED_SLOTS) << 2)
  for (let slot = 0; slot < used; slot++) put(newSlots, at(oldSlots, slot), slot)
  moveColumns(world, W.TRIP, W.BEHIND, oldSlots, used)
  if (changesLanes) {
    moveColumns(world, W.ROUTE_FIRST, W.GAP, oldSlots, used)
    rename(column(world, W.PARTNER), used, newSlots)
  }
  renameLists(world, newSlots)
  rename(column(world, W.BLOCKER), used, newSlots)
  rename(column(world, W.BEHIND), used, newSlots)
  rename(column(world, W.WAITING), 2 * lanes, newSlots)
  rename(column(world, W.PRIORITIES), word(world, W.PRIORITY_MASK) + 1, newSlots)
  listFree(world, counts, used)
}

/** Slots of all vehicles in their new order: those on lanes and lane links, then those that wait. */
function listVehicles(world: usize, out: usize): i32 {
  const occupied = column(world, W.OCCUPIED_BITS)
  const words = (lanes + word(world, W.LINKS) + 63) >> 6
  let count = 0
  for (let i = 0; i < words; i++) {
    for (let rest = load<u64>(occupied + (<usize>i << 3)); rest != 0; rest &= rest - 1) {
      const list = listOf((i << 6) + <i32>ctz(rest))
      for (let k = 0; k < countIn(list); k++) put(out, count++, vehicleIn(list, k))
    }
  }
  const waiting = column(world, W.WAITING)
  const behind = column(world, W.BEHIND)
  for (let lane = 0; lane < lanes; lane++) {
    for (let vehicle = at(waiting, 2 * lane); vehicle >= 0; vehicle = at(behind, vehicle)) put(out, count++, vehicle)
  }
  return count
}

function moveColumns(world: usize, first: i32, last: i32, oldSlots: usize, count: i32): void {
  for (let array = first; array <= last; array++) {
    if (isWide(array)) moveNumbers(world, column(world, array), oldSlots, count)
    else moveIntegers(world, column(world, array), oldSlots, count)
  }
}

function moveIntegers(world: usize, array: usize, oldSlots: usize, count: i32): void {
  const scratch = column(world, W.NEXT_BLOCKER)
  for (let slot = 0; slot < count; slot++) put(scratch, slot, at(array, at(oldSlots, slot)))
  memory.copy(array, scratch, <usize>count << 2)
}

function moveNumbers(world: usize, array: usize, oldSlots: usize, count: i32): void {
  const scratch = column(world, W.NEXT_POSITION)
  for (let slot = 0; slot < count; slot++) {
    const from = array + (<usize>at(oldSlots, slot) << 3)
    store<u64>(scratch + (<usize>slot << 3), load<u64>(from))
  }
  memory.copy(array, scratch, <usize>count << 3)
}

/** The lists' vehicles are numbered one after the other. */
function renameLists(world: usize, newSlots: usize): void {
  const occupied = column(world, W.OCCUPIED_BITS)
  const lists = column(world, W.LISTS)
  const words = (lanes + word(world, W.LINKS) + 63) >> 6
  for (let i = 0; i < words; i++) {
    for (let rest = load<u64>(occupied + (<usize>i << 3)); rest != 0; rest &= rest - 1) {
      const list = listOf((i << 6) + <i32>ctz(rest))
      rename(lists + (<usize>at(list, C.LIST_AT) << 2), countIn(list), newSlots)
    }
  }
}

function rename(array: usize, count: i32, newSlots: usize): void {
  for (let i = 0; i < count; i++) {
    const slot = at(array, i)
    if (slot >= 0) put(array, i, at(newSlots, slot))
  }
}

/** All slots that no vehicle has, the lowest one to be taken first; nobody on one of them waits for anybody. */
function listFree(world: usize, counts: usize, used: i32): void {
  const free = column(world, W.FREE)
  const capacity = word(world, W.CAPACITY)
  const count = capacity - used
  for (let slot = used; slot < at(counts, C.USED_SLOTS); slot++) {
    put(column(world, W.TRIP), slot, C.NONE)
    put(column(world, W.DRIVABLE), slot, C.NONE)
    put(column(world, W.BLOCKER), slot, C.NONE)
  }
  for (let i = 0; i < count; i++) put(free, i, capacity - 1 - i)
  put(counts, C.FREE_SLOTS, count)
  put(counts, C.USED_SLOTS, used)
}
