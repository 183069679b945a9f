import t from 'tap'
import { driveOn } from '../../actors/drive.ts'
import { openPool } from '../../actors/pool.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { LIMIT_BYTES, openInlineHost, planTestHost, taskOf } from '../fixtures/hosts.ts'
import { scenario as signals } from '../fixtures/signals-scenario.ts'

const SIGNALS = new URL('../fixtures/signals-scenario.js', import.meta.url).href

t.test('the worlds of a host read the same constants, and its threads describe nothing', async (t) => {
  const inline = openInlineHost({ scenario: signals, worldCount: 3 })
  const { worldCount } = inline.plan
  for (let world = 0; world < worldCount; world++) inline.run({ world })
  const pool = openPool(planTestHost({ scenario: signals, worldCount }), SIGNALS, 2, LIMIT_BYTES)
  t.teardown(() => pool.close())
  const worlds = Array.from({ length: worldCount }, (_, world) => world)
  await Promise.all(worlds.map((world) => pool.run(taskOf(pool.plan, { world }))))
  t.equal(stateHash(worlds.map((world) => pool.world(world))), stateHash(inline.worlds))
})

t.test('a world that is driven phase by phase has its constants on every thread', async (t) => {
  const ends: unknown[] = []
  for (const threads of [1, 2]) {
    const { world } = planTestHost({ scenario: signals })
    const driven = await driveOn(threads, LIMIT_BYTES)(world, SIGNALS)
    t.teardown(() => driven.close())
    driven.bound.world.reset()
    driven.bound.agents.action.fill(1)
    await driven.runPhases(0, 1)
    ends.push([...driven.bound.agents.reward])
  }
  t.same(ends[1], ends[0])
  t.ok(new Set(ends[0] as number[]).size > 3)
})
