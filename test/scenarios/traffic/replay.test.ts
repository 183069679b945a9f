import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createArena, planArena } from '../../../runtime/core/memory/arena.ts'
import { angleOf } from '../../../scenarios/traffic/angle.ts'
import { TrafficEngine } from '../../../scenarios/traffic/engine.ts'
import { readConfig } from '../../../scenarios/traffic/files/config.ts'
import { readNetwork } from '../../../scenarios/traffic/files/roadnet.ts'
import { KERNEL, type TrafficKernel } from '../../../scenarios/traffic/kernel.ts'
import { NumberText } from '../../../scenarios/traffic/number-text.ts'
import { openReplay, replayFilesAt } from '../../../scenarios/traffic/record.ts'
import { cityflowRecording, cityflowReference, skipWithoutCityflow } from '../../fixtures/cityflow.ts'
import { Simulation } from './_drive.ts'
import { smallConfig, smallFlows, smallRoadnet, writeFiles } from './_files.ts'

function run(engine: TrafficEngine, steps: number): void {
  for (let step = 0; step < steps; step++) engine.nextStep()
}

t.test(
  "a replay is CityFlow's, byte for byte",
  { skip: skipWithoutCityflow('golden/replay/replay.txt') },
  async (t) => {
    const folder = t.testdir()
    const engine = new TrafficEngine(cityflowReference('golden/inputs/syn1x1_rl0_lc0.json'))
    engine.saveReplayRoadnet(join(folder, 'roadnet.json'))
    engine.setReplayFile(join(folder, 'replay.txt'))
    engine.setSaveReplay(true)
    run(engine, 60)
    engine.close()
    for (const [own, recorded] of [
      ['roadnet.json', 'replay_roadnet.json'],
      ['replay.txt', 'replay.txt'],
    ] as const) {
      const expected = readFileSync(cityflowReference(`golden/replay/${recorded}`))
      t.ok(readFileSync(join(folder, own)).equals(expected), own)
    }
  },
)

const logging = { ...smallConfig(), saveReplay: true, roadnetLogFile: 'log.json', replayLogFile: 'log.txt' }
const files = { 'roadnet.json': smallRoadnet(), 'flow.json': smallFlows() }

