import { findCrosses } from '../crosses.ts'
import { CURVE_POINTS, drawLaneLinks, drawLanes, lengthsOf } from '../geometry.ts'
import { LinkRank, type Network } from '../network.ts'
import { COORDINATE, Fields, NOT_NEGATIVE, POSITIVE } from './fields.ts'
import { JsonKind, readJsonDocument } from './json.ts'
import { Problems } from './problems.ts'

/** CityFlow has no limit of speed on a lane link, and draws all as wide as this. */
const LINK_SPEED = 10_000
const LINK_WIDTH = 4
/** One byte for each phase and road link of an intersection: a hostile file could ask for more than there is. */
const MOST_PHASE_BYTES = 2 ** 28

const RANKS: ReadonlyMap<string | undefined, number> = new Map([
  ['turn_right', LinkRank.right],
  ['turn_left', LinkRank.left],
  ['go_straight', LinkRank.straight],
])

const INTERSECTION_ID = 'the id of an intersection'
const ROAD_ID = 'the id of a road'
const POINTS = 'an array of at least 2 points {x, y}'
const LINK_POINTS = 'no points, or an array of at least 2 points {x, y}'

/**
 * Reads a road network and derives its geometry: lines of lanes, curves of lane links, and where these cross.
 *
 * @throws ERR_FILE_MISSING when the file cannot be read
 * @throws ERR_FILE_INVALID naming the places that are wrong
 */
export function readNetwork(file: string): Network {
  const document = readJsonDocument(file)
  const problems = new Problems(document)
  const fields = new Fields(document, problems)
  const ids = readIds(fields)
  // Without them every reference would be wrong too.
  problems.throwIfAny()
  const roads = readRoads(fields, ids)
  const intersections = readIntersections(fields, ids, roads)
  problems.throwIfAny()

  const network = deriveNetwork(ids, roads, intersections)
  checkLines(fields, ids, roads, network)
  problems.throwIfAny()
  return network
}

/** Where intersections and roads stand in the file, and which text names which. */
interface Ids {
  readonly intersectionNodes: readonly number[]
  readonly roadNodes: readonly number[]
  readonly intersections: readonly string[]
  readonly roads: readonly string[]
  /** By number of a text: the intersection or road of this id, or −1. */
  readonly intersectionOf: Int32Array
  readonly roadOf: Int32Array
}

/** The roads of a file; lists as in `Network`. */
interface Roads {
  readonly start: Int32Array
  readonly end: Int32Array
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
  readonly lanesFrom: Int32Array
  readonly laneRoad: Int32Array
  readonly laneWidth: Float64Array
  readonly laneSpeed: Float64Array
}

/** The intersections of a file; lists as in `Network`. */
interface Intersections {
  readonly isVirtual: Uint8Array
  readonly width: Float64Array
  readonly points: Float64Array
  readonly roadsFrom: Int32Array
  readonly roads: Int32Array
  readonly roadLinksFrom: Int32Array
  readonly linksFrom: Int32Array
  readonly phasesFrom: Int32Array
  readonly roadLinkStart: Int32Array
  readonly roadLinkEnd: Int32Array
  readonly roadLinkRank: Uint8Array
  readonly roadLinkLinksFrom: Int32Array
  readonly linkStart: Int32Array
  readonly linkEnd: Int32Array
  readonly linkRoadLink: Int32Array
  readonly linkRank: Uint8Array
  /** [K] intersection on which each lane link lies. */
  readonly linkIntersection: Int32Array
  /** [K] points that the file gives for each lane link, 0 where CityFlow draws a curve; all of them, x, y. */
  readonly linkPointCount: Int32Array
  readonly linkPoints: Float64Array
  readonly phaseTime: Float64Array
  readonly phaseGreenFrom: Int32Array
  readonly phaseGreen: Uint8Array
}

