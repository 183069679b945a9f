import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { IntersectionEntry, RoadLinkEntry } from '../../../../scenarios/traffic/data-set.ts'
import { importSumo } from '../../../../scenarios/traffic/import/index.ts'
import { readText, STREET_NET, STREET_ROUTES } from '../../../fixtures/sumo.ts'
import { undrivable, type Written, written } from '../_written.ts'

async function importStreet(
  folder: string,
  options = { begin: 0, seed: 0 },
): Promise<Written & { readonly report: Awaited<ReturnType<typeof importSumo>>['report'] }> {
  const { set, report } = await importSumo(STREET_NET, [STREET_ROUTES], options)
  return { ...(await written(folder, set)), report }
}

function intersection({ roadnet }: Written, id: string): IntersectionEntry {
  return roadnet.intersections.find((entry) => entry.id === id)!
}

function link(node: IntersectionEntry, from: string, to: string): RoadLinkEntry {
  return node.roadLinks.find(({ startRoad, endRoad }) => startRoad === from && endRoad === to)!
}

function lanesOf({ laneLinks }: RoadLinkEntry): readonly (readonly [start: number, end: number])[] {
  return laneLinks
    .map(({ startLaneIndex, endLaneIndex }) => [startLaneIndex, endLaneIndex] as const)
    .toSorted(([a, b], [c, d]) => a - c || b - d)
}

t.test('roads are the edges for cars, their lanes counted from the middle', async (t) => {
  const { roadnet } = await importStreet(t.testdir())
  t.same(
    roadnet.roads.map(({ id }) => id),
    ['WC', 'CE', 'ED', 'DE', 'EC', 'CW', 'CN'],
    'no rails',
  )
  const road = (id: string) => roadnet.roads.find((entry) => entry.id === id)!
  t.same(
    road('CE').lanes.map(({ maxSpeed }) => maxSpeed),
    [16.67, 13.89],
  )
  t.equal(road('WC').lanes.length, 2, 'no lane for people on foot')
  t.same(road('WC').lanes[0], { width: 3.2, maxSpeed: 13.89 })
})

t.test('lanes end where those of SUMO end, once the width of the intersection is taken off', async (t) => {
  const files = await importStreet(t.testdir())
  t.equal(intersection(files, 'C').width, 10)
  t.equal(intersection(files, 'E').width, 5)
  const { points } = files.roadnet.roads.find(({ id }) => id === 'CE')!
  // SUMO's lanes go from x = 110 to 195; the innermost lies at y = −1.6, half its width to the right of the line.
  t.same(points, [
    { x: 110 - 10, y: 0 },
    { x: 195 + 5, y: 0 },
  ])
})

t.test('lane links follow the connections and their shapes', async (t) => {
  const node = intersection(await importStreet(t.testdir()), 'C')
  t.same(
    node.roadLinks.map(({ type, startRoad, endRoad }) => [type, startRoad, endRoad]),
    [
      ['go_straight', 'WC', 'CE'],
      ['turn_left', 'WC', 'CN'],
      ['go_straight', 'EC', 'CW'],
      ['turn_right', 'EC', 'CN'],
    ],
  )
  const [left] = link(node, 'WC', 'CN').laneLinks
  t.same(
    left!.points,
    [
      { x: 90, y: -1.6 },
      { x: 97, y: 1 },
      { x: 101.6, y: 10 },
    ],
    'over the place in the middle where one waits',
  )
  const { points } = link(node, 'EC', 'CN').laneLinks[0]!
  t.same(
    [points![0], points!.at(-1), points!.length],
    [{ x: 110, y: 1.6 }, { x: 101.6, y: 10 }, 11],
    'a curve',
  )
})

t.test('where SUMO counts on a change of lanes, a lane link is added', async (t) => {
  const files = await importStreet(t.testdir())
  // Only from the outer lane of CE one gets to ED.
  t.same(lanesOf(link(intersection(files, 'E'), 'CE', 'ED')), [[1, 0]])
  t.same(lanesOf(link(intersection(files, 'C'), 'WC', 'CE')), [
    [0, 0],
    [0, 1],
    [1, 1],
  ])
  t.equal(files.report.addedLaneLinks, 1)
  t.same(undrivable(files), [])
})

t.test('a programme keeps its phases, from where it stands at the beginning', async (t) => {
  const phases = async (begin: number) => {
    const { trafficLight } = intersection(await importStreet(t.testdir(), { begin, seed: 0 }), 'C')
    return trafficLight.lightphases.map(({ time, availableRoadLinks }) => [time, availableRoadLinks])
  }
  // The cycle of 40 s begins 10 s late: at 0 it is at second 30, in the last phase.
  t.same(await phases(0), [
    [10, [1]],
    [20, [0, 2, 3]],
    [3, []],
    [2, []],
    [5, [1]],
  ])
  t.same(await phases(10), [
    [20, [0, 2, 3]],
    [3, []],
    [2, []],
    [15, [1]],
  ])
})

t.test('without lights everything may always go; the rim is virtual', async (t) => {
  const files = await importStreet(t.testdir())
  t.same(
    intersection(files, 'E').trafficLight.lightphases.map(({ availableRoadLinks }) => availableRoadLinks),
    [[0, 1]],
  )
  t.same(
    files.roadnet.intersections.filter((node) => node.virtual).map(({ id }) => id),
    ['W', 'N'],
  )
})

