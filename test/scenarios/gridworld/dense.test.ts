import t from 'tap'
import { scenario as lineWalk } from '../../../examples/line-walk.ts'
import { createWorld, planWorld } from '../../../runtime/core/world.ts'
import { observeDense, withDense } from '../../../scenarios/gridworld/dense.ts'
import { denseShape } from '../../../scenarios/gridworld/observation.ts'
import type { GridWorld } from '../../../scenarios/gridworld/world.ts'
import { loadScenario, loadScenarios } from '../../../scenarios/registry.ts'
import { LIMIT_BYTES } from '../../fixtures/hosts.ts'
import { SoloWorld } from '../../fixtures/solo-world.ts'
import { denseOf } from './_grid.ts'

/** Small worlds, in which much is seen. */
const OPTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  battle: { agents: 24, mapSize: 20 },
  battlefield: { mapSize: 46 },
  'adversarial-pursuit': { mapSize: 20 },
  'combined-arms': { mapSize: 20 },
}

for (const scenario of await loadScenarios()) {
  // The map of gather is large; scenarios that are no grid worlds have no minimaps.
  if (scenario.name === 'gather' || !('minimap' in scenario.options.shape)) continue
  for (const minimap of [true, false]) {
    t.test(`${scenario.name} ${minimap ? 'with' : 'without'} minimaps is seen agent by agent`, async (t) => {
      const solo = new SoloWorld(withDense(scenario), { ...OPTIONS[scenario.name], minimap })
      const world = solo.bound.world as GridWorld
      solo.start(1)
      let seen = 0
      for (let step = 0; step < 10; step++) {
        const before = solo.hashState()
        for (const [group, plan] of world.plan.groups.entries()) {
          const { shape, view, feature } = observeDense(solo.bound, group)
          const [first, end] = solo.list(group)
          const one = denseShape(plan, world.plan.config, minimap)
          t.same(shape, [end - first, plan.view.height, plan.view.width, one.channels])
          t.equal(view.length, shape[0] * one.view)
          for (let i = 0; i < shape[0]; i++, seen++) {
            const expected = denseOf({ solo, world }, group, i, minimap)
            if (!isSame(view.subarray(i * one.view, (i + 1) * one.view), expected.view)) t.fail(`view ${i}`)
            const own = feature.subarray(i * one.feature, (i + 1) * one.feature)
            if (!isSame(own, expected.feature)) t.fail(`feature ${i}`)
          }
          observeDense(solo.bound, group)
        }
        t.equal(solo.hashState(), before, 'and nothing is left of it')
        solo.actMixed()
        solo.step()
      }
      t.ok(seen > 0)
    })
  }
}

function isSame(one: Float32Array, other: Float32Array): boolean {
  return one.length === other.length && one.every((value, i) => Object.is(value, other[i]))
}

t.test('a world without room for it is refused, and so is one that is no grid world', async (t) => {
  const battle = await loadScenario('battle')
  const plain = createWorld(planWorld(battle, battle.options.parse({})), LIMIT_BYTES)
  t.throws(() => observeDense(plain, 0), {
    code: 'ERR_SCENARIO_INVALID',
    message: /^battle: expected a grid world .*; make it by withDense\(scenario\)$/,
  })
  const walk = createWorld(planWorld(lineWalk, lineWalk.options.parse({})), LIMIT_BYTES)
  t.throws(() => observeDense(walk, 0), {
    code: 'ERR_SCENARIO_INVALID',
    message: /^line-walk: expected a grid world/,
  })
})
