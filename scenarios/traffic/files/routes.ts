import type { Demand } from '../demand.ts'
import { findDeadEnd } from '../lane-choice.ts'
import { drivableName, type Network } from '../network.ts'
import { Router } from '../router.ts'
import type { Fields } from './fields.ts'

const ROAD_ID = 'the id of a road of the network'

/** The complete routes that differ, in the order of their first occurrence. */
export class Routes {
  readonly #fields: Fields
  readonly #network: Network
  readonly #laneChange: boolean
  readonly #router: Router
  /** By number of a text: the road of this id, or −1. */
  readonly #roadOf: Int32Array
  readonly #ofAnchors = new Map<string, number>()
  readonly #ofRoads = new Map<string, number>()
  readonly #routes: Int32Array[] = []

  constructor(fields: Fields, network: Network, laneChange: boolean) {
    this.#fields = fields
    this.#network = network
    this.#laneChange = laneChange
    this.#router = new Router(network.graph)
    this.#roadOf = new Int32Array(fields.document.texts.length).fill(-1)
    network.names.roads.forEach((id, road) => {
      const text = fields.document.numberOf(id)
      if (text >= 0) this.#roadOf[text] = road
    })
  }

  /** Number of the route that the ids in the array at `node` make, −1 when they make none. */
  read(node: number): number {
    const anchors = this.#readAnchors(node)
    if (anchors === undefined) return -1
    const key = anchors.join()
    let number = this.#ofAnchors.get(key)
    if (number === undefined) {
      const route = this.#complete(node, anchors)
      if (route === undefined) return -1
      number = this.#numberOf(route)
      this.#ofAnchors.set(key, number)
    }
    return number
  }

  list(): Pick<Demand, 'routesFrom' | 'routes'> {
    const routesFrom = new Int32Array(this.#routes.length + 1)
    this.#routes.forEach((route, i) => {
      routesFrom[i + 1] = routesFrom[i]! + route.length
    })
    const routes = new Int32Array(routesFrom[this.#routes.length]!)
    this.#routes.forEach((route, i) => {
      routes.set(route, routesFrom[i])
    })
    return { routesFrom, routes }
  }

  #readAnchors(node: number): number[] | undefined {
    if (node < 0) return undefined
    const anchors: number[] = []
    for (const element of this.#fields.elements(node)) {
      const text = this.#fields.textAt(element, ROAD_ID)
      const road = text < 0 ? -1 : this.#roadOf[text]!
      if (text >= 0 && road < 0) this.#fields.problems.wrong(element, ROAD_ID)
      anchors.push(road)
    }
    return anchors.includes(-1) ? undefined : anchors
  }

  #complete(node: number, anchors: readonly number[]): Int32Array | undefined {
    const { problems } = this.#fields
    if (anchors.every((road) => road === anchors[0])) {
      problems.wrong(node, 'at least 2 roads that differ', undefined, 'the same throughout')
      return undefined
    }
    const route = this.#router.route(anchors)
    if (route === undefined) this.#reportGap(node, anchors)
    else if (!this.#laneChange) this.#checkLanes(node, route)
    return route
  }

  /** Reports the first two anchors without a way between them. */
  #reportGap(node: number, anchors: readonly number[]): void {
    const { roads } = this.#network.names
    let before = 0
    let at = 0
    for (const element of this.#fields.elements(node)) {
      const road = anchors[at++]!
      if (at > 1 && road !== before && this.#router.path(before, road) === undefined) {
        const remedy = 'no road links lead there'
        this.#fields.problems.wrong(element, `a road that can be reached from "${roads[before]}"`, remedy)
        return
      }
      before = road
    }
  }

  #checkLanes(node: number, route: Int32Array): void {
    const deadEnd = findDeadEnd(this.#network.graph, route)
    if (deadEnd === undefined) return
    const { roads } = this.#network.names
    const lane = drivableName(this.#network, deadEnd.lane)
    const after = deadEnd.afterNext < 0 ? '' : ` that goes on to "${roads[deadEnd.afterNext]}"`
    this.#fields.problems.wrong(
      node,
      'a route that goes on from every lane that its vehicles come to',
      'add lane links, name another route, or set laneChange in the config',
      `lane "${lane}" without a lane link to "${roads[deadEnd.next]}"${after}`,
    )
  }

  #numberOf(route: Int32Array): number {
    const key = route.join()
    const known = this.#ofRoads.get(key)
    if (known !== undefined) return known
    this.#ofRoads.set(key, this.#routes.length)
    return this.#routes.push(route) - 1
  }
}
