import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Demand } from '../../../scenarios/traffic/demand.ts'
import { readFlows } from '../../../scenarios/traffic/files/flow.ts'
import { readNetwork } from '../../../scenarios/traffic/files/roadnet.ts'
import type { Network } from '../../../scenarios/traffic/network.ts'

/** JSON that a test takes apart. */
// biome-ignore lint/suspicious/noExplicitAny: mutations of files put anything anywhere
export type Json = any

const roadBetween = (id: string, start: string, end: string, y: number): Json => ({
  id,
  startIntersection: start,
  endIntersection: end,
  points: [
    { x: start === 'west' ? 0 : 300, y },
    { x: end === 'middle' ? 300 : 600, y },
  ],
  lanes: [
    { width: 4, maxSpeed: 11 },
    { width: 3, maxSpeed: 11 },
  ],
})

const laneLink = (startLaneIndex: number, endLaneIndex: number): Json => ({
  startLaneIndex,
  endLaneIndex,
  points: [],
})

const virtualNode = (id: string, x: number, roads: string[]): Json => ({
  id,
  point: { x, y: 0 },
  virtual: true,
  roads,
})

/** Two roads of two lanes in a row over a signalised intersection, and a third that only ends there. */
export function smallRoadnet(): Json {
  return {
    intersections: [
      virtualNode('west', 0, ['in', 'aside']),
      {
        id: 'middle',
        point: { x: 300, y: 0 },
        virtual: false,
        width: 10,
        roads: ['in', 'out', 'aside'],
        roadLinks: [
          {
            type: 'go_straight',
            startRoad: 'in',
            endRoad: 'out',
            laneLinks: [laneLink(0, 0), laneLink(1, 1)],
          },
        ],
        trafficLight: {
          roadLinkIndices: [0],
          lightphases: [
            { time: 30, availableRoadLinks: [0] },
            { time: 5, availableRoadLinks: [] },
          ],
        },
      },
      virtualNode('east', 600, ['out']),
    ],
    roads: [
      roadBetween('in', 'west', 'middle', 0),
      roadBetween('out', 'middle', 'east', 0),
      roadBetween('aside', 'west', 'middle', 50),
    ],
  }
}

export function smallFlows(): Json {
  return [
    {
      vehicle: {
        length: 5,
        width: 2,
        maxPosAcc: 2,
        maxNegAcc: 4.5,
        usualPosAcc: 2,
        usualNegAcc: 4.5,
        minGap: 2.5,
        maxSpeed: 16.67,
        headwayTime: 1.5,
      },
      route: ['in', 'out'],
      interval: 2,
      startTime: 0,
      endTime: -1,
    },
  ]
}

export function smallConfig(): Json {
  return {
    interval: 1,
    seed: 0,
    dir: './',
    roadnetFile: 'roadnet.json',
    flowFile: 'flow.json',
    rlTrafficLight: false,
    laneChange: false,
    saveReplay: false,
  }
}

/** Writes files into a folder, values as JSON and texts as they are, and says where the folder is. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    const isRaw = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(join(folder, name), isRaw ? content : JSON.stringify(content))
  }
  return folder
}

/** Reads a roadnet by way of a file in a folder. */
export function networkOf(folder: string, roadnet: unknown): Network {
  return readNetwork(join(writeFiles(folder, { 'roadnet.json': roadnet }), 'roadnet.json'))
}

/** Reads flows over a roadnet by way of files in a folder. */
export function demandOf(folder: string, roadnet: unknown, flows: unknown, laneChange = false): Demand {
  const network = networkOf(folder, roadnet)
  return readFlows(join(writeFiles(folder, { 'flow.json': flows }), 'flow.json'), network, { laneChange })
}
