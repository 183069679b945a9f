import t from 'tap'
import { findCrosses } from '../../../scenarios/traffic/crosses.ts'

type Point = readonly [number, number]
/** Foe, distance along this lane link, distance along the foe. */
type Cross = readonly [number, number, number]

const EPSILON = 1e-8

/** Crosses of lane links of one intersection. */
function crossesOf(links: readonly (readonly Point[])[]): Cross[][] {
  const pointsFrom = Int32Array.from([0, ...links.map((_, i) => links.slice(0, i + 1).flat().length)])
  const points = Float64Array.from(links.flat(2))
  const { crossesFrom, crossAt, crossFoe } = findCrosses(Int32Array.of(0, links.length), pointsFrom, points)
  return links.map((_, link) =>
    Array.from({ length: crossesFrom[link + 1]! - crossesFrom[link]! }, (_, i): Cross => {
      const cross = crossesFrom[link]! + i
      return [crossFoe[cross]!, crossAt[2 * cross]!, crossAt[2 * cross + 1]!]
    }),
  )
}

/** The same from the definition: every piece against every piece. */
function slowCrossesOf(links: readonly (readonly Point[])[]): Cross[][] {
  const crosses: Cross[][] = links.map(() => [])
  for (let one = 0; one < links.length; one++) {
    for (let other = one + 1; other < links.length; other++) {
      const meeting = firstMeeting(links[one]!, links[other]!)
      if (meeting === undefined) continue
      crosses[one]!.push([other, ...meeting])
      crosses[other]!.push([one, meeting[1], meeting[0]])
    }
  }
  // At most 16 are compared, which `std::sort` leaves in order where they are equal.
  return crosses.map((list) => list.sort((a, b) => a[1] - b[1]))
}

function firstMeeting(one: readonly Point[], other: readonly Point[]): [number, number] | undefined {
  let alongOne = 0
  for (let a = 0; a + 1 < one.length; a++) {
    let alongOther = 0
    for (let b = 0; b + 1 < other.length; b++) {
      const [start, end, from, to] = [one[a]!, one[a + 1]!, other[b]!, other[b + 1]!]
      const turn = cross(minus(end, start), minus(to, from))
      if (Math.abs(turn) < EPSILON) continue
      const share = cross(minus(from, start), minus(to, from)) / turn
      const at: Point = [start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share]
      if (isOn(start, end, at) && isOn(from, to, at)) {
        return [alongOne + size(minus(at, start)), alongOther + size(minus(at, from))]
      }
      alongOther += size(minus(to, from))
    }
    alongOne += size(minus(one[a + 1]!, one[a]!))
  }
  return undefined
}

const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1]]
const cross = (a: Point, b: Point) => a[0] * b[1] - a[1] * b[0]
const size = ([x, y]: Point) => Math.sqrt(x * x + y * y)
const isOn = (start: Point, end: Point, at: Point) => {
  const [fromStart, fromEnd] = [minus(at, start), minus(at, end)]
  const beyond = fromStart[0] * fromEnd[0] + fromStart[1] * fromEnd[1]
  return Math.abs(cross(minus(end, start), fromStart)) < EPSILON && beyond < EPSILON
}

t.test('two lines that cross have the crossing in common', async (t) => {
  const across: Point[] = [
    [-4, 3],
    [4, 3],
  ]
  const up: Point[] = [
    [0, 0],
    [0, 2],
    [0, 8],
  ]
  t.same(crossesOf([across, up]), [[[1, 4, 3]], [[0, 3, 4]]])
})

t.test('lines that start or end in common cross there, parallels nowhere', async (t) => {
  const straight: Point[] = [
    [0, 0],
    [10, 0],
  ]
  const left: Point[] = [
    [0, 0],
    [6, 8],
  ]
  const beside: Point[] = [
    [0, 1],
    [10, 1],
  ]
  const merging: Point[] = [
    [4, -8],
    [10, 0],
  ]
  const [ofStraight, ofLeft, ofBeside, ofMerging] = crossesOf([straight, left, beside, merging])
  t.same(ofStraight, [
    [1, 0, 0],
    [3, 10, 10],
  ])
  t.same(ofLeft, [
    [0, 0, 0],
    [2, 1.25, 0.75],
  ])
  t.same(ofBeside, [[1, 0.75, 1.25]])
  t.same(ofMerging, [[0, 10, 10]])
})

t.test('a pair meets once, and a parallel piece that was passed over does not count', async (t) => {
  const straight: Point[] = [
    [0, 0],
    [10, 0],
  ]
  const around: Point[] = [
    [2, 5],
    [6, 5],
    [6, -5],
    [8, -5],
    [8, 5],
  ]
  t.same(crossesOf([straight, around])[0], [[1, 6, 5]])
})

t.test('leaving out what boxes keep apart changes nothing', async (t) => {
  // Lines of up to 7 pieces on a coarse lattice touch, overlap and share ends often.
  let seed = 1
  const draw = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 1
    return (seed >>> 8) % below
  }
  const line = (scale: number): Point[] =>
    Array.from({ length: 2 + draw(7) }, (): Point => [draw(9) * scale, draw(9) * scale])
  for (const scale of [1e-4, 0.3, 1, 1e5]) {
    const intersections = Array.from({ length: 50 }, () => Array.from({ length: 12 }, () => line(scale)))
    t.same(intersections.map(crossesOf), intersections.map(slowCrossesOf))
  }
})
