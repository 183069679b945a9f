import type { Network } from '../network.ts'
import { deriveNetwork } from './derive.ts'
import { Fields } from './fields.ts'
import { type Ids, readIds } from './ids.ts'
import { readIntersections } from './intersections.ts'
import { type JsonDocument, readJsonDocument } from './json.ts'
import { Problems } from './problems.ts'
import { type Roads, readRoads } from './roads.ts'

/**
 * Reads a road network and derives its geometry: lines of lanes, curves of lane links, and where these cross.
 *
 * @throws ERR_FILE_MISSING when the file cannot be read
 * @throws ERR_FILE_INVALID naming the places that are wrong
 */
export function readNetwork(file: string): Network {
  return networkOf(readJsonDocument(file))
}

/** @throws ERR_FILE_INVALID naming the places that are wrong */
export function networkOf(document: JsonDocument): Network {
  const problems = new Problems(document)
  const fields = new Fields(document, problems)
  const ids = readIds(fields)
  // Without them every reference would be wrong too.
  problems.throwIfAny()
  const roads = readRoads(fields, ids)
  const intersections = readIntersections(fields, ids, roads)
  problems.throwIfAny()

  const network = deriveNetwork(ids, roads, intersections)
  checkLanes(fields, ids, roads, network)
  problems.throwIfAny()
  return network
}

/** A road that turns back on itself, or whose ends meet within the intersections, has no line to drive on. */
function checkLanes(fields: Fields, ids: Ids, { lanesFrom }: Roads, { graph }: Network): void {
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
