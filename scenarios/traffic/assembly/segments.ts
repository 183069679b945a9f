// AssemblyScript: who is next to a vehicle on another lane.
//
// CityFlow cuts the lanes of a road into as many equal segments as the road has, and looks for neighbours from a
// vehicle's own segment on: ahead in this one and those further on, behind in this one and those further back. On lanes
// of different lengths, segments of one number do not lie side by side, and so some who are near are overlooked. Lists
// are in order but where vehicles that merged overlap; then those behind are counted to the segment of those ahead.

import { column } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, countIn, laneRoadOf, lengthOf, numberAt, positionOf, vehicleIn } from './world'

/** Metres of road to a segment. */
const SEGMENT: f64 = 70

/** Segments of every lane of a lane's road. */
export function segmentsOf(world: usize, lane: i32): i32 {
  const metres = numberAt(column(world, W.ROAD_LENGTH), laneRoadOf(world, lane))
  return <i32>max(Math.ceil(metres / SEGMENT), 1)
}

/** Metres at which a segment starts. */
// @ts-ignore: decorator
@inline
export function segmentStart(lane: i32, segment: i32, segments: i32): f64 {
  return (<f64>segment * lengthOf(lane)) / <f64>segments
}

/** The first place of a list, not before `from`, whose vehicle is behind a point of the lane. */
export function firstBehind(list: usize, from: i32, metres: f64): i32 {
  const count = countIn(list)
  let place = from
  while (place < count && positionOf(vehicleIn(list, place)) >= metres) place++
  return place
}

/** The rearmost of the first `places` vehicles of a list that is not behind a point of the lane, or `NONE`. */
export function lastAhead(list: usize, places: i32, metres: f64): i32 {
  for (let place = places - 1; place >= 0; place--) {
    const vehicle = vehicleIn(list, place)
    if (positionOf(vehicle) >= metres) return vehicle
  }
  return C.NONE
}
