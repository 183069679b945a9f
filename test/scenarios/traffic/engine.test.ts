import t, { type Test } from 'tap'
import { TrafficEngine, type TrafficEngineOptions } from '../../../scenarios/traffic/engine.ts'
import type { Trace } from '../../../scenarios/traffic/trace.ts'
import {
  cityflowRecording,
  cityflowReference,
  readCityflow,
  skipWithoutCityflow,
} from '../../fixtures/cityflow.ts'

const GRID = cityflowRecording('inputs/grid3x3_rl0_lc0.json')

interface Recording {
  readonly trace: string
  readonly config: string
  /** What was done before step `t`. */
  readonly before?: (engine: TrafficEngine, t: number, trace: Trace) => void
}

/** Every signal goes to its next phase every `signal_period` steps, each one phase further than the one before. */
function setPhases(engine: TrafficEngine, t: number, { signals, signal_period: period }: Trace): void {
  if (t % period !== 0) return
  for (const [i, id] of signals.entries()) {
    engine.setTlPhase(id, (t / period + i) % engine.getTlPhaseCount(id))
  }
}

function lead(engine: TrafficEngine, t: number): void {
  if (t >= 40 && t < 80) engine.setVehicleSpeed('flow_0_0', t < 60 ? 0 : 5)
}

const RECORDINGS: readonly Recording[] = [
  { trace: 'straight_free', config: 'straight_rl0_lc0' },
  { trace: 'straight_lead_script', config: 'straight_rl0_lc0', before: lead },
  { trace: 'syn1x1_scripted15', config: 'syn1x1_rl1_lc0', before: setPhases },
  { trace: 'syn1x1_fixed_dt0.5', config: 'syn1x1_rl0_lc0_dt05' },
  { trace: 'grid3x3_fixed', config: 'grid3x3_rl0_lc0' },
  { trace: 'grid3x3_fixed_lc_ordered', config: 'grid3x3_rl0_lc1' },
  { trace: 'straight2_lc_ordered', config: 'straight2_rl0_lc1' },
]

for (const { trace: name, config, before } of RECORDINGS) {
  const file = `golden/${name}.json`
  t.test(
    `${name}: all that is asked for is what CityFlow said`,
    { skip: skipWithoutCityflow(file) },
    async (t) => {
      const trace = readCityflow<Trace>(cityflowReference(file))
      const engine = new TrafficEngine(cityflowReference(`golden/inputs/${config}.json`))
      const vehicles = new Map(trace.trace.map((row) => [row.t, row.v]))
      const lanes = new Map(trace.lanes.map((row) => [row.t, row]))
      const differences: string[] = []
      for (let step = 0; step <= trace.steps && differences.length === 0; step++) {
        const row = lanes.get(step)
        if (row) differences.push(...compareLanes(engine, trace, row))
        const running = vehicles.get(step)
        if (running) differences.push(...compareVehicles(engine, trace, running))
        if (differences.length > 0) differences.unshift(`step ${step}`)
        before?.(engine, step, trace)
        engine.nextStep()
      }
      t.strictSame(differences, [])
    },
  )
}

function compareLanes(engine: TrafficEngine, trace: Trace, row: Trace['lanes'][number]): string[] {
  const { laneIds } = engine
  const expected = (pairs: Trace['lanes'][number]['count']) => {
    const counts = new Int32Array(laneIds.length)
    for (const [lane, count] of pairs) counts[engine.laneIndex(trace.drivables[lane]!)] = count
    return counts.join()
  }
  const facts: readonly (readonly [what: string, expected: unknown, got: unknown])[] = [
    ['running', row.n, engine.getVehicleCount()],
    ['running or waiting', row.all, engine.getVehicles(true).length],
    ['average travel time', row.att.toFixed(9), engine.getAverageTravelTime().toFixed(9)],
    ['vehicles on lanes', expected(row.count), engine.getLaneVehicleCount().join()],
    ['standing on lanes', expected(row.wait), engine.getLaneWaitingVehicleCount().join()],
  ]
  return facts
    .filter(([, wanted, got]) => wanted !== got)
    .map(([what, wanted, got]) => `${what}: ${String(wanted)}, ${String(got)}`)
}

