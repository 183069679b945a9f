// AssemblyScript: vehicles come into the world, and those that wait enter their first lane.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { append, listOccupied, setBit } from './lists'
import { nextRandom } from './random'
import { chooseLink, leadsTo, roadAt } from './route'
import {
  add,
  at,
  attach,
  changesLanes,
  countIn,
  increase,
  listOf,
  number,
  numberAt,
  positionOf,
  put,
  putNumber,
  typeOf,
  vehicleIn,
} from './world'

/** The first part of a step, up to the list of drivables that have vehicles. */
export function spawn(world: usize): void {
  attach(world)
  put(column(world, W.COUNTS), C.QUEUED_VEHICLES, 0)
  spawnTrips(world)
  enter(world)
  listOccupied(world)
}

/** The trips that are due, in the order of flows; then they get a lane, in the order of their first roads. */
function spawnTrips(world: usize): void {
  const counts = column(world, W.COUNTS)
  const generator = column(world, W.GENERATOR)
  const trips = column(world, W.TRIPS_FROM)
  const slots = column(world, W.SPAWN_SLOTS)
  const order = column(world, W.TRIP_ORDER)
  const types = column(world, W.TRIP_TYPE)
  const routes = column(world, W.TRIP_ROUTE)
  const step = at(counts, C.STEP)
  const first = at(trips, step)
  const last = at(trips, step + 1)
  for (let trip = first; trip < last; trip++) {
    const vehicle = takeSlot(world, counts)
    const route = at(routes, trip)
    const from = column(world, W.ROUTES_FROM)
    setUp(world, vehicle, trip, at(types, trip), at(from, route), at(from, route + 1) - 1)
    put(slots, trip - first, vehicle)
  }
  const pushed = at(counts, C.PUSHED_VEHICLES)
  let queued = 0
  for (let i = first; i < last; i++) {
    const vehicle = at(slots, at(order, i) - first)
    if (queued < pushed) queued = queueUpPushed(world, queued, pushed, firstRoad(world, vehicle), generator)
    queueUp(world, vehicle, generator)
  }
  if (queued < pushed) queueUpPushed(world, queued, pushed, i32.MAX_VALUE, generator)
  put(counts, C.PUSHED_VEHICLES, 0)
}

/** Those of `pushed[from … to)` whose first road is not after `road`. Returns where the others start. */
function queueUpPushed(world: usize, from: i32, to: i32, road: i32, generator: usize): i32 {
  const pushed = column(world, W.PUSHED)
  let i = from
  for (; i < to && firstRoad(world, at(pushed, i)) <= road; i++) queueUp(world, at(pushed, i), generator)
  return i
}

/** The first road of a vehicle that has not entered yet. */
// @ts-ignore: decorator
@inline
export function firstRoad(world: usize, vehicle: i32): i32 {
  return roadAt(world, at(column(world, W.ROUTE_AT), vehicle))
}

export function takeSlot(world: usize, counts: usize): i32 {
  const free = at(counts, C.FREE_SLOTS) - 1
  put(counts, C.FREE_SLOTS, free)
  const slot = at(column(world, W.FREE), free)
  put(counts, C.USED_SLOTS, max(at(counts, C.USED_SLOTS), slot + 1))
  return slot
}

/** The vehicle is gone. */
export function freeSlot(world: usize, vehicle: i32): void {
  const counts = column(world, W.COUNTS)
  const free = at(counts, C.FREE_SLOTS)
  removePriority(world, vehicle)
  put(column(world, W.TRIP), vehicle, C.NONE)
  put(column(world, W.BLOCKER), vehicle, C.NONE)
  put(column(world, W.DRIVABLE), vehicle, C.NONE)
  put(column(world, W.FREE), free, vehicle)
  put(counts, C.FREE_SLOTS, free + 1)
}

/** A vehicle that waits to enter. Draws its priority, and for CityFlow's sake a number for which we have no use. */
export function setUp(world: usize, vehicle: i32, trip: i32, type: i32, routeAt: i32, routeLast: i32): void {
  const counts = column(world, W.COUNTS)
  const generator = column(world, W.GENERATOR)
  const step = at(counts, C.STEP)
  put(column(world, W.TRIP), vehicle, trip)
  put(column(world, W.TYPE), vehicle, type)
  put(column(world, W.SPAWNED), vehicle, step)
  put(column(world, W.ROUTE_AT), vehicle, routeAt)
  put(column(world, W.ROUTE_LAST), vehicle, routeLast)
  put(column(world, W.DRIVABLE), vehicle, C.NONE)
  put(column(world, W.PREVIOUS), vehicle, C.NONE)
  put(column(world, W.BLOCKER), vehicle, C.NONE)
  putNumber(column(world, W.POSITION), vehicle, 0)
  putNumber(column(world, W.SPEED), vehicle, 0)
  putNumber(column(world, W.WANTED_SPEED), vehicle, NaN)
  let priority = <i32>nextRandom(generator)
  while (!addPriority(world, vehicle, priority)) priority = <i32>nextRandom(generator)
  nextRandom(generator)
  put(column(world, W.WAITED), vehicle, 0)
  if (changesLanes) stayOnLane(world, vehicle)
  increase(counts, C.SPAWNED_TRIPS, 1)
  increase(counts, C.WAITING_VEHICLES, 1)
  add(counts, C.SPAWN_STEPS, step)
}

