import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import * as C from '../../../scenarios/traffic/codes.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { SoloWorld } from '../../fixtures/solo-world.ts'
import { Simulation } from './_drive.ts'
import { type Json, smallConfig, smallFlows, smallRoadnet, writeFiles } from './_files.ts'

/** A road of two lanes, and one to three behind the signal; where it bends, lanes are not of one length. */
const roadnets = fc
  .record({
    lanes: fc.integer({ min: 1, max: 3 }),
    bend: fc.integer({ min: -60, max: 60 }),
    metres: fc.integer({ min: 60, max: 300 }),
  })
  .map(({ lanes, bend, metres }): Json => {
    const roadnet = smallRoadnet()
    const [entry, exit] = roadnet.roads
    entry.points = [
      { x: 300 - metres, y: 0 },
      { x: 300 - metres / 2, y: bend },
      { x: 300, y: 0 },
    ]
    roadnet.intersections[0].point.x = 300 - metres
    exit.lanes = Array.from({ length: lanes }, () => ({ width: 3.5, maxSpeed: 14 }))
    roadnet.intersections[1].roadLinks[0].laneLinks = [0, 1].flatMap((startLaneIndex) =>
      exit.lanes.map((_: Json, endLaneIndex: number) => ({ startLaneIndex, endLaneIndex, points: [] })),
    )
    return roadnet
  })

const flows = fc.array(
  fc
    .record({
      interval: fc.integer({ min: 1, max: 12 }),
      maxSpeed: fc.integer({ min: 3, max: 17 }),
      length: fc.integer({ min: 3, max: 12 }),
      endTime: fc.integer({ min: 20, max: 160 }),
      startTime: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ maxSpeed, length, ...flow }): Json => {
      const [base] = smallFlows()
      return { ...base, ...flow, vehicle: { ...base.vehicle, maxSpeed, length } }
    }),
  { minLength: 1, maxLength: 4 },
)

interface Case {
  readonly roadnet: Json
  readonly flow: Json
  readonly laneChange: boolean
  readonly interval: number
  readonly seed: number
}

const cases: fc.Arbitrary<Case> = fc.record({
  roadnet: roadnets,
  flow: flows,
  laneChange: fc.boolean(),
  interval: fc.constantFrom(1, 0.5),
  seed: fc.nat(),
})

const STEPS = 200

function writeCase(folder: string, { roadnet, flow, laneChange, interval }: Case): Record<string, unknown> {
  const config = { ...smallConfig(), laneChange, interval }
  writeFiles(folder, { 'roadnet.json': roadnet, 'flow.json': flow, 'config.json': config })
  return { data: join(folder, 'config.json'), maxSteps: STEPS, decisionInterval: 10 }
}

/** What is wrong with a world's books, between two steps. */
function wrong({ bound, metrics }: Simulation): string[] {
  const { counts, trip, drivable, lists, isShadow, partner } = bound.state
  const all = Array.from(trip!.keys()).filter((slot) => trip![slot] !== C.NONE)
  const shadows = all.filter((slot) => isShadow![slot] === 1)
  const real = all.filter((slot) => isShadow![slot] !== 1)
  const drivables = bound.plan.spec.constants!['length']!
  const listed = Array.from(drivables, (_, i) => lists![i * C.LIST_WORDS + C.LIST_COUNT]!)
  const { spawned, running, waiting, finished } = metrics
  const facts: Readonly<Record<string, boolean>> = {
    'spawned = running + waiting + finished': spawned === running! + waiting! + finished!,
    'a slot for every vehicle': real.length === running! + waiting!,
    'vehicles that run are on lanes and lane links':
      real.filter((slot) => drivable![slot] !== C.NONE).length === running,
    'no trip twice': new Set(real.map((slot) => trip![slot])).size === real.length,
    'shadows are counted': shadows.length === counts![C.SHADOWS],
    'lists hold vehicles and shadows': listed.reduce((sum, n) => sum + n, 0) === running! + shadows.length,
    'free slots are the others': counts![C.FREE_SLOTS] === trip!.length - all.length,
    'a shadow has its vehicle': shadows.every((slot) => {
      const original = partner![slot]!
      return isShadow![original] === 0 && partner![original] === slot && trip![original] === trip![slot]
    }),
  }
  return Object.keys(facts).filter((fact) => !facts[fact])
}

t.test('vehicles are conserved at every step, with lane changes and without', async (t) => {
  let folder = 0
  let changes = 0
  fc.assert(
    fc.property(cases, (given) => {
      const options = writeCase(join(t.testdirName, String(folder++)), given)
      const simulation = new Simulation(options, given.seed)
      for (let step = 0; step < STEPS; step++) {
        simulation.run(1, 'plan')
        const faults = wrong(simulation)
        if (faults.length > 0) throw new Error(`step ${step}: ${faults.join('; ')}`)
        changes += simulation.bound.state['counts']![C.SHADOWS]!
      }
    }),
    { numRuns: 40 },
  )
  t.ok(changes > 100, `${changes} steps of changing lanes`)
})

t.test('pieces of a phase make no difference to changes of lanes', async (t) => {
  let folder = 0
  fc.assert(
    fc.property(cases, (given) => {
      const options = writeCase(join(t.testdirName, String(folder++)), { ...given, laneChange: true })
      const hashes = [1, 3].map((pieces) => {
        const solo = new SoloWorld(traffic, options)
        solo.start(given.seed)
        for (let step = 0; step < STEPS; step++) solo.step(pieces)
        return [solo.hashState(), ...solo.findStrays()]
      })
      return hashes.every(([hash, ...strays]) => hash === hashes[0]![0] && strays.length === 0)
    }),
    { numRuns: 12 },
  )
  t.pass('same state')
})

t.test(
  'a change that the lane ends too soon for is given up, and its shadow counts as finished',
  async (t) => {
    const roadnet = smallRoadnet()
    const vehicle = (length: number) => ({ ...smallFlows()[0].vehicle, length, maxSpeed: 16 })
    const flow = [
      { ...smallFlows()[0], vehicle: vehicle(5), interval: 4 },
      { ...smallFlows()[0], vehicle: { ...vehicle(5), maxSpeed: 1.5 }, interval: 40 },
    ]
    for (const road of roadnet.roads) for (const lane of road.lanes) lane.width = 40
    const given = { roadnet, flow, laneChange: true, interval: 1, seed: 1 }
    const simulation = new Simulation(writeCase(t.testdir(), given), 1)
    simulation.run(STEPS, 'plan')
    const { counts } = simulation.bound.state
    t.ok(counts![C.ENDED_SHADOWS]! > 0)
    t.same(wrong(simulation), [])
  },
)