function compareVehicles(engine: TrafficEngine, trace: Trace, rows: Trace['trace'][number]['v']): string[] {
  const speeds = engine.getVehicleSpeed()
  const distances = engine.getVehicleDistance()
  const differences = rows.length === speeds.size ? [] : [`vehicles: ${rows.length}, ${speeds.size}`]
  for (const [vehicle, place, distance, speed] of rows) {
    const id = trace.vehicles[vehicle]!
    if (!isNear(speed, speeds.get(id)) || !isNear(distance, distances.get(id)))
      differences.push(`${id} is elsewhere`)
    const info = engine.getVehicleInfo(id)
    if (!info.running || info.drivable !== trace.drivables[place])
      differences.push(`${id} is on another lane`)
  }
  return differences
}

function isNear(expected: number, got: number | undefined): boolean {
  return got !== undefined && Math.abs(expected - got) <= 1e-9 * Math.max(1, Math.abs(expected))
}

function run(steps: number, options: TrafficEngineOptions = {}): TrafficEngine {
  const engine = new TrafficEngine(GRID, options)
  for (let step = 0; step < steps; step++) engine.nextStep()
  return engine
}

t.test('vehicles come in the order of their priorities everywhere', async (t) => {
  const engine = run(200)
  const ids = engine.getVehicles()
  t.equal(ids.length, engine.getVehicleCount())
  t.strictSame([...engine.getVehicleSpeed().keys()], ids)
  t.strictSame([...engine.getVehicleDistance().keys()], ids)
  const all = engine.getVehicles(true)
  t.strictSame(
    all.filter((id) => ids.includes(id)),
    ids,
  )
})

t.test('lanes and lane links hold all vehicles that run, the foremost first', async (t) => {
  const engine = run(300)
  const distances = engine.getVehicleDistance()
  const lists = [...engine.getLaneVehicles().values(), ...engine.getLinkVehicles().values()]
  t.strictSame(lists.flat().sort(), engine.getVehicles().sort())
  const isOrdered = (ids: readonly string[]) =>
    ids.every((id, i) => i === 0 || distances.get(ids[i - 1]!)! >= distances.get(id)!)
  t.ok(lists.every(isOrdered))
  t.equal(engine.getLaneVehicles().size, engine.laneIds.length)
  for (const id of engine.getLinkVehicles().keys()) t.match(id, /_TO_/)
})

t.test('a leader is the next vehicle of the lane, or one beyond its end', async (t) => {
  const engine = run(300)
  for (const ids of engine.getLaneVehicles().values()) {
    for (let i = 1; i < ids.length; i++) t.equal(engine.getLeader(ids[i]!), ids[i - 1])
    const [foremost] = ids
    if (foremost !== undefined) t.notOk(ids.includes(engine.getLeader(foremost)))
  }
})

t.test('info names the lane, its road, the intersection ahead and the roads to come', async (t) => {
  const engine = run(100)
  const [lane, [id]] = [...engine.getLaneVehicles()].find(([, ids]) => ids.length > 0)!
  const info = engine.getVehicleInfo(id!)
  t.ok(info.running)
  if (!info.running) return
  t.equal(info.drivable, lane)
  t.equal(info.road, lane.replace(/_\d+$/, ''))
  t.equal(info.route[0], info.road)
  t.ok(engine.intersectionIds.includes(info.intersection!))
  t.ok(info.distance <= engine.laneLengths[engine.laneIndex(lane)]!)
})

t.test('a vehicle has stood for as many seconds as its speed was below 0.1 m/s', async (t) => {
  const engine = run(0)
  const stood = new Map<string, number>()
  for (let step = 0; step < 200; step++) {
    engine.nextStep()
    for (const [id, speed] of engine.getVehicleSpeed())
      stood.set(id, (stood.get(id) ?? 0) + Number(speed < 0.1))
  }
  const ids = engine.getVehicles()
  t.ok(ids.some((id) => stood.get(id)! > 0))
  t.strictSame(
    ids.map((id) => engine.getVehicleWaitingTime(id)),
    ids.map((id) => stood.get(id)),
  )
})

