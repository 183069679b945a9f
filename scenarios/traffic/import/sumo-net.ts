import type { Point } from '../data-set.ts'
import { type OnRead, readXml, type XmlElement } from './xml.ts'

/** A network as SUMO's `.net.xml` has it, without what is inside junctions: of that, only the shapes of connections. */
export interface SumoNet {
  readonly file: string
  readonly edges: ReadonlyMap<string, SumoEdge>
  readonly junctions: ReadonlyMap<string, SumoJunction>
  readonly connections: readonly SumoConnection[]
  readonly programmes: ReadonlyMap<string, SumoProgramme>
}

export interface SumoEdge {
  readonly id: string
  /** Junctions. */
  readonly from: string
  readonly to: string
  /** The outermost first, as SUMO counts them. */
  readonly lanes: readonly SumoLane[]
  readonly element: XmlElement
}

export interface SumoLane {
  /** Metres and m/s. */
  readonly length: number
  readonly width: number
  readonly speed: number
  /** Its middle, from the start junction's border to the end junction's. */
  readonly shape: readonly Point[]
  readonly isForCars: boolean
}

export interface SumoJunction {
  readonly id: string
  readonly point: Point
}

export interface SumoConnection {
  readonly from: string
  readonly to: string
  readonly fromLane: number
  readonly toLane: number
  /** The way over the junction; undefined in a network without internal lanes. */
  readonly shape: readonly Point[] | undefined
  /** The traffic light and its letter in every phase's state. */
  readonly signal: { readonly programme: string; readonly letter: number } | undefined
  /** s straight, l and L left, r and R right, t and T a U-turn. */
  readonly direction: string
  readonly element: XmlElement
}

export interface SumoPhase {
  readonly seconds: number
  /** A letter for each signal: G or g for green, y, r … */
  readonly state: string
}

export interface SumoProgramme {
  readonly isStatic: boolean
  /** Seconds by which it begins later. */
  readonly offset: number
  readonly phases: readonly SumoPhase[]
  readonly element: XmlElement
}

/** SUMO's default. */
const LANE_WIDTH = 3.2
const SLOWEST = 1e-3

/**
 * Reads a SUMO network.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID with line, element and value
 */
export async function readSumoNet(file: string, onRead?: OnRead): Promise<SumoNet> {
  const reader = new NetReader()
  await readXml(file, {
    roots: ['net'],
    purpose: 'a SUMO network',
    begin: refuseLeftHand,
    open: (element, parent) => reader.open(element, parent),
    onRead,
  })
  return reader.finish(file)
}

class NetReader {
  readonly #edges = new Map<string, SumoEdge & { readonly lanes: SumoLane[] }>()
  readonly #junctions = new Map<string, SumoJunction>()
  readonly #connections: XmlElement[] = []
  readonly #programmes = new Map<string, SumoProgramme>()
  /** By id of an internal lane: its shape, and the internal lane behind it. */
  readonly #internalShapes = new Map<string, readonly Point[]>()
  readonly #internalNext = new Map<string, string>()
  #lanes: SumoLane[] | undefined
  #phases: SumoPhase[] = []

  open(element: XmlElement, parent: XmlElement): void {
    if (parent.name === 'net') this.#openTop(element)
    else if (parent.name === 'edge' && element.name === 'lane') this.#openLane(element, parent)
    else if (parent.name === 'tlLogic' && element.name === 'phase') {
      this.#phases.push({ seconds: element.number('duration', 0), state: element.text('state') })
    }
  }

