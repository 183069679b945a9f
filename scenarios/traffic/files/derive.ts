import { findCrosses } from '../crosses.ts'
import { CURVE_POINTS, drawLaneLinks, drawLanes, lengthsOf } from '../geometry.ts'
import type { Network } from '../network.ts'
import type { Ids } from './ids.ts'
import type { Intersections } from './intersections.ts'
import type { Roads } from './roads.ts'

/** CityFlow has no limit of speed on a lane link, and draws all as wide as this. */
const LINK_SPEED = 10_000
const LINK_WIDTH = 4

/** Makes a network of what a file says: lines of lanes, curves of lane links, and where these cross. */
export function deriveNetwork(ids: Ids, roads: Roads, intersections: Intersections): Network {
  const laneCount = roads.laneRoad.length
  const linkCount = intersections.linkStart.length
  const pointsFrom = startsOfLines(roads, intersections)
  const linkPointsFrom = pointsFrom.subarray(laneCount)
  const points = new Float64Array(2 * pointsFrom[laneCount + linkCount]!)
  // CityFlow draws lane links between lanes that still reach to the middle of the intersection.
  drawLanes(roads, new Float64Array(intersections.width.length), pointsFrom, points)
  drawLaneLinks(intersections, pointsFrom, linkPointsFrom, points)
  drawLanes(roads, intersections.width, pointsFrom, points)
  const crosses = findCrosses(intersections.linksFrom, linkPointsFrom, points)
  const [laneLinksFrom, laneLinks] = listByLane(intersections.linkStart, laneCount)
  return {
    names: { intersections: ids.intersections, roads: ids.roads },
    shapes: {
      intersections: intersections.points,
      roadPointsFrom: roads.pointsFrom,
      roadPoints: roads.points,
      pointsFrom,
      points,
    },
    graph: {
      length: lengthsOf(pointsFrom, points),
      maxSpeed: concat(roads.laneSpeed, new Float64Array(linkCount).fill(LINK_SPEED)),
      width: concat(roads.laneWidth, new Float64Array(linkCount).fill(LINK_WIDTH)),
      roadStart: roads.start,
      roadEnd: roads.end,
      roadLanesFrom: roads.lanesFrom,
      roadLength: lengthsOf(roads.pointsFrom, roads.points),
      laneRoad: roads.laneRoad,
      laneLinksFrom,
      laneLinks,
      linkStart: intersections.linkStart,
      linkEnd: intersections.linkEnd,
      linkRoadLink: intersections.linkRoadLink,
      linkRank: intersections.linkRank,
      ...crosses,
      isVirtual: intersections.isVirtual,
      intersectionWidth: intersections.width,
      intersectionRoadsFrom: intersections.roadsFrom,
      intersectionRoads: intersections.roads,
      intersectionRoadLinksFrom: intersections.roadLinksFrom,
      intersectionLinksFrom: intersections.linksFrom,
      phasesFrom: intersections.phasesFrom,
      roadLinkStart: intersections.roadLinkStart,
      roadLinkEnd: intersections.roadLinkEnd,
      roadLinkRank: intersections.roadLinkRank,
      roadLinkLinksFrom: intersections.roadLinkLinksFrom,
      phaseTime: intersections.phaseTime,
      phaseGreenFrom: intersections.phaseGreenFrom,
      phaseGreen: intersections.phaseGreen,
    },
  }
}

/** [L + K + 1] where each drivable's points start: a lane has as many as its road. */
function startsOfLines({ laneRoad, pointsFrom }: Roads, { linkPointCount }: Intersections): Int32Array {
  const from = new Int32Array(laneRoad.length + linkPointCount.length + 1)
  let at = 0
  for (const road of laneRoad) {
    from[at + 1] = from[at]! + pointsFrom[road + 1]! - pointsFrom[road]!
    at++
  }
  for (const count of linkPointCount) {
    from[at + 1] = from[at]! + (count === 0 ? CURVE_POINTS : count)
    at++
  }
  return from
}

/** Lane links by the lane on which they start, in their order. */
function listByLane(linkStart: Int32Array, laneCount: number): readonly [Int32Array, Int32Array] {
  const from = new Int32Array(laneCount + 1)
  for (const lane of linkStart) from[lane + 1]!++
  for (let lane = 0; lane < laneCount; lane++) from[lane + 1]! += from[lane]!
  const next = from.slice()
  const links = new Int32Array(linkStart.length)
  linkStart.forEach((lane, link) => {
    links[next[lane]!++] = link
  })
  return [from, links]
}

function concat(one: Float64Array, other: Float64Array): Float64Array {
  const joined = new Float64Array(one.length + other.length)
  joined.set(one)
  joined.set(other, one.length)
  return joined
}
