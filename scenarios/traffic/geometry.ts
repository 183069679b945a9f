/**
 * Lines of lanes and lane links, in the engine's order of operations: its trajectories follow from their very bits.
 *
 * @see CityFlow 81ee0f4, roadnet/roadnet.cpp (Road::initLanesPoints, RoadNet::loadFromJson)
 */

/** Points of a lane link's curve. */
export const CURVE_POINTS = 11
/** Metres: control points of a curve keep this distance where the intersection has the room. */
const LEAST_REACH = 5

export interface RoadLines {
  readonly start: Int32Array
  readonly end: Int32Array
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
  readonly lanesFrom: Int32Array
  readonly laneWidth: Float64Array
}

/**
 * Draws each lane beside its road's line, to the right by the lanes further in and half of its own width.
 *
 * @param width [I] metres by which lanes end before the middle of each intersection
 * @param lanePointsFrom [L + 1] where in `out` each lane's points start
 * @param out x, y of points
 */
export function drawLanes(
  roads: RoadLines,
  width: Float64Array,
  lanePointsFrom: Int32Array,
  out: Float64Array,
): void {
  const { start, end, pointsFrom, points, lanesFrom, laneWidth } = roads
  for (let road = 0; road < start.length; road++) {
    const line = points.slice(2 * pointsFrom[road]!, 2 * pointsFrom[road + 1]!)
    trim(line, width[start[road]!]!, width[end[road]!]!)
    const right = normalsOf(line)
    let inside = 0
    for (let lane = lanesFrom[road]!; lane < lanesFrom[road + 1]!; lane++) {
      const outside = inside + laneWidth[lane]!
      const offset = (inside + outside) / 2
      const at = 2 * lanePointsFrom[lane]!
      for (let i = 0; i < line.length; i++) out[at + i] = line[i]! + right[i]! * offset
      inside = outside
    }
  }
}

/** Moves a line's ends inwards along its first and last piece. */
function trim(line: Float64Array, atStart: number, atEnd: number): void {
  const end = line.length - 2
  const [startX, startY] = direction(line, 0)
  line[0] = line[0]! + startX * atStart
  line[1] = line[1]! + startY * atStart
  const [endX, endY] = direction(line, end - 2)
  line[end] = line[end]! - endX * atEnd
  line[end + 1] = line[end + 1]! - endY * atEnd
}

/** At every point of a line a unit vector to its right; at a bend that of the mean direction. */
function normalsOf(line: Float64Array): Float64Array {
  const normals = new Float64Array(line.length)
  const end = line.length - 2
  for (let at = 0; at <= end; at += 2) {
    let [x, y] = direction(line, at === end ? at - 2 : at)
    if (at > 0 && at < end) {
      const [beforeX, beforeY] = direction(line, at - 2)
      ;[x, y] = unit(x + beforeX, y + beforeY)
    }
    normals[at] = y
    normals[at + 1] = -x
  }
  return normals
}

/** Unit vector from the point at `at` to the next. */
export function direction(line: Float64Array, at: number): readonly [number, number] {
  return unit(line[at + 2]! - line[at]!, line[at + 3]! - line[at + 1]!)
}

function unit(x: number, y: number): readonly [number, number] {
  const length = Math.sqrt(x * x + y * y)
  return [x / length, y / length]
}

export interface LinkEnds {
  readonly width: Float64Array
  readonly linkStart: Int32Array
  readonly linkEnd: Int32Array
  readonly linkIntersection: Int32Array
  /** [K] points that the file gives for each lane link, 0 where it leaves them to be drawn; all of them, x, y. */
  readonly linkPointCount: Int32Array
  readonly linkPoints: Float64Array
}

/**
 * Takes the points of lane links from the file, and draws those without any as curves between lanes that reach to the
 * middle of the intersection.
 *
 * @param lanePointsFrom [L + 1] lanes in `points`
 * @param linkPointsFrom [K + 1] lane links in `points`
 * @param points x, y of points, written where links are
 */
export function drawLaneLinks(
  links: LinkEnds,
  lanePointsFrom: Int32Array,
  linkPointsFrom: Int32Array,
  points: Float64Array,
): void {
  const { width, linkStart, linkEnd, linkIntersection, linkPointCount, linkPoints } = links
  let given = 0
  for (let link = 0; link < linkStart.length; link++) {
    const at = 2 * linkPointsFrom[link]!
    const count = linkPointCount[link]!
    if (count > 0) {
      points.set(linkPoints.subarray(given, given + 2 * count), at)
      given += 2 * count
      continue
    }
    const middle = width[linkIntersection[link]!]!
    const from = lineOf(linkStart[link]!, lanePointsFrom, points)
    const to = lineOf(linkEnd[link]!, lanePointsFrom, points)
    drawCurve(from, to, middle, points.subarray(at, at + 2 * CURVE_POINTS))
  }
}

