import { introsort } from './introsort.ts'

/** Where lane links cross, by lane link and distance along it: see `NetworkGraph`. */
export interface Crosses {
  readonly crossesFrom: Int32Array
  readonly crossFoe: Int32Array
  readonly crossAt: Float64Array
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
  const lines = measure(pointsFrom, points)
  const crosses = new CrossColumns(pointsFrom.length - 1)
  const meetings = createMeetings(1024)
  for (let intersection = 0; intersection + 1 < linksFrom.length; intersection++) {
    const [first, end] = [linksFrom[intersection]!, linksFrom[intersection + 1]!]
    meetings.count = 0
    for (let one = first; one < end; one++) {
      reserve(meetings, end - one)
      for (let other = one + 1; other < end; other++) findMeeting(lines, one, other, meetings)
    }
    crosses.addIntersection(first, end, meetings)
  }
  return crosses.finish()
}

/** Lane links, their lengths, and the boxes around them: four numbers, least x, most x, least y, most y. */
interface Lines {
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
  /** [points] length of the piece from each point to the next, and of the line up to each point. */
  readonly pieceLength: Float64Array
  readonly lengthTo: Float64Array
  /** [points, 4] around the piece from each point to the next. */
  readonly pieceBoxes: Float64Array
  /** [K, 4] */
  readonly linkBoxes: Float64Array
}

/** Pairs of lane links and how far along each of them they meet. */
interface Meetings {
  count: number
  one: Int32Array
  other: Int32Array
  atOne: Float64Array
  atOther: Float64Array
}

function createMeetings(capacity: number): Meetings {
  return {
    count: 0,
    one: new Int32Array(capacity),
    other: new Int32Array(capacity),
    atOne: new Float64Array(capacity),
    atOther: new Float64Array(capacity),
  }
}

/** Makes room for so many more. */
function reserve(meetings: Meetings, more: number): void {
  if (meetings.count + more <= meetings.one.length) return
  const larger = createMeetings(2 * (meetings.count + more))
  larger.one.set(meetings.one)
  larger.other.set(meetings.other)
  larger.atOne.set(meetings.atOne)
  larger.atOther.set(meetings.atOther)
  Object.assign(meetings, { ...larger, count: meetings.count })
}

function measure(pointsFrom: Int32Array, points: Float64Array): Lines {
  const linkCount = pointsFrom.length - 1
  const pieceLength = new Float64Array(points.length / 2)
  const lengthTo = new Float64Array(points.length / 2)
  const pieceBoxes = new Float64Array(2 * points.length)
  const linkBoxes = new Float64Array(4 * linkCount)
  for (let link = 0; link < linkCount; link++) {
    const from = pointsFrom[link]!
    const to = pointsFrom[link + 1]!
    enclose(points, from, to, linkBoxes, link)
    for (let point = from; point + 1 < to; point++) {
      enclose(points, point, point + 2, pieceBoxes, point)
      pieceLength[point] = distance(points, point, points[2 * point + 2]!, points[2 * point + 3]!)
      lengthTo[point + 1] = lengthTo[point]! + pieceLength[point]!
    }
  }
  return { pointsFrom, points, pieceLength, lengthTo, pieceBoxes, linkBoxes }
}

/** Writes the box around points `[from, to)`, half of the margin wider on each side. */
function enclose(points: Float64Array, from: number, to: number, out: Float64Array, box: number): void {
  let leastX = Infinity
  let mostX = -Infinity
  let leastY = Infinity
  let mostY = -Infinity
  for (let point = from; point < to; point++) {
    const x = points[2 * point]!
    const y = points[2 * point + 1]!
    if (x < leastX) leastX = x
    if (x > mostX) mostX = x
    if (y < leastY) leastY = y
    if (y > mostY) mostY = y
  }
  out[4 * box] = leastX - MARGIN / 2
  out[4 * box + 1] = mostX + MARGIN / 2
  out[4 * box + 2] = leastY - MARGIN / 2
  out[4 * box + 3] = mostY + MARGIN / 2
}

function areApart(boxes: Float64Array, box: number, otherBoxes: Float64Array, other: number): boolean {
  const a = 4 * box
  const b = 4 * other
  return (
    boxes[a]! > otherBoxes[b + 1]! ||
    otherBoxes[b]! > boxes[a + 1]! ||
    boxes[a + 2]! > otherBoxes[b + 3]! ||
    otherBoxes[b + 2]! > boxes[a + 3]!
  )
}

/** Adds the first meeting of two lane links: of the first piece of `one` that meets one of `other`, with the first such. */
function findMeeting(lines: Lines, one: number, other: number, out: Meetings): void {
  const { pointsFrom, linkBoxes, pieceBoxes, points } = lines
  if (areApart(linkBoxes, one, linkBoxes, other)) return
  const endOfOne = pointsFrom[one + 1]! - 1
  const startOfOther = pointsFrom[other]!
  const endOfOther = pointsFrom[other + 1]! - 1
  for (let a = pointsFrom[one]!; a < endOfOne; a++) {
    if (areApart(pieceBoxes, a, linkBoxes, other)) continue
    for (let b = startOfOther; b < endOfOther; b++) {
      if (areApart(pieceBoxes, a, pieceBoxes, b)) continue
      const share = shareToMeeting(points, a, b)
      if (Number.isNaN(share)) continue
      const x = points[2 * a]! + (points[2 * a + 2]! - points[2 * a]!) * share
      const y = points[2 * a + 1]! + (points[2 * a + 3]! - points[2 * a + 1]!) * share
      const m = out.count++
      out.one[m] = one
      out.other[m] = other
      out.atOne[m] = lines.lengthTo[a]! + distance(points, a, x, y)
      out.atOther[m] = lengthBesideParallels(lines, startOfOther, b, a) + distance(points, b, x, y)
      return
    }
  }
}

