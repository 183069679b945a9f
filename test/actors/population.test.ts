import t from 'tap'
import { threading } from '../../actors/rollout-host.ts'
import { planWorld } from '../../runtime/core/world.ts'
import { openInlineHost } from '../fixtures/hosts.ts'
import { scenario as signals } from '../fixtures/signals-scenario.ts'

t.test('agent-steps of a world with a population are those of whom its steps moved', async (t) => {
  const host = openInlineHost({ scenario: signals, sampleAgents: 4096 })
  const { passed } = host.worlds[0]!.state
  let expected = 0
  let counted = 0
  for (let step = 0; step < 5; step++) {
    counted += host.run({ steps: 1, recordGroup: 0 }).agentSteps
    expected += passed![0]!
    t.equal(host.take().transitions, 12, 'transitions are those of the agents that act')
  }
  t.ok(expected > 5 * 12)
  t.equal(counted, expected)
})

t.test('a world has threads for its population', async (t) => {
  const world = (count: number) => planWorld(signals, signals.options.parse({ signals: count }))
  t.same(threading(world(100), 1, 8), { shards: 1, lanes: 1 })
  t.same(threading(world(1000), 1, 8), { shards: 7, lanes: 1 })
})