function lineOf(drivable: number, pointsFrom: Int32Array, points: Float64Array): Float64Array {
  return points.subarray(2 * pointsFrom[drivable]!, 2 * pointsFrom[drivable + 1]!)
}

/** A cubic Bézier curve from `middle` before the end of one lane to `middle` behind the start of another. */
function drawCurve(from: Float64Array, to: Float64Array, middle: number, out: Float64Array): void {
  const leave = lengthOf(from) - middle
  const [startX, startY] = pointAt(from, leave)
  const [endX, endY] = pointAt(to, middle)
  const [leaveX, leaveY] = directionAt(from, leave)
  const [arriveX, arriveY] = directionAt(to, middle)
  const distance = Math.sqrt((endX - startX) * (endX - startX) + (endY - startY) * (endY - startY))
  let [outX, outY] = [leaveX * distance * 0.5, leaveY * distance * 0.5]
  let [inX, inY] = [-arriveX * distance * 0.5, -arriveY * distance * 0.5]
  // The engine's second control point lies behind the end here, where it should lie before it.
  const hasRoom = middle >= LEAST_REACH
  if (hasRoom && outX * outX + outY * outY < LEAST_REACH * LEAST_REACH) {
    ;[outX, outY] = [LEAST_REACH * leaveX, LEAST_REACH * leaveY]
  }
  if (hasRoom && inX * inX + inY * inY < LEAST_REACH * LEAST_REACH) {
    ;[inX, inY] = [LEAST_REACH * arriveX, LEAST_REACH * arriveY]
  }
  for (let i = 0; i < CURVE_POINTS; i++) {
    const share = i / (CURVE_POINTS - 1)
    out[2 * i] = bezier(startX, startX + outX, endX + inX, endX, share)
    out[2 * i + 1] = bezier(startY, startY + outY, endY + inY, endY, share)
  }
}

/** One coordinate of a cubic Bézier curve, by repeated interpolation. */
function bezier(start: number, control: number, otherControl: number, end: number, share: number): number {
  const one = between(start, control, share)
  const two = between(control, otherControl, share)
  const three = between(otherControl, end, share)
  return between(between(one, two, share), between(two, three, share), share)
}

function between(from: number, to: number, share: number): number {
  return (to - from) * share + from
}

/** The point at a distance along a line, held within its ends. */
export function pointAt(line: Float64Array, distance: number): readonly [number, number] {
  let rest = Math.min(Math.max(distance, 0), lengthOf(line))
  if (rest <= 0) return [line[0]!, line[1]!]
  for (let at = 0; at + 2 < line.length; at += 2) {
    const piece = pieceLength(line, at)
    if (rest > piece) rest -= piece
    else {
      const share = rest / piece
      const [x, y] = [line[at]!, line[at + 1]!]
      return [x + (line[at + 2]! - x) * share, y + (line[at + 3]! - y) * share]
    }
  }
  return [line[line.length - 2]!, line[line.length - 1]!]
}

function directionAt(line: Float64Array, distance: number): readonly [number, number] {
  return direction(line, pieceAt(line, distance))
}

/** Where in a line the piece starts on which a distance along it lies. */
export function pieceAt(line: Float64Array, distance: number): number {
  let rest = distance
  for (let at = 0; at + 2 < line.length; at += 2) {
    const piece = pieceLength(line, at)
    if (rest < piece) return at
    rest -= piece
  }
  return line.length - 4
}

function pieceLength(line: Float64Array, at: number): number {
  const x = line[at + 2]! - line[at]!
  const y = line[at + 3]! - line[at + 1]!
  return Math.sqrt(x * x + y * y)
}

function lengthOf(line: Float64Array): number {
  let length = 0
  for (let at = 0; at + 2 < line.length; at += 2) length += pieceLength(line, at)
  return length
}

/** [N] length of each of N lines. */
export function lengthsOf(pointsFrom: Int32Array, points: Float64Array): Float64Array {
  const lengths = new Float64Array(pointsFrom.length - 1)
  for (let line = 0; line < lengths.length; line++) lengths[line] = lengthOf(lineOf(line, pointsFrom, points))
  return lengths
}
