import { join } from 'node:path'
import t from 'tap'
import { RuntimeError } from '../../../../runtime/core/errors.ts'
import { readConfig } from '../../../../scenarios/traffic/files/config.ts'
import { readFlows } from '../../../../scenarios/traffic/files/flow.ts'
import { readNetwork } from '../../../../scenarios/traffic/files/roadnet.ts'
import { type Json, smallConfig, smallFlows, smallRoadnet, writeFiles } from '../_files.ts'

/** A change that breaks a valid file, and what must be said of it behind the file's name. */
interface Break {
  readonly change: (json: Json) => unknown
  readonly message: string
}

const POSITIVE = 'a number above 0 (0.000001 to 1000000)'
const NOT_NEGATIVE = 'a number from 0 to 1000000'
const INTEGER = 'an integer of 32 bits'

const CONFIGS: readonly Break[] = [
  { change: (c) => delete c.interval, message: `interval: expected ${POSITIVE}, got nothing` },
  { change: (c) => (c.interval = 0), message: `interval: expected ${POSITIVE}, got 0` },
  { change: (c) => (c.interval = '1'), message: `interval: expected ${POSITIVE}, got "1"` },
  { change: (c) => (c.seed = 1.5), message: `seed: expected ${INTEGER}, got 1.5` },
  { change: (c) => (c.seed = 2 ** 31), message: `seed: expected ${INTEGER}, got 2147483648` },
  { change: (c) => delete c.dir, message: 'dir: expected a folder, ended by "/", got nothing' },
  {
    change: (c) => (c.roadnetFile = ['a']),
    message: 'roadnetFile: expected the name of a file, got an array of 1 value',
  },
  { change: (c) => (c.flowFile = ''), message: 'flowFile: expected the name of a file, got ""' },
  { change: (c) => (c.rlTrafficLight = 0), message: 'rlTrafficLight: expected true or false, got 0' },
  { change: (c) => (c.laneChange = null), message: 'laneChange: expected true or false, got null' },
  { change: (c) => delete c.saveReplay, message: 'saveReplay: expected true or false, got nothing' },
  {
    change: (c) => Object.assign(c, { saveReplay: true, roadnetLogFile: 'a.json' }),
    message: 'replayLogFile: expected the name of a file, got nothing',
  },
]

const middle = (r: Json) => r.intersections[1]
const roadLink = (r: Json) => middle(r).roadLinks[0]
const phase = (r: Json) => middle(r).trafficLight.lightphases[0]
const POINTS = 'an array of at least 2 points {x, y}'
const LINK_POINTS = `no points, or ${POINTS}`