function readIds(fields: Fields): Ids {
  const { document } = fields
  fields.isObject(0, 'an object with "intersections" and "roads"')
  const intersectionNodes = [
    ...fields.elements(fields.array(0, 'intersections', 'an array of intersections', 1)),
  ]
  const roadNodes = [...fields.elements(fields.array(0, 'roads', 'an array of roads', 1))]
  const isVirtual = (node: number) => document.kind[fields.find(node, 'virtual')] === JsonKind.true
  // Data sets name nodes at the rim twice; nothing is decided there, and the last one counts.
  const bothVirtual = (one: number, other: number) => isVirtual(one) && isVirtual(other)
  const intersectionOf = numberIds(fields, intersectionNodes, 'an intersection', bothVirtual)
  const roadOf = numberIds(fields, roadNodes, 'a road', () => false)
  const nameOf = (node: number) => document.texts[document.value[fields.find(node, 'id')]!] ?? ''
  return {
    intersectionNodes,
    roadNodes,
    intersections: intersectionNodes.map(nameOf),
    roads: roadNodes.map(nameOf),
    intersectionOf,
    roadOf,
  }
}

function numberIds(
  fields: Fields,
  nodes: readonly number[],
  what: string,
  mayShare: (one: number, other: number) => boolean,
): Int32Array {
  const { document, problems } = fields
  const indexOf = new Int32Array(document.texts.length).fill(-1)
  nodes.forEach((node, index) => {
    if (!fields.isObject(node, what)) return
    const text = fields.text(node, 'id', `the id of ${what}`)
    if (text < 0) return
    const taken = indexOf[text]!
    if (taken >= 0 && !mayShare(nodes[taken]!, node)) {
      const remedy = `element ${taken} has the same; give each its own`
      problems.wrong(fields.find(node, 'id'), `an id that no other has`, remedy)
    }
    indexOf[text] = index
  })
  return indexOf
}

