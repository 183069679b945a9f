/**
 * A road network as arrays, in the order of its file.
 *
 * A drivable is a lane or a lane link (CityFlow's name for what leads over a junction from one lane to another).
 * Drivables have one numbering: lanes `[0, L)` in the order of roads, then lane links `[L, L + K)` in the order of
 * intersections, road links and lane links. Lists of lists are one array with the starts of its parts in front: part
 * `i` of `xs` is `[xsFrom[i], xsFrom[i + 1])`.
 *
 * @see CityFlow 81ee0f4, roadnet/roadnet.cpp
 */
export interface Network {
  readonly names: NetworkNames
  readonly shapes: NetworkShapes
  readonly graph: NetworkGraph
}

/** Ids of the file; those of lanes and lane links are made of them. */
export interface NetworkNames {
  /** [I] */
  readonly intersections: readonly string[]
  /** [R] */
  readonly roads: readonly string[]
}

/** What only drawings need: points as x, y, x, y … in metres. */
export interface NetworkShapes {
  /** [2 · I] */
  readonly intersections: Float64Array
  /** [R + 1], points of the roads' centre lines, as in the file. */
  readonly roadPointsFrom: Int32Array
  readonly roadPoints: Float64Array
  /** [L + K + 1], points of the drivables' lines. */
  readonly pointsFrom: Int32Array
  readonly points: Float64Array
}

/** Ranks of lane links by right of way: `type` of a road link. */
export const LinkRank = { other: 0, right: 1, left: 2, straight: 3 } as const

/** What the rules need: copied into the arena once, for all worlds of a host. Lengths in metres, speeds in m/s. */
export interface NetworkGraph {
  /** [L + K] of a drivable's line. */
  readonly length: Float64Array
  /** [L + K] 10,000 on lane links. */
  readonly maxSpeed: Float64Array
  /** [L + K] 4 on lane links. */
  readonly width: Float64Array

  /** [R] intersections at the ends of each road. */
  readonly roadStart: Int32Array
  readonly roadEnd: Int32Array
  /** [R + 1] lanes of each road, the innermost first. */
  readonly roadLanesFrom: Int32Array
  /** [R] length of the centre line. */
  readonly roadLength: Float64Array

  /** [L] */
  readonly laneRoad: Int32Array
  /** [L + 1] lane links that start on each lane, as numbers from 0 to K − 1. */
  readonly laneLinksFrom: Int32Array
  readonly laneLinks: Int32Array

  /** [K] lanes that each lane link joins. */
  readonly linkStart: Int32Array
  readonly linkEnd: Int32Array
  /** [K] */
  readonly linkRoadLink: Int32Array
  /** [K] a `LinkRank`. */
  readonly linkRank: Uint8Array
  /** [K + 1] places where other lane links cross or meet this one, by distance along it. */
  readonly crossesFrom: Int32Array
  /** [C] the other lane link, 0 … K − 1. */
  readonly crossFoe: Int32Array
  /** [C, 2] distances along this lane link and along the other one. */
  readonly crossAt: Float64Array

  /** [I] 1 for a node at the rim of the network, without lane links or signals. */
  readonly isVirtual: Uint8Array
  /** [I] */
  readonly intersectionWidth: Float64Array
  /** [I + 1] roads that touch each intersection, in the order of the file. */
  readonly intersectionRoadsFrom: Int32Array
  readonly intersectionRoads: Int32Array
  /** [I + 1] */
  readonly intersectionRoadLinksFrom: Int32Array
  /** [I + 1] lane links of each intersection, 0 … K − 1. */
  readonly intersectionLinksFrom: Int32Array
  /** [I + 1] phases of each intersection's programme. */
  readonly phasesFrom: Int32Array

  /** [J] roads that each road link joins, and its `LinkRank`. */
  readonly roadLinkStart: Int32Array
  readonly roadLinkEnd: Int32Array
  readonly roadLinkRank: Uint8Array
  /** [J + 1] its lane links, 0 … K − 1. */
  readonly roadLinkLinksFrom: Int32Array

  /** [P] seconds of each phase of the file's programme. */
  readonly phaseTime: Float64Array
  /** [P] where the phase's bytes start in `phaseGreen`: one for each road link of its intersection, 1 when it may go. */
  readonly phaseGreenFrom: Int32Array
  readonly phaseGreen: Uint8Array
}

/** Id of a drivable, as CityFlow makes it. */
export function drivableName({ names, graph }: Network, drivable: number): string {
  const { laneRoad, roadLanesFrom, linkStart, linkEnd } = graph
  const laneName = (lane: number) =>
    `${names.roads[laneRoad[lane]!]}_${lane - roadLanesFrom[laneRoad[lane]!]!}`
  if (drivable < laneRoad.length) return laneName(drivable)
  const link = drivable - laneRoad.length
  return `${laneName(linkStart[link]!)}_TO_${laneName(linkEnd[link]!)}`
}
