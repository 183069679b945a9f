import { introsort } from './introsort.ts'

/** Where lane links cross, by lane link and distance along it: see `NetworkGraph`. */
export interface Crosses {
  readonly crossesFrom: Int32Array
  readonly crossAt: Float64Array
  readonly crossFoe: Int32Array
  readonly crossFoeAt: Float64Array
}

/** The engine's tolerance: for parallels, for points beside a line, and for points before its start or behind its end. */
const EPSILON = 1e-8
/** Metres by which boxes are widened: by far more than a crossing may lie outside of its pieces by that tolerance. */
const MARGIN = 1e-3

/**
 * Where each two lane links of an intersection first meet, in the engine's order: by distance along the lane link, those
 * at the same distance as the engine's sort leaves them.
 *
 * @param linksFrom [I + 1] lane links of each intersection
 * @param pointsFrom [K + 1] points of each lane link
 * @param points x, y of points
 * @see CityFlow 81ee0f4, roadnet/roadnet.cpp (Intersection::initCrosses)
 */
export function findCrosses(linksFrom: Int32Array, pointsFrom: Int32Array, points: Float64Array): Crosses {
  const lines: Lines = { pointsFrom, points, ...boxesOf(pointsFrom, points) }
  const meetings: Meetings = { one: [], other: [], atOne: [], atOther: [] }
  for (let intersection = 0; intersection + 1 < linksFrom.length; intersection++) {
    const end = linksFrom[intersection + 1]!
    for (let one = linksFrom[intersection]!; one < end; one++) {
      for (let other = one + 1; other < end; other++) {
        if (!areApart(lines.linkBoxes, one, lines.linkBoxes, other)) findMeeting(lines, one, other, meetings)
      }
    }
  }
  return listByLink(meetings, pointsFrom.length - 1)
}

/** Lane links and the boxes around them. A box is four numbers: least x, most x, least y, most y. */
interface Lines {
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
  /** [K, 4] */
  readonly linkBoxes: Float64Array
  /** [points, 4] around the piece from each point to the next. */
  readonly pieceBoxes: Float64Array
}

/** Pairs of lane links and how far along each of them they meet. */
interface Meetings {
  readonly one: number[]
  readonly other: number[]
  readonly atOne: number[]
  readonly atOther: number[]
}

function boxesOf(
  pointsFrom: Int32Array,
  points: Float64Array,
): { readonly linkBoxes: Float64Array; readonly pieceBoxes: Float64Array } {
  const linkCount = pointsFrom.length - 1
  const linkBoxes = new Float64Array(4 * linkCount)
  const pieceBoxes = new Float64Array(2 * points.length)
  for (let link = 0; link < linkCount; link++) {
    const [from, to] = [pointsFrom[link]!, pointsFrom[link + 1]!]
    enclose(points, from, to, linkBoxes, link)
    for (let point = from; point + 1 < to; point++) enclose(points, point, point + 2, pieceBoxes, point)
  }
  return { linkBoxes, pieceBoxes }
}

/** Writes the box around points `[from, to)`, half of the margin wider on each side. */
function enclose(points: Float64Array, from: number, to: number, out: Float64Array, box: number): void {
  let [leastX, mostX, leastY, mostY] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let point = from; point < to; point++) {
    const [x, y] = [points[2 * point]!, points[2 * point + 1]!]
    leastX = Math.min(leastX, x)
    mostX = Math.max(mostX, x)
    leastY = Math.min(leastY, y)
    mostY = Math.max(mostY, y)
  }
  out[4 * box] = leastX - MARGIN / 2
  out[4 * box + 1] = mostX + MARGIN / 2
  out[4 * box + 2] = leastY - MARGIN / 2
  out[4 * box + 3] = mostY + MARGIN / 2
}

function areApart(boxes: Float64Array, box: number, otherBoxes: Float64Array, other: number): boolean {
  const [a, b] = [4 * box, 4 * other]
  return (
    boxes[a]! > otherBoxes[b + 1]! ||
    otherBoxes[b]! > boxes[a + 1]! ||
    boxes[a + 2]! > otherBoxes[b + 3]! ||
    otherBoxes[b + 2]! > boxes[a + 3]!
  )
}

/** Adds the first meeting of two lane links: the first piece of `one` that any piece of `other` meets. */
function findMeeting(lines: Lines, one: number, other: number, out: Meetings): void {
  const { pointsFrom, linkBoxes, pieceBoxes } = lines
  const endOfOne = pointsFrom[one + 1]! - 1
  const endOfOther = pointsFrom[other + 1]! - 1
  for (let a = pointsFrom[one]!; a < endOfOne; a++) {
    if (areApart(pieceBoxes, a, linkBoxes, other)) continue
    for (let b = pointsFrom[other]!; b < endOfOther; b++) {
      if (areApart(pieceBoxes, a, pieceBoxes, b) || !piecesMeet(lines.points, a, b)) continue
      out.one.push(one)
      out.other.push(other)
      out.atOne.push(distanceTo(lines.points, pointsFrom[one]!, a) + meeting.alongA)
      out.atOther.push(distanceBesideOf(lines.points, pointsFrom[other]!, b, a) + meeting.alongB)
      return
    }
  }
}

