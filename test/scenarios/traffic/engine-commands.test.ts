import t, { type Test } from 'tap'
import {
  TrafficEngine,
  type TrafficEngineOptions,
  type VehicleInfo,
} from '../../../scenarios/traffic/engine.ts'
import { readNetwork } from '../../../scenarios/traffic/files/roadnet.ts'
import { leadsTo } from '../../../scenarios/traffic/lane-choice.ts'
import type { NetworkGraph } from '../../../scenarios/traffic/network.ts'
import { cityflowRecording, readCityflow } from '../../fixtures/cityflow.ts'
import { type Json, smallConfig, smallFlows, smallRoadnet, writeFiles } from './_files.ts'

const GRID = cityflowRecording('inputs/grid3x3_rl0_lc0.json')

function gridAt(step: number, options?: TrafficEngineOptions): TrafficEngine {
  const engine = new TrafficEngine(GRID, options)
  for (let i = 0; i < step; i++) engine.nextStep()
  return engine
}

function small(t: Test, flows: Json): TrafficEngine {
  const files = { 'config.json': smallConfig(), 'roadnet.json': smallRoadnet(), 'flow.json': flows }
  return new TrafficEngine(writeFiles(t.testdir(), files))
}

/** What must hold between two steps, whatever was done. Shadows count as vehicles of their lanes, and nowhere else. */
function checkBooks(t: Test, engine: TrafficEngine): void {
  const lists = [...engine.getLaneVehicles().values(), ...engine.getLinkVehicles().values()].flat()
  const shadows = lists.filter((id) => id.endsWith('_shadow'))
  const all = engine.getVehicles(true)
  const speeds = engine.getVehicleSpeed()
  const speedOf = (id: string) => speeds.get(id.replace(/_shadow$/, ''))!
  t.equal(new Set(all).size, all.length, 'no vehicle is there twice')
  t.equal(engine.getVehicleCount(), speeds.size + shadows.length, 'those that run are counted')
  t.strictSame(lists.sort(), [...speeds.keys(), ...shadows].sort(), 'and are on a lane or lane link')
  const standing = [...engine.getLaneVehicles().values()].map(
    (ids) => ids.filter((id) => speedOf(id) < 0.1).length,
  )
  t.strictSame([...engine.getLaneWaitingVehicleCount()], standing, 'those that stand are counted')
}

t.test('a pushed vehicle drives as one of a flow does', async (t) => {
  const flows = smallFlows()
  flows[0].endTime = 0
  const [flow, pushed] = [small(t, flows), small(t, [])]
  t.equal(pushed.pushVehicle(flows[0].vehicle, ['in', 'out']), 'manually_pushed_0')
  t.strictSame(pushed.getVehicles(), [])
  t.strictSame(pushed.getVehicles(true), ['manually_pushed_0'])
  for (let step = 0; step < 80; step++) {
    flow.nextStep()
    pushed.nextStep()
    t.strictSame([...pushed.getVehicleDistance().values()], [...flow.getVehicleDistance().values()])
    t.strictSame(pushed.getLaneVehicleCount(), flow.getLaneVehicleCount())
    t.equal(pushed.getAverageTravelTime(), flow.getAverageTravelTime())
  }
  t.equal(pushed.getFinishedVehicleCount(), 1)
})

t.test('those that are pushed enter before those of flows, at their own speed, in order', async (t) => {
  const engine = small(t, smallFlows())
  const ids = [0, 1, 2, 3].map(() => engine.pushVehicle({ speed: 5, length: 4 }, ['in', 'out']))
  engine.nextStep()
  t.ok(engine.getVehicles().every((id) => ids.includes(id)))
  t.ok(engine.getVehicles().length > 0)
  t.ok([...engine.getVehicleSpeed().values()].every((speed) => speed > 5))
  checkBooks(t, engine)
})

t.test('names of pushed vehicles go on after a reset', async (t) => {
  const engine = small(t, [])
  engine.pushVehicle({}, ['in', 'out'])
  engine.reset()
  t.strictSame(engine.getVehicles(true), [])
  t.equal(engine.pushVehicle({}, ['in', 'out']), 'manually_pushed_1')
})

t.test('there is room for any number of pushed vehicles of any kind', async (t) => {
  const engine = small(t, [])
  for (let i = 0; i < 300; i++)
    engine.pushVehicle({ length: 3 + i / 100, minGap: 1 + i / 1000 }, ['in', 'out'])
  for (let step = 0; step < 20; step++) engine.nextStep()
  t.equal(engine.getVehicles(true).length, 300)
  checkBooks(t, engine)
  for (let step = 0; step < 2000; step++) engine.nextStep()
  t.equal(engine.getFinishedVehicleCount(), 300)
})

