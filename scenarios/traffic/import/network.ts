import type { IntersectionEntry, Point, RoadEntry } from '../data-set.ts'
import type { CarNetwork, Road, RoadLink } from './car-network.ts'
import { phasesOf } from './programmes.ts'
import { beside, distance, distinct, extended, rounded, roundMetres } from './shapes.ts'

/** A network as CityFlow's file has it. */
export interface Roadnet {
  readonly intersections: readonly IntersectionEntry[]
  readonly roads: readonly RoadEntry[]
}

/**
 * Intersections and roads of what cars can use.
 *
 * SUMO's lanes end at the border of a junction, each edge at its own distance, while CityFlow takes the same width off
 * every road. So a road's centre line is drawn beside the innermost lane and made longer by the intersection's width at
 * either end; when CityFlow has taken it off again, lanes are as long as SUMO's.
 *
 * @param begin time of the simulation's first step, in seconds
 */
export function roadnet({ net, roads, links }: CarNetwork, begin: number): Roadnet {
  const lines = new Map([...roads.values()].map((road) => [road, centreLine(road)]))
  const incoming = groupBy([...roads.values()], ({ to }) => to)
  const outgoing = groupBy([...roads.values()], ({ from }) => from)
  const intersections: IntersectionEntry[] = []
  for (const { id, point } of net.junctions.values()) {
    const [into, out] = [incoming.get(id) ?? [], outgoing.get(id) ?? []]
    if (into.length + out.length === 0) continue
    const roadLinks = into.flatMap((road) => [...(links.get(road.id)?.values() ?? [])])
    const mouths = [
      ...into.map((road) => lines.get(road)!.at(-1)!),
      ...out.map((road) => lines.get(road)![0]!),
    ]
    intersections.push({
      id,
      point,
      width: roadLinks.length === 0 ? 0 : meanDistance(point, mouths),
      roads: [...into, ...out].map((road) => road.id),
      roadLinks: roadLinks.map(linkEntry),
      trafficLight: {
        roadLinkIndices: roadLinks.map((_, i) => i),
        lightphases: phasesOf(net, id, roadLinks, begin),
      },
      virtual: roadLinks.length === 0,
    })
  }
  const widthOf = new Map(intersections.map(({ id, width }) => [id, width]))
  return {
    intersections,
    roads: [...lines].map(([road, line]) =>
      roadEntry(road, extended(line, widthOf.get(road.from)!, widthOf.get(road.to)!)),
    ),
  }
}

/** All lanes lie to the right of it. */
function centreLine({ lanes }: Road): Point[] {
  const [innermost] = lanes
  const { shape, length, width } = innermost!
  return beside(distinct(shape, length), width / 2)
}

function meanDistance(point: Point, places: readonly Point[]): number {
  const total = places.reduce((sum, place) => sum + distance(point, place), 0)
  return roundMetres(total / places.length)
}

function roadEntry({ id, lanes, from, to }: Road, points: readonly Point[]): RoadEntry {
  return {
    id,
    points: points.map(rounded),
    lanes: lanes.map(({ width, speed }) => ({ width, maxSpeed: speed })),
    startIntersection: from,
    endIntersection: to,
  }
}

function linkEntry({ type, from, to, lanes }: RoadLink): IntersectionEntry['roadLinks'][number] {
  return {
    type,
    startRoad: from.id,
    endRoad: to.id,
    laneLinks: lanes.map(({ start, end, points }) => ({ startLaneIndex: start, endLaneIndex: end, points })),
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
