// AssemblyScript: the phases of a step that move vehicles. @see CityFlow 81ee0f4, Engine::nextStep

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { findObstacle, isTurn, obstacle, obstacleAt } from './junction'
import { makeRoom, setBit } from './lists'
import { renumber } from './renumber'
import { chooseLink } from './route'
import { commitPair, distanceOf, leavePair } from './pairs'
import { freeSlot } from './spawn'
import { AHEAD, touchDrivables } from './touch'
import {
  brakingDistance,
  followingSpeed,
  greater,
  lesser,
  noCollisionSpeed,
  STANDING,
  stoppingSpeed,
  TURN_SPEED,
  YIELD_DISTANCE,
} from './vehicle'
import {
  add,
  at,
  attach,
  changesLanes,
  claim,
  countIn,
  endOf,
  enteredAt,
  increase,
  interval,
  isGreen,
  isOccupied,
  lanes,
  lastOn,
  lengthOf,
  listOf,
  maxSpeedOf,
  nextLinkOf,
  number,
  numberAt,
  positionOf,
  previousOf,
  put,
  putNumber,
  rankOf,
  speedOf,
  typeOf,
  vehicleIn,
} from './world'

/** What CityFlow's lane-change model allows where it has nothing to say. */
const NO_LIMIT: f64 = 100
/** A tail that is slower than this, m/s, must have gone on far enough for who comes behind it. */
const MOVING_TAIL: f64 = 2

/** Notes which lane links may be claimed in this step. Range: `occupied`. */
export function mark(world: usize, from: i32, to: i32): void {
  attach(world)
  const occupied = column(world, W.OCCUPIED)
  const step = at(column(world, W.COUNTS), C.STEP)
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    if (drivable >= lanes) {
      claim(drivable - lanes, step)
      continue
    }
    const list = listOf(drivable)
    const next = nextLinkOf(vehicleIn(list, 0))
    if (next >= 0 && isGreen(next)) claim(next, step)
    const previous = previousOf(vehicleIn(list, countIn(list) - 1))
    if (previous >= lanes) claim(previous - lanes, step)
  }
}

/** Found by `findLeader`. */
export let leader: i32 = C.NONE
export let gap: f64 = 0

/**
 * The next vehicle ahead of the foremost one of a drivable, as it stood when the last step had ended.
 *
 * @param rest metres to the end of the drivable
 * @param step the present one; `NONE` to look at things as they stand now
 */
export function findLeader(world: usize, vehicle: i32, type: usize, drivable: i32, rest: f64, step: i32): bool {
  const limit = number(type, C.TYPE_LOOK_AHEAD)
  const routeLast = at(column(world, W.ROUTE_LAST), vehicle)
  let entry = at(column(world, W.ROUTE_AT), vehicle)
  let distance = rest
  let here = drivable
  do {
    if (here < lanes) {
      const link = here == drivable ? nextLinkOf(vehicle) : chooseLink(world, here, entry, routeLast)
      if (link < 0) return false
      if (findLastBehind(world, here, distance)) return true
      here = lanes + link
    } else {
      here = endOf(here - lanes)
      entry++
      const last = lastSeen(here, vehicle, drivable, step)
      if (last >= 0) {
        leader = last
        gap = distance + positionOf(last) - number(typeOf(last), C.TYPE_LENGTH)
        return true
      }
    }
    distance += lengthOf(here)
  } while (!(distance > limit))
  return false
}

/** The nearest of the last vehicles of all lane links that start on a lane: they may overlap. */
function findLastBehind(world: usize, lane: i32, distance: f64): bool {
  const links = column(world, W.LANE_LINKS)
  const from = column(world, W.LANE_LINKS_FROM)
  let isFound = false
  for (let i = at(from, lane); i < at(from, lane + 1); i++) {
    const last = lastOn(lanes + at(links, i))
    if (last < 0) continue
    const space = distance + positionOf(last) - number(typeOf(last), C.TYPE_LENGTH)
    if (isFound && !(space < gap)) continue
    isFound = true
    leader = last
    gap = space
  }
  return isFound
}