t.test('growing changes nothing but the room', async (t) => {
  const [plain, grown] = [gridAt(150), gridAt(150)]
  for (let i = 0; i < 100; i++) grown.pushVehicle({ length: 4 + i }, ['road_0_1_0', 'road_1_1_0'])
  for (const id of grown.getVehicles(true)) if (id.startsWith('manually')) grown.removeVehicle(id)
  grown.setRandomSeed(1)
  plain.setRandomSeed(1)
  for (let step = 0; step < 300; step++) {
    plain.nextStep()
    grown.nextStep()
  }
  t.strictSame(grown.getVehicleDistance(), plain.getVehicleDistance())
  t.strictSame(grown.getVehicles(true), plain.getVehicles(true))
  t.equal(grown.getAverageTravelTime(), plain.getAverageTravelTime())
})

t.test('what cannot be a vehicle or its way is not pushed', async (t) => {
  const engine = small(t, [])
  const refused: readonly (readonly [info: Json, roads: string[], code: string, message: RegExp])[] = [
    [{ length: 0 }, ['in', 'out'], 'ERR_ARGUMENT_INVALID', /pushVehicle.length/],
    [{ maxSpeed: Number.NaN }, ['in', 'out'], 'ERR_ARGUMENT_INVALID', /pushVehicle.maxSpeed/],
    [{ minGap: -1 }, ['in', 'out'], 'ERR_ARGUMENT_INVALID', /pushVehicle.minGap/],
    [{ speed: -1 }, ['in', 'out'], 'ERR_ARGUMENT_INVALID', /pushVehicle.speed/],
    [{}, ['in', 'off'], 'ERR_ID_UNKNOWN', /off/],
    [{}, ['in'], 'ERR_ARGUMENT_INVALID', /pushVehicle.roads/],
    [{}, [], 'ERR_ARGUMENT_INVALID', /pushVehicle.roads/],
    [{}, ['out', 'in'], 'ERR_ARGUMENT_INVALID', /pushVehicle.roads/],
  ]
  for (const [info, roads, code, message] of refused) {
    t.throws(() => engine.pushVehicle(info, roads), { code, message })
  }
  t.strictSame(engine.getVehicles(true), [])
})

t.test('vehicles are removed from lanes, lane links and before they have a lane', async (t) => {
  const engine = gridAt(400)
  while (engine.getLinkVehicles().size === 0) engine.nextStep()
  const onLane = [...engine.getLaneVehicles().values()].find((ids) => ids.length > 2)!
  const [onLink] = engine.getLinkVehicles().values()
  const pushed = engine.pushVehicle({}, ['road_0_1_0', 'road_1_1_0'])
  for (const id of [onLane[0]!, onLane[1]!, onLane.at(-1)!, onLink![0]!, pushed]) {
    engine.removeVehicle(id)
    t.throws(() => engine.getVehicleInfo(id), { code: 'ERR_ID_UNKNOWN' })
    checkBooks(t, engine)
  }
  for (let step = 0; step < 100; step++) engine.nextStep()
  checkBooks(t, engine)
})

t.test('whoever is removed from a queue leaves the others in their order', async (t) => {
  const engine = small(t, [])
  for (let i = 0; i < 12; i++) engine.pushVehicle({}, ['in', 'out'])
  engine.nextStep()
  const waiting = engine.getVehicles(true).filter((id) => !engine.getVehicleInfo(id).running)
  const byNumber = waiting.sort((a, b) => Number(a.split('_').at(-1)) - Number(b.split('_').at(-1)))
  const gone = [byNumber[0]!, byNumber[4]!, byNumber.at(-1)!]
  for (const id of gone) engine.removeVehicle(id)
  for (let step = 0; step < 40; step++) engine.nextStep()
  t.equal(engine.getVehicleCount(), 9)
  for (const ids of engine.getLaneVehicles().values()) {
    const pushes = ids.map((id) => Number(id.split('_').at(-1)))
    t.strictSame(
      pushes,
      pushes.toSorted((a, b) => a - b),
    )
  }
  checkBooks(t, engine)
})

t.test('an empty street after all were removed, and travel times of nobody', async (t) => {
  const engine = gridAt(0)
  engine.nextStep()
  for (const id of engine.getVehicles(true)) engine.removeVehicle(id)
  t.equal(engine.getVehicleCount(), 0)
  t.equal(engine.getAverageTravelTime(), 0)
  t.ok(engine.getLaneVehicleCount().every((count) => count === 0))
})

/** A vehicle on a lane with at least `roads` roads to go, and its info. */
function findOnLane(
  engine: TrafficEngine,
  roads: number,
): readonly [string, VehicleInfo & { running: true }] {
  for (const id of engine.getVehicles()) {
    const info = engine.getVehicleInfo(id)
    if (info.running && info.road !== undefined && info.route.length >= roads) return [id, info]
  }
  throw new Error('no such vehicle')
}