t.test('pressure is what stands before an intersection less what stands behind it', async (t) => {
  const engine = run(400)
  const waiting = engine.getLaneWaitingVehicleCount()
  const touching = (end: string) =>
    engine.laneIds.reduce((sum, id, lane) => sum + (id.startsWith(end) ? waiting[lane]! : 0), 0)
  const into = ['road_0_1_0_', 'road_1_0_1_', 'road_2_1_2_', 'road_1_2_3_'].reduce(
    (sum, id) => sum + touching(id),
    0,
  )
  const out = ['road_1_1_0_', 'road_1_1_1_', 'road_1_1_2_', 'road_1_1_3_'].reduce(
    (sum, id) => sum + touching(id),
    0,
  )
  t.equal(engine.getPressure('intersection_1_1'), into - out)
})

t.test('a phase is shown from the next step on, and stays', async (t) => {
  const engine = run(10, { rlTrafficLight: true })
  t.equal(engine.getTlPhase('intersection_1_1'), 0)
  engine.setTlPhase('intersection_1_1', 3)
  for (let step = 0; step < 100; step++) engine.nextStep()
  t.equal(engine.getTlPhase('intersection_1_1'), 3)
})

t.test('a reset starts anew: with the seed the same vehicles, without it others', async (t) => {
  const engine = run(200)
  const first = engine.getVehicles()
  engine.reset()
  t.equal(engine.getCurrentTime(), 0)
  t.equal(engine.getVehicles(true).length, 0)
  for (let step = 0; step < 200; step++) engine.nextStep()
  t.not(engine.getVehicles().join(), first.join())
  engine.reset(engine.config.seed)
  for (let step = 0; step < 200; step++) engine.nextStep()
  t.strictSame(engine.getVehicles(), first)
})

t.test('a seed that is set takes the place of the config', async (t) => {
  const engine = run(0)
  engine.setRandomSeed(7)
  for (let step = 0; step < 100; step++) engine.nextStep()
  t.strictSame(engine.getVehicles(), run(100, { seed: 7 }).getVehicles())
  t.not(engine.getVehicles().join(), run(100).getVehicles().join())
})

function refuses(t: Test, call: () => unknown, code: string, message: RegExp): void {
  t.throws(call, { code, message })
}

t.test('errors say what was given and what is expected', async (t) => {
  const engine = run(50)
  const learning = run(50, { rlTrafficLight: true })
  refuses(t, () => engine.getVehicleInfo('flow_0_99999'), 'ERR_ID_UNKNOWN', /flow_0_99999/)
  refuses(t, () => engine.getVehicleInfo('flow_01_0'), 'ERR_ID_UNKNOWN', /flow_01_0/)
  refuses(t, () => engine.getLeader('somebody'), 'ERR_ID_UNKNOWN', /getLeader/)
  refuses(t, () => engine.removeVehicle('manually_pushed_0'), 'ERR_ID_UNKNOWN', /removeVehicle/)
  refuses(t, () => engine.laneIndex('road_0_1_0_9'), 'ERR_ID_UNKNOWN', /did you mean 'road_0_1_0_/)
  refuses(t, () => engine.getPressure('intersection_9_9'), 'ERR_ID_UNKNOWN', /intersection_9_9/)
  refuses(t, () => engine.setTlPhase('intersection_1_1', 0), 'ERR_ARGUMENT_INVALID', /rlTrafficLight/)
  for (const phase of [-1, 99, 0.5, Number.NaN]) {
    refuses(
      t,
      () => learning.setTlPhase('intersection_1_1', phase),
      'ERR_ARGUMENT_INVALID',
      /phase from 0 to \d+/,
    )
  }
  refuses(t, () => learning.setTlPhase('intersection_0_1', 0), 'ERR_ARGUMENT_INVALID', /with signals/)
  const [vehicle] = engine.getVehicles()
  refuses(t, () => engine.setVehicleSpeed(vehicle!, -1), 'ERR_ARGUMENT_INVALID', /at least 0 m\/s/)
  refuses(t, () => engine.setVehicleRoute(vehicle!, ['nowhere']), 'ERR_ID_UNKNOWN', /nowhere/)
  refuses(t, () => new TrafficEngine(GRID, { rerouteEvery: 0 }), 'ERR_CONFIG_INVALID', /rerouteEvery/)
  refuses(t, () => new TrafficEngine('/nowhere/config.json'), 'ERR_FILE_MISSING', /nowhere/)
})
