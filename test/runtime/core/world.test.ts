import t from 'tap'
import type { AnyScenario } from '../../../runtime/core/scenario.ts'
import { createWorld, planWorld, sendWorldPlan } from '../../../runtime/core/world.ts'
import { testScenario } from '../../contract/scenario-contract.ts'
import { scenario as signals } from '../../fixtures/signals-scenario.ts'
import { SoloWorld } from '../../fixtures/solo-world.ts'

const LIMIT_BYTES = 2 ** 30

t.test('a scenario with constants and a population keeps the contract of scenarios', async (t) =>
  testScenario(t, signals),
)

t.test('a scenario whose agents decide in every third step keeps it', async (t) =>
  testScenario(t, signals, { options: { decisionSteps: 3, restless: true } }),
)

t.test('worlds are bound to what was described', async (t) => {
  let seen: unknown
  const watched: AnyScenario = {
    ...signals,
    bind(options, memory) {
      seen = memory.constants
      return signals.bind(options, memory)
    },
  }
  createWorld(planWorld(watched, signals.options.parse({ signals: 5 })), LIMIT_BYTES)
  t.same(seen, {
    lanes: Uint8Array.of(1, 3, 5, 2, 4),
    worth: Float64Array.of(1, 1 / 2, 1 / 3, 1 / 4, 1 / 5),
  })
})

t.test('a plan that is sent is plain data, without what lies in the arena', async (t) => {
  const plan = planWorld(signals, signals.options.parse({}))
  const sent = sendWorldPlan(plan)
  t.same(structuredClone(sent), sent)
  t.notOk('constants' in sent.spec)
  t.same(sent.constants, plan.constants)
})

t.test('who writes a constant is found out', async (t) => {
  const world = new SoloWorld({
    ...signals,
    bind(options, memory) {
      const bound = signals.bind(options, memory)
      const reset = () => {
        bound.reset()
        memory.constants['lanes']!.fill(1)
      }
      return { ...bound, reset }
    },
  })
  world.play(1, 2)
  t.same(world.findStrays(), ['the constant lanes was written'])
})
