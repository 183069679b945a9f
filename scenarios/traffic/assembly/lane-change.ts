// AssemblyScript: vehicles begin to change lanes.
//
// A vehicle that changes lanes is on both of them for a while: on the new one it has a shadow, of its own priority, and
// the two drive with one speed. Where CityFlow goes through vehicles by their addresses in memory, this goes by their
// priorities, lowest first; so do the recordings that it was checked against.
//
// @see CityFlow 81ee0f4, Engine::scheduleLaneChange, vehicle/lanechange.cpp

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { listOccupied, makeRoom, setBit } from './lists'
import { nextRandom } from './random'
import { chooseLink, roadAt } from './route'
import { firstBehind, lastAhead, segmentStart, segmentsOf } from './segments'
import { sortKeys } from './sort'
import { addPriority, takeSlot } from './spawn'
import { brakingDistance } from './vehicle'
import {
  add,
  at,
  attach,
  countIn,
  drivableOf,
  increase,
  laneRoadOf,
  lanes,
  lastOn,
  lengthOf,
  listOf,
  number,
  numberAt,
  positionOf,
  priorityOf,
  put,
  putNumber,
  speedOf,
  typeOf,
  vehicleIn,
} from './world'

/** Found by `findNeighbours`: metres to who would be ahead, and the place in the list before who would be behind. */
let leaderGap: f64 = 0
let place: i32 = 0

/** Those who want to change lanes tell the vehicles that it concerns, and begin if there is room. */
export function changeLanes(world: usize): void {
  attach(world)
  const counts = column(world, W.COUNTS)
  const partners = column(world, W.PARTNER)
  const followers = column(world, W.TARGET_FOLLOWER)
  const gaps = column(world, W.FOLLOWER_GAP)
  const keys = column(world, W.WISH_KEYS)
  const wishing = listWishers(world, keys)
  const drivables = at(counts, C.OCCUPIED_DRIVABLES)
  let isNewlyOccupied = false
  put(counts, C.DEFERRED_VEHICLES, 0)
  for (let i = 0; i < wishing; i++) {
    const vehicle = load<i32>(keys + (<usize>i << 3))
    const lane = drivableOf(vehicle)
    const target = lane + at(column(world, W.WISH), vehicle)
    findNeighbours(world, vehicle, lane, target)
    tell(world, at(column(world, W.TARGET_LEADER), vehicle), vehicle)
    const follower = at(followers, vehicle)
    tell(world, follower, vehicle)
    // Nobody has been told of one that goes before its own wish: those come later.
    if (at(partners, vehicle) < 0) {
      const behind = follower < 0 ? 0 : brakingDistance(typeOf(follower), speedOf(follower))
      if (!(leaderGap >= brakingDistance(typeOf(vehicle), speedOf(vehicle)))) continue
      if (!(numberAt(gaps, vehicle) >= behind)) continue
      if (countIn(listOf(target)) == 0) isNewlyOccupied = true
      insertShadow(world, vehicle, target)
    }
    defer(world, vehicle)
    defer(world, at(partners, vehicle))
  }
  if (isNewlyOccupied) listOccupied(world)
}

/** Gathers those who want to change lanes, by their priorities, lowest first. */
function listWishers(world: usize, keys: usize): i32 {
  const occupied = column(world, W.OCCUPIED)
  const wisherCounts = column(world, W.WISHER_COUNTS)
  const wishers = column(world, W.WISHERS)
  const drivables = at(column(world, W.COUNTS), C.OCCUPIED_DRIVABLES)
  let count = 0
  for (let i = 0; i < drivables; i++) {
    const wishing = at(wisherCounts, i)
    if (wishing == 0) continue
    const first = at(listOf(at(occupied, i)), C.LIST_AT)
    for (let k = first; k < first + wishing; k++) {
      const vehicle = at(wishers, k)
      store<i64>(keys + (<usize>count << 3), ((<i64>priorityOf(vehicle)) << 32) | <i64>vehicle)
      count++
    }
  }
  // Shadows have no wishes: half of the slots suffice.
  const spare = keys + (<usize>word(world, W.CAPACITY) << 2)
  sortKeys(keys, spare, spare + (<usize>count << 3), count)
  return count
}

/** Who would be ahead of and who behind a vehicle on another lane. Sets `leaderGap` and `place`. */
function findNeighbours(world: usize, vehicle: i32, lane: i32, target: i32): void {
  const position = positionOf(vehicle)
  const segment = at(column(world, W.SEGMENT), vehicle)
  const segments = segmentsOf(world, target)
  const list = listOf(target)
  const count = countIn(list)
  const nearest = segment + 1 < segments ? firstBehind(list, 0, segmentStart(target, segment + 1, segments)) : 0
  place = nearest
  while (place < count && !(positionOf(vehicleIn(list, place)) < position)) place++
  const ahead = firstBehind(list, nearest, segmentStart(target, segment, segments))
  let leader = lastAhead(list, ahead, position)
  if (leader >= 0) leaderGap = positionOf(leader) - position - number(typeOf(leader), C.TYPE_LENGTH)
  else leader = findOverhang(world, target, lengthOf(lane) - position)
  const follower = place < count ? vehicleIn(list, place) : C.NONE
  const ownLength = number(typeOf(vehicle), C.TYPE_LENGTH)
  put(column(world, W.TARGET_LEADER), vehicle, leader)
  put(column(world, W.TARGET_FOLLOWER), vehicle, follower)
  const behind = follower < 0 ? f64.MAX_VALUE : position - positionOf(follower) - ownLength
  putNumber(column(world, W.FOLLOWER_GAP), vehicle, behind)
}

