import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { unwritable } from '../../../runtime/core/files.ts'
import type { ColumnsOf, Views } from '../../../runtime/core/memory/layout.ts'
import { angleOf } from '../angle.ts'
import * as C from '../codes.ts'
import { direction, pieceAt, pointAt } from '../geometry.ts'
import { vehicleId } from '../ids.ts'
import type { Network } from '../network.ts'
import type { NumberText } from '../number-text.ts'
import { Outlines } from '../outline.ts'
import type { TrafficColumns, TrafficConstants } from '../plan.ts'
import { VehicleOrder } from '../vehicle-order.ts'

/** A world whose steps are recorded. */
export interface ReplaySource {
  readonly network: Network
  readonly constants: Views<ColumnsOf<TrafficConstants>>
  readonly state: Views<TrafficColumns>
  readonly numbers: NumberText
}

/**
 * Writes the network for CityFlow's viewer: its `roadnetLogFile`.
 *
 * @throws ERR_OUTPUT_UNWRITABLE
 */
export function writeReplayRoadnet(file: string, source: ReplaySource): void {
  guarded(file, () => writeFileSync(file, roadnetText(source)))
}

/** @see CityFlow 81ee0f4, roadnet/roadnet.cpp (RoadNet::convertToJson) */
function roadnetText({ network, numbers }: ReplaySource): string {
  const outlines = new Outlines(network)
  const write = (value: number) => (Object.is(value, -0) ? '-0.0' : numbers.format(value))
  const nodes = network.names.intersections.map((_, i) => nodeText(network, i, outlines, write))
  const edges = network.names.roads.map((_, road) => edgeText(network, road, write))
  return `{"static":{"nodes":[${nodes.join()}],"edges":[${edges.join()}]}}`
}

type WriteNumber = (value: number) => string

function nodeText(
  { names, shapes, graph }: Network,
  i: number,
  outlines: Outlines,
  write: WriteNumber,
): string {
  const id = JSON.stringify(names.intersections[i])
  const point = Array.from(shapes.intersections.subarray(2 * i, 2 * i + 2), write).join()
  const isVirtual = graph.isVirtual[i] === 1
  const width = isVirtual ? '' : `,"width":${write(graph.intersectionWidth[i]!)}`
  const outline = outlines.of(i).flat().map(write).join()
  return `{"id":${id},"point":[${point}],"virtual":${isVirtual}${width},"outline":[${outline}]}`
}

function edgeText({ names, shapes, graph }: Network, road: number, write: WriteNumber): string {
  const { roadPointsFrom, roadPoints } = shapes
  const points: string[] = []
  for (let at = roadPointsFrom[road]!; at < roadPointsFrom[road + 1]!; at++) {
    points.push(`[${write(roadPoints[2 * at]!)},${write(roadPoints[2 * at + 1]!)}]`)
  }
  const widths = graph.width.subarray(graph.roadLanesFrom[road]!, graph.roadLanesFrom[road + 1]!)
  const [id, from, to] = [
    names.roads[road],
    names.intersections[graph.roadStart[road]!],
    names.intersections[graph.roadEnd[road]!],
  ].map((name) => JSON.stringify(name))
  const laneWidths = Array.from(widths, write).join()
  return `{"id":${id},"from":${from},"to":${to},"points":[${points.join()}],"nLane":${widths.length},"laneWidths":[${laneWidths}]}`
}

/**
 * What CityFlow's viewer shows, a line for every step: its `replayLogFile`. A line is in the file when `write` returns,
 * so that nothing is lost however the process ends, and nothing gathers in memory.
 *
 * @see CityFlow 81ee0f4, engine/engine.cpp (Engine::updateLog)
 */
export class ReplayLog {
  readonly #file: string
  readonly #descriptor: number
  #source: ReplaySource
  #order: VehicleOrder
  /** Angles of the pieces of drivables that were asked for, by their first points. */
  readonly #angles = new Map<number, string>()
  /** Lengths and widths of the kinds of vehicles that were seen. */
  readonly #sizes = new Map<number, string>()
  #isOpen = true

  /** Starts the file anew. @throws ERR_OUTPUT_UNWRITABLE */
  constructor(file: string, source: ReplaySource) {
    this.#file = file
    this.#source = source
    this.#order = new VehicleOrder(source.state)
    this.#descriptor = guarded(file, () => openSync(file, 'w'))
  }

