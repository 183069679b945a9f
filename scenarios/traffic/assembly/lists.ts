// AssemblyScript: the vehicles of every drivable, in order, and which drivables have any.
//
// A list is a range of `order` that moves on within its room. Rooms are made for as many vehicles as a drivable holds
// bumper to bumper; vehicles that merge at the same time may overlap, so a list that outgrows its room gets one behind
// all others. That part of `order` is in two halves: when one is full, the lists in it move to the other.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, countIn, lanes, listOf, put } from './world'

/** Sets up empty lists. */
export function clearLists(world: usize): void {
  const counts = column(world, W.COUNTS)
  const rooms = column(world, W.ROOMS_FROM)
  const drivables = word(world, W.LANES) + word(world, W.LINKS)
  for (let drivable = 0; drivable < drivables; drivable++) takeOwnRoom(listOf(drivable), rooms, drivable)
  memory.fill(column(world, W.ORDER), 0, <usize>(at(rooms, drivables) + 2 * half(world)) << 2)
  useHalf(counts, at(rooms, drivables), half(world))
}

// @ts-ignore: decorator
@inline
function takeOwnRoom(list: usize, rooms: usize, drivable: i32): void {
  put(list, C.LIST_AT, at(rooms, drivable))
  put(list, C.LIST_COUNT, 0)
  put(list, C.LIST_ROOM_FROM, at(rooms, drivable))
  put(list, C.LIST_ROOM_TO, at(rooms, drivable + 1))
}

/** Entries of a half: room for all vehicles twice over, and one more for each. */
// @ts-ignore: decorator
@inline
function half(world: usize): i32 {
  return 4 * word(world, W.CAPACITY)
}

// @ts-ignore: decorator
@inline
function useHalf(counts: usize, from: i32, entries: i32): void {
  put(counts, C.ORDER_FREE, from)
  put(counts, C.ORDER_END, from + entries)
}

/** Makes sure that a list has a free entry behind its last. */
export function makeRoom(world: usize, list: usize): void {
  const order = column(world, W.ORDER)
  const from = at(list, C.LIST_AT)
  const count = countIn(list)
  const to = at(list, C.LIST_ROOM_TO)
  if (from + count < to) return
  const start = at(list, C.LIST_ROOM_FROM)
  if (from > start) {
    moveTo(order, list, start)
    return
  }
  const counts = column(world, W.COUNTS)
  if (at(counts, C.ORDER_FREE) + 2 * count + 2 > at(counts, C.ORDER_END)) changeHalves(world, order, counts)
  if (at(list, C.LIST_AT) + count == at(list, C.LIST_ROOM_TO)) takeRoom(order, counts, list)
}

/** Puts a vehicle behind all others of a drivable. */
// @ts-ignore: decorator
@inline
export function append(world: usize, drivable: i32, vehicle: i32): void {
  const list = listOf(drivable)
  makeRoom(world, list)
  const count = countIn(list)
  put(column(world, W.ORDER), at(list, C.LIST_AT) + count, vehicle)
  put(list, C.LIST_COUNT, count + 1)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), drivable, true)
}

/** Takes a vehicle out of its drivable's list. */
export function takeOut(world: usize, drivable: i32, vehicle: i32): void {
  const order = column(world, W.ORDER)
  const list = listOf(drivable)
  const count = countIn(list) - 1
  const last = at(list, C.LIST_AT) + count
  let place = at(list, C.LIST_AT)
  while (at(order, place) != vehicle) place++
  for (; place < last; place++) put(order, place, at(order, place + 1))
  put(list, C.LIST_COUNT, count)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), drivable, false)
}

function moveTo(order: usize, list: usize, start: i32): void {
  const from = at(list, C.LIST_AT)
  const count = countIn(list)
  memory.copy(order + (<usize>start << 2), order + (<usize>from << 2), <usize>count << 2)
  put(list, C.LIST_AT, start)
}

function takeRoom(order: usize, counts: usize, list: usize): void {
  const start = at(counts, C.ORDER_FREE)
  const end = start + 2 * countIn(list) + 2
  moveTo(order, list, start)
  put(list, C.LIST_ROOM_FROM, start)
  put(list, C.LIST_ROOM_TO, end)
  put(counts, C.ORDER_FREE, end)
}

function changeHalves(world: usize, order: usize, counts: usize): void {
  const rooms = column(world, W.ROOMS_FROM)
  const drivables = word(world, W.LANES) + word(world, W.LINKS)
  const first = at(rooms, drivables)
  const entries = half(world)
  useHalf(counts, at(counts, C.ORDER_END) == first + entries ? first + entries : first, entries)
  for (let drivable = 0; drivable < drivables; drivable++) {
    const list = listOf(drivable)
    if (at(list, C.LIST_ROOM_FROM) < first) continue
    if (countIn(list) == 0) takeOwnRoom(list, rooms, drivable)
    else takeRoom(order, counts, list)
  }
}

/** Notes that a drivable has vehicles, or none. */
// @ts-ignore: decorator
@inline
export function setBit(bits: usize, index: i32, isSet: bool): void {
  const address = bits + (<usize>(index >> 6) << 3)
  const bit: u64 = <u64>1 << (index & 63)
  store<u64>(address, isSet ? load<u64>(address) | bit : load<u64>(address) & ~bit)
}

/** Lists the drivables that have vehicles, in order. */
export function listOccupied(world: usize): void {
  const bits = column(world, W.OCCUPIED_BITS)
  const occupied = column(world, W.OCCUPIED)
  const words = (lanes + word(world, W.LINKS) + 63) >> 6
  let count = 0
  for (let i = 0; i < words; i++) {
    for (let rest = load<u64>(bits + (<usize>i << 3)); rest != 0; rest &= rest - 1) {
      put(occupied, count++, (i << 6) + <i32>ctz(rest))
    }
  }
  put(column(world, W.COUNTS), C.OCCUPIED_DRIVABLES, count)
}
