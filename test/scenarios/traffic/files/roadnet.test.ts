import { basename } from 'node:path'
import t from 'tap'
import { readNetwork } from '../../../../scenarios/traffic/files/roadnet.ts'
import { drivableName, type Network } from '../../../../scenarios/traffic/network.ts'
import {
  cityflowRecording,
  cityflowReference,
  readCityflow,
  skipWithoutCityflow,
} from '../../../fixtures/cityflow.ts'
import { networkOf, smallRoadnet } from '../_files.ts'

/** As `geometry_*.json` holds it. */
interface Geometry {
  /** Id, length, width, speed, segments. */
  readonly lanes: readonly [string, number, number, number, number][]
  /** Id, length, rank, crosses: id of the other lane link, distance on this one, distance on the other. */
  readonly laneLinks: readonly [string, number, number, [string, number, number][]][]
}

const SHIPPED = ['straight', 'straight2', 'grid3x3']
const REFERENCES = [
  { geometry: 'golden/geometry_syn1x1.json', roadnet: 'golden/inputs/syn1x1_roadnet.json' },
  { geometry: 'golden/geometry_example.json', roadnet: 'golden/inputs/example_roadnet.json' },
  {
    geometry: 'golden/geometry_statecollege.json',
    roadnet: 'data/cityflow_data_statecollege/statecollege_roadnet.json',
  },
]
/** Metres of a lane's segments, by which CityFlow counts them. */
const SEGMENT = 70

function geometryOf(network: Network): Geometry {
  const { length, width, maxSpeed, laneRoad, roadLength, linkRank } = network.graph
  const { crossesFrom, crossAt, crossFoe } = network.graph
  const linkName = (link: number) => drivableName(network, laneRoad.length + link)
  const lanes = Array.from(laneRoad, (road, lane): Geometry['lanes'][number] => {
    const segments = Math.max(1, Math.ceil(roadLength[road]! / SEGMENT))
    return [drivableName(network, lane), length[lane]!, width[lane]!, maxSpeed[lane]!, segments]
  })
  const laneLinks = Array.from(linkRank, (rank, link): Geometry['laneLinks'][number] => {
    const crosses: [string, number, number][] = []
    for (let cross = crossesFrom[link]!; cross < crossesFrom[link + 1]!; cross++) {
      crosses.push([linkName(crossFoe[cross]!), crossAt[2 * cross]!, crossAt[2 * cross + 1]!])
    }
    return [linkName(link), length[laneRoad.length + link]!, rank, crosses]
  })
  return { lanes, laneLinks }
}

// All of them are equal to the bit, and crosses at one distance come in the engine's order.
for (const name of SHIPPED) {
  t.test(`${name} has the engine's geometry, bit for bit`, async (t) => {
    const network = readNetwork(cityflowRecording(`inputs/${name}_roadnet.json`))
    t.same(geometryOf(network), readCityflow(cityflowRecording(`geometry_${name}.json`)))
  })
}

for (const { geometry, roadnet } of REFERENCES) {
  t.test(
    `${basename(roadnet)} has the engine's geometry, bit for bit`,
    {
      skip: skipWithoutCityflow(geometry),
    },
    async (t) => {
      const got = geometryOf(readNetwork(cityflowReference(roadnet)))
      const expected = readCityflow<Geometry>(cityflowReference(geometry))
      t.same(got.lanes, expected.lanes)
      t.equal(JSON.stringify(got.laneLinks), JSON.stringify(expected.laneLinks))
    },
  )
}

/** Points of a drivable's line as x, y, x, y … */
const lineOf = ({ shapes }: Network, drivable: number) => [
  ...shapes.points.subarray(2 * shapes.pointsFrom[drivable]!, 2 * shapes.pointsFrom[drivable + 1]!),
]

t.test('lanes lie to the right of their road, and end where the intersection starts', async (t) => {
  const network = networkOf(t.testdir(), smallRoadnet())
  t.same(lineOf(network, 0), [0, -2, 290, -2])
  t.same(lineOf(network, 1), [0, -5.5, 290, -5.5])
  t.same(lineOf(network, 2), [310, -2, 600, -2])
  t.same([...network.graph.length.subarray(0, 4)], [290, 290, 290, 290])
  t.same([...network.graph.roadLength.subarray(0, 2)], [300, 300])
})

