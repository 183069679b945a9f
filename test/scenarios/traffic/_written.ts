import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type DataSet,
  type FlowEntry,
  type IntersectionEntry,
  type RoadEntry,
  writeDataSet,
} from '../../../scenarios/traffic/data-set.ts'

/** The files of a data set, read back. */
export interface Written {
  readonly config: Readonly<Record<string, unknown>>
  readonly roadnet: {
    readonly intersections: readonly IntersectionEntry[]
    readonly roads: readonly RoadEntry[]
  }
  readonly flows: readonly FlowEntry[]
}

export async function written(folder: string, set: DataSet): Promise<Written> {
  await writeDataSet(folder, set, () => undefined)
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  return { config: read('config.json'), roadnet: read('roadnet.json'), flows: read('flow.json') }
}

/**
 * What is wrong with flows on a network: roads that are not there, lanes from which a vehicle that follows CityFlow's
 * rules has no way on, since it never changes lanes.
 */
export function undrivable({ roadnet, flows }: Pick<Written, 'roadnet' | 'flows'>): readonly string[] {
  const roads = new Map(roadnet.roads.map((road) => [road.id, road]))
  /** Lanes that the links from one road to another join. */
  const links = new Map<string, (readonly [start: number, end: number])[]>()
  for (const { roadLinks } of roadnet.intersections) {
    for (const { startRoad, endRoad, laneLinks } of roadLinks) {
      const key = `${startRoad} → ${endRoad}`
      const lanes = laneLinks.map(
        ({ startLaneIndex, endLaneIndex }) => [startLaneIndex, endLaneIndex] as const,
      )
      links.set(key, [...(links.get(key) ?? []), ...lanes])
    }
  }
  const between = (from: string, to: string | undefined) => links.get(`${from} → ${to}`) ?? []
  const problems = new Set<string>()
  for (const { route } of flows) {
    for (const road of route) if (!roads.has(road)) problems.add(`no road ${road}`)
    if (route.length < 2) problems.add(`a route of ${route.length} roads`)
    for (let i = 0; i + 1 < route.length; i++) {
      const [from, to, next] = [route[i]!, route[i + 1]!, route[i + 2]]
      const pairs = between(from, to)
      if (pairs.length === 0) problems.add(`no link ${from} → ${to}`)
      if (next === undefined) continue
      const onward = new Set(between(to, next).map(([start]) => start))
      for (const [start] of pairs) {
        if (pairs.some(([lane, end]) => lane === start && onward.has(end))) continue
        problems.add(`stuck from lane ${start} of ${from} over ${to} to ${next}`)
      }
    }
  }
  return [...problems]
}
