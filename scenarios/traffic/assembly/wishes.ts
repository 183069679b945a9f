// AssemblyScript: who wants to change lanes: whoever follows another vehicle, and has more room on the next lane.
//
// @see CityFlow 81ee0f4, vehicle/lanechange.cpp, `SimpleLaneChange::makeSignal`

import { column } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { chooseLink } from './route'
import { firstBehind, lastAhead, segmentStart, segmentsOf } from './segments'
import { findLeader, gap } from './step'
import {
  at,
  attach,
  countIn,
  interval,
  laneRoadOf,
  lanes,
  lengthOf,
  listOf,
  number,
  numberAt,
  positionOf,
  put,
  putNumber,
  typeOf,
  vehicleIn,
} from './world'

/** Seconds from the start of the world in which nobody changes lanes. */
const QUIET: f64 = 3
/** Metres before the end of a lane where nobody begins to. */
const CLEARANCE: f64 = 30

/** Places of the neighbouring lanes' lists that `estimate` has come to. */
let outerPlace: i32 = 0
let innerPlace: i32 = 0

/**
 * Every vehicle's gap, as it was when it was last looked at: at the end of the last step, or as it entered. Then its
 * wish, and the list of all that want to change lanes or already do. Range: `occupied`.
 *
 * CityFlow keeps a vehicle's gap when it loses its leader, and so does this: it starts with 0, where CityFlow's first
 * value is whatever is in memory.
 */
export function wish(world: usize, from: i32, to: i32): void {
  attach(world)
  const occupied = column(world, W.OCCUPIED)
  const step = at(column(world, W.COUNTS), C.STEP)
  const gaps = column(world, W.GAP)
  const received = column(world, W.RECEIVED)
  const partners = column(world, W.PARTNER)
  const isShadow = column(world, W.IS_SHADOW)
  const directions = column(world, W.WISH)
  const segmentOf = column(world, W.SEGMENT)
  const wishers = column(world, W.WISHERS)
  const isQuiet = <f64>step * interval < QUIET
  for (let i = from; i < to; i++) {
    const drivable = at(occupied, i)
    const list = listOf(drivable)
    const count = countIn(list)
    const length = lengthOf(drivable)
    const isLane = drivable < lanes
    const segments = isLane ? segmentsOf(world, drivable) : 1
    const first = at(list, C.LIST_AT)
    let segment = segments - 1
    let ahead = C.NONE
    let wishing = 0
    outerPlace = 0
    innerPlace = 0
    for (let k = 0; k < count; k++) {
      const vehicle = vehicleIn(list, k)
      const type = typeOf(vehicle)
      const position = positionOf(vehicle)
      if (ahead >= 0) {
        putNumber(gaps, vehicle, positionOf(ahead) - number(typeOf(ahead), C.TYPE_LENGTH) - position)
      } else if (findLeader(world, vehicle, type, drivable, length - position, step)) {
        putNumber(gaps, vehicle, gap)
      }
      ahead = vehicle
      put(received, vehicle, C.NONE)
      while (segment > 0 && position < segmentStart(drivable, segment, segments)) segment--
      if (at(isShadow, vehicle) != 0) continue
      if (at(partners, vehicle) < 0) {
        const direction =
          isLane && !isQuiet ? wantedDirection(world, vehicle, type, drivable, position, segment, segments) : 0
        put(directions, vehicle, direction)
        if (direction == 0) continue
      }
      put(segmentOf, vehicle, segment)
      put(wishers, first + wishing++, vehicle)
    }
    put(column(world, W.WISHER_COUNTS), i, wishing)
  }
}

/** 1 outwards, −1 inwards, 0 if the vehicle stays on its lane. */
function wantedDirection(
  world: usize,
  vehicle: i32,
  type: usize,
  lane: i32,
  position: f64,
  segment: i32,
  segments: i32,
): i32 {
  if (lengthOf(lane) - position < CLEARANCE) return 0
  const length = number(type, C.TYPE_LENGTH)
  const here = numberAt(column(world, W.GAP), vehicle)
  const most = 2 * length + 4 * interval * number(type, C.TYPE_MAX_SPEED)
  if (here > most || here < 1.5 * length) return 0
  const roadLanes = column(world, W.ROAD_LANES_FROM)
  const road = laneRoadOf(world, lane)
  let direction = 0
  let best = here + length
  if (lane + 1 < at(roadLanes, road + 1)) {
    const list = listOf(lane + 1)
    outerPlace = firstBehind(list, outerPlace, segmentStart(lane + 1, segment, segments))
    const there = roomAhead(lane + 1, list, outerPlace, position)
    if (there > best && leadsOn(world, vehicle, lane + 1)) {
      direction = 1
      best = there
    }
  }
  if (lane > at(roadLanes, road)) {
    const list = listOf(lane - 1)
    innerPlace = firstBehind(list, innerPlace, segmentStart(lane - 1, segment, segments))
    const there = roomAhead(lane - 1, list, innerPlace, position)
    if (there > best && leadsOn(world, vehicle, lane - 1)) direction = -1
  }
  return direction
}

/** Metres from a point of a lane to the next vehicle there, or to the lane's end. */
function roomAhead(lane: i32, list: usize, places: i32, position: f64): f64 {
  const leader = lastAhead(list, places, position)
  if (leader < 0) return lengthOf(lane) - position
  return positionOf(leader) - position - number(typeOf(leader), C.TYPE_LENGTH)
}

/** Whether a vehicle's route goes on from a lane of the road that it is on. */
function leadsOn(world: usize, vehicle: i32, lane: i32): bool {
  const entry = at(column(world, W.ROUTE_AT), vehicle)
  return chooseLink(world, lane, entry, at(column(world, W.ROUTE_LAST), vehicle)) != C.NO_LINK
}
