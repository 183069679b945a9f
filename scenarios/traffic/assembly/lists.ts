// AssemblyScript: the vehicles of every drivable, in order, and which drivables have any.
//
// A list is a range of words that moves on within its room, at first in the drivable's own entry of `lists`, so that who
// reads of a drivable mostly reads one line of memory. A list that outgrows its room gets one behind all entries. That
// part of `lists` is in two halves: when one is full, the lists in it move to the other.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, countIn, lanes, listOf, numberAt, put } from './world'

/** Sets up empty lists. */
export function clearLists(world: usize): void {
  const first = firstFree(world)
  memory.fill(column(world, W.LISTS), 0, <usize>(first + 2 * half(world)) << 2)
  const drivables = word(world, W.LANES) + word(world, W.LINKS)
  for (let drivable = 0; drivable < drivables; drivable++) {
    const list = listOf(drivable)
    store<f64>(list + (C.LIST_LENGTH << 2), numberAt(column(world, W.LENGTH), drivable))
    store<f64>(list + (C.LIST_MAX_SPEED << 2), numberAt(column(world, W.MAX_SPEED), drivable))
    takeOwnRoom(drivable)
  }
  useHalf(column(world, W.COUNTS), first, half(world))
}

function takeOwnRoom(drivable: i32): void {
  const list = listOf(drivable)
  const from = drivable * C.LIST_WORDS + C.LIST_OWN_ROOM
  put(list, C.LIST_AT, from)
  put(list, C.LIST_ROOM_FROM, from)
  put(list, C.LIST_ROOM_TO, (drivable + 1) * C.LIST_WORDS)
}

/** The first word behind the entries. */
// @ts-ignore: decorator
@inline
function firstFree(world: usize): i32 {
  return (word(world, W.LANES) + word(world, W.LINKS)) * C.LIST_WORDS
}

/** Words of a half: room for all vehicles twice over, and one more for each. */
// @ts-ignore: decorator
@inline
function half(world: usize): i32 {
  return 4 * word(world, W.CAPACITY)
}

// @ts-ignore: decorator
@inline
function useHalf(counts: usize, from: i32, words: i32): void {
  put(counts, C.LISTS_FREE, from)
  put(counts, C.LISTS_END, from + words)
}

/** Makes sure that a list has a free word behind its last vehicle. */
export function makeRoom(world: usize, list: usize): void {
  const from = at(list, C.LIST_AT)
  const count = countIn(list)
  const to = at(list, C.LIST_ROOM_TO)
  if (from + count < to) return
  const start = at(list, C.LIST_ROOM_FROM)
  if (from > start) {
    moveTo(world, list, start)
    return
  }
  const counts = column(world, W.COUNTS)
  if (at(counts, C.LISTS_FREE) + 2 * count + 2 > at(counts, C.LISTS_END)) changeHalves(world, counts)
  if (at(list, C.LIST_AT) + count == at(list, C.LIST_ROOM_TO)) takeRoom(world, counts, list)
}

/** Puts a vehicle behind all others of a drivable. */
// @ts-ignore: decorator
@inline
export function append(world: usize, drivable: i32, vehicle: i32): void {
  const list = listOf(drivable)
  makeRoom(world, list)
  const count = countIn(list)
  put(column(world, W.LISTS), at(list, C.LIST_AT) + count, vehicle)
  put(list, C.LIST_COUNT, count + 1)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), drivable, true)
}

/** Takes a vehicle out of its drivable's list. */
export function takeOut(world: usize, drivable: i32, vehicle: i32): void {
  const lists = column(world, W.LISTS)
  const list = listOf(drivable)
  const count = countIn(list) - 1
  const last = at(list, C.LIST_AT) + count
  let place = at(list, C.LIST_AT)
  while (at(lists, place) != vehicle) place++
  for (; place < last; place++) put(lists, place, at(lists, place + 1))
  put(list, C.LIST_COUNT, count)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), drivable, false)
}

function moveTo(world: usize, list: usize, start: i32): void {
  const lists = column(world, W.LISTS)
  const from = at(list, C.LIST_AT)
  memory.copy(lists + (<usize>start << 2), lists + (<usize>from << 2), <usize>countIn(list) << 2)
  put(list, C.LIST_AT, start)
}

function takeRoom(world: usize, counts: usize, list: usize): void {
  const start = at(counts, C.LISTS_FREE)
  const end = start + 2 * countIn(list) + 2
  moveTo(world, list, start)
  put(list, C.LIST_ROOM_FROM, start)
  put(list, C.LIST_ROOM_TO, end)
  put(counts, C.LISTS_FREE, end)
}

function changeHalves(world: usize, counts: usize): void {
  const drivables = word(world, W.LANES) + word(world, W.LINKS)
  const first = firstFree(world)
  const words = half(world)
  useHalf(counts, at(counts, C.LISTS_END) == first + words ? first + words : first, words)
  for (let drivable = 0; drivable < drivables; drivable++) {
    const list = listOf(drivable)
    if (at(list, C.LIST_ROOM_FROM) < first) continue
    if (countIn(list) == 0) takeOwnRoom(drivable)
    else takeRoom(world, counts, list)
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
