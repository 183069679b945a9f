import type { NetworkGraph } from './network.ts'

/** Most pairs of roads whose paths are kept. */
const MOST_KEPT = 100_000

/**
 * Finds the cheapest ways over roads, ties decided as CityFlow's router decides them.
 *
 * A road's neighbours are those that its end intersection lists and one of its lanes leads to. A way costs the sum over
 * its roads after the first.
 *
 * @see CityFlow 81ee0f4, vehicle/router.cpp (Router::dijkstra)
 */
export class Router {
  /** [R + 1] roads that each road leads to, in the order of its end intersection's list. */
  readonly #neighboursFrom: Int32Array
  readonly #neighbours: Int32Array
  #cost: Float64Array
  readonly #paths = new Map<number, Int32Array>()
  readonly #heap: RoadHeap
  /** [R] the search that last reached and last settled each road. */
  readonly #reached: Int32Array
  readonly #settled: Int32Array
  /** [R] cost of the cheapest way known to each road, and the road before it. */
  readonly #distance: Float64Array
  readonly #before: Int32Array
  #searches = 0

  /** @param cost [R] of each road, from 0; by default the mean length of its lanes */
  constructor(graph: NetworkGraph, cost: Float64Array = meanLaneLengths(graph)) {
    const roadCount = graph.roadStart.length
    ;[this.#neighboursFrom, this.#neighbours] = findNeighbours(graph)
    this.#cost = cost
    // A road is settled once, so that a search pushes each of its neighbours once at most.
    this.#heap = new RoadHeap(this.#neighbours.length + 1)
    this.#reached = new Int32Array(roadCount)
    this.#settled = new Int32Array(roadCount)
    this.#distance = new Float64Array(roadCount)
    this.#before = new Int32Array(roadCount)
  }

  /** Takes other costs of the roads, [R] from 0, for what is asked from now on. */
  setCost(cost: Float64Array): void {
    this.#cost = cost
    this.#paths.clear()
  }

  /**
   * The roads of a way through all anchors, of which two are its ends; an anchor that repeats the one before counts for
   * nothing. Undefined when a part has no way, or when the way is a single road.
   */
  route(anchors: ArrayLike<number>): Int32Array | undefined {
    const route = [anchors[0]!]
    for (let i = 1; i < anchors.length; i++) {
      if (anchors[i] === anchors[i - 1]) continue
      const path = this.path(anchors[i - 1]!, anchors[i]!)
      if (path === undefined) return undefined
      for (const road of path) route.push(road)
    }
    return route.length > 1 ? Int32Array.from(route) : undefined
  }

  /** The roads behind `start` on the way to another road, `end` being the last; undefined when no way leads there. */
  path(start: number, end: number): Int32Array | undefined {
    // No way is cheaper than the one step, and an equal one does not displace it.
    if (this.#leadsTo(start, end)) return Int32Array.of(end)
    const pair = start * this.#cost.length + end
    let path = this.#paths.get(pair)
    if (path === undefined) {
      path = this.#search(start, end)
      if (this.#paths.size === MOST_KEPT) this.#paths.clear()
      this.#paths.set(pair, path)
    }
    return path.length > 0 ? path : undefined
  }

  #leadsTo(start: number, end: number): boolean {
    for (let n = this.#neighboursFrom[start]!; n < this.#neighboursFrom[start + 1]!; n++) {
      if (this.#neighbours[n] === end) return true
    }
    return false
  }

  /** Dijkstra's search; an empty path when `end` is out of reach. */
  #search(start: number, end: number): Int32Array {
    const search = ++this.#searches
    const heap = this.#heap
    heap.clear()
    this.#reached[start] = search
    this.#distance[start] = 0
    heap.push(start, 0)
    while (heap.size > 0) {
      const road = heap.pop()
      if (road === end) return this.#walkBack(start, end)
      if (this.#settled[road] === search) continue
      this.#settled[road] = search
      this.#reachNeighbours(road, search)
    }
    return new Int32Array(0)
  }

  #reachNeighbours(road: number, search: number): void {
    for (let n = this.#neighboursFrom[road]!; n < this.#neighboursFrom[road + 1]!; n++) {
      const next = this.#neighbours[n]!
      const distance = this.#distance[road]! + this.#cost[next]!
      if (this.#reached[next] === search && !(distance < this.#distance[next]!)) continue
      this.#reached[next] = search
      this.#distance[next] = distance
      this.#before[next] = road
      this.#heap.push(next, distance)
    }
  }

  #walkBack(start: number, end: number): Int32Array {
    const path: number[] = []
    for (let road = end; road !== start; road = this.#before[road]!) path.push(road)
    return Int32Array.from(path.reverse())
  }
}

/** [R] what a road costs CityFlow's router: the mean length of its lanes, in metres. */
export function meanLaneLengths({ roadLanesFrom, length }: NetworkGraph): Float64Array {
  const cost = new Float64Array(roadLanesFrom.length - 1)
  for (let road = 0; road < cost.length; road++) {
    const [from, to] = [roadLanesFrom[road]!, roadLanesFrom[road + 1]!]
    let sum = 0
    for (let lane = from; lane < to; lane++) sum += length[lane]!
    cost[road] = sum / (to - from)
  }
  return cost
}

/** [R + 1] and the neighbours of each road, as `Router` defines them. */
function findNeighbours(graph: NetworkGraph): readonly [Int32Array, Int32Array] {
  const { roadEnd, intersectionRoadsFrom, intersectionRoads } = graph
  const from = new Int32Array(roadEnd.length + 1)
  const neighbours: number[] = []
  for (let road = 0; road < roadEnd.length; road++) {
    const reached = roadsBehind(graph, road)
    const end = roadEnd[road]!
    for (let at = intersectionRoadsFrom[end]!; at < intersectionRoadsFrom[end + 1]!; at++) {
      if (reached.has(intersectionRoads[at]!)) neighbours.push(intersectionRoads[at]!)
    }
    from[road + 1] = neighbours.length
  }
  return [from, Int32Array.from(neighbours)]
}

/** Roads that the lanes of a road lead to. */
function roadsBehind(graph: NetworkGraph, road: number): Set<number> {
  const { roadLanesFrom, laneLinksFrom, laneLinks, laneRoad, linkEnd } = graph
  const behind = new Set<number>()
  const end = laneLinksFrom[roadLanesFrom[road + 1]!]!
  for (let at = laneLinksFrom[roadLanesFrom[road]!]!; at < end; at++) {
    behind.add(laneRoad[linkEnd[laneLinks[at]!]!]!)
  }
  return behind
}

/** Roads by cost, the least first, with equal ones in the order of libstdc++'s `std::priority_queue`. */
class RoadHeap {
  readonly #roads: Int32Array
  readonly #costs: Float64Array
  #size = 0

  constructor(capacity: number) {
    this.#roads = new Int32Array(capacity)
    this.#costs = new Float64Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  clear(): void {
    this.#size = 0
  }

  push(road: number, cost: number): void {
    this.#rise(this.#size++, road, cost)
  }

  /** Takes the cheapest road out: the hole goes down to a leaf, and the last element rises from there. */
  pop(): number {
    const first = this.#roads[0]!
    const size = --this.#size
    let hole = 0
    for (let right = 2; right <= size; right = 2 * hole + 2) {
      const isLeft = right === size || this.#costs[right]! > this.#costs[right - 1]!
      hole = this.#lift(isLeft ? right - 1 : right, hole)
    }
    this.#rise(hole, this.#roads[size]!, this.#costs[size]!)
    return first
  }

  /** Moves an element into its parent's place, and says which place is free then. */
  #lift(child: number, parent: number): number {
    this.#roads[parent] = this.#roads[child]!
    this.#costs[parent] = this.#costs[child]!
    return child
  }

  #rise(from: number, road: number, cost: number): void {
    let hole = from
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!(this.#costs[parent]! > cost)) break
      this.#lift(parent, hole)
      hole = parent
    }
    this.#roads[hole] = road
    this.#costs[hole] = cost
  }
}
