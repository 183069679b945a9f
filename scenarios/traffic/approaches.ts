import type { NetworkGraph, NetworkShapes } from './network.ts'
import { LinkRank } from './network.ts'

/** What lies around the signals that act; A of them, each list in the order of compass directions. */
export interface Approaches {
  /** [A] intersections of the signals. */
  readonly signals: Int32Array
  /** [A + 1] lanes that end at each signal, and lanes that start there. */
  readonly entriesFrom: Int32Array
  readonly entries: Int32Array
  readonly exitsFrom: Int32Array
  readonly exits: Int32Array
  /** [A + 1] signals at the other ends of the roads that end at each one. */
  readonly neighboursFrom: Int32Array
  readonly neighbours: Int32Array
  /**
   * [P + 1] what each phase's movements link, that is the road links that it lets go, right turns left out: the lanes on
   * which they start, and all lanes of the roads on which they end. A lane is there once for each movement.
   */
  readonly inflowFrom: Int32Array
  readonly inflow: Int32Array
  readonly outflowFrom: Int32Array
  readonly outflow: Int32Array
}

/** The surroundings of all intersections whose signals have something to choose. */
export function findApproaches(graph: NetworkGraph, shapes: NetworkShapes): Approaches {
  const signals = signalsOf(graph)
  const signalAt = new Map(signals.map((intersection, signal) => [intersection, signal]))
  const roadsAt = signals.map((intersection) => roadsAround(graph, shapes, intersection))
  const [entriesFrom, entries] = join(roadsAt.map(({ ends }) => ends.flatMap((road) => lanesOf(graph, road))))
  const [exitsFrom, exits] = join(roadsAt.map(({ starts }) => starts.flatMap((road) => lanesOf(graph, road))))
  const [neighboursFrom, neighbours] = join(
    roadsAt.map(({ ends }) =>
      ends.flatMap((road) => {
        const signal = signalAt.get(graph.roadStart[road]!)
        return signal === undefined ? [] : [signal]
      }),
    ),
  )
  const movements = movementsOf(graph)
  const [inflowFrom, inflow] = join(movements.map((own) => own.flatMap((link) => startLanes(graph, link))))
  const [outflowFrom, outflow] = join(
    movements.map((own) => own.flatMap((link) => lanesOf(graph, graph.roadLinkEnd[link]!))),
  )
  return {
    signals: Int32Array.from(signals),
    entriesFrom,
    entries,
    exitsFrom,
    exits,
    neighboursFrom,
    neighbours,
    inflowFrom,
    inflow,
    outflowFrom,
    outflow,
  }
}

function signalsOf({ phasesFrom, intersectionRoadLinksFrom }: NetworkGraph): number[] {
  const signals: number[] = []
  for (let i = 0; i + 1 < phasesFrom.length; i++) {
    const isChoice = phasesFrom[i + 1]! - phasesFrom[i]! > 1
    if (isChoice && intersectionRoadLinksFrom[i + 1]! > intersectionRoadLinksFrom[i]!) signals.push(i)
  }
  return signals
}

/** Roads that end and that start at an intersection, by the direction in which one drives on them. */
function roadsAround(graph: NetworkGraph, shapes: NetworkShapes, intersection: number) {
  const { intersectionRoadLinksFrom, roadLinkStart, roadLinkEnd } = graph
  const from = intersectionRoadLinksFrom[intersection]!
  const to = intersectionRoadLinksFrom[intersection + 1]!
  const distinct = (roads: Int32Array) => [...new Set(roads.subarray(from, to))]
  const byHeading = (end: 'first' | 'last') => (a: number, b: number) =>
    heading(shapes, a, end) - heading(shapes, b, end)
  return {
    ends: distinct(roadLinkStart).sort(byHeading('last')),
    starts: distinct(roadLinkEnd).sort(byHeading('first')),
  }
}

/** Turned by an eighth, so that directions that are nearly the same do not part where angles start. */
const TURN = Math.PI / 4

/** Direction of a road's first or last stretch, radians in [0, 2π) from north-east by way of north. */
function heading({ roadPointsFrom, roadPoints }: NetworkShapes, road: number, end: 'first' | 'last'): number {
  const last = end === 'first' ? roadPointsFrom[road]! + 1 : roadPointsFrom[road + 1]! - 1
  const dx = roadPoints[2 * last]! - roadPoints[2 * last - 2]!
  const dy = roadPoints[2 * last + 1]! - roadPoints[2 * last - 1]!
  const angle = Math.atan2(dy, dx) + TURN
  return angle < 0 ? angle + 2 * Math.PI : angle
}

function lanesOf({ roadLanesFrom }: NetworkGraph, road: number): number[] {
  const from = roadLanesFrom[road]!
  return Array.from({ length: roadLanesFrom[road + 1]! - from }, (_, i) => from + i)
}

/** Road links that each phase lets go, right turns left out. */
function movementsOf({
  phasesFrom,
  phaseGreenFrom,
  phaseGreen,
  intersectionRoadLinksFrom,
  roadLinkRank,
}: NetworkGraph) {
  const movements: number[][] = []
  for (let intersection = 0; intersection + 1 < phasesFrom.length; intersection++) {
    const first = intersectionRoadLinksFrom[intersection]!
    const count = intersectionRoadLinksFrom[intersection + 1]! - first
    for (let phase = phasesFrom[intersection]!; phase < phasesFrom[intersection + 1]!; phase++) {
      const own: number[] = []
      for (let i = 0; i < count; i++) {
        const isGreen = phaseGreen[phaseGreenFrom[phase]! + i] === 1
        if (isGreen && roadLinkRank[first + i] !== LinkRank.right) own.push(first + i)
      }
      movements.push(own)
    }
  }
  return movements
}

/** Distinct lanes on which a road link starts. */
function startLanes({ roadLinkLinksFrom, linkStart }: NetworkGraph, roadLink: number): number[] {
  return [...new Set(linkStart.subarray(roadLinkLinksFrom[roadLink]!, roadLinkLinksFrom[roadLink + 1]!))]
}

/** Lists as one array, with the starts of its parts. */
function join(lists: readonly (readonly number[])[]): [from: Int32Array, all: Int32Array] {
  const from = new Int32Array(lists.length + 1)
  for (const [i, list] of lists.entries()) from[i + 1] = from[i]! + list.length
  return [from, Int32Array.from(lists.flat())]
}
