import t from 'tap'
import { driveOn } from '../../../actors/drive.ts'
import { stateHash } from '../../../actors/state-hash.ts'
import { bindViews, planLayout } from '../../../runtime/core/memory/layout.ts'
import { planWorld } from '../../../runtime/core/world.ts'
import * as C from '../../../scenarios/traffic/codes.ts'
import { TrafficEngine } from '../../../scenarios/traffic/engine.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { OwnRoutes } from '../../../scenarios/traffic/own-routes.ts'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { Simulation } from './_drive.ts'

const GRID = cityflowRecording('inputs/grid3x3_rl0_lc0.json')

t.test('vehicles that look for faster routes still come to the ends of theirs', async (t) => {
  const engine = new TrafficEngine(GRID, { rerouteEvery: 20 })
  const [ends, first] = [new Map<string, string>(), new Map<string, string>()]
  let changes = 0
  for (let step = 0; step < 600; step++) {
    engine.nextStep()
    for (const id of engine.getVehicles()) {
      const { route } = engine.getVehicleInfo(id)
      if (!ends.has(id)) {
        ends.set(id, route.at(-1)!)
        first.set(id, route.join())
      }
      if (route.at(-1) !== ends.get(id)) t.fail(`${id} goes elsewhere`)
      if (!first.get(id)!.endsWith(route.join())) changes++
    }
  }
  t.ok(changes > 0, 'some have changed their routes')
  t.ok(engine.getFinishedVehicleCount() > 20)
  t.ok(engine.getVehicles(true).length + engine.getFinishedVehicleCount() === ends.size + waiting(engine))
})

function waiting(engine: TrafficEngine): number {
  return engine.getVehicles(true).length - engine.getVehicleCount()
}

t.test('rerouting is a phase only where it is asked for, and the same every time', async (t) => {
  const plain = new Simulation({ data: GRID })
  const rerouting = new Simulation({ data: GRID, rerouteEvery: 20 })
  const phases = ({ world }: Simulation) => world.phases.map(({ name }) => name)
  t.strictSame(phases(rerouting), ['reroute', ...phases(plain)])
  const again = new Simulation({ data: GRID, rerouteEvery: 20 })
  for (const simulation of [plain, rerouting, again]) simulation.run(500, 'plan')
  t.strictSame(rerouting.metrics, again.metrics)
  t.not(rerouting.metrics['averageTravelTime'], plain.metrics['averageTravelTime'])
})

t.test('routes do not depend on the number of threads', async (t) => {
  const module = new URL('../../fixtures/traffic-module.js', import.meta.url).href
  const plan = planWorld(traffic, traffic.options.parse({ data: GRID, rerouteEvery: 20 }))
  const hashes: string[] = []
  for (const threads of [1, 2, 3]) {
    const driven = await driveOn(threads, 2 ** 32)(plan, module)
    const { bound } = driven
    bound.world.reset()
    for (let step = 0; step < 200; step++) {
      bound.world.policies['plan']!(0, 0, bound.agents.action.length)
      await driven.runPhases(0, bound.world.phases.length)
    }
    hashes.push(stateHash([bound]))
    await driven.close()
  }
  t.equal(new Set(hashes).size, 1, hashes.join())
})

/** A store for two vehicles of which one has a shared route, and what it writes to. */
function createStore(words: number) {
  const columns = {
    counts: { dtype: 'i32', shape: [C.COUNT_WORDS] },
    ownRoutes: { dtype: 'i32', shape: [words] },
    trip: { dtype: 'i32', shape: [3] },
    routeAt: { dtype: 'i32', shape: [3] },
    routeLast: { dtype: 'i32', shape: [3] },
    routeFirst: { dtype: 'i32', shape: [0] },
  } as const
  const layout = planLayout(columns)
  const state = bindViews(layout, new SharedArrayBuffer(layout.bytes))
  const routes = Int32Array.of(7, 8, 9)
  state.routeLast.fill(2)
  type Parameters = ConstructorParameters<typeof OwnRoutes>
  return {
    state,
    store: new OwnRoutes({ routes } as unknown as Parameters[0], state as unknown as Parameters[1]),
  }
}

t.test('routes move together when there is no more room, without the roads that were passed', async (t) => {
  const { state, store } = createStore(7)
  t.ok(store.give([0], [1, 2, 3, 4]))
  t.ok(store.give([1], [5, 6, 5]))
  t.notOk(store.give([2], [1, 2]), 'both are in use')
  t.strictSame(store.roadsOf(2), [7, 8, 9], 'and the route stays')
  state.routeAt[0]!++
  t.notOk(store.give([2], [1, 2]), 'one road was passed, and two are needed')
  state.trip[1] = C.NONE
  t.ok(store.give([2], [1, 2]), 'the second has finished')
  t.strictSame(
    [store.roadsOf(0), store.roadsOf(2)],
    [
      [2, 3, 4],
      [1, 2],
    ],
  )
})

t.test('a vehicle that changes its route for ever needs no more room', async (t) => {
  const { store } = createStore(40)
  t.ok(store.give([1], [3, 4, 5]))
  for (let i = 0; i < 1000; i++) {
    const route = Array.from({ length: 2 + (i % 9) }, (_, road) => road + i)
    if (!store.give([0], route)) t.fail(`no room for ${route.join()}`)
    if (store.roadsOf(0).join() !== route.join()) t.fail(`${route.join()} was lost`)
  }
  t.strictSame(store.roadsOf(1), [3, 4, 5])
})