/** A vehicle that does not change lanes. */
function stayOnLane(world: usize, vehicle: i32): void {
  put(column(world, W.PARTNER), vehicle, C.NONE)
  put(column(world, W.IS_SHADOW), vehicle, 0)
  put(column(world, W.ROUTE_FIRST), vehicle, at(column(world, W.ROUTE_AT), vehicle))
  put(column(world, W.WISH), vehicle, 0)
  putNumber(column(world, W.OFFSET), vehicle, 0)
  putNumber(column(world, W.GAP), vehicle, 0)
}

/** Draws one of the lanes of the first road that lead to the second, and puts a vehicle into its queue. */
function queueUp(world: usize, vehicle: i32, generator: usize): void {
  const entry = at(column(world, W.ROUTE_AT), vehicle)
  const road = roadAt(world, entry)
  const next = roadAt(world, entry + 1)
  const roadLanes = column(world, W.ROAD_LANES_FROM)
  const from = at(roadLanes, road)
  const to = at(roadLanes, road + 1)
  let choices = 0
  for (let lane = from; lane < to; lane++) choices += <i32>leadsTo(world, lane, next)
  let chosen = <i32>(nextRandom(generator) % <u32>choices)
  let lane = from
  while (!leadsTo(world, lane, next) || chosen-- > 0) lane++
  const waiting = column(world, W.WAITING)
  const behind = column(world, W.BEHIND)
  const last = at(waiting, 2 * lane + 1)
  put(behind, vehicle, C.NONE)
  if (last >= 0) {
    put(behind, last, vehicle)
  } else {
    put(waiting, 2 * lane, vehicle)
    setBit(column(world, W.WAITING_BITS), lane, true)
  }
  put(waiting, 2 * lane + 1, vehicle)
}

/** Whoever waits first at a lane enters it if there is room behind its last vehicle. */
function enter(world: usize): void {
  const counts = column(world, W.COUNTS)
  const bits = column(world, W.WAITING_BITS)
  const words = (word(world, W.LANES) + 63) >> 6
  let entered = 0
  for (let i = 0; i < words; i++) {
    for (let rest = load<u64>(bits + (<usize>i << 3)); rest != 0; rest &= rest - 1) {
      entered += <i32>tryEnter(world, (i << 6) + <i32>ctz(rest))
    }
  }
  increase(counts, C.WAITING_VEHICLES, -entered)
  increase(counts, C.RUNNING_VEHICLES, entered)
  put(counts, C.MOVED_VEHICLES, at(counts, C.RUNNING_VEHICLES))
}

function tryEnter(world: usize, lane: i32): bool {
  const waiting = column(world, W.WAITING)
  const vehicle = at(waiting, 2 * lane)
  const list = listOf(lane)
  const count = countIn(list)
  if (count > 0) {
    const tail = vehicleIn(list, count - 1)
    const gap = number(typeOf(vehicle), C.TYPE_MIN_GAP)
    if (!(positionOf(tail) > number(typeOf(tail), C.TYPE_LENGTH) + gap)) return false
  }
  const next = at(column(world, W.BEHIND), vehicle)
  put(waiting, 2 * lane, next)
  if (next < 0) {
    put(waiting, 2 * lane + 1, C.NONE)
    setBit(column(world, W.WAITING_BITS), lane, false)
  }
  append(world, lane, vehicle)
  const entry = at(column(world, W.ROUTE_AT), vehicle)
  const counts = column(world, W.COUNTS)
  // Asked for while it waited: it holds for the step in which it enters.
  const wanted = numberAt(column(world, W.WANTED_SPEED), vehicle)
  if (wanted == wanted) increase(counts, C.WANTED_SPEEDS, 1)
  if (load<u8>(column(world, W.IS_ENTERING) + <usize>lane) != 0) increase(counts, C.ENTERING_VEHICLES, 1)
  put(column(world, W.DRIVABLE), vehicle, lane)
  put(column(world, W.ENTERED), vehicle, at(counts, C.STEP))
  put(column(world, W.DEPARTED), vehicle, at(counts, C.STEP))
  put(
    column(world, W.NEXT_LINK),
    vehicle,
    chooseLink(world, lane, entry, at(column(world, W.ROUTE_LAST), vehicle)),
  )
  return true
}

/** Where the search for a priority starts in the table of those that are taken. */
// @ts-ignore: decorator
@inline
function homeOf(priority: i32): i32 {
  return priority * -1640531527
}

/** Takes a priority for a vehicle; false when another one in the world has it. */
export function addPriority(world: usize, vehicle: i32, priority: i32): bool {
  const table = column(world, W.PRIORITIES)
  const priorities = column(world, W.PRIORITY)
  const mask = word(world, W.PRIORITY_MASK)
  let place = homeOf(priority) & mask
  for (; at(table, place) != C.NONE; place = (place + 1) & mask) {
    if (at(priorities, at(table, place)) == priority) return false
  }
  put(table, place, vehicle)
  put(priorities, vehicle, priority)
  return true
}

/** Gives a vehicle's priority back: those behind it move up, so that searches need no marks of what is gone. */
function removePriority(world: usize, vehicle: i32): void {
  const table = column(world, W.PRIORITIES)
  const priorities = column(world, W.PRIORITY)
  const mask = word(world, W.PRIORITY_MASK)
  let gap = homeOf(at(priorities, vehicle)) & mask
  while (at(table, gap) != vehicle) gap = (gap + 1) & mask
  for (let place = (gap + 1) & mask; at(table, place) != C.NONE; place = (place + 1) & mask) {
    const other = at(table, place)
    const home = homeOf(at(priorities, other)) & mask
    // It may move if its home is not between the gap and where it stands.
    if (((place - home) & mask) < ((place - gap) & mask)) continue
    put(table, gap, other)
    gap = place
  }
  put(table, gap, C.NONE)
}