t.test('a U-turn is kept where a route takes it', async (t) => {
  const files = await importStreet(t.testdir())
  t.equal(link(intersection(files, 'D'), 'ED', 'DE').type, 'turn_left')
  const routes = join(
    t.testdir({
      'routes.rou.xml': '<routes><vehicle id="a" depart="0"><route edges="CE ED"/></vehicle></routes>',
    }),
    'routes.rou.xml',
  )
  const { set } = await importSumo(STREET_NET, [routes], { begin: 0, seed: 0 })
  const without = await written(t.testdir(), set)
  t.equal(intersection(without, 'D').virtual, true)
})

t.test('vehicles carry their types, and leave at the first whole second', async (t) => {
  const { flows, report } = await importStreet(t.testdir())
  const [lorry, through] = flows
  t.match(lorry, { startTime: 1, endTime: 1, route: ['WC', 'CE', 'ED'] })
  t.same(lorry!.vehicle, {
    length: 7.1,
    width: 2.4,
    maxPosAcc: 1.3,
    maxNegAcc: 4,
    usualPosAcc: 1.3,
    usualNegAcc: 4,
    minGap: 2.5,
    maxSpeed: 10,
    headwayTime: 1.5,
  })
  t.match(through, { interval: 20, startTime: 10, endTime: 50 })
  t.equal(through!.vehicle.maxSpeed, 16.67, 'no faster than the fastest lane on the way')
  t.match(flows[2], { startTime: 60, endTime: 60 }, 'hours, minutes and seconds')
  t.same(
    flows.filter(({ route }) => route[0] === 'EC').map(({ startTime }) => startTime),
    [0, 2, 3, 5, 6, 8, 9],
    'every 1.5 s',
  )
  t.match(report, { vehicles: 13, leftOut: { oneRoad: 1, noCarLanes: 1, early: 0 }, ignored: { stop: 1 } })
})

t.test('who leaves before the beginning is left out, of flows too', async (t) => {
  const { flows, report } = await importStreet(t.testdir(), { begin: 30, seed: 0 })
  t.equal(report.leftOut.early, 9)
  t.same(
    flows.map(({ startTime, endTime }) => [startTime, endTime]),
    [
      [0, 20],
      [30, 30],
      [40, 40],
    ],
  )
})

t.test('a flow may never end', async (t) => {
  const folder = t.testdir({ 'routes.xml': '<routes><flow id="a" period="4" from="WC" to="CE"/></routes>' })
  const { set, report } = await importSumo(STREET_NET, [join(folder, 'routes.xml')], { begin: 3, seed: 0 })
  const { flows } = await written(folder, set)
  t.match(flows, [{ route: ['WC', 'CE'], interval: 4, startTime: 1, endTime: -1 }])
  t.equal(report.vehicles, null)
})

t.test('trips without a route go by way of the roads that they name', async (t) => {
  const folder = t.testdir({
    'trips.xml':
      '<routes><trip id="a" depart="3" from="WC" via="ED" to="CN"/><trip id="b" depart="4" from="WC" to="WC"/></routes>',
  })
  const { set, report } = await importSumo(STREET_NET, [join(folder, 'trips.xml')], { begin: 0, seed: 0 })
  const { flows } = await written(folder, set)
  t.match(flows, [{ route: ['WC', 'ED', 'CN'], startTime: 3 }])
  t.equal(report.leftOut.oneRoad, 1)
})

t.test('files may be gzipped, and types lie in a file of their own', async (t) => {
  const folder = t.testdir({
    'net.xml.gz': gzipSync(readText(STREET_NET)),
    'types.add.xml': '<additional><vType id="bike" vClass="bicycle"/></additional>',
    'routes.xml': '<routes><trip id="a" type="bike" depart="0" from="WC" to="CN"/></routes>',
  })
  const routes = ['types.add.xml', 'routes.xml'].map((name) => join(folder, name))
  const { set } = await importSumo(join(folder, 'net.xml.gz'), routes, { begin: 0, seed: 0 })
  const { flows } = await written(folder, set)
  t.match(flows[0]!.vehicle, { length: 1.6, maxPosAcc: 1.2 })
})

t.test('of distributions every vehicle draws anew, as often as they say', async (t) => {
  const folder = t.testdir({
    'routes.xml': `<routes>
      <vTypeDistribution id="mix">
        <vType id="car" length="4" probability="0.75"/><vType id="van" length="6" probability="0.25"/>
      </vTypeDistribution>
      <route id="on" edges="WC CE"/>
      <route id="off" edges="WC CN"/>
      <routeDistribution id="either" routes="on off" probabilities="1 3"/>
      <flow id="f" type="mix" route="either" begin="0" end="4000" period="1"/>
      <vehicle id="v" depart="0"><routeDistribution last="0"><route edges="EC CW" probability="1"/></routeDistribution></vehicle>
    </routes>`,
  })
  const drawn = async (seed: number) => {
    const { set } = await importSumo(STREET_NET, [join(folder, 'routes.xml')], { begin: 0, seed })
    return (await written(folder, set)).flows
  }
  const flows = await drawn(0)
  t.equal(flows.length, 4001)
  t.same(flows.at(-1)!.route, ['EC', 'CW'])
  const share = (isSo: (flow: (typeof flows)[number]) => boolean) => flows.filter(isSo).length / 4000
  t.ok(Math.abs(share(({ vehicle }) => vehicle.length === 6) - 0.25) < 0.02)
  t.ok(Math.abs(share(({ route }) => route[1] === 'CN') - 0.75) < 0.02)
  const [first, again, other] = [flows, await drawn(0), await drawn(1)].map((list) => JSON.stringify(list))
  t.ok(first === again && first !== other)
})
