import t from 'tap'
import { readNetwork } from '../../../scenarios/traffic/files/roadnet.ts'
import type { Network } from '../../../scenarios/traffic/network.ts'
import { Router } from '../../../scenarios/traffic/router.ts'
import {
  cityflowRecording,
  cityflowReference,
  readCityflow,
  skipWithoutCityflow,
} from '../../fixtures/cityflow.ts'
import { networkOf, smallRoadnet } from './_files.ts'

/** As `routes_*.json` holds them. */
interface Routes {
  readonly rows: readonly {
    readonly anchors: readonly string[]
    readonly result: { readonly route: readonly string[] } | null
    readonly valid: boolean
  }[]
}

const roadsOf = ({ names }: Network) => new Map(names.roads.map((id, road) => [id, road]))

/** Rows that the router answers otherwise than the engine. */
function differences(network: Network, { rows }: Routes): unknown[] {
  const router = new Router(network.graph)
  const roads = roadsOf(network)
  return rows.filter(({ anchors, result, valid }) => {
    const route = router.route(anchors.map((id) => roads.get(id)!))
    const ids = route && Array.from(route, (road) => network.names.roads[road])
    return (ids !== undefined) !== valid || (result !== null && ids?.join() !== result.route.join())
  })
}

t.test('grid3x3 has the routes of the engine, ties decided alike', async (t) => {
  const network = readNetwork(cityflowRecording('inputs/grid3x3_roadnet.json'))
  const routes = readCityflow<Routes>(cityflowRecording('routes_grid3x3.json'))
  t.same(differences(network, routes), [])
  t.equal(routes.rows.filter(({ valid }) => valid).length, 91)
})

t.test('so has hangzhou', { skip: skipWithoutCityflow('golden/routes_hangzhou.json') }, async (t) => {
  const network = readNetwork(cityflowReference('golden/inputs/hangzhou_roadnet.json'))
  const routes = readCityflow<Routes>(cityflowReference('golden/routes_hangzhou.json'))
  t.same(differences(network, routes), [])
})

t.test(
  'an anchor that repeats the one before counts for nothing, and a single road is no route',
  async (t) => {
    const router = new Router(networkOf(t.testdir(), smallRoadnet()).graph)
    t.same(router.route([0, 0, 1, 1]), Int32Array.of(0, 1))
    t.equal(router.route([0, 0]), undefined)
    t.equal(router.route([0]), undefined)
  },
)

t.test('where no lane link leads there is no way, asked once or twice', async (t) => {
  const router = new Router(networkOf(t.testdir(), smallRoadnet()).graph)
  t.equal(router.route([2, 1]), undefined)
  t.equal(router.route([2, 1]), undefined)
  t.equal(router.route([1, 0]), undefined)
})

t.test('a road that its intersection does not list is not found, as in the engine', async (t) => {
  const roadnet = smallRoadnet()
  roadnet.intersections[1].roads = ['in', 'aside']
  t.equal(new Router(networkOf(t.testdir(), roadnet).graph).route([0, 1]), undefined)
})

t.test('other costs lead other ways, from when they are set', async (t) => {
  const network = readNetwork(cityflowRecording('inputs/grid3x3_roadnet.json'))
  const [start, end] = [roadsOf(network).get('road_0_1_0')!, roadsOf(network).get('road_3_3_0')!]
  const router = new Router(network.graph)
  const shortest = router.route([start, end])!
  const avoided = shortest[2]!
  const cost = new Float64Array(network.names.roads.length).fill(1)
  cost[avoided] = 1000
  router.setCost(cost)
  const around = router.route([start, end])!
  t.ok(shortest.includes(avoided))
  t.notOk(around.includes(avoided))
  t.same(around, new Router(network.graph, cost).route([start, end]))
  t.equal(around.length, shortest.length, 'a grid has another way as long')
})
