import { COORDINATE, type Fields, POSITIVE } from './fields.ts'
import { type Ids, INTERSECTION_ID, readReference } from './ids.ts'

const POINTS = 'an array of at least 2 points {x, y}'

/** The roads of a file; lists as in `Network`. */
export interface Roads {
  readonly start: Int32Array
  readonly end: Int32Array
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
  readonly lanesFrom: Int32Array
  readonly laneRoad: Int32Array
  readonly laneWidth: Float64Array
  readonly laneSpeed: Float64Array
}

export function readRoads(fields: Fields, ids: Ids): Roads {
  const roadCount = ids.roadNodes.length
  const [start, end] = [new Int32Array(roadCount), new Int32Array(roadCount)]
  const [pointsFrom, lanesFrom] = [new Int32Array(roadCount + 1), new Int32Array(roadCount + 1)]
  const points: number[] = []
  const laneRoad: number[] = []
  const laneWidth: number[] = []
  const laneSpeed: number[] = []
  ids.roadNodes.forEach((node, road) => {
    start[road] = readReference(fields, node, 'startIntersection', INTERSECTION_ID, ids.intersectionOf)
    end[road] = readReference(fields, node, 'endIntersection', INTERSECTION_ID, ids.intersectionOf)
    readRoadPoints(fields, node, points)
    pointsFrom[road + 1] = points.length / 2
    for (const lane of fields.elements(fields.array(node, 'lanes', 'an array of at least 1 lane', 1))) {
      fields.isObject(lane, 'a lane {width, maxSpeed}')
      laneRoad.push(road)
      laneWidth.push(fields.number(lane, 'width', POSITIVE))
      laneSpeed.push(fields.number(lane, 'maxSpeed', POSITIVE))
    }
    lanesFrom[road + 1] = laneRoad.length
  })
  return {
    start,
    end,
    pointsFrom,
    points: new Float64Array(points),
    lanesFrom,
    laneRoad: new Int32Array(laneRoad),
    laneWidth: new Float64Array(laneWidth),
    laneSpeed: new Float64Array(laneSpeed),
  }
}

/** A road's direction is that of its pieces, so that each needs a length. */
function readRoadPoints(fields: Fields, road: number, out: number[]): void {
  const from = out.length
  for (const point of fields.elements(fields.array(road, 'points', POINTS, 2))) {
    readPoint(fields, point, out)
    const last = out.length - 2
    if (last > from && out[last] === out[last - 2] && out[last + 1] === out[last - 1]) {
      fields.problems.wrong(point, 'a point other than the one before', 'leave one of them out')
    }
  }
}

/** Adds x and y of a point. */
export function readPoint(fields: Fields, point: number, out: number[]): void {
  fields.isObject(point, 'a point {x, y}')
  out.push(fields.number(point, 'x', COORDINATE), fields.number(point, 'y', COORDINATE))
}