t.test('a route that is set is completed, and driven to its end', async (t) => {
  const engine = gridAt(100)
  const [id, info] = findOnLane(engine, 3)
  const next = info.route[1]!
  const ends = engine.roadIds.filter((road) => engine.setVehicleRoute(id, [next, road]))
  t.ok(ends.length > 5)
  const end = ends.at(-1)!
  const { route } = engine.getVehicleInfo(id)
  t.strictSame([route[0], route[1], route.at(-1)], [info.road, next, end])
  let last: string | undefined
  for (let step = 0; step < 2000 && engine.getVehicles().includes(id); step++) {
    const now = engine.getVehicleInfo(id)
    if (now.running && now.road !== undefined) last = now.road
    engine.nextStep()
  }
  t.equal(last, end)
})

t.test('a vehicle goes to a next road if its lane leads there, and else keeps its route', async (t) => {
  const engine = gridAt(100)
  const { graph, names } = readNetwork(cityflowRecording('inputs/grid3x3_roadnet.json'))
  const answers = { taken: 0, refused: 0 }
  for (const [laneId, ids] of engine.getLaneVehicles()) {
    const lane = engine.laneIndex(laneId)
    for (const id of ids) {
      const before = engine.getVehicleInfo(id).route
      for (const next of roadsBehind(graph, graph.laneRoad[lane]!)) {
        const isTaken = engine.setVehicleRoute(id, [names.roads[next]!])
        t.equal(isTaken, leadsTo(graph, lane, next))
        answers[isTaken ? 'taken' : 'refused']++
      }
      if (leadsTo(graph, lane, names.roads.indexOf(before[1]!))) t.ok(engine.setVehicleRoute(id, before))
    }
  }
  t.ok(answers.taken > 10 && answers.refused > 10)
})

/** Roads that any lane of a road leads to. */
function roadsBehind(graph: NetworkGraph, road: number): number[] {
  const lanes = Array.from(graph.laneRoad.keys()).filter((lane) => graph.laneRoad[lane] === road)
  return Array.from(graph.roadStart.keys()).filter((next) => lanes.some((lane) => leadsTo(graph, lane, next)))
}

t.test('no route is set to nowhere, to where the vehicle is, or on a lane link', async (t) => {
  const engine = gridAt(120)
  while (engine.getLinkVehicles().size === 0) engine.nextStep()
  const [id, { route }] = findOnLane(engine, 2)
  t.equal(engine.setVehicleRoute(id, []), false)
  t.equal(engine.setVehicleRoute(id, [route[0]!]), false)
  t.strictSame(engine.getVehicleInfo(id).route, route)
  const [onLink] = [...engine.getLinkVehicles().values()].flat()
  t.equal(engine.setVehicleRoute(onLink!, [engine.getVehicleInfo(onLink!).route.at(-1)!]), false)
  const alone = small(t, [])
  const waiting = alone.pushVehicle({}, ['in', 'out'])
  t.equal(alone.setVehicleRoute(waiting, ['aside']), false)
  t.equal(alone.setVehicleRoute(waiting, ['out']), true)
})

t.test('a speed that is asked for holds for one step, for those that enter in it too', async (t) => {
  const engine = small(t, [])
  const id = engine.pushVehicle({}, ['in', 'out'])
  engine.setVehicleSpeed(id, 1)
  engine.nextStep()
  t.equal(engine.getVehicleSpeed().get(id), 1)
  engine.setVehicleSpeed(id, 1.5)
  engine.nextStep()
  t.equal(engine.getVehicleSpeed().get(id), 1.5)
  engine.nextStep()
  t.ok(engine.getVehicleSpeed().get(id)! > 2)
})

/** Numbers from 0 to `limit` − 1 that look random and never differ. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

t.test('whatever is done to vehicles, none is lost or doubled, with lane changes or without', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const engine = gridAt(60, { laneChange: seed > 2 })
    const draw = numbers(seed)
    const flows = readCityflow<Json>(cityflowRecording('inputs/grid3x3_flow.json'))
    let [pushed, removed] = [0, 0]
    for (let step = 0; step < 150; step++) {
      for (let i = draw(4); i > 0; i--) {
        const { route } = flows[draw(flows.length)]
        engine.pushVehicle({ length: 3 + draw(5) }, [route[0], route.at(-1)])
        pushed++
      }
      const all = engine.getVehicles(true)
      for (let i = draw(3); i > 0; i--) {
        engine.removeVehicle(all.splice(draw(all.length), 1)[0]!)
        removed++
      }
      for (let i = draw(20); i > 0; i--)
        engine.setVehicleRoute(all[draw(all.length)]!, [engine.roadIds[draw(48)]!])
      const before = engine.getVehicles(true).length + engine.getFinishedVehicleCount()
      engine.nextStep()
      const after = engine.getVehicles(true).length + engine.getFinishedVehicleCount()
      if (after < before) t.fail(`step ${step}: ${before - after} vehicles were lost`)
    }
    const of = (kind: RegExp) => engine.getVehicles(true).filter((id) => kind.test(id)).length
    t.ok(of(/^manually/) > 0 && pushed > removed)
    checkBooks(t, engine)
  }
})
