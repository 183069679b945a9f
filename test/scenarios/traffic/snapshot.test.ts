import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TrafficEngine, type TrafficEngineOptions } from '../../../scenarios/traffic/engine.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { smallConfig, smallFlows, smallRoadnet, writeFiles } from './_files.ts'

const GRID = cityflowRecording('inputs/grid3x3_rl0_lc0.json')

function run(engine: TrafficEngine, steps: number): TrafficEngine {
  for (let step = 0; step < steps; step++) engine.nextStep()
  return engine
}

function gridAt(step: number, options?: TrafficEngineOptions): TrafficEngine {
  return run(new TrafficEngine(GRID, options), step)
}

/** All that can be seen of a simulation. */
function sight(engine: TrafficEngine): string {
  return JSON.stringify([
    engine.getCurrentTime(),
    engine.getAverageTravelTime(),
    engine.getVehicles(true),
    [...engine.getVehicleDistance()],
    [...engine.getVehicleSpeed()],
    engine.getVehicles().map((id) => [engine.getLeader(id), engine.getVehicleWaitingTime(id)]),
    engine.intersectionIds.map((id) => engine.getTlPhase(id)),
  ])
}

for (const laneChange of [false, true]) {
  t.test(`a loaded snapshot has the same future, to the last bit; lane changes: ${laneChange}`, async (t) => {
    const engine = gridAt(150, { laneChange })
    const snapshot = engine.snapshot()
    const now = sight(engine)
    const future = sight(run(engine, 200))
    engine.load(snapshot)
    t.equal(sight(engine), now)
    t.equal(sight(run(engine, 200)), future)
    engine.load(snapshot)
    t.equal(sight(run(engine, 200)), future, 'as often as one likes')
  })
}

t.test('a snapshot in a file has the same future in another engine', async (t) => {
  const file = join(t.testdir(), 'at-150.snapshot')
  const engine = gridAt(150)
  engine.snapshot().dump(file)
  const other = gridAt(30)
  other.loadFromFile(file)
  t.equal(sight(run(other, 200)), sight(run(engine, 200)))
})

t.test('what was pushed, rerouted and asked for is in the snapshot, whatever room it took', async (t) => {
  const engine = gridAt(100)
  for (let i = 0; i < 100; i++) engine.pushVehicle({ length: 4 + i / 10 }, ['road_0_1_0', 'road_1_1_0'])
  for (const id of engine.getVehicles()) {
    engine.setVehicleSpeed(id, 3)
    for (const road of engine.roadIds.slice(0, 12)) engine.setVehicleRoute(id, [road])
  }
  const snapshot = engine.snapshot()
  const other = gridAt(0)
  other.load(snapshot)
  t.equal(sight(other), sight(engine))
  t.equal(sight(run(other, 150)), sight(run(engine, 150)))
  t.equal(
    other.pushVehicle({}, ['road_0_1_0', 'road_1_1_0']),
    engine.pushVehicle({}, ['road_0_1_0', 'road_1_1_0']),
  )
})

t.test('a snapshot of another network or other flows is refused', async (t) => {
  const files = { 'config.json': smallConfig(), 'roadnet.json': smallRoadnet() }
  const of = (folder: string, flows: unknown) =>
    new TrafficEngine(writeFiles(join(t.testdir({}), folder), { ...files, 'flow.json': flows }))
  const small = of('small', smallFlows())
  t.throws(() => small.load(gridAt(1).snapshot()), {
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: /same network/,
  })
  t.throws(() => of('other', []).load(small.snapshot()), { code: 'ERR_CHECKPOINT_MISMATCH' })
  const changing = gridAt(1, { laneChange: true }).snapshot()
  t.throws(() => gridAt(1).load(changing), { code: 'ERR_CHECKPOINT_MISMATCH', message: /laneChange/ })
})

t.test('a file that is no whole snapshot of this version is refused', async (t) => {
  const file = join(t.testdir(), 'snapshot')
  const engine = gridAt(20)
  const before = sight(engine)
  engine.snapshot().dump(file)
  const bytes = readFileSync(file)
  const broken = (name: string, content: Uint8Array | string) => {
    const path = join(t.testdirName, name)
    writeFileSync(path, content)
    return path
  }
  const flipped = Buffer.from(bytes)
  flipped[bytes.length - 100]! ^= 1
  t.throws(() => engine.loadFromFile(broken('cut', bytes.subarray(0, -1))), {
    code: 'ERR_CHECKPOINT_CORRUPT',
  })
  t.throws(() => engine.loadFromFile(broken('flipped', flipped)), { code: 'ERR_CHECKPOINT_CORRUPT' })
  t.throws(() => engine.loadFromFile(broken('empty', '')), { code: 'ERR_CHECKPOINT_CORRUPT' })
  t.throws(() => engine.loadFromFile(broken('json', '{"step":60}')), { code: 'ERR_CHECKPOINT_CORRUPT' })
  t.throws(() => engine.loadFromFile(join(t.testdirName, 'none')), { code: 'ERR_CHECKPOINT_MISSING' })
  t.throws(() => engine.snapshot().dump(join(t.testdirName, 'no/folder')), { code: 'ERR_OUTPUT_UNWRITABLE' })
  t.equal(sight(engine), before, 'the engine is as it was')
})
