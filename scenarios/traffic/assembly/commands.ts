// AssemblyScript: what is done to vehicles from outside, between two steps.

import { column } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { append, setBit, takeOut } from './lists'
import { addPriority, firstRoad, freeSlot, setUp, takeSlot } from './spawn'
import { findLeader, leader } from './step'
import { STANDING } from './vehicle'
import {
  add,
  at,
  attach,
  changesLanes,
  countIn,
  drivableOf,
  increase,
  lanes,
  lengthOf,
  listOf,
  positionOf,
  priorityOf,
  put,
  putNumber,
  speedOf,
  typeOf,
  vehicleIn,
} from './world'

/**
 * A vehicle that waits to enter: draws as those of flows do, and gets its lane in the next step, before those of flows
 * that start on the same road. There must be a free slot. Returns the vehicle's slot.
 */
export function push(world: usize, trip: i32, type: i32, speed: f64, routeAt: i32, routeLast: i32): i32 {
  attach(world)
  const counts = column(world, W.COUNTS)
  const pushed = column(world, W.PUSHED)
  const vehicle = takeSlot(world, counts)
  setUp(world, vehicle, trip, type, routeAt, routeLast)
  putNumber(column(world, W.SPEED), vehicle, speed)
  const road = firstRoad(world, vehicle)
  let place = at(counts, C.PUSHED_VEHICLES)
  put(counts, C.PUSHED_VEHICLES, place + 1)
  for (; place > 0 && firstRoad(world, at(pushed, place - 1)) > road; place--) {
    put(pushed, place, at(pushed, place - 1))
  }
  put(pushed, place, vehicle)
  return vehicle
}

/** Takes a vehicle out of the world, wherever it is. It has not finished. */
export function remove(world: usize, vehicle: i32): void {
  attach(world)
  const counts = column(world, W.COUNTS)
  if (drivableOf(vehicle) >= 0) {
    if (changesLanes && at(column(world, W.PARTNER), vehicle) >= 0) removeShadow(world, vehicle)
    removeFromRoad(world, vehicle, drivableOf(vehicle))
    increase(counts, C.RUNNING_VEHICLES, -1)
  } else {
    if (!removeFromPushed(world, vehicle)) removeFromQueue(world, vehicle)
    increase(counts, C.WAITING_VEHICLES, -1)
  }
  add(counts, C.SPAWN_STEPS, -at(column(world, W.SPAWNED), vehicle))
  increase(counts, C.REMOVED_VEHICLES, 1)
  freeSlot(world, vehicle)
}

function removeShadow(world: usize, vehicle: i32): void {
  const counts = column(world, W.COUNTS)
  const shadow = at(column(world, W.PARTNER), vehicle)
  removeFromRoad(world, shadow, drivableOf(shadow))
  increase(counts, C.SHADOWS, -1)
  add(counts, C.SPAWN_STEPS, -at(column(world, W.SPAWNED), shadow))
  freeSlot(world, shadow)
}

function removeFromRoad(world: usize, vehicle: i32, drivable: i32): void {
  const counts = column(world, W.COUNTS)
  const stands = <i32>(speedOf(vehicle) < STANDING)
  takeOut(world, drivable, vehicle)
  if (drivable >= lanes) return
  increase(column(world, W.QUEUE), drivable, -stands)
  if (load<u8>(column(world, W.IS_ENTERING) + <usize>drivable) == 0) return
  increase(counts, C.ENTERING_VEHICLES, -1)
  increase(counts, C.QUEUED_VEHICLES, -stands)
}

function removeFromPushed(world: usize, vehicle: i32): bool {
  const counts = column(world, W.COUNTS)
  const pushed = column(world, W.PUSHED)
  const last = at(counts, C.PUSHED_VEHICLES) - 1
  let place = 0
  while (place <= last && at(pushed, place) != vehicle) place++
  if (place > last) return false
  for (; place < last; place++) put(pushed, place, at(pushed, place + 1))
  put(counts, C.PUSHED_VEHICLES, last)
  return true
}

function removeFromQueue(world: usize, vehicle: i32): void {
  const waiting = column(world, W.WAITING)
  const behind = column(world, W.BEHIND)
  const lane = waitsAt(world, vehicle)
  const next = at(behind, vehicle)
  let ahead = C.NONE
  for (let other = at(waiting, 2 * lane); other != vehicle; other = at(behind, other)) ahead = other
  if (ahead < 0) put(waiting, 2 * lane, next)
  else put(behind, ahead, next)
  if (next < 0) put(waiting, 2 * lane + 1, ahead)
  if (ahead < 0 && next < 0) setBit(column(world, W.WAITING_BITS), lane, false)
}

/** The lane at which a vehicle waits to enter; `NONE` while it has none. */
export function waitsAt(world: usize, vehicle: i32): i32 {
  const roadLanes = column(world, W.ROAD_LANES_FROM)
  const waiting = column(world, W.WAITING)
  const behind = column(world, W.BEHIND)
  const road = firstRoad(world, vehicle)
  for (let lane = at(roadLanes, road); lane < at(roadLanes, road + 1); lane++) {
    let other = at(waiting, 2 * lane)
    while (other >= 0 && other != vehicle) other = at(behind, other)
    if (other == vehicle) return lane
  }
  return C.NONE
}

/** The next vehicle ahead of one that runs, as far as it looks, or `NONE`. */
export function leaderOf(world: usize, vehicle: i32): i32 {
  attach(world)
  const drivable = drivableOf(vehicle)
  const list = listOf(drivable)
  if (vehicleIn(list, 0) != vehicle) {
    let place = countIn(list) - 1
    while (vehicleIn(list, place) != vehicle) place--
    return vehicleIn(list, place - 1)
  }
  const rest = lengthOf(drivable) - positionOf(vehicle)
  const step = at(column(world, W.COUNTS), C.STEP)
  return findLeader(world, vehicle, typeOf(vehicle), drivable, rest, step) ? leader : C.NONE
}

/** Takes a vehicle whose columns are written into the tables of priorities and of who is where, behind all others. */
export function adopt(world: usize, vehicle: i32): void {
  attach(world)
  addPriority(world, vehicle, priorityOf(vehicle))
  if (drivableOf(vehicle) >= 0) append(world, drivableOf(vehicle), vehicle)
}
