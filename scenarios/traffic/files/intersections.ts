import { LinkRank } from '../network.ts'
import { type Fields, NOT_NEGATIVE } from './fields.ts'
import { type Ids, ROAD_ID, readReference } from './ids.ts'
import { JsonKind } from './json.ts'
import { type Roads, readPoint } from './roads.ts'

/** One byte for each phase and road link of an intersection: a hostile file could ask for more than there is. */
const MOST_PHASE_BYTES = 2 ** 28

/** Seconds of all phases of a programme: a step runs through as many cycles as it holds. */
const SHORTEST_CYCLE = 0.01

const RANKS: ReadonlyMap<string | undefined, number> = new Map([
  ['turn_right', LinkRank.right],
  ['turn_left', LinkRank.left],
  ['go_straight', LinkRank.straight],
])

const LINK_POINTS = 'no points, or an array of at least 2 points {x, y}'

/** The intersections of a file; lists as in `Network`. */
export interface Intersections {
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

export function readIntersections(fields: Fields, ids: Ids, roads: Roads): Intersections {
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
  if (array >= 0 && cycle < SHORTEST_CYCLE) {
    const remedy = 'the lights would change without end'
    problems.wrong(array, `phases of ${SHORTEST_CYCLE} s in all, or longer`, remedy, `${cycle} s`)
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