/** Where the last pieces met, in metres from the start of each. */
const meeting = { alongA: 0, alongB: 0 }

/** Whether the pieces from points `a` and `b` to the next ones meet, parallels never; the place is in `meeting`. */
function piecesMeet(points: Float64Array, a: number, b: number): boolean {
  const [ax, ay] = [points[2 * a]!, points[2 * a + 1]!]
  const [bx, by] = [points[2 * b]!, points[2 * b + 1]!]
  const [aEndX, aEndY] = [points[2 * a + 2]!, points[2 * a + 3]!]
  const [bEndX, bEndY] = [points[2 * b + 2]!, points[2 * b + 3]!]
  const [alongAX, alongAY] = [aEndX - ax, aEndY - ay]
  const [alongBX, alongBY] = [bEndX - bx, bEndY - by]
  const turn = alongAX * alongBY - alongAY * alongBX
  if (isZero(turn)) return false
  const share = ((bx - ax) * alongBY - (by - ay) * alongBX) / turn
  const x = ax + alongAX * share
  const y = ay + alongAY * share
  if (!isOnPiece(ax, ay, aEndX, aEndY, x, y) || !isOnPiece(bx, by, bEndX, bEndY, x, y)) return false
  meeting.alongA = Math.sqrt((x - ax) * (x - ax) + (y - ay) * (y - ay))
  meeting.alongB = Math.sqrt((x - bx) * (x - bx) + (y - by) * (y - by))
  return true
}

function isOnPiece(x: number, y: number, endX: number, endY: number, atX: number, atY: number): boolean {
  const beside = (endX - x) * (atY - y) - (endY - y) * (atX - x)
  const beyond = (atX - x) * (atX - endX) + (atY - y) * (atY - endY)
  return isZero(beside) && beyond < EPSILON
}

function isZero(value: number): boolean {
  return value + EPSILON > 0 && value < EPSILON
}

/** Length of a line's pieces between two of its points. */
function distanceTo(points: Float64Array, from: number, to: number): number {
  let distance = 0
  for (let point = from; point < to; point++) distance += pieceLength(points, point)
  return distance
}

/** The same, leaving out the pieces that are parallel to piece `a`: the engine passes them without counting. */
function distanceBesideOf(points: Float64Array, from: number, to: number, a: number): number {
  const alongX = points[2 * a + 2]! - points[2 * a]!
  const alongY = points[2 * a + 3]! - points[2 * a + 1]!
  let distance = 0
  for (let point = from; point < to; point++) {
    const x = points[2 * point + 2]! - points[2 * point]!
    const y = points[2 * point + 3]! - points[2 * point + 1]!
    if (!isZero(alongX * y - alongY * x)) distance += Math.sqrt(x * x + y * y)
  }
  return distance
}

function pieceLength(points: Float64Array, point: number): number {
  const x = points[2 * point + 2]! - points[2 * point]!
  const y = points[2 * point + 3]! - points[2 * point + 1]!
  return Math.sqrt(x * x + y * y)
}

/** Both sides of each meeting, by lane link: first by the foes' numbers, then sorted by distance as the engine does. */
function listByLink({ one, other, atOne, atOther }: Meetings, linkCount: number): Crosses {
  const crossesFrom = new Int32Array(linkCount + 1)
  for (const link of one) crossesFrom[link + 1]!++
  for (const link of other) crossesFrom[link + 1]!++
  for (let link = 0; link < linkCount; link++) crossesFrom[link + 1]! += crossesFrom[link]!

  const count = 2 * one.length
  const next = crossesFrom.slice()
  // Sides are numbered 2m and 2m + 1, for the two lane links of meeting m.
  const order = new Int32Array(count)
  const at = new Float64Array(count)
  for (let m = 0; m < one.length; m++) {
    order[next[one[m]!]!++] = 2 * m
    order[next[other[m]!]!++] = 2 * m + 1
    at[2 * m] = atOne[m]!
    at[2 * m + 1] = atOther[m]!
  }
  for (let link = 0; link < linkCount; link++) {
    introsort(order, at, crossesFrom[link]!, crossesFrom[link + 1]!)
  }
  return {
    crossesFrom,
    crossAt: Float64Array.from(order, (side) => at[side]!),
    crossFoe: order.map((side) => (side % 2 === 0 ? other : one)[side >> 1]!),
    crossFoeAt: Float64Array.from(order, (side) => at[side ^ 1]!),
  }
}