/** A vehicle that has left a lane by one of its lane links, but whose tail has not, nor a vehicle beside it. */
function findOverhang(world: usize, lane: i32, rest: f64): i32 {
  const links = column(world, W.LANE_LINKS)
  const from = column(world, W.LANE_LINKS_FROM)
  let leader = C.NONE
  let least = f64.MAX_VALUE
  leaderGap = rest
  for (let i = at(from, lane); i < at(from, lane + 1); i++) {
    const last = lastOn(lanes + at(links, i))
    if (last < 0) continue
    const distance = positionOf(last) + rest
    if (!(distance < least)) continue
    least = distance
    const length = number(typeOf(last), C.TYPE_LENGTH)
    if (!(distance < length)) continue
    leader = last
    leaderGap = rest - (length - distance)
  }
  return leader
}

/** A vehicle learns of a wish, unless it knows of one, or has one, that goes before it. */
function tell(world: usize, vehicle: i32, sender: i32): void {
  if (vehicle < 0) return
  const received = column(world, W.RECEIVED)
  const isShadow = at(column(world, W.IS_SHADOW), vehicle) != 0
  const isPaired = at(column(world, W.PARTNER), vehicle) >= 0
  if (isPaired && !isShadow) return
  const priority = priorityOf(sender)
  // All but shadows have a wish, if only that to stay.
  if (!isShadow && priorityOf(vehicle) >= priority) return
  const known = at(received, vehicle)
  if (known >= 0 && priorityOf(known) >= priority) return
  put(received, vehicle, sender)
  if (known < 0 && !isPaired) defer(world, vehicle)
}

/** A vehicle's speed is worked out once those of all are known that do not depend on changes of lanes. */
function defer(world: usize, vehicle: i32): void {
  const counts = column(world, W.COUNTS)
  const count = at(counts, C.DEFERRED_VEHICLES)
  put(column(world, W.DEFERRED), count, vehicle)
  put(counts, C.DEFERRED_VEHICLES, count + 1)
}

/** Puts a vehicle's shadow onto another lane, before `place`. */
function insertShadow(world: usize, vehicle: i32, lane: i32): void {
  const counts = column(world, W.COUNTS)
  const shadow = takeSlot(world, counts)
  copyVehicle(world, vehicle, shadow)
  const generator = column(world, W.GENERATOR)
  while (!addPriority(world, shadow, <i32>nextRandom(generator))) {}
  put(column(world, W.DRIVABLE), shadow, lane)
  put(column(world, W.BLOCKER), shadow, C.NONE)
  // CityFlow starts again from the beginning: a route that comes by a road twice is as it was for the first time.
  let entry = at(column(world, W.ROUTE_FIRST), vehicle)
  while (roadAt(world, entry) != laneRoadOf(world, lane)) entry++
  put(column(world, W.ROUTE_AT), shadow, entry)
  put(column(world, W.NEXT_LINK), shadow, chooseLink(world, lane, entry, at(column(world, W.ROUTE_LAST), vehicle)))
  put(column(world, W.PARTNER), vehicle, shadow)
  putNumber(column(world, W.OFFSET), vehicle, 0)
  put(column(world, W.PARTNER), shadow, vehicle)
  put(column(world, W.IS_SHADOW), shadow, 1)
  put(column(world, W.WISH), shadow, 0)
  putNumber(column(world, W.OFFSET), shadow, 0)
  put(column(world, W.RECEIVED), shadow, C.NONE)
  insert(world, lane, shadow)
  closeUp(world, vehicle)
  increase(counts, C.SHADOWS, 1)
  add(counts, C.SPAWN_STEPS, at(column(world, W.SPAWNED), vehicle))
  if (load<u8>(column(world, W.IS_ENTERING) + <usize>lane) != 0) increase(counts, C.ENTERING_VEHICLES, 1)
}

/** The follower's gap is what is left: should it change lanes itself in this step, its shadow starts with that. */
function closeUp(world: usize, vehicle: i32): void {
  const follower = at(column(world, W.TARGET_FOLLOWER), vehicle)
  if (follower < 0) return
  const gap = positionOf(vehicle) - number(typeOf(vehicle), C.TYPE_LENGTH) - positionOf(follower)
  putNumber(column(world, W.GAP), follower, gap)
}

/** Copies what a vehicle and its shadow have in common. */
function copyVehicle(world: usize, from: i32, to: i32): void {
  copy(world, W.TRIP, from, to)
  copy(world, W.TYPE, from, to)
  copy(world, W.SPAWNED, from, to)
  copy(world, W.ENTERED, from, to)
  copy(world, W.DEPARTED, from, to)
  copy(world, W.WAITED, from, to)
  copy(world, W.PREVIOUS, from, to)
  copy(world, W.ROUTE_FIRST, from, to)
  copy(world, W.ROUTE_LAST, from, to)
  copyNumber(world, W.POSITION, from, to)
  copyNumber(world, W.SPEED, from, to)
  copyNumber(world, W.WANTED_SPEED, from, to)
  copyNumber(world, W.GAP, from, to)
}

function copy(world: usize, array: i32, from: i32, to: i32): void {
  put(column(world, array), to, at(column(world, array), from))
}

function copyNumber(world: usize, array: i32, from: i32, to: i32): void {
  putNumber(column(world, array), to, numberAt(column(world, array), from))
}

function insert(world: usize, lane: i32, vehicle: i32): void {
  const list = listOf(lane)
  makeRoom(world, list)
  const count = countIn(list)
  const address = column(world, W.LISTS) + (<usize>(at(list, C.LIST_AT) + place) << 2)
  memory.copy(address + 4, address, <usize>(count - place) << 2)
  store<i32>(address, vehicle)
  put(list, C.LIST_COUNT, count + 1)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), lane, true)
}