  /** Goes on with another world of the same network. */
  follow(source: ReplaySource): void {
    this.#source = source
    this.#order = new VehicleOrder(source.state)
    this.#sizes.clear()
  }

  /** Adds the world as it stands: after each step, from the thread that has seen the step end. @throws ERR_OUTPUT_UNWRITABLE */
  write(): void {
    const bytes = Buffer.from(`${this.#vehiclesText()};${this.#signalsText()}\n`)
    guarded(this.#file, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done)
    })
  }

  /** Calls after the first do nothing. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#descriptor)
  }

  #vehiclesText(): string {
    let text = ''
    for (const vehicle of this.#order.running()) text += this.#vehicleText(vehicle)
    return text
  }

  #vehicleText(vehicle: number): string {
    const { network, constants, state, numbers } = this.#source
    const { pointsFrom } = network.shapes
    const drivable = state.drivable[vehicle]!
    const distance = state.position[vehicle]!
    const line = this.#lineOf(drivable)
    const [x, y] = this.#pointOf(vehicle, drivable, distance)
    const angle = this.#angleAt(line, pointsFrom[drivable]!, pieceAt(line, distance))
    const id = vehicleId(constants, state.trip[vehicle]!)
    const side = state.wish[vehicle] ?? 0
    const size = this.#sizeOf(state.type[vehicle]!)
    return `${numbers.format(x)} ${numbers.format(y)} ${angle} ${id} ${side} ${size},`
  }

  #lineOf(drivable: number): Float64Array {
    const { pointsFrom, points } = this.#source.network.shapes
    return points.subarray(2 * pointsFrom[drivable]!, 2 * pointsFrom[drivable + 1]!)
  }

  /** Where a vehicle's front is; one that changes lanes is on its way to the next. */
  #pointOf(vehicle: number, drivable: number, distance: number): readonly [x: number, y: number] {
    const { network, state } = this.#source
    const [x, y] = pointAt(this.#lineOf(drivable), distance)
    const offset = state.offset[vehicle] ?? 0
    if (offset === 0) return [x, y]
    const { width } = network.graph
    const next = drivable + Math.sign(offset)
    const share = (2 * Math.abs(offset)) / (width[drivable]! + width[next]!)
    const [nextX, nextY] = pointAt(this.#lineOf(next), distance)
    return [nextX * share + x * (1 - share), nextY * share + y * (1 - share)]
  }

  #angleAt(line: Float64Array, firstPoint: number, piece: number): string {
    const point = firstPoint + piece / 2
    let angle = this.#angles.get(point)
    if (angle === undefined) {
      angle = this.#source.numbers.format(angleOf(...direction(line, piece)))
      this.#angles.set(point, angle)
    }
    return angle
  }

  #sizeOf(type: number): string {
    const { state, numbers } = this.#source
    let size = this.#sizes.get(type)
    if (size === undefined) {
      const row = state.types.subarray(type * C.TYPE_NUMBERS)
      size = `${numbers.format(row[C.TYPE_LENGTH]!)} ${numbers.format(row[C.TYPE_WIDTH]!)}`
      this.#sizes.set(type, size)
    }
    return size
  }

  #signalsText(): string {
    const { names, graph } = this.#source.network
    let text = ''
    for (let road = 0; road < names.roads.length; road++) {
      if (graph.isVirtual[graph.roadEnd[road]!] === 1) continue
      text += names.roads[road]
      for (let lane = graph.roadLanesFrom[road]!; lane < graph.roadLanesFrom[road + 1]!; lane++) {
        text += ` ${this.#lightOf(lane)}`
      }
      text += ','
    }
    return text
  }

  /** `i` where there is no signal, `g` where all may go that come from the lane, else `r`. */
  #lightOf(lane: number): string {
    const { laneRoad, roadEnd, phasesFrom, laneLinksFrom, laneLinks } = this.#source.network.graph
    const intersection = roadEnd[laneRoad[lane]!]!
    if (phasesFrom[intersection + 1]! - phasesFrom[intersection]! <= 1) return 'i'
    for (let at = laneLinksFrom[lane]!; at < laneLinksFrom[lane + 1]!; at++) {
      if (this.#source.state.green[laneLinks[at]!] === 0) return 'r'
    }
    return 'g'
  }
}

function guarded<T>(file: string, call: () => T): T {
  try {
    return call()
  } catch (cause) {
    throw unwritable(file, cause)
  }
}
