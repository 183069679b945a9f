import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { VEHICLE_FIELDS } from './demand.ts'

/** A place in metres. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A road of `roadnet.json`: lane 0 is the innermost, and all lanes lie to the right of the centre line `points`. */
export interface RoadEntry {
  readonly id: string
  readonly points: readonly Point[]
  /** Metres and m/s. */
  readonly lanes: readonly { readonly width: number; readonly maxSpeed: number }[]
  readonly startIntersection: string
  readonly endIntersection: string
}

export type LinkType = 'go_straight' | 'turn_left' | 'turn_right'

export interface LaneLinkEntry {
  readonly startLaneIndex: number
  readonly endLaneIndex: number
  /** Without points CityFlow draws a curve of its own. */
  readonly points?: readonly Point[]
}

export interface RoadLinkEntry {
  readonly type: LinkType
  readonly startRoad: string
  readonly endRoad: string
  readonly direction?: number
  readonly laneLinks: readonly LaneLinkEntry[]
}

/** One phase of a signal: seconds, and the road links (by their place in the list) that may go. */
export interface PhaseEntry {
  readonly time: number
  readonly availableRoadLinks: readonly number[]
}

export interface IntersectionEntry {
  readonly id: string
  readonly point: Point
  /** Metres from the middle to where lanes end and begin. */
  readonly width: number
  readonly roads: readonly string[]
  readonly roadLinks: readonly RoadLinkEntry[]
  readonly trafficLight: {
    readonly roadLinkIndices: readonly number[]
    readonly lightphases: readonly PhaseEntry[]
  }
  /** At the rim of the network: vehicles only appear and vanish here. */
  readonly virtual: boolean
}

export type VehicleEntry = Readonly<Record<(typeof VEHICLE_FIELDS)[number], number>>

/** An entry of `flow.json`: a vehicle every `interval` seconds, from `startTime` to `endTime` (−1: for ever). */
export interface FlowEntry {
  readonly vehicle: VehicleEntry
  readonly route: readonly string[]
  readonly interval: number
  readonly startTime: number
  readonly endTime: number
}

/** Entries of one list of a file, made while they are written. */
export interface Entries<T> {
  readonly count: number
  readonly entries: Iterable<T>
}

/** A network with its demand, as CityFlow's three files hold them. */
export interface DataSet {
  readonly intersections: Entries<IntersectionEntry>
  readonly roads: Entries<RoadEntry>
  readonly flows: Entries<FlowEntry>
  readonly seed: number
  /** Whether phases are an agent's to choose; otherwise the file's programmes run. */
  readonly isControlled: boolean
}

/** What is shown while a data set is written: a file, and how many of its entries are done. */
export type OnWritten = (file: string, done: number, total: number) => void

/** Strings are handed to the disk from about this length on. */
const CHUNK_CHARACTERS = 1 << 18

/**
 * Writes `roadnet.json`, `flow.json` and, last of all, the `config.json` that names them: while there is one, the set
 * is complete. Throws the file system's errors.
 *
 * @param folder is there; files of these names are replaced
 */
export async function writeDataSet(
  folder: string,
  { intersections, roads, flows, seed, isControlled }: DataSet,
  onWritten: OnWritten,
): Promise<void> {
  const configFile = join(folder, 'config.json')
  await rm(configFile, { force: true })
  const nodes = intersections.count
  const parts = nodes + roads.count
  const network = function* (): Generator<string> {
    yield '{"intersections":['
    yield* listed(intersections.entries, (done) => onWritten('roadnet.json', done, parts))
    yield '],\n"roads":['
    yield* listed(roads.entries, (done) => onWritten('roadnet.json', nodes + done, parts))
    yield ']}\n'
  }
  const demand = function* (): Generator<string> {
    yield '['
    yield* listed(flows.entries, (done) => onWritten('flow.json', done, flows.count))
    yield ']\n'
  }
  await writePieces(join(folder, 'roadnet.json'), network())
  await writePieces(join(folder, 'flow.json'), demand())
  await writePieces(configFile, [`${JSON.stringify(configOf(seed, isControlled), undefined, 2)}\n`])
}

function configOf(seed: number, rlTrafficLight: boolean): object {
  return {
    interval: 1,
    seed,
    // CityFlow puts it before the file names as it is.
    dir: './',
    roadnetFile: 'roadnet.json',
    flowFile: 'flow.json',
    rlTrafficLight,
    laneChange: false,
    saveReplay: false,
    roadnetLogFile: 'replay_roadnet.json',
    replayLogFile: 'replay.txt',
  }
}

/** A list's entries, one a line, in pieces of a size that suits the disk. */
function* listed(entries: Iterable<object>, onDone: (done: number) => void): Generator<string> {
  let done = 0
  let piece = ''
  for (const entry of entries) {
    piece += `${done === 0 ? '\n' : ',\n'}${JSON.stringify(entry)}`
    done++
    if (piece.length < CHUNK_CHARACTERS) continue
    yield piece
    piece = ''
    onDone(done)
  }
  yield piece
  if (done > 0) onDone(done)
}

async function writePieces(file: string, pieces: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(pieces), createWriteStream(file))
}
