import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { generateGrid } from '../../../../scenarios/traffic/generate/index.ts'
import { completeGrid, gridOptions } from '../../../../scenarios/traffic/generate/options.ts'
import { cityflowReference, readCityflow, skipWithoutCityflow } from '../../../fixtures/cityflow.ts'
import { undrivable, type Written, written } from '../_written.ts'

/** As the reference's grids were made. */
const REFERENCE_SPEED = 11.111

async function makeGrid(folder: string, options: object, seed = 0): Promise<Written> {
  const { grid, demand } = completeGrid(gridOptions.parse(options))
  return written(folder, generateGrid(grid, demand, seed))
}

for (const side of [6, 10, 30]) {
  const folder = `data/grid_${side}x${side}`
  t.test(
    `the grid of ${side} × ${side} is CityFlow's to the last digit, and so are its flows`,
    { skip: skipWithoutCityflow(folder) },
    async (t) => {
      const options = { rows: side, columns: side, laneSpeed: REFERENCE_SPEED, interval: 10 }
      const { roadnet, flows } = await makeGrid(t.testdir(), options)
      // Said in one word: a list of differences of millions of numbers takes its time.
      t.ok(isDeepStrictEqual(roadnet, readCityflow(cityflowReference(`${folder}/roadnet.json`))))
      t.strictSame(flows, readCityflow(cityflowReference(`${folder}/flow_generator.json`)))
    },
  )
}

t.test('the 3 × 3 grid of the recordings, too', { skip: skipWithoutCityflow('golden/inputs') }, async (t) => {
  const { roadnet } = await makeGrid(t.testdir(), { rows: 3, columns: 3, laneSpeed: REFERENCE_SPEED })
  t.strictSame(roadnet, readCityflow(cityflowReference('golden/inputs/grid3x3_roadnet.json')))
})

/** Published data sets that an older generator made: the same in another order of the lists, but for roundings. */
const PUBLISHED: Readonly<Record<string, object>> = {
  'colight_6x6/roadnet_6_6.json': { rows: 6, columns: 6, intersectionWidth: 11 },
  'hangzhou_4x4/roadnet_4_4.json': {
    rows: 4,
    columns: 4,
    rowDistance: 800,
    columnDistance: 600,
    intersectionWidth: 15,
  },
  'jinan_3x4/roadnet_3_4.json': {
    rows: 3,
    columns: 4,
    rowDistance: 400,
    columnDistance: 800,
    intersectionWidth: 15,
  },
}

/** Entries by id, numbers to a micrometre. */
function comparable({ intersections, roads }: Written['roadnet']): string {
  const entries = [...intersections, ...roads].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e6) : value)
  return JSON.stringify(entries.map(sortedKeys), rounded)
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, member]) => [key, sortedKeys(member)]))
}

for (const [file, options] of Object.entries(PUBLISHED)) {
  t.test(`${file} comes out again`, { skip: skipWithoutCityflow(`data/${file}`) }, async (t) => {
    const { roadnet } = await makeGrid(t.testdir(), { ...options, laneSpeed: REFERENCE_SPEED, tlPlan: false })
    t.ok(comparable(roadnet) === comparable(readCityflow(cityflowReference(`data/${file}`))))
  })
}

t.test('rows go up and columns go east, each with its own distance', async (t) => {
  const options = { rows: 2, columns: 3, rowDistance: 200, columnDistance: 150.5 }
  const { config, roadnet } = await makeGrid(t.testdir(), options, 7)
  t.match(config, { seed: 7, rlTrafficLight: false, roadnetFile: 'roadnet.json', flowFile: 'flow.json' })
  t.equal(roadnet.intersections.length, 6 + 10)
  t.equal(roadnet.roads.length, 24 + 10)
  const corner = roadnet.intersections.find(({ id }) => id === 'intersection_3_2')
  t.match(corner, { point: { x: 400, y: 150.5 }, width: 30, virtual: false })
})

t.test('lanes of a kind that is not there lead nowhere; several of a kind lead to all', async (t) => {
  const options = { rows: 1, columns: 1, leftLanes: 0, straightLanes: 2, rightLanes: 1 }
  const { roadnet } = await makeGrid(t.testdir(), options)
  const { roadLinks, trafficLight } = roadnet.intersections.find((node) => !node.virtual)!
  t.same([...new Set(roadLinks.map(({ type }) => type))].toSorted(), ['go_straight', 'turn_right'])
  const straight = roadLinks.find(({ type }) => type === 'go_straight')!
  t.same(
    straight.laneLinks.map((link) => [link.startLaneIndex, link.endLaneIndex]),
    [0, 1].flatMap((start) => [0, 1, 2].map((end) => [start, end])),
  )
  t.same(
    trafficLight.lightphases.map(({ time }) => time),
    [30, 5, 30, 5],
    'no phases for left turns',
  )
})

t.test('without a programme there are phases for an agent to choose from', async (t) => {
  const { config, roadnet } = await makeGrid(t.testdir(), { rows: 1, columns: 1, tlPlan: false })
  const { roadLinks, trafficLight } = roadnet.intersections.find((node) => !node.virtual)!
  const [clear, ...greens] = trafficLight.lightphases
  t.equal(config['rlTrafficLight'], true)
  t.equal(greens.length, 8)
  t.ok(clear!.availableRoadLinks.every((link) => roadLinks[link]!.type === 'turn_right'))
  const [arm] = greens.slice(4)
  const fromWest = roadLinks.flatMap(({ direction }, i) => (direction === 0 ? [i] : []))
  t.ok(fromWest.every((link) => arm!.availableRoadLinks.includes(link)))
})

t.test('straight flows are drivable', async (t) => {
  const files = await makeGrid(t.testdir(), { rows: 2, columns: 3 })
  t.equal(files.flows.length, 10)
  t.same(undrivable(files), [])
})

t.test('options that contradict each other are refused with a remedy', async (t) => {
  const refused: readonly (readonly [options: object, message: RegExp])[] = [
    [{ trips: 10, interval: 5 }, /--interval: .*leave one of the two out/],
    [{ horizon: 100 }, /--horizon: .*add --trips/],
    [{ straightLanes: 0 }, /--straight-lanes: expected at least 1 .*got 0/],
    [{ trips: 1, leftLanes: 0, straightLanes: 0, rightLanes: 0 }, /expected at least one lane/],
    [{ rowDistance: 60 }, /--row-distance: expected more than .*60 m.*got 60/],
    [{ columnDistance: 40 }, /--column-distance: .*got 40/],
  ]
  for (const [options, message] of refused) {
    t.throws(() => completeGrid(gridOptions.parse(options)), { code: 'ERR_CONFIG_INVALID', message })
  }
})
