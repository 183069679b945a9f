import t from 'tap'
import { TrafficEngine } from '../../../scenarios/traffic/engine.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'

const SHADOW = /_shadow$/

const open = () => new TrafficEngine(cityflowRecording('inputs/straight2_rl0_lc0.json'), { laneChange: true })

const onLanes = (engine: TrafficEngine) => [...engine.getLaneVehicles().values()].flat()

/** Ids of the vehicles that are changing lanes. */
const changing = (engine: TrafficEngine) =>
  onLanes(engine)
    .filter((id) => SHADOW.test(id))
    .map((id) => id.replace(SHADOW, ''))

/** Steps on until a vehicle changes lanes. */
function nextChange(engine: TrafficEngine): string {
  for (let step = 0; step < 250; step++) {
    engine.nextStep()
    const [vehicle] = changing(engine)
    if (vehicle !== undefined) return vehicle
  }
  throw new Error('nobody changes lanes')
}

t.test('shadows are on lanes and in the count of vehicles, and are no vehicles', async (t) => {
  const engine = open()
  const vehicle = nextChange(engine)
  const vehicles = engine.getVehicles()
  const shadows = changing(engine)
  t.ok(vehicles.includes(vehicle))
  t.notOk(vehicles.some((id) => SHADOW.test(id)))
  t.equal(engine.getVehicleCount(), vehicles.length + shadows.length)
  t.same([...engine.getVehicleSpeed().keys()], vehicles)
  t.throws(() => engine.getVehicleInfo(`${vehicle}_shadow`), { code: 'ERR_ID_UNKNOWN' })
})

t.test('a vehicle keeps its id on its new lane, and speeds asked for hold for it there', async (t) => {
  const engine = open()
  const vehicle = nextChange(engine)
  const place = () => Object.entries(engine.getVehicleInfo(vehicle)).find(([key]) => key === 'drivable')
  const before = place()
  while (changing(engine).includes(vehicle)) engine.nextStep()
  t.notSame(place(), before)
  for (let step = 0; step < 5; step++) {
    engine.setVehicleSpeed(vehicle, 0)
    engine.nextStep()
  }
  t.equal(engine.getVehicleSpeed().get(vehicle), 0)
})

t.test('whoever is taken out while it changes lanes takes its shadow along', async (t) => {
  const engine = open()
  for (let i = 0; i < 5; i++) {
    const vehicle = nextChange(engine)
    const before = engine.getVehicles().length
    engine.removeVehicle(vehicle)
    t.notOk(onLanes(engine).some((id) => id.startsWith(`${vehicle}_shadow`) || id === vehicle))
    t.equal(engine.getVehicles().length, before - 1)
    t.equal(engine.getVehicleCount(), before - 1 + changing(engine).length)
  }
})

t.test('from a snapshot amid a change of lanes the same follows', async (t) => {
  const engine = open()
  nextChange(engine)
  const snapshot = engine.snapshot()
  const play = () =>
    Array.from({ length: 60 }, () => {
      engine.nextStep()
      return [onLanes(engine), [...engine.getVehicleDistance()]]
    })
  const first = play()
  engine.load(snapshot)
  t.same(play(), first)
})

t.test('room is made for vehicles that are pushed, and for their shadows', async (t) => {
  const engine = open()
  const roads = engine.roadIds.slice(0, 2)
  for (let i = 0; i < 150; i++) {
    engine.pushVehicle({ maxSpeed: i % 3 === 0 ? 5 : 16 }, roads)
    engine.nextStep()
  }
  for (let step = 0; step < 2000 && engine.getVehicles(true).length > 0; step++) engine.nextStep()
  t.same(engine.getVehicles(true), [])
  t.equal(engine.getVehicleCount(), 0)
  t.ok(engine.getFinishedVehicleCount() >= 150)
})
