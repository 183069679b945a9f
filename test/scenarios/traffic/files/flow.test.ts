import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Demand } from '../../../../scenarios/traffic/demand.ts'
import { readConfig } from '../../../../scenarios/traffic/files/config.ts'
import { readFlows } from '../../../../scenarios/traffic/files/flow.ts'
import { readNetwork } from '../../../../scenarios/traffic/files/roadnet.ts'
import type { Network } from '../../../../scenarios/traffic/network.ts'
import { cityflowRecording, cityflowReference, skipWithoutCityflow } from '../../../fixtures/cityflow.ts'
import { demandOf, type Json, smallFlows, smallRoadnet } from '../_files.ts'

const routesOf = ({ routes, routesFrom }: Demand) =>
  Array.from(routesFrom.subarray(1), (end, i) => [...routes.subarray(routesFrom[i], end)])

t.test('a flow is its vehicle, its route and its times', async (t) => {
  const demand = demandOf(t.testdir(), smallRoadnet(), smallFlows())
  t.same([...demand.vehicleTypes], [5, 2, 2, 4.5, 2, 4.5, 2.5, 16.67, 1.5])
  t.same(routesOf(demand), [[0, 1]])
  const { flowType, flowRoute, flowInterval, flowStart, flowEnd } = demand
  t.same(
    [flowType, flowRoute, flowInterval, flowStart, flowEnd].flatMap((list) => [...list]),
    [0, 0, 2, 0, -1],
  )
})

t.test('equal vehicles and equal complete routes are held once', async (t) => {
  const [flow] = smallFlows()
  const slow = { ...flow, vehicle: { ...flow.vehicle, maxSpeed: 5, note: 'slow' } }
  const twice = { ...flow, route: ['in', 'in', 'out'] }
  const demand = demandOf(t.testdir(), smallRoadnet(), [flow, slow, twice, slow])
  t.same([...demand.flowType], [0, 1, 0, 1])
  t.same([...demand.flowRoute], [0, 0, 0, 0])
  t.equal(demand.vehicleTypes.length, 18)
  t.same(routesOf(demand), [[0, 1]])
})

t.test('anchors are joined by roads between them', async (t) => {
  const network = readNetwork(cityflowRecording('inputs/grid3x3_roadnet.json'))
  const demand = readFlows(cityflowRecording('inputs/grid3x3_flow.json'), network, { laneChange: false })
  const { roadStart, roadEnd } = network.graph
  const gaps = routesOf(demand).filter((route) =>
    route.some((road, i) => i > 0 && roadStart[road] !== roadEnd[route[i - 1]!]),
  )
  t.same(gaps, [])
  t.equal(demand.flowRoute.length, 1500)
})

t.test('times may be left out: from the start, for ever', async (t) => {
  const [{ startTime, endTime, ...flow }] = smallFlows()
  const demand = demandOf(t.testdir(), smallRoadnet(), [flow])
  t.same([demand.flowStart[0], demand.flowEnd[0]], [startTime, endTime])
})

t.test('vehicles may follow faster than each second when the flow has a single moment', async (t) => {
  const flows = [{ ...smallFlows()[0], interval: 0.5, startTime: 7, endTime: 7 }]
  t.equal(demandOf(t.testdir(), smallRoadnet(), flows).flowInterval[0], 0.5)
})

t.test('no flows at all are a demand too', async (t) => {
  const demand = demandOf(t.testdir(), smallRoadnet(), [])
  t.equal(demand.flowType.length, 0)
  t.same([...demand.routesFrom], [0])
})

/** A third road in the row, reached from the outer lane of the second only. */
function longRoadnet(): Json {
  const roadnet = smallRoadnet()
  const [west, middle] = roadnet.intersections
  const next = { ...middle, id: 'next', point: { x: 600, y: 0 }, roads: ['out', 'last'] }
  next.roadLinks = [{ ...middle.roadLinks[0], startRoad: 'out', endRoad: 'last' }]
  next.roadLinks[0].laneLinks = [{ startLaneIndex: 1, endLaneIndex: 0 }]
  roadnet.intersections.push(next, { ...west, id: 'end', point: { x: 900, y: 0 }, roads: ['last'] })
  const [, out] = roadnet.roads
  out.endIntersection = 'next'
  const points = [
    { x: 600, y: 0 },
    { x: 900, y: 0 },
  ]
  roadnet.roads.push({ ...out, id: 'last', startIntersection: 'next', endIntersection: 'end', points })
  return roadnet
}

t.test('a lane without a way on is refused when lane changes are off, and only then', async (t) => {
  const flows = [{ ...smallFlows()[0], route: ['in', 'last'] }]
  t.throws(() => demandOf(t.testdir(), longRoadnet(), flows), {
    code: 'ERR_FILE_INVALID',
    message:
      /\[0\]\.route: expected .*, got lane "in_0" without a lane link to "out" that goes on to "last"; add lane links/,
  })
  t.same(routesOf(demandOf(t.testdir(), longRoadnet(), flows, true)), [[0, 1, 3]])
})

t.test('lanes that vehicles never come to need no way on', async (t) => {
  const roadnet = longRoadnet()
  roadnet.intersections[1].roadLinks[0].laneLinks = [
    { startLaneIndex: 0, endLaneIndex: 0 },
    { startLaneIndex: 0, endLaneIndex: 1 },
  ]
  const flows = [{ ...smallFlows()[0], route: ['in', 'last'] }]
  t.same(routesOf(demandOf(t.testdir(), roadnet, flows)), [[0, 1, 3]])
})

/** Grids that are as all others, only larger. */
const LARGE = ['grid_10x10', 'grid_30x30']

t.test('every data set but the largest grids is read', { skip: skipWithoutCityflow('data') }, async (t) => {
  const data = cityflowReference('data')
  const folders = readdirSync(data, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !LARGE.includes(entry.name),
  )
  const configs = folders.flatMap(({ name }) =>
    readdirSync(join(data, name))
      .filter((file) => file.startsWith('config'))
      .map((file) => join(data, name, file)),
  )
  const networks = new Map<string, Network>()
  const flows = configs.map((file) => {
    const config = readConfig(file)
    const network = networks.get(config.roadnetFile) ?? readNetwork(config.roadnetFile)
    networks.set(config.roadnetFile, network)
    return readFlows(config.flowFile, network, config).flowType.length
  })
  t.ok(flows.length > 20 && flows.every((count) => count > 0), `${flows.length} data sets`)
})