  #openTop(element: XmlElement): void {
    if (element.name === 'edge') this.#openEdge(element)
    else if (element.name === 'junction') this.#openJunction(element)
    else if (element.name === 'connection') this.#openConnection(element)
    else if (element.name === 'tlLogic') this.#openProgramme(element)
  }

  #openJunction(element: XmlElement): void {
    if (element.optionalText('type') === 'internal') return
    const id = element.text('id')
    this.#junctions.set(id, { id, point: { x: element.number('x'), y: element.number('y') } })
  }

  #openEdge(element: XmlElement): void {
    this.#lanes = undefined
    // Inside junctions, and for people on foot.
    const kind = element.optionalText('function') ?? 'normal'
    if (kind !== 'normal' && kind !== 'connector') return
    const id = element.text('id')
    this.#lanes = []
    this.#edges.set(id, {
      id,
      from: element.text('from'),
      to: element.text('to'),
      lanes: this.#lanes,
      element,
    })
  }

  #openLane(lane: XmlElement, edge: XmlElement): void {
    if (!this.#lanes) {
      if (edge.optionalText('function') === 'internal') {
        this.#internalShapes.set(lane.text('id'), lane.points('shape'))
      }
      return
    }
    if (lane.index('index') !== this.#lanes.length) {
      throw lane.wrong('index', `${this.#lanes.length}, as lanes count up from 0`)
    }
    this.#lanes.push({
      length: lane.number('length', 0),
      width: lane.optionalNumber('width', LANE_WIDTH, 0.1),
      speed: lane.number('speed', SLOWEST),
      shape: lane.points('shape'),
      isForCars: isForCars(lane),
    })
  }

  #openConnection(element: XmlElement): void {
    const from = element.text('from')
    const via = element.optionalText('via')
    if (!from.startsWith(':')) this.#connections.push(element)
    else if (via !== undefined) this.#internalNext.set(`${from}_${element.index('fromLane')}`, via)
  }

  #openProgramme(element: XmlElement): void {
    this.#phases = []
    // Of several programmes SUMO runs the one that it reads last.
    this.#programmes.set(element.text('id'), {
      isStatic: (element.optionalText('type') ?? 'static') === 'static',
      offset: element.has('offset') ? element.seconds('offset') : 0,
      phases: this.#phases,
      element,
    })
  }

  finish(file: string): SumoNet {
    for (const edge of this.#edges.values()) this.#checkEnds(edge)
    return {
      file,
      edges: this.#edges,
      junctions: this.#junctions,
      connections: this.#connections.flatMap((element) => this.#connection(element) ?? []),
      programmes: this.#programmes,
    }
  }

  #checkEnds({ element, lanes }: SumoEdge): void {
    for (const end of ['from', 'to']) {
      if (this.#junctions.has(element.text(end))) continue
      throw element.wrong(end, 'a junction of this file', 'write the network again with netconvert')
    }
    if (lanes.length === 0) throw element.error('expected at least one lane, got none', 'add <lane> elements')
  }

  #connection(element: XmlElement): SumoConnection | undefined {
    const [from, to] = [element.text('from'), element.text('to')]
    for (const [attribute, lane] of [
      ['from', 'fromLane'],
      ['to', 'toLane'],
    ] as const) {
      const edge = this.#edges.get(element.text(attribute))
      // To and from what is for people on foot.
      if (!edge && element.text(attribute).startsWith(':')) return undefined
      if (!edge)
        throw element.wrong(attribute, 'an edge of this file', 'write the network again with netconvert')
      if (element.index(lane) < edge.lanes.length) continue
      throw element.wrong(lane, `a lane of edge ${edge.id}, 0 to ${edge.lanes.length - 1}`)
    }
    return {
      from,
      to,
      fromLane: element.index('fromLane'),
      toLane: element.index('toLane'),
      shape: this.#viaShape(element),
      signal: signalOf(element),
      direction: element.text('dir'),
      element,
    }
  }

  /** Shapes of the internal lanes that a connection leads over, one after the other. */
  #viaShape(element: XmlElement): Point[] | undefined {
    const points: Point[] = []
    const seen = new Set<string>()
    let via = element.optionalText('via')
    while (via !== undefined && !seen.has(via)) {
      seen.add(via)
      const shape = this.#internalShapes.get(via)
      if (!shape) {
        throw element.error(
          `via: expected an internal lane of this file, got "${via}"`,
          'write the network again with netconvert',
        )
      }
      points.push(...shape)
      via = this.#internalNext.get(via)
    }
    return points.length === 0 ? undefined : points
  }
}

/** Some links of a junction with a traffic light have none: their number is −1. */
function signalOf(connection: XmlElement): SumoConnection['signal'] {
  if (!connection.has('tl') || connection.number('linkIndex') < 0) return undefined
  return { programme: connection.text('tl'), letter: connection.index('linkIndex') }
}

/** Both attributes are lists of vehicle classes; without them everybody may use the lane. */
function isForCars(lane: XmlElement): boolean {
  const isNamed = (attribute: string) =>
    lane.words(attribute).some((name) => name === 'passenger' || name === 'all')
  if (lane.has('allow')) return isNamed('allow')
  return !isNamed('disallow')
}

function refuseLeftHand(net: XmlElement): void {
  if (net.optionalText('lefthand') !== 'true') return
  throw net.wrong(
    'lefthand',
    'traffic on the right',
    'CityFlow knows no other; write the network with netconvert --lefthand false',
  )
}