/** How far along the piece from point `a` the one from `b` meets it, 0 to 1; NaN when they don't, as parallels never do. */
function shareToMeeting(points: Float64Array, a: number, b: number): number {
  const ax = points[2 * a]!
  const ay = points[2 * a + 1]!
  const bx = points[2 * b]!
  const by = points[2 * b + 1]!
  const aEndX = points[2 * a + 2]!
  const aEndY = points[2 * a + 3]!
  const bEndX = points[2 * b + 2]!
  const bEndY = points[2 * b + 3]!
  const turn = (aEndX - ax) * (bEndY - by) - (aEndY - ay) * (bEndX - bx)
  if (isZero(turn)) return Number.NaN
  const share = ((bx - ax) * (bEndY - by) - (by - ay) * (bEndX - bx)) / turn
  const x = ax + (aEndX - ax) * share
  const y = ay + (aEndY - ay) * share
  const meet = isOnPiece(ax, ay, aEndX, aEndY, x, y) && isOnPiece(bx, by, bEndX, bEndY, x, y)
  return meet ? share : Number.NaN
}

function isOnPiece(x: number, y: number, endX: number, endY: number, atX: number, atY: number): boolean {
  const beside = (endX - x) * (atY - y) - (endY - y) * (atX - x)
  const beyond = (atX - x) * (atX - endX) + (atY - y) * (atY - endY)
  return isZero(beside) && beyond < EPSILON
}

function isZero(value: number): boolean {
  return value + EPSILON > 0 && value < EPSILON
}

function distance(points: Float64Array, point: number, x: number, y: number): number {
  const alongX = x - points[2 * point]!
  const alongY = y - points[2 * point + 1]!
  return Math.sqrt(alongX * alongX + alongY * alongY)
}

/** Length of a line between two points, without its parallels to piece `a`: the engine passes these without counting. */
function lengthBesideParallels({ points, pieceLength }: Lines, from: number, to: number, a: number): number {
  const alongX = points[2 * a + 2]! - points[2 * a]!
  const alongY = points[2 * a + 3]! - points[2 * a + 1]!
  let length = 0
  for (let point = from; point < to; point++) {
    const x = points[2 * point + 2]! - points[2 * point]!
    const y = points[2 * point + 3]! - points[2 * point + 1]!
    if (!isZero(alongX * y - alongY * x)) length += pieceLength[point]!
  }
  return length
}

/** Both sides of each meeting, by lane link. */
class CrossColumns {
  readonly #from: Int32Array
  #count = 0
  #foe = new Int32Array(1024)
  #at = new Float64Array(2 * 1024)

  constructor(linkCount: number) {
    this.#from = new Int32Array(linkCount + 1)
  }

  /** Adds what meets on lane links `[first, end)`, next in number: by foe, and then sorted as the engine does it. */
  addIntersection(first: number, end: number, { count, one, other, atOne, atOther }: Meetings): void {
    const from = this.#from
    for (let m = 0; m < count; m++) {
      from[one[m]! + 1]!++
      from[other[m]! + 1]!++
    }
    for (let link = first; link < end; link++) from[link + 1]! += from[link]!
    const next = from.slice(first, end)
    const base = this.#count
    // Sides are numbered 2m and 2m + 1, for the two lane links of meeting m.
    const order = new Int32Array(2 * count)
    const at = new Float64Array(2 * count)
    for (let m = 0; m < count; m++) {
      order[next[one[m]! - first]!++ - base] = 2 * m
      order[next[other[m]! - first]!++ - base] = 2 * m + 1
      at[2 * m] = atOne[m]!
      at[2 * m + 1] = atOther[m]!
    }
    this.#reserve(2 * count)
    for (let link = first; link < end; link++)
      introsort(order, at, from[link]! - base, from[link + 1]! - base)
    for (const side of order) {
      this.#at[2 * this.#count] = at[side]!
      this.#at[2 * this.#count + 1] = at[side ^ 1]!
      this.#foe[this.#count++] = (side % 2 === 0 ? other : one)[side >> 1]!
    }
  }

  finish(): Crosses {
    return {
      crossesFrom: this.#from,
      crossFoe: this.#foe.subarray(0, this.#count),
      crossAt: this.#at.subarray(0, 2 * this.#count),
    }
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#foe.length) return
    const [at, foe] = [this.#at, this.#foe]
    const capacity = 2 * (this.#count + more)
    this.#at = new Float64Array(2 * capacity)
    this.#foe = new Int32Array(capacity)
    this.#at.set(at)
    this.#foe.set(foe)
  }
}