t.test('an inner point of a road moves along the mean direction of both pieces', async (t) => {
  const roadnet = smallRoadnet()
  roadnet.roads[0].points.splice(1, 0, { x: 300, y: -300 })
  roadnet.roads[0].points[0] = { x: 0, y: -300 }
  const network = networkOf(t.testdir(), roadnet)
  const aside = 2 * Math.SQRT1_2
  t.match(lineOf(network, 0).map(rounded), [0, -302, 300 + aside, -300 - aside, 302, -10].map(rounded))
})

const rounded = (value: number) => Math.round(value * 1e9) / 1e9

t.test('a lane link without points becomes a curve of 11, and one with points keeps them', async (t) => {
  const roadnet = smallRoadnet()
  const [, second] = roadnet.intersections[1].roadLinks[0].laneLinks
  second.points = [
    { x: 290, y: -5.5 },
    { x: 300, y: -9 },
    { x: 310, y: -5.5 },
  ]
  const { graph, ...network } = networkOf(t.testdir(), roadnet)
  const curve = lineOf({ graph, ...network }, 6)
  t.equal(curve.length, 22)
  t.same([curve.slice(0, 2), curve.slice(10, 12), curve.slice(20)].flat(), [290, -2, 300, -2, 310, -2])
  t.same(lineOf({ graph, ...network }, 7), [290, -5.5, 300, -9, 310, -5.5])
  t.equal(graph.length[7], 2 * Math.hypot(10, 3.5))
  t.same([graph.maxSpeed[6], graph.width[6]], [10_000, 4])
})

t.test('lists say what belongs together', async (t) => {
  const { graph, names } = networkOf(t.testdir(), smallRoadnet())
  const lists = Object.fromEntries(Object.entries(graph).map(([name, list]) => [name, [...list]]))
  t.same(names, { intersections: ['west', 'middle', 'east'], roads: ['in', 'out', 'aside'] })
  t.match(lists, {
    roadStart: [0, 1, 0],
    roadEnd: [1, 2, 1],
    roadLanesFrom: [0, 2, 4, 6],
    laneRoad: [0, 0, 1, 1, 2, 2],
    laneLinksFrom: [0, 1, 2, 2, 2, 2, 2],
    laneLinks: [0, 1],
    linkStart: [0, 1],
    linkEnd: [2, 3],
    linkRoadLink: [0, 0],
    linkRank: [3, 3],
    crossesFrom: [0, 0, 0],
    isVirtual: [1, 0, 1],
    intersectionWidth: [0, 10, 0],
    intersectionRoadsFrom: [0, 2, 5, 6],
    intersectionRoads: [0, 2, 0, 1, 2, 1],
    intersectionRoadLinksFrom: [0, 0, 1, 1],
    intersectionLinksFrom: [0, 0, 2, 2],
    phasesFrom: [0, 0, 2, 2],
    roadLinkStart: [0],
    roadLinkEnd: [1],
    roadLinkRank: [3],
    roadLinkLinksFrom: [0, 2],
    phaseTime: [30, 5],
    phaseGreenFrom: [0, 1],
    phaseGreen: [1, 0],
  })
})

t.test(
  'unknown keys, unknown types of turns and what a virtual node holds beside its roads are passed over',
  async (t) => {
    const roadnet = smallRoadnet()
    Object.assign(roadnet.intersections[0], { width: 'wide', roadLinks: 7, trafficLight: null })
    Object.assign(roadnet.roads[0], { 'a "note"': [{}], lanes: [{ width: 4, maxSpeed: 11, maxspeed: 'x' }] })
    Object.assign(roadnet.intersections[1].roadLinks[0], { type: 'toString', laneLinks: [] })
    const { graph } = networkOf(t.testdir(), { ...roadnet, comment: null })
    t.same([...graph.roadLinkRank], [0])
  },
)

t.test('nodes at the rim may share an id, as they do in data sets: the last one counts', async (t) => {
  const roadnet = smallRoadnet()
  roadnet.intersections.push({ ...roadnet.intersections[2], roads: [] })
  const { graph, names } = networkOf(t.testdir(), roadnet)
  t.same(names.intersections, ['west', 'middle', 'east', 'east'])
  t.equal(graph.roadEnd[1], 3)
})