const ROADNETS: readonly Break[] = [
  { change: (r) => delete r.roads, message: 'roads: expected an array of roads, got nothing' },
  { change: (r) => (r.roads = []), message: 'roads: expected an array of roads, got an array of 0 values' },
  {
    change: (r) => (r.intersections = {}),
    message: 'intersections: expected an array of intersections, got an object of 0 members',
  },
  { change: (r) => (r.roads[1] = 7), message: 'roads[1]: expected a road, got 7' },
  { change: (r) => delete r.roads[2].id, message: 'roads[2].id: expected the id of a road, got nothing' },
  {
    change: (r) => (r.roads[2].id = 'in'),
    message:
      'roads[2].id: expected an id that no other has, got "in"; element 0 has the same; give each its own',
  },
  {
    change: (r) => r.intersections.push({ ...middle(r), roads: [], roadLinks: [] }),
    message: 'intersections[3].id: expected an id that no other has, got "middle"; element 1 has the same',
  },
  {
    change: (r) => (r.roads[0].startIntersection = 'nowhere'),
    message:
      'roads[0].startIntersection: expected the id of an intersection, got "nowhere"; nothing has this id',
  },
  {
    change: (r) => (r.roads[0].endIntersection = 1),
    message: 'roads[0].endIntersection: expected the id of an intersection, got 1',
  },
  {
    change: (r) => r.roads[2].points.pop(),
    message: `roads[2].points: expected ${POINTS}, got an array of 1 value`,
  },
  {
    change: (r) => (r.roads[2].points[1] = r.roads[2].points[0]),
    message:
      'roads[2].points[1]: expected a point other than the one before, got an object of 2 members; leave one of them out',
  },
  {
    change: (r) => delete r.roads[0].points[1].y,
    message: 'roads[0].points[1].y: expected a number of metres from -1e9 to 1e9, got nothing',
  },
  {
    change: (r) => (r.roads[0].points[0].x = 1e10),
    message: 'roads[0].points[0].x: expected a number of metres from -1e9 to 1e9, got 10000000000',
  },
  {
    change: (r) => r.roads[2].points.push(r.roads[2].points[0]),
    message:
      'roads[2].points: expected points that give its lanes a length, got a lane of NaN m; the road must not turn back on itself',
  },
  {
    change: (r) => (r.roads[0].lanes = []),
    message: 'roads[0].lanes: expected an array of at least 1 lane, got an array of 0 values',
  },
  {
    change: (r) => (r.roads[0].lanes[1].width = -1),
    message: `roads[0].lanes[1].width: expected ${POSITIVE}, got -1`,
  },
  {
    change: (r) => (r.roads[0].lanes[0].maxSpeed = 0),
    message: `roads[0].lanes[0].maxSpeed: expected ${POSITIVE}, got 0`,
  },
  {
    change: (r) => (r.roads[0].lanes[0].maxSpeed = 1e7),
    message: `roads[0].lanes[0].maxSpeed: expected ${POSITIVE}, got 10000000`,
  },
  {
    change: (r) => delete r.intersections[0].point,
    message: 'intersections[0].point: expected a point {x, y}, got nothing',
  },
  {
    change: (r) => delete middle(r).virtual,
    message: 'intersections[1].virtual: expected true or false, got nothing',
  },
  {
    change: (r) => (middle(r).width = -5),
    message: `intersections[1].width: expected ${NOT_NEGATIVE}, got -5`,
  },
  {
    change: (r) => r.intersections[2].roads.push('gone'),
    message: 'intersections[2].roads[1]: expected the id of a road, got "gone"; nothing has this id',
  },
  {
    change: (r) => (r.intersections[0].roads = 'in'),
    message: 'intersections[0].roads: expected an array of ids of roads, got "in"',
  },
  {
    change: (r) => delete middle(r).roadLinks,
    message: 'intersections[1].roadLinks: expected an array of road links, got nothing',
  },
  {
    change: (r) => (roadLink(r).startRoad = 'gone'),
    message:
      'intersections[1].roadLinks[0].startRoad: expected the id of a road, got "gone"; nothing has this id',
  },
  {
    change: (r) => Object.assign(roadLink(r), { startRoad: 'out', laneLinks: [] }),
    message:
      'intersections[1].roadLinks[0].startRoad: expected a road that ends at this intersection, got "out"',
  },
  {
    change: (r) => Object.assign(roadLink(r), { endRoad: 'aside', laneLinks: [] }),
    message:
      'intersections[1].roadLinks[0].endRoad: expected a road that starts at this intersection, got "aside"',
  },
  {
    change: (r) => delete roadLink(r).type,
    message: 'intersections[1].roadLinks[0].type: expected turn_left, turn_right or go_straight, got nothing',
  },
  {
    change: (r) => (roadLink(r).laneLinks[0].startLaneIndex = 2),
    message:
      "intersections[1].roadLinks[0].laneLinks[0].startLaneIndex: expected an index of one of the road's 2 lanes (0 to 1), got 2",
  },
  {
    change: (r) => (roadLink(r).laneLinks[1].endLaneIndex = -1),
    message:
      "intersections[1].roadLinks[0].laneLinks[1].endLaneIndex: expected an index of one of the road's 2 lanes (0 to 1), got -1",
  },
  {
    change: (r) => (roadLink(r).laneLinks[0].points = [{ x: 0, y: 0 }]),
    message: `intersections[1].roadLinks[0].laneLinks[0].points: expected ${LINK_POINTS}, got an array of 1 value`,
  },
  {
    change: (r) => delete middle(r).trafficLight,
    message: 'intersections[1].trafficLight: expected an object with "lightphases", got nothing',
  },
  {
    change: (r) => (middle(r).trafficLight.lightphases = []),
    message:
      'intersections[1].trafficLight.lightphases: expected an array of at least 1 phase, got an array of 0 values',
  },
  {
    change: (r) => (phase(r).time = -30),
    message: `intersections[1].trafficLight.lightphases[0].time: expected ${NOT_NEGATIVE}, got -30`,
  },
  {
    change: (r) => (middle(r).trafficLight.lightphases = [{ time: 0, availableRoadLinks: [] }]),
    message:
      'intersections[1].trafficLight.lightphases: expected phases of 0.01 s in all, or longer, got 0 s; the lights would change without end',
  },
  {
    change: (r) => phase(r).availableRoadLinks.push(1),
    message:
      "intersections[1].trafficLight.lightphases[0].availableRoadLinks[1]: expected an index of one of the intersection's 1 roadLinks, got 1",
  },
]

