import { introsort } from './introsort.ts'
import type { Network } from './network.ts'
import { meanLaneLengths } from './router.ts'

/** Metres along a road that an outline covers of it at least. */
const LEAST_MOUTH = 5

type Point = readonly [x: number, y: number]

/** Draws the areas of intersections: around the node and the mouths of its roads. For replays; nothing drives by them. */
export class Outlines {
  readonly #network: Network
  readonly #roadLengths: Float64Array

  constructor(network: Network) {
    this.#network = network
    this.#roadLengths = meanLaneLengths(network.graph)
  }

  /**
   * Points of an intersection's outline, as CityFlow's convex hull has them.
   *
   * @see CityFlow 81ee0f4, roadnet/roadnet.cpp (Intersection::getOutline)
   */
  of(intersection: number): Point[] {
    const { intersectionRoadsFrom, intersectionRoads } = this.#network.graph
    const points: Point[] = [this.#nodeOf(intersection)]
    for (let at = intersectionRoadsFrom[intersection]!; at < intersectionRoadsFrom[intersection + 1]!; at++) {
      points.push(...this.#mouthOf(intersection, intersectionRoads[at]!))
    }
    return hullOf(points)
  }

  #nodeOf(intersection: number): Point {
    const { intersections } = this.#network.shapes
    return [intersections[2 * intersection]!, intersections[2 * intersection + 1]!]
  }

  /** Corners of the mouth of a road. */
  #mouthOf(intersection: number, road: number): Point[] {
    const { roadStart, roadEnd, intersectionWidth, roadLanesFrom, width } = this.#network.graph
    const node = this.#nodeOf(intersection)
    const along = between(this.#nodeOf(roadStart[road]!), this.#nodeOf(roadEnd[road]!))
    const across: Point = [-along[1], along[0]]
    const inwards: Point = roadStart[road] === intersection ? [-along[0], -along[1]] : along
    let roadWidth = 0
    for (let lane = roadLanesFrom[road]!; lane < roadLanesFrom[road + 1]!; lane++) roadWidth += width[lane]!
    const nodeWidth = intersectionWidth[intersection]!
    const depth = Math.max(0.5 * Math.min(nodeWidth, roadWidth), LEAST_MOUTH)
    const near = back(node, inwards, nodeWidth)
    const nearSide = back(near, across, roadWidth)
    if (!(depth < this.#roadLengths[road]!)) return [near, nearSide]
    return [near, nearSide, back(near, inwards, depth), back(nearSide, inwards, depth)]
  }
}

/** Unit vector from one point to another. */
function between(from: Point, to: Point): Point {
  const [x, y] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.sqrt(x * x + y * y)
  return [x / length, y / length]
}

function back([x, y]: Point, [directionX, directionY]: Point, distance: number): Point {
  return [x - directionX * distance, y - directionY * distance]
}

/** Graham's scan, from the lowest point, in CityFlow's order of operations. */
function hullOf(points: readonly Point[]): Point[] {
  let lowest = 0
  for (let i = 1; i < points.length; i++) if (points[i]![1] < points[lowest]![1]) lowest = i
  const start = points[lowest]!
  const others = points.filter((_, i) => i !== lowest)
  const angle = Float64Array.from(others, ([x, y]) => Math.atan2(y - start[1], x - start[0]))
  const order = Int32Array.from(others, (_, i) => i)
  introsort(order, angle, 0, order.length)
  const hull: Point[] = [start]
  for (const i of order) {
    const point = others[i]!
    const last = hull.at(-1)!
    if (hull.length === 1) {
      if (point[0] !== last[0] || point[1] !== last[1]) hull.push(point)
      continue
    }
    while (hull.length > 1 && !turnsLeft(hull.at(-2)!, hull.at(-1)!, point)) hull.pop()
    hull.push(point)
  }
  return hull
}

function turnsLeft([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): boolean {
  return (x - bx) * (by - ay) - (y - by) * (bx - ax) < 0
}