/**
 * The last vehicle of a lane that a vehicle on `drivable` can know of: leaders are found at the end of a step, before
 * vehicles enter, or as a vehicle enters, lane by lane.
 */
function lastSeen(lane: i32, vehicle: i32, drivable: i32, step: i32): i32 {
  if (!isOccupied(lane)) return C.NONE
  const list = listOf(lane)
  const count = countIn(list)
  const last = vehicleIn(list, count - 1)
  if (enteredAt(last) != step || (enteredAt(vehicle) == step && lane < drivable)) return last
  return count > 1 ? vehicleIn(list, count - 2) : C.NONE
}

/** Every vehicle's next speed and place, from the last step's state of all others. Range: `occupied`. */
export function drive(world: usize, from: i32, to: i32): void {
  attach(world)
  const occupied = column(world, W.OCCUPIED)
  const counts = column(world, W.COUNTS)
  const wantedSpeeds = column(world, W.WANTED_SPEED)
  const nextSpeeds = column(world, W.NEXT_SPEED)
  const step = at(counts, C.STEP)
  const hasWanted = at(counts, C.WANTED_SPEEDS) != 0
  // Changes of lanes come after vehicles have entered, and then CityFlow looks for everybody's leader again.
  const seenAt = changesLanes ? C.NONE : step
  const gaps = column(world, W.GAP)
  for (let i = from; i < to; i++) {
    if (((i - from) & (AHEAD - 1)) == 0) touchDrivables(world, i, min(to, i + AHEAD))
    const drivable = at(occupied, i)
    const list = listOf(drivable)
    const count = countIn(list)
    const length = lengthOf(drivable)
    const limit = maxSpeedOf(drivable)
    let ahead = C.NONE
    for (let k = 0; k < count; k++) {
      const vehicle = vehicleIn(list, k)
      const type = typeOf(vehicle)
      const position = positionOf(vehicle)
      const speed = speedOf(vehicle)
      const top = number(type, C.TYPE_MAX_SPEED)
      const wanted = hasWanted ? numberAt(wantedSpeeds, vehicle) : NaN
      let next = lesser(lesser(top, speed + number(type, C.TYPE_MAX_POS_ACC) * interval), limit)
      if (ahead >= 0) {
        const leaderType = typeOf(ahead)
        const space = positionOf(ahead) - number(leaderType, C.TYPE_LENGTH) - position
        next = lesser(next, followingSpeed(type, speed, leaderType, speedOf(ahead), space, wanted))
        if (changesLanes) putNumber(gaps, vehicle, space)
      } else if (findLeader(world, vehicle, type, drivable, length - position, seenAt)) {
        next = lesser(next, followingSpeed(type, speed, typeOf(leader), speedOf(leader), gap, wanted))
        if (changesLanes) putNumber(gaps, vehicle, gap)
      } else if (wanted == wanted) {
        next = lesser(next, wanted)
      }
      next = lesser(next, junctionSpeed(world, vehicle, type, drivable, position, speed, length - position, step))
      next = lesser(next, NO_LIMIT)
      if (drivable < lanes && nextLinkOf(vehicle) == C.NO_LINK) {
        const braking = number(type, C.TYPE_MAX_NEG_ACC)
        const space = length - position
        next = lesser(next, noCollisionSpeed(0, 1, speed, braking, space, number(type, C.TYPE_MIN_GAP)))
      }
      ahead = vehicle
      if (changesLanes && isDeferred(world, vehicle)) {
        putNumber(column(world, W.OPEN_SPEED), vehicle, next)
        continue
      }
      next = greater(next, speed - number(type, C.TYPE_MAX_NEG_ACC) * interval)
      putNumber(nextSpeeds, vehicle, next < 0 ? 0 : next)
      move(world, vehicle, drivable, position + distanceOf(type, speed, next), length)
    }
  }
}

