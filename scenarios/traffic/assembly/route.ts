// AssemblyScript: the way of a vehicle, lane link by lane link.

import { column, word } from '../../../runtime/core/assembly/table'
import * as C from '../codes'
import * as W from '../words'
import { at, endOf } from './world'

/** The road at a place of the routes' entries. */
// @ts-ignore: decorator
@inline
export function roadAt(world: usize, entry: i32): i32 {
  const shared = word(world, W.ROUTE_ENTRIES)
  return entry < shared ? at(column(world, W.ROUTES), entry) : at(column(world, W.OWN_ROUTES), entry - shared)
}

/**
 * The lane link by which a vehicle on a lane goes on: of those to the next road that end on a lane from which there is
 * a way to the road after that, the one that changes its lane least. `NONE` on the last road, `NO_LINK` when there is
 * none; but a route that has been on its last road before can end there, as in CityFlow.
 *
 * @param entry of the lane's road in the route
 * @param last  entry of the route
 */
export function chooseLink(world: usize, lane: i32, entry: i32, last: i32): i32 {
  if (entry == last) return C.NONE
  const laneRoad = column(world, W.LANE_ROAD)
  const roadLanes = column(world, W.ROAD_LANES_FROM)
  const from = column(world, W.LANE_LINKS_FROM)
  const links = column(world, W.LANE_LINKS)
  const next = roadAt(world, entry + 1)
  const afterwards = entry + 1 < last ? roadAt(world, entry + 2) : C.NONE
  const index = lane - at(roadLanes, at(laneRoad, lane))
  let best = C.NO_LINK
  let least = i32.MAX_VALUE
  for (let i = at(from, lane); i < at(from, lane + 1); i++) {
    const link = at(links, i)
    const end = endOf(link)
    if (at(laneRoad, end) != next) continue
    const change = abs(end - at(roadLanes, next) - index)
    if (change >= least || (afterwards >= 0 && !leadsTo(world, end, afterwards))) continue
    best = link
    least = change
  }
  return best == C.NO_LINK && at(laneRoad, lane) == roadAt(world, last) ? C.NONE : best
}

/** Whether a lane has a lane link to a road. */
export function leadsTo(world: usize, lane: i32, road: i32): bool {
  const laneRoad = column(world, W.LANE_ROAD)
  const from = column(world, W.LANE_LINKS_FROM)
  const links = column(world, W.LANE_LINKS)
  for (let i = at(from, lane); i < at(from, lane + 1); i++) {
    if (at(laneRoad, endOf(at(links, i))) == road) return true
  }
  return false
}