const ROUTE = '[0].route'
const FLOWS: readonly Break[] = [
  { change: (f) => (f[0] = null), message: '[0]: expected a flow {vehicle, route, interval}, got null' },
  {
    change: (f) => delete f[0].vehicle,
    message: '[0].vehicle: expected an object with the nine numbers of a vehicle, got nothing',
  },
  {
    change: (f) => delete f[0].vehicle.headwayTime,
    message: `[0].vehicle.headwayTime: expected ${NOT_NEGATIVE}, got nothing`,
  },
  {
    change: (f) => (f[0].vehicle.minGap = -1),
    message: `[0].vehicle.minGap: expected ${NOT_NEGATIVE}, got -1`,
  },
  {
    change: (f) => (f[0].vehicle.usualNegAcc = 0),
    message: `[0].vehicle.usualNegAcc: expected ${POSITIVE}, got 0`,
  },
  {
    change: (f) => (f[0].vehicle.length = true),
    message: `[0].vehicle.length: expected ${POSITIVE}, got true`,
  },
  {
    change: (f) => (f[0].route = ['in']),
    message: `${ROUTE}: expected an array of at least 2 ids of roads, got an array of 1 value`,
  },
  {
    change: (f) => (f[0].route = ['in', 'in']),
    message: `${ROUTE}: expected at least 2 roads that differ, got the same throughout`,
  },
  {
    change: (f) => (f[0].route[1] = 'gone'),
    message: `${ROUTE}[1]: expected the id of a road of the network, got "gone"`,
  },
  {
    change: (f) => (f[0].route[0] = 0),
    message: `${ROUTE}[0]: expected the id of a road of the network, got 0`,
  },
  {
    change: (f) => (f[0].route = ['in', 'in', 'out', 'aside']),
    message: `${ROUTE}[3]: expected a road that can be reached from "out", got "aside"; no road links lead there`,
  },
  { change: (f) => delete f[0].interval, message: `[0].interval: expected ${POSITIVE}, got nothing` },
  { change: (f) => (f[0].interval = -1), message: `[0].interval: expected ${POSITIVE}, got -1` },
  {
    change: (f) => (f[0].interval = 0.5),
    message:
      '[0].interval: expected at least 1 second between vehicles, got 0.5; write several flows for more',
  },
  {
    change: (f) => (f[0].startTime = '0'),
    message: `[0].startTime: expected ${INTEGER}, got "0"; CityFlow would silently take 0 for it`,
  },
  {
    change: (f) => Object.assign(f[0], { startTime: 9, endTime: 8 }),
    message: '[0].endTime: expected a time not before startTime, 9, got 8; no vehicle would start',
  },
]

const readers: Readonly<Record<string, (folder: string) => unknown>> = {
  'config.json': readConfig,
  'roadnet.json': (folder) => readNetwork(join(folder, 'roadnet.json')),
  'flow.json': (folder) =>
    readFlows(join(folder, 'flow.json'), readNetwork(join(folder, 'roadnet.json')), { laneChange: false }),
}

const valid = () => ({
  'config.json': smallConfig(),
  'roadnet.json': smallRoadnet(),
  'flow.json': smallFlows(),
})