/** Whether a vehicle's speed depends on somebody's change of lanes. */
// @ts-ignore: decorator
@inline
function isDeferred(world: usize, vehicle: i32): bool {
  return at(column(world, W.RECEIVED), vehicle) >= 0 || at(column(world, W.PARTNER), vehicle) >= 0
}

/** The speed that signals and other vehicles at the junction allow. Sets the vehicle's blocker. */
// @ts-ignore: decorator
@inline
function junctionSpeed(
  world: usize,
  vehicle: i32,
  type: usize,
  drivable: i32,
  position: f64,
  speed: f64,
  rest: f64,
  step: i32,
): f64 {
  const nextBlockers = column(world, W.NEXT_BLOCKER)
  put(nextBlockers, vehicle, C.NONE)
  const isOnLane = drivable < lanes
  const link = isOnLane ? nextLinkOf(vehicle) : drivable - lanes
  if (isOnLane && (link < 0 || !(rest <= number(type, C.TYPE_LOOK_AHEAD)))) return NO_LIMIT
  let limit = number(type, C.TYPE_MAX_SPEED)
  if (isOnLane) {
    const isBlocked = !isGreen(link) || !canEnter(endOf(link), type)
    // Who can no longer stop runs the red light.
    if (isBlocked && !(brakingDistance(type, speed) > rest)) return lesser(limit, stoppingSpeed(type, speed, rest))
    if (isTurn(rankOf(link))) limit = lesser(limit, TURN_SPEED)
  }
  const front = isOnLane ? -rest : position
  const found = findObstacle(
    vehicle,
    type,
    link,
    front,
    column(world, W.CROSS_FOE),
    column(world, W.CROSS_AT),
    step,
  )
  if (!found) return limit
  put(nextBlockers, vehicle, obstacle)
  return lesser(limit, stoppingSpeed(type, speed, obstacleAt - front - YIELD_DISTANCE))
}

/** Whether a lane has room for one more vehicle, or its last one moves. */
// @ts-ignore: decorator
@inline
function canEnter(lane: i32, type: usize): bool {
  const tail = lastOn(lane)
  if (tail < 0) return true
  const needed = number(typeOf(tail), C.TYPE_LENGTH) + number(type, C.TYPE_LENGTH)
  return positionOf(tail) > needed || speedOf(tail) >= MOVING_TAIL
}

/** Where a vehicle comes to: the same drivable, one that follows, or the end of its route. */
// @ts-ignore: decorator
@inline
export function move(world: usize, vehicle: i32, drivable: i32, position: f64, length: f64): void {
  const positions = column(world, W.NEXT_POSITION)
  const targets = column(world, W.TARGET)
  if (position > length) {
    moveOn(world, vehicle, drivable, position, length)
    return
  }
  putNumber(positions, vehicle, position)
  put(targets, vehicle, C.STAYS)
}

function moveOn(world: usize, vehicle: i32, drivable: i32, position: f64, length: f64): void {
  const targets = column(world, W.TARGET)
  const routeLast = at(column(world, W.ROUTE_LAST), vehicle)
  let entry = at(column(world, W.ROUTE_AT), vehicle)
  let here = drivable
  let rest = position
  while (rest > lengthOf(here)) {
    if (here < lanes) {
      const link = here == drivable ? nextLinkOf(vehicle) : chooseLink(world, here, entry, routeLast)
      if (link < 0) {
        endOfLane(world, vehicle, drivable, here, entry, link)
        return
      }
      rest -= lengthOf(here)
      here = lanes + link
    } else {
      rest -= lengthOf(here)
      here = endOf(here - lanes)
      entry++
    }
  }
  put(targets, vehicle, here)
  put(column(world, W.NEXT_ROUTE_AT), vehicle, entry)
  putNumber(column(world, W.NEXT_POSITION), vehicle, rest)
  // Chosen here, where many threads work, and not when it arrives.
  if (here < lanes) put(column(world, W.LINK_AHEAD), vehicle, chooseLink(world, here, entry, routeLast))
}