function readRoads(fields: Fields, ids: Ids): Roads {
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

function readPoint(fields: Fields, point: number, out: number[]): void {
  fields.isObject(point, 'a point {x, y}')
  out.push(fields.number(point, 'x', COORDINATE), fields.number(point, 'y', COORDINATE))
}

/** Index of what a member names, or −1 for a name that nothing has. */
function readReference(
  fields: Fields,
  node: number,
  key: string,
  expected: string,
  indexOf: Int32Array,
): number {
  const text = fields.text(node, key, expected)
  if (text < 0) return -1
  const index = indexOf[text]!
  if (index < 0) fields.problems.wrong(fields.find(node, key), expected, 'nothing has this id')
  return index
}

function readIntersections(fields: Fields, ids: Ids, roads: Roads): Intersections {
  const count = ids.intersectionNodes.length
  const width = new Float64Array(count)
  const isVirtual = new Uint8Array(count)
  const from = () => new Int32Array(count + 1)
  const [roadsFrom, roadLinksFrom, linksFrom, phasesFrom] = [from(), from(), from(), from()]
  const points: number[] = []
  const touching: number[] = []
  const links = createLinkColumns()
  const phases = createPhaseColumns()
  ids.intersectionNodes.forEach((node, intersection) => {
    readPoint(fields, fields.object(node, 'point', 'a point {x, y}'), points)
    readTouchingRoads(fields, node, ids, touching)
    isVirtual[intersection] = fields.flag(node, 'virtual') ? 1 : 0
    if (isVirtual[intersection] === 0 && fields.find(node, 'virtual') >= 0) {
      width[intersection] = fields.number(node, 'width', NOT_NEGATIVE)
      const roadLinks = fields.array(node, 'roadLinks', 'an array of road links')
      readRoadLinks(fields, roadLinks, intersection, ids, roads, links)
      readPhases(fields, node, roadLinks, phases)
    }
    roadsFrom[intersection + 1] = touching.length
    roadLinksFrom[intersection + 1] = links.roadLinkStart.length
    linksFrom[intersection + 1] = links.linkStart.length
    phasesFrom[intersection + 1] = phases.time.length
  })
  return {
    isVirtual,
    width,
    points: new Float64Array(points),
    roadsFrom,
    roads: new Int32Array(touching),
    roadLinksFrom,
    linksFrom,
    phasesFrom,
    roadLinkStart: new Int32Array(links.roadLinkStart),
    roadLinkEnd: new Int32Array(links.roadLinkEnd),
    roadLinkRank: new Uint8Array(links.roadLinkRank),
    roadLinkLinksFrom: new Int32Array(links.roadLinkLinksFrom),
    linkStart: new Int32Array(links.linkStart),
    linkEnd: new Int32Array(links.linkEnd),
    linkRoadLink: new Int32Array(links.linkRoadLink),
    linkRank: Uint8Array.from(links.linkRoadLink, (roadLink) => links.roadLinkRank[roadLink]!),
    linkIntersection: new Int32Array(links.linkIntersection),
    linkPointCount: new Int32Array(links.linkPointCount),
    linkPoints: new Float64Array(links.linkPoints),
    phaseTime: new Float64Array(phases.time),
    phaseGreenFrom: new Int32Array(phases.greenFrom),
    phaseGreen: joinBytes(phases.green),
  }
}

function readTouchingRoads(fields: Fields, intersection: number, ids: Ids, out: number[]): void {
  for (const node of fields.elements(fields.array(intersection, 'roads', 'an array of ids of roads'))) {
    const text = fields.textAt(node, ROAD_ID)
    const road = text < 0 ? -1 : ids.roadOf[text]!
    if (text >= 0 && road < 0) fields.problems.wrong(node, ROAD_ID, 'nothing has this id')
    out.push(road)
  }
}

interface LinkColumns {
  readonly roadLinkStart: number[]
  readonly roadLinkEnd: number[]
  readonly roadLinkRank: number[]
  readonly roadLinkLinksFrom: number[]
  readonly linkStart: number[]
  readonly linkEnd: number[]
  readonly linkRoadLink: number[]
  readonly linkIntersection: number[]
  readonly linkPointCount: number[]
  readonly linkPoints: number[]
}

function createLinkColumns(): LinkColumns {
  return {
    roadLinkStart: [],
    roadLinkEnd: [],
    roadLinkRank: [],
    roadLinkLinksFrom: [0],
    linkStart: [],
    linkEnd: [],
    linkRoadLink: [],
    linkIntersection: [],
    linkPointCount: [],
    linkPoints: [],
  }
}

function readRoadLinks(
  fields: Fields,
  roadLinks: number,
  intersection: number,
  ids: Ids,
  roads: Roads,
  out: LinkColumns,
): void {
  const { document, problems } = fields
  for (const roadLink of fields.elements(roadLinks)) {
    fields.isObject(roadLink, 'a road link')
    const type = fields.text(roadLink, 'type', 'turn_left, turn_right or go_straight')
    const start = readReference(fields, roadLink, 'startRoad', ROAD_ID, ids.roadOf)
    const end = readReference(fields, roadLink, 'endRoad', ROAD_ID, ids.roadOf)
    if (start >= 0 && roads.end[start] !== intersection && roads.end[start]! >= 0) {
      problems.wrong(fields.find(roadLink, 'startRoad'), 'a road that ends at this intersection')
    }
    if (end >= 0 && roads.start[end] !== intersection && roads.start[end]! >= 0) {
      problems.wrong(fields.find(roadLink, 'endRoad'), 'a road that starts at this intersection')
    }
    const number = out.roadLinkStart.push(start) - 1
    out.roadLinkEnd.push(end)
    out.roadLinkRank.push(RANKS.get(document.texts[type]) ?? LinkRank.other)
    for (const link of fields.elements(fields.array(roadLink, 'laneLinks', 'an array of lane links'))) {
      fields.isObject(link, 'a lane link')
      out.linkStart.push(readLane(fields, link, 'startLaneIndex', start, roads))
      out.linkEnd.push(readLane(fields, link, 'endLaneIndex', end, roads))
      out.linkRoadLink.push(number)
      out.linkIntersection.push(intersection)
      readLinkPoints(fields, link, out)
    }
    out.roadLinkLinksFrom.push(out.linkStart.length)
  }
}

/** Number of a road's lane, among all lanes. */
function readLane(fields: Fields, link: number, key: string, road: number, roads: Roads): number {
  const index = fields.integer(link, key)
  const node = fields.find(link, key)
  if (road < 0 || node < 0) return -1
  const first = roads.lanesFrom[road]!
  const count = roads.lanesFrom[road + 1]! - first
  if (count === 0) return -1
  if (fields.document.kind[node] === JsonKind.integer && (index < 0 || index >= count)) {
    fields.problems.wrong(node, `an index of one of the road's ${count} lanes (0 to ${count - 1})`)
  }
  return first + index
}

function readLinkPoints(fields: Fields, link: number, out: LinkColumns): void {
  const array = fields.find(link, 'points') < 0 ? -1 : fields.array(link, 'points', LINK_POINTS)
  const count = fields.count(array)
  if (count === 1) fields.problems.wrong(array, LINK_POINTS)
  for (const point of fields.elements(array)) readPoint(fields, point, out.linkPoints)
  out.linkPointCount.push(count)
}

interface PhaseColumns {
  readonly time: number[]
  readonly greenFrom: number[]
  readonly green: Uint8Array[]
  greenBytes: number
}

function createPhaseColumns(): PhaseColumns {
  return { time: [], greenFrom: [], green: [], greenBytes: 0 }
}

function readPhases(fields: Fields, intersection: number, roadLinks: number, out: PhaseColumns): void {
  const { problems } = fields
  const roadLinkCount = fields.count(roadLinks)
  const light = fields.object(intersection, 'trafficLight', 'an object with "lightphases"')
  const array = fields.array(light, 'lightphases', 'an array of at least 1 phase', 1)
  if (out.greenBytes + fields.count(array) * roadLinkCount > MOST_PHASE_BYTES) {
    problems.wrong(array, `phases times road links of at most ${MOST_PHASE_BYTES} in all`)
    return
  }
  let cycle = 0
  for (const phase of fields.elements(array)) {
    fields.isObject(phase, 'a phase {time, availableRoadLinks}')
    const time = fields.number(phase, 'time', NOT_NEGATIVE)
    cycle += time
    out.time.push(time)
    const green = new Uint8Array(roadLinkCount)
    for (const node of fields.elements(fields.array(phase, 'availableRoadLinks', 'an array of indices'))) {
      const index = fields.integerAt(node)
      if (index >= 0 && index < roadLinkCount) green[index] = 1
      else if (roadLinks >= 0 && fields.document.kind[node] === JsonKind.integer) {
        problems.wrong(node, `an index of one of the intersection's ${roadLinkCount} roadLinks`)
      }
    }
    out.greenFrom.push(out.greenBytes)
    out.green.push(green)
    out.greenBytes += roadLinkCount
  }
  if (array >= 0 && cycle === 0) {
    problems.wrong(
      array,
      'a phase of more than 0 seconds',
      'the lights would change without end',
      'only zeros',
    )
  }
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function deriveNetwork(ids: Ids, roads: Roads, intersections: Intersections): Network {
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

/** A road that turns back on itself, or whose ends meet within the intersections, has no line to drive on. */
function checkLines(fields: Fields, ids: Ids, { lanesFrom }: Roads, { graph }: Network): void {
  ids.roadNodes.forEach((node, road) => {
    for (let lane = lanesFrom[road]!; lane < lanesFrom[road + 1]!; lane++) {
      const length = graph.length[lane]!
      if (length > 0 && Number.isFinite(length)) continue
      const points = fields.find(node, 'points')
      const remedy = 'the road must not turn back on itself, nor be as long as its intersections are wide'
      fields.problems.wrong(points, 'points that give its lanes a length', remedy, `a lane of ${length} m`)
      break
    }
  })
}
