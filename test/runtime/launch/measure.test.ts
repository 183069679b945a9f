import t from 'tap'
import { planWorld } from '../../../runtime/core/world.ts'
import { type MeasureOptions, measure } from '../../../runtime/launch/measure.ts'
import { RANDOM_POLICY } from '../../../runtime/launch/policies.ts'
import { scenario as signals } from '../../fixtures/signals-scenario.ts'

const SIGNALS = new URL('../../fixtures/signals-scenario.js', import.meta.url).href

function play(options: Partial<MeasureOptions> = {}) {
  return measure({
    world: planWorld(signals, signals.options.parse({})),
    scenario: SIGNALS,
    policies: [RANDOM_POLICY],
    assignment: [0],
    worlds: 3,
    threads: 1,
    segmentSteps: 4,
    seed: 5,
    steps: 10,
    warmup: 0,
    untilEpisodeEnds: false,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  })
}

t.test(
  'agents of worlds with a population are its mean over the steps, of all worlds together',
  async (t) => {
    let last = 0
    const { agents, steps, agentSteps } = await play({ onProgress: (_, counted) => (last = counted) })
    t.equal(steps, 30)
    t.equal(last, agentSteps)
    t.equal(agents, Math.round(agentSteps / 10))
    t.ok(agents > 3 * 12)
  },
)

t.test('metrics of several worlds are added up, and averages averaged', async (t) => {
  const { metrics } = await play()
  t.ok(metrics['worth']! > 0)
  t.ok(Math.abs(metrics['averageWorth']! - metrics['worth']! / (3 * 12)) < 1e-9)
})

t.test('so many steps are played as were asked for, whatever a decision takes', async (t) => {
  const world = planWorld(signals, signals.options.parse({ decisionSteps: 15, maxSteps: 40 }))
  for (const [steps, warmup] of [
    [36, 0],
    [31, 7],
  ] as const) {
    t.match(await play({ world, steps, warmup }), { steps: 3 * steps, metrics: { episodes: 0 } })
  }
  t.match(await play({ world, steps: 100, untilEpisodeEnds: true }), { steps: 3 * 40 })
})