t.test('a config that asks for it gets its files, a line for every step at once', async (t) => {
  const folder = writeFiles(t.testdir(), { ...files, 'config.json': logging })
  const engine = new TrafficEngine(folder)
  const lines = () => readFileSync(join(folder, 'log.txt'), 'utf8').split('\n').length - 1
  t.ok(JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')).static.nodes.length === 3)
  t.equal(lines(), 0)
  run(engine, 5)
  t.equal(lines(), 5)
  engine.setSaveReplay(false)
  run(engine, 5)
  t.equal(lines(), 5)
  engine.setSaveReplay(true)
  engine.setReplayFile('other.txt')
  run(engine, 3)
  engine.close()
  run(engine, 3)
  t.equal(readFileSync(join(folder, 'other.txt'), 'utf8').split('\n').length - 1, 3)
})

t.test('without it nothing is written, and what cannot be written is named', async (t) => {
  const folder = writeFiles(t.testdir(), { ...files, 'config.json': smallConfig() })
  const engine = new TrafficEngine(folder)
  run(engine, 5)
  t.notOk(existsSync(join(folder, 'log.txt')))
  t.throws(() => engine.setReplayFile('no/folder.txt'), {
    code: 'ERR_OUTPUT_UNWRITABLE',
    message: /folder.txt/,
  })
})

t.test('a world that others step is recorded the same', async (t) => {
  const folder = t.testdir()
  const config = readConfig(cityflowRecording('inputs/grid3x3_rl0_lc0.json'))
  const engine = new TrafficEngine(cityflowRecording('inputs/grid3x3_rl0_lc0.json'))
  engine.saveReplayRoadnet(join(folder, 'engine.json'))
  engine.setReplayFile(join(folder, 'engine.txt'))
  engine.setSaveReplay(true)
  const simulation = new Simulation({ data: cityflowRecording('inputs/grid3x3_rl0_lc0.json') })
  const network = readNetwork(config.roadnetFile)
  const replay = openReplay(simulation.world, network, replayFilesAt(join(folder, 'run.txt')))
  for (let step = 0; step < 100; step++) {
    engine.nextStep()
    simulation.run(1, 'plan')
    replay.write()
  }
  replay.close()
  const same = (one: string, other: string) =>
    t.ok(readFileSync(join(folder, one)).equals(readFileSync(join(folder, other))), other)
  same('engine.txt', 'run.txt')
  same('engine.json', 'run.roadnet.json')
})

t.test('a replay goes on when the simulation needs more room', async (t) => {
  const folder = t.testdir()
  const engine = new TrafficEngine(cityflowRecording('inputs/grid3x3_rl0_lc0.json'))
  engine.setReplayFile(join(folder, 'replay.txt'))
  engine.setSaveReplay(true)
  run(engine, 3)
  for (let i = 0; i < 100; i++) engine.pushVehicle({}, ['road_0_1_0', 'road_1_1_0'])
  run(engine, 3)
  engine.close()
  const last = readFileSync(join(folder, 'replay.txt'), 'utf8').trimEnd().split('\n').at(-1)!
  t.match(last, /manually_pushed_\d+ 0 5\.0 2\.0,/)
  t.equal(last.split(';')[0]!.split(',').length - 1, engine.getVehicleCount())
})

const arena = createArena(planArena({}), 2 ** 20)
const text = new NumberText(arena.instantiate<TrafficKernel>(KERNEL), arena.heap)

t.test('numbers have a point or an exponent, and digits as CityFlow writes them', async (t) => {
  const cases: readonly (readonly [value: number, text: string])[] = [
    [0, '0.0'],
    [1, '1.0'],
    [-300, '-300.0'],
    [0.1, '0.1'],
    [123456.789, '123456.789'],
    [208.89499999999998, '208.89499999999999'],
    [1e21, '1e21'],
    [1e20, '100000000000000000000.0'],
    [1e-6, '0.000001'],
    [1.5e-7, '1.5e-7'],
    [-6.123233995736766e-17, '-6.123233995736766e-17'],
    [1.7976931348623157e308, '1.7976931348623157e308'],
    [5e-324, '5e-324'],
  ]
  for (const [value, expected] of cases) t.equal(text.format(value), expected)
})

t.test('every number reads back as itself', async (t) => {
  const words = new Uint32Array(2)
  const [value] = [new Float64Array(words.buffer)]
  let wrong = 0
  for (let i = 0; i < 20_000; i++) {
    words[0] = Math.imul(i, 0x9e3779b1) ^ 0x85ebca6b
    words[1] = i % 2 === 0 ? Math.imul(i, 0xc2b2ae35) : 0x40000000 + (Math.imul(i, 0x27d4eb2f) >>> 5)
    if (Number.isFinite(value[0]!) && Number(text.format(value[0]!)) !== value[0]) wrong++
  }
  t.equal(wrong, 0)
})

t.test('an angle is the nearest float', async (t) => {
  t.equal(angleOf(-3.8285686989269494e-16, 1), 1.570796326794897)
  t.equal(angleOf(1, 0), 0)
  t.equal(angleOf(-1, 0), Math.PI)
  t.equal(angleOf(0, -1), -Math.PI / 2)
  t.equal(angleOf(1, 1), Math.PI / 4)
  t.equal(angleOf(-1, -1), (-3 * Math.PI) / 4)
  for (let i = 1; i < 500; i++) {
    const [x, y] = [Math.cos(i), Math.sin(i)]
    const difference = Math.abs(angleOf(x, y) - Math.atan2(y, x))
    if (difference > 2 ** -51) t.fail(`${x} ${y}: ${difference}`)
  }
})