/** What is said of a file, behind the folder's name; empty when it is read. */
function complaint(folder: string, name: string, content: unknown): string {
  const file = join(writeFiles(folder, { ...valid(), [name]: content }), name)
  try {
    readers[name]!(folder)
    return ''
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'ERR_FILE_INVALID') throw error
    return error.message.replace(`${file}: `, '').replace(`${file}:\n`, '\n')
  }
}

for (const [name, breaks] of Object.entries({
  'config.json': CONFIGS,
  'roadnet.json': ROADNETS,
  'flow.json': FLOWS,
})) {
  t.test(`each way to break ${name} is told by place, expectation and value`, async (t) => {
    const folder = t.testdir()
    t.equal(
      complaint(folder, name, valid()[name as keyof ReturnType<typeof valid>]),
      '',
      'the file as it was',
    )
    for (const { change, message } of breaks) {
      const json = valid()[name as keyof ReturnType<typeof valid>]
      change(json)
      const said = complaint(folder, name, json)
      t.equal(said.slice(0, message.length), message)
    }
    t.equal(complaint(folder, name, '"text"').startsWith('the whole: expected '), true)
    t.match(complaint(folder, name, '{"a": }'), /^line 1, column 7: expected a value, got "}"/)
  })
}

/** What CityFlow does not take for an integer is refused where it would go on with something else. */
const WRITTEN: readonly {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly message: string
}[] = [
  {
    name: 'config.json',
    from: '"seed":0',
    to: '"seed":3.0',
    message: `seed: expected ${INTEGER}, got 3.0; write 3, without fraction or exponent: CityFlow takes 3.0 for no integer`,
  },
  {
    name: 'flow.json',
    from: '"startTime":0',
    to: '"startTime":6e1',
    message: `[0].startTime: expected ${INTEGER}, got 6e1; write 60, without fraction or exponent: CityFlow takes 6e1 for no integer, and CityFlow would silently take 0 for it`,
  },
  {
    name: 'roadnet.json',
    from: '"startLaneIndex":1',
    to: '"startLaneIndex":1.0',
    message: `intersections[1].roadLinks[0].laneLinks[1].startLaneIndex: expected ${INTEGER}, got 1.0; write 1, without fraction or exponent`,
  },
  {
    name: 'roadnet.json',
    from: '"availableRoadLinks":[0]',
    to: '"availableRoadLinks":[0.0]',
    message: `intersections[1].trafficLight.lightphases[0].availableRoadLinks[0]: expected ${INTEGER}, got 0.0; write 0, without fraction or exponent`,
  },
]

t.test('a whole number written with fraction or exponent is no integer', async (t) => {
  for (const { name, from, to, message } of WRITTEN) {
    const text = JSON.stringify(valid()[name as keyof ReturnType<typeof valid>])
    t.ok(text.includes(from))
    t.equal(complaint(t.testdir(), name, text.replace(from, to)).slice(0, message.length), message)
  }
})

t.test('problems are told together, as many as can be read', async (t) => {
  const roadnet = smallRoadnet()
  for (const { lanes } of roadnet.roads)
    for (const lane of lanes) Object.assign(lane, { width: 0, maxSpeed: '' })
  const lines = complaint(t.testdir(), 'roadnet.json', roadnet).split('\n')
  t.equal(lines[1], `  roads[0].lanes[0].width: expected ${POSITIVE}, got 0`)
  t.equal(lines[10], `  roads[2].lanes[0].maxSpeed: expected ${POSITIVE}, got ""`)
  t.same(lines.slice(11), ['  … and 2 more'])
})

t.test('problems are listed for programs too', async (t) => {
  const folder = writeFiles(t.testdir(), { ...valid(), 'config.json': { ...smallConfig(), interval: -1 } })
  t.throws(() => readConfig(folder), {
    code: 'ERR_FILE_INVALID',
    details: {
      file: join(folder, 'config.json'),
      count: 1,
      problems: [{ path: 'interval', expected: POSITIVE, got: '-1', remedy: undefined }],
    },
  })
})
