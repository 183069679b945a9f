import { RuntimeError } from '../../../runtime/core/errors.ts'
import { hermite } from '../curve.ts'
import type { LinkType, Point } from '../data-set.ts'
import { distance, distinct, headingsOf, rounded } from './shapes.ts'
import type { SumoConnection, SumoEdge, SumoLane, SumoNet } from './sumo-net.ts'

/** An edge with at least one lane for cars. */
export interface Road {
  readonly id: string
  readonly from: string
  readonly to: string
  /** For cars only, the innermost first, as CityFlow counts them. */
  readonly lanes: readonly SumoLane[]
  /** Speed limit of its fastest lane, m/s. */
  readonly speed: number
}

/** Everything that leads from one road to another. */
export interface RoadLink {
  readonly from: Road
  readonly to: Road
  readonly type: LinkType
  readonly isUTurn: boolean
  readonly lanes: readonly LaneLink[]
  /** Signals that let it go; none where it always may. */
  readonly signals: readonly { readonly programme: string; readonly letter: number }[]
  readonly isAlwaysOpen: boolean
}

export interface LaneLink {
  readonly start: number
  readonly end: number
  readonly points: readonly Point[]
}

/** What cars can use of a SUMO network, with CityFlow's counting of lanes. */
export interface CarNetwork {
  readonly net: SumoNet
  readonly roads: ReadonlyMap<string, Road>
  /** By the roads that they lead from and to, in the order of the file. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, RoadLink>>
}

const TYPES: Readonly<Record<string, LinkType>> = {
  s: 'go_straight',
  l: 'turn_left',
  L: 'turn_left',
  r: 'turn_right',
  R: 'turn_right',
  // CityFlow has no U-turns; they give way as left turns do.
  t: 'turn_left',
  T: 'turn_left',
}

/**
 * @throws ERR_FILE_INVALID without any road, for a connection in a direction that SUMO does not have, or between roads
 *         that do not meet
 */
export function carNetwork(net: SumoNet): CarNetwork {
  const roads = new Map<string, Road>()
  for (const edge of net.edges.values()) {
    const lanes = edge.lanes.filter(({ isForCars }) => isForCars).toReversed()
    if (lanes.length === 0) continue
    const { id, from, to } = edge
    roads.set(id, { id, from, to, lanes, speed: Math.max(...lanes.map(({ speed }) => speed)) })
  }
  if (roads.size === 0) {
    throw new RuntimeError(
      'ERR_FILE_INVALID',
      `${net.file}: expected edges with lanes for passenger cars, got none; let them use some, with netconvert`,
    )
  }
  const links = new Map<string, Map<string, RoadLink>>()
  for (const connections of together(net.connections)) {
    const link = roadLink(net, roads, connections)
    if (!link) continue
    const { from, to } = link
    links.set(from.id, (links.get(from.id) ?? new Map()).set(to.id, link))
  }
  return { net, roads, links }
}

/** Connections of the same two edges. */
function together(connections: readonly SumoConnection[]): Iterable<readonly SumoConnection[]> {
  const groups = new Map<string, SumoConnection[]>()
  for (const connection of connections) {
    // Ids hold no blanks: SUMO's routes are lists with blanks between.
    const key = `${connection.from} ${connection.to}`
    const group = groups.get(key)
    if (group) group.push(connection)
    else groups.set(key, [connection])
  }
  return groups.values()
}

function roadLink(
  net: SumoNet,
  roads: ReadonlyMap<string, Road>,
  connections: readonly SumoConnection[],
): RoadLink | undefined {
  const [first] = connections as readonly [SumoConnection, ...SumoConnection[]]
  const [from, to] = [roads.get(first.from), roads.get(first.to)]
  if (!from || !to) return undefined
  const open = connections.flatMap((connection) => {
    const start = from.lanes.indexOf(laneAt(net, connection.from, connection.fromLane))
    const end = to.lanes.indexOf(laneAt(net, connection.to, connection.toLane))
    return start < 0 || end < 0 ? [] : [{ connection, start, end }]
  })
  if (open.length === 0) return undefined
  const type = TYPES[first.direction]
  if (!type) throw first.element.wrong('dir', `one of ${Object.keys(TYPES).join(', ')}`)
  if (from.to !== to.from) {
    throw first.element.error(
      `expected edges that meet, got ${from.id} that ends at junction ${from.to} and ${to.id} that begins at ${to.from}`,
      'write the network again with netconvert',
    )
  }
  return {
    from,
    to,
    type,
    isUTurn: first.direction.toLowerCase() === 't',
    lanes: open.map(({ connection, start, end }) => laneLink(from, start, to, end, connection.shape)),
    signals: open.flatMap(({ connection }) => connection.signal ?? []),
    isAlwaysOpen: open.some(({ connection }) => connection.signal === undefined),
  }
}

function laneAt(net: SumoNet, edge: string, lane: number): SumoLane {
  return (net.edges.get(edge) as SumoEdge).lanes[lane]!
}

/** @param shape way over the junction; without one a curve is drawn */
function laneLink(from: Road, start: number, to: Road, end: number, shape?: readonly Point[]): LaneLink {
  const [startLane, endLane] = [from.lanes[start]!, to.lanes[end]!]
  const [startLine, endLine] = [startLane, endLane].map((lane) => distinct(lane.shape, lane.length))
  const [p0, p1] = [startLine!.at(-1)!, endLine![0]!]
  if (shape) {
    const points = distinct([p0, ...shape, p1], 0)
    return { start, end, points }
  }
  const reach = distance(p0, p1)
  const scaled = ({ x, y }: Point): Point => ({ x: x * reach, y: y * reach })
  const [, leave] = headingsOf(startLine!)
  const [arrive] = headingsOf(endLine!)
  return { start, end, points: distinct(hermite(p0, scaled(leave), p1, scaled(arrive)).map(rounded), 0) }
}

/**
 * A network on which nobody gets stuck. CityFlow's vehicles never change lanes on a road. So whoever may go from a road
 * to the next has to reach there, from the very lane, some lane for every way on; where SUMO counts on a change of
 * lanes, a lane link is added to the nearest such lane.
 *
 * @returns links as before and those added, and how many these are
 */
export function withEveryContinuation(links: CarNetwork['links']): {
  readonly links: CarNetwork['links']
  readonly added: number
} {
  let added = 0
  const complete = (link: RoadLink): RoadLink => {
    const lanes = [...link.lanes]
    for (const onward of links.get(link.to.id)?.values() ?? []) {
      const starts = new Set(onward.lanes.map(({ start }) => start))
      for (const start of new Set(link.lanes.map((lane) => lane.start))) {
        const reached = lanes.filter((lane) => lane.start === start).map(({ end }) => end)
        if (reached.some((end) => starts.has(end))) continue
        lanes.push(laneLink(link.from, start, link.to, nearest(reached[0]!, starts)))
        added++
      }
    }
    return { ...link, lanes }
  }
  const completed = new Map<string, ReadonlyMap<string, RoadLink>>()
  for (const [from, targets] of links) {
    completed.set(from, new Map([...targets].map(([to, link]) => [to, complete(link)])))
  }
  return { links: completed, added }
}

function nearest(lane: number, lanes: ReadonlySet<number>): number {
  return [...lanes].reduce((best, other) => (Math.abs(other - lane) < Math.abs(best - lane) ? other : best))
}

/** Without the U-turns that nobody takes: dead ends then are the rim of the network. */
export function withoutUTurns(
  links: CarNetwork['links'],
  isTaken: (link: RoadLink) => boolean,
): CarNetwork['links'] {
  const kept = [...links].map(([from, targets]): [string, ReadonlyMap<string, RoadLink>] => [
    from,
    new Map([...targets].filter(([, link]) => !link.isUTurn || isTaken(link))),
  ])
  return new Map(kept)
}