/** The route ends here, or nothing leads on: then CityFlow ends the process, and here the vehicle stands at the end. */
function endOfLane(world: usize, vehicle: i32, drivable: i32, lane: i32, entry: i32, link: i32): void {
  const targets = column(world, W.TARGET)
  if (link == C.NONE) {
    putNumber(column(world, W.NEXT_POSITION), vehicle, lengthOf(lane))
    put(targets, vehicle, C.FINISHES)
    return
  }
  putNumber(column(world, W.NEXT_POSITION), vehicle, lengthOf(lane))
  putNumber(column(world, W.NEXT_SPEED), vehicle, 0)
  put(targets, vehicle, lane == drivable ? C.STAYS : lane)
  put(column(world, W.NEXT_ROUTE_AT), vehicle, entry)
  put(column(world, W.LINK_AHEAD), vehicle, link)
}

/** Makes the next state the present one; vehicles that leave a drivable stand right before its list. Range: `occupied`. */
export function commit(world: usize, from: i32, to: i32): void {
  attach(world)
  const occupied = column(world, W.OCCUPIED)
  const left = column(world, W.LEFT)
  const targets = column(world, W.TARGET)
  const lists = column(world, W.LISTS)
  const counts = column(world, W.COUNTS)
  const positions = column(world, W.POSITION)
  const speeds = column(world, W.SPEED)
  const blockers = column(world, W.BLOCKER)
  const nextPositions = column(world, W.NEXT_POSITION)
  const nextSpeeds = column(world, W.NEXT_SPEED)
  const nextBlockers = column(world, W.NEXT_BLOCKER)
  const wantedSpeeds = column(world, W.WANTED_SPEED)
  const waited = column(world, W.WAITED)
  const queues = column(world, W.QUEUE)
  const queueSteps = column(world, W.QUEUE_STEPS)
  const passed = column(world, W.PASSED)
  const partners = column(world, W.PARTNER)
  const hasWanted = at(counts, C.WANTED_SPEEDS) != 0
  let queued = 0
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    const list = listOf(drivable)
    const first = at(list, C.LIST_AT)
    const end = first + countIn(list)
    let leaving = 0
    let passing = 0
    let queue = 0
    for (let k = first; k < end; k++) {
      const vehicle = at(lists, k)
      const speed = numberAt(nextSpeeds, vehicle)
      putNumber(positions, vehicle, numberAt(nextPositions, vehicle))
      putNumber(speeds, vehicle, speed)
      put(blockers, vehicle, at(nextBlockers, vehicle))
      if (hasWanted) putNumber(wantedSpeeds, vehicle, NaN)
      if (changesLanes) {
        const partner = at(partners, vehicle)
        if (partner >= 0) commitPair(world, vehicle, partner)
      }
      const stands = speed < STANDING
      if (stands) put(waited, vehicle, at(waited, vehicle) + 1)
      const target = at(targets, vehicle)
      if (target == C.STAYS) {
        queue += <i32>stands
        continue
      }
      // Mostly it is the foremost one that leaves.
      for (let j = k; j > first + leaving; j--) put(lists, j, at(lists, j - 1))
      put(lists, first + leaving, vehicle)
      leaving++
      passing += <i32>(target > C.CHANGES)
    }
    put(left, i, leaving)
    if (drivable < lanes) {
      put(queues, drivable, queue)
      if (queue > 0) increase(queueSteps, drivable, queue)
      if (passing > 0) increase(passed, drivable, passing)
      if (load<u8>(column(world, W.IS_ENTERING) + <usize>drivable) != 0) queued += queue
    }
    if (leaving == 0) continue
    put(list, C.LIST_AT, first + leaving)
    put(list, C.LIST_COUNT, end - first - leaving)
  }
  atomic.add<i32>(counts + (C.QUEUED_VEHICLES << 2), queued)
}

/** Whether a drivable is a lane that ends at an intersection. */
// @ts-ignore: decorator
@inline
function isEntryLane(world: usize, drivable: i32): bool {
  return drivable < lanes && load<u8>(column(world, W.IS_ENTERING) + <usize>drivable) != 0
}

