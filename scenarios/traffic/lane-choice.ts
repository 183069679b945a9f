import type { NetworkGraph } from './network.ts'

/**
 * The lane link that a vehicle takes from a lane to the next road of its route: of those whose end lane goes on to the
 * road after, the one that ends nearest to the lane's own index, the first of equals. −1 when there is none.
 *
 * @param afterNext road behind the next, −1 when that is the last
 * @see CityFlow 81ee0f4, vehicle/router.cpp (Router::getNextDrivable)
 */
export function chooseLink(graph: NetworkGraph, lane: number, next: number, afterNext: number): number {
  const { laneRoad, roadLanesFrom, laneLinksFrom, laneLinks, linkEnd } = graph
  const index = lane - roadLanesFrom[laneRoad[lane]!]!
  let chosen = -1
  let least = Infinity
  for (let at = laneLinksFrom[lane]!; at < laneLinksFrom[lane + 1]!; at++) {
    const link = laneLinks[at]!
    const end = linkEnd[link]!
    if (laneRoad[end] !== next || (afterNext >= 0 && !leadsTo(graph, end, afterNext))) continue
    const aside = Math.abs(end - roadLanesFrom[next]! - index)
    if (aside >= least) continue
    chosen = link
    least = aside
  }
  return chosen
}

/** Whether a lane has a lane link to a road. */
export function leadsTo(graph: NetworkGraph, lane: number, road: number): boolean {
  const { laneRoad, laneLinksFrom, laneLinks, linkEnd } = graph
  for (let at = laneLinksFrom[lane]!; at < laneLinksFrom[lane + 1]!; at++) {
    if (laneRoad[linkEnd[laneLinks[at]!]!] === road) return true
  }
  return false
}

/** A lane that a vehicle may come to on its route, and from which no lane link goes on. */
export interface DeadEnd {
  readonly lane: number
  /** The road that it does not lead to; or not with a way on to the road after that, which is −1 for none. */
  readonly next: number
  readonly afterNext: number
}

/**
 * Follows a route over the lanes that vehicles take when they never change lanes.
 *
 * @param from lanes of the first road; by default all on which they may start
 */
export function findDeadEnd(
  graph: NetworkGraph,
  route: ArrayLike<number>,
  from: readonly number[] = lanesLeadingTo(graph, route[0]!, route[1]!),
): DeadEnd | undefined {
  let lanes = from
  for (let i = 1; i < route.length; i++) {
    const next = route[i]!
    const afterNext = i + 1 < route.length ? route[i + 1]! : -1
    const reached: number[] = []
    for (const lane of lanes) {
      const link = chooseLink(graph, lane, next, afterNext)
      if (link < 0) return { lane, next, afterNext }
      const end = graph.linkEnd[link]!
      if (!reached.includes(end)) reached.push(end)
    }
    lanes = reached
  }
  return undefined
}

function lanesLeadingTo(graph: NetworkGraph, road: number, next: number): number[] {
  const lanes: number[] = []
  for (let lane = graph.roadLanesFrom[road]!; lane < graph.roadLanesFrom[road + 1]!; lane++) {
    if (leadsTo(graph, lane, next)) lanes.push(lane)
  }
  return lanes
}