/** Those that left a drivable come to the next one, or have finished. */
export function transfer(world: usize): void {
  attach(world)
  const counts = column(world, W.COUNTS)
  const occupied = column(world, W.OCCUPIED)
  const left = column(world, W.LEFT)
  const lists = column(world, W.LISTS)
  const targets = column(world, W.TARGET)
  const leaving = column(world, W.LEAVING)
  const bits = column(world, W.OCCUPIED_BITS)
  const drivables = at(counts, C.OCCUPIED_DRIVABLES)
  let count = 0
  for (let i = 0; i < drivables; i++) {
    const gone = at(left, i)
    if (gone == 0) continue
    const drivable = at(occupied, i)
    if (isEntryLane(world, drivable)) increase(counts, C.ENTERING_VEHICLES, -gone)
    const list = listOf(drivable)
    const first = at(list, C.LIST_AT)
    for (let k = first - gone; k < first; k++) put(leaving, count++, at(lists, k))
    if (countIn(list) == 0) setBit(bits, drivable, false)
  }
  for (let i = 0; i < count; i++) {
    const vehicle = at(leaving, i)
    const target = at(targets, vehicle)
    if (target >= 0) arrive(world, vehicle, target)
    else if (target == C.FINISHES) finish(world, vehicle)
    else leavePair(world, vehicle)
  }
  add(counts, C.ENTERING_STEPS, at(counts, C.ENTERING_VEHICLES))
  add(counts, C.QUEUED_STEPS, at(counts, C.QUEUED_VEHICLES))
  put(counts, C.WANTED_SPEEDS, 0)
  put(counts, C.STEP, at(counts, C.STEP) + 1)
  renumber(world)
}

/** Of several that come to a drivable in one step the one that is furthest on goes first. */
function arrive(world: usize, vehicle: i32, drivable: i32): void {
  const counts = column(world, W.COUNTS)
  const targets = column(world, W.TARGET)
  const lists = column(world, W.LISTS)
  const drivables = column(world, W.DRIVABLE)
  const list = listOf(drivable)
  makeRoom(world, list)
  const count = countIn(list)
  const first = at(list, C.LIST_AT)
  const position = positionOf(vehicle)
  let place = first + count
  for (; place > first; place--) {
    const other = at(lists, place - 1)
    if (at(targets, other) != drivable || !(positionOf(other) < position)) break
    put(lists, place, other)
  }
  put(lists, place, vehicle)
  put(list, C.LIST_COUNT, count + 1)
  if (count == 0) setBit(column(world, W.OCCUPIED_BITS), drivable, true)
  const entry = at(column(world, W.NEXT_ROUTE_AT), vehicle)
  put(column(world, W.PREVIOUS), vehicle, at(drivables, vehicle))
  put(drivables, vehicle, drivable)
  put(column(world, W.ENTERED), vehicle, at(counts, C.STEP))
  put(column(world, W.ROUTE_AT), vehicle, entry)
  if (drivable >= lanes) return
  const stands = <i32>(speedOf(vehicle) < STANDING)
  increase(column(world, W.QUEUE), drivable, stands)
  if (isEntryLane(world, drivable)) {
    increase(counts, C.ENTERING_VEHICLES, 1)
    increase(counts, C.QUEUED_VEHICLES, stands)
  }
  put(column(world, W.NEXT_LINK), vehicle, at(column(world, W.LINK_AHEAD), vehicle))
}

function finish(world: usize, vehicle: i32): void {
  const counts = column(world, W.COUNTS)
  const step = at(counts, C.STEP)
  const spawned = at(column(world, W.SPAWNED), vehicle)
  freeSlot(world, vehicle)
  increase(counts, C.RUNNING_VEHICLES, -1)
  increase(counts, C.FINISHED_VEHICLES, 1)
  add(counts, C.FINISHED_STEPS, step - spawned)
  add(counts, C.SPAWN_STEPS, -spawned)
  const decision = step - (step % word(world, W.DECISION_STEPS))
  increase(counts, C.SEEN_VEHICLES, <i32>(decision > at(column(world, W.DEPARTED), vehicle)))
}
