import t from 'tap'
import { networkOf } from '../../actors/host-plan.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { ActingSpec } from '../../runtime/core/learner.ts'
import type { NetworkSpec } from '../../runtime/core/network.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { withoutPrefix } from '../../runtime/core/tensors.ts'
import { openInlineHost, weightsOf } from '../fixtures/hosts.ts'
import { scenario } from '../fixtures/signals-scenario.ts'

/** More than are evaluated at a time. */
const SIGNALS = 150

function openSignals(acting: Omit<ActingSpec, 'selection' | 'perAgent'>, options = {}) {
  const policy = {
    kind: 'learned',
    acting: { ...acting, selection: 'greedy', perAgent: true },
    parameters: 0,
  } as const
  const host = openInlineHost({
    scenario,
    options: { signals: SIGNALS, ...options },
    policies: [policy],
    sampleAgents: SIGNALS,
  })
  return { host, policy }
}

for (const [what, acting, options] of [
  ['no hidden layer', { network: { kind: 'perceptron', hidden: [] }, meanAction: false }, {}],
  ['one hidden layer', { network: { kind: 'perceptron', hidden: [16] }, meanAction: false }, {}],
  ['a mean action', { network: { kind: 'perceptron', hidden: [32, 16] }, meanAction: true }, {}],
  [
    'agents that leave and change places',
    { network: { kind: 'perceptron', hidden: [16] }, meanAction: false },
    { restless: true },
  ],
] as const) {
  t.test(`every agent takes the action that its own network values most, with ${what}`, async (t) => {
    await openBackend('wasm')
    const { host, policy } = openSignals(acting, options)
    host.run({ recordGroup: 0, steps: 5 })
    const { observation, recordBytes, shared, sharedStride, time, action, agent, rows, transitions } =
      host.take()
    const spec = networkOf(host.plan.world, 0, policy.acting)
    t.equal(spec.agents, SIGNALS)
    const { agents: _, ...one } = spec
    const weights = weightsOf(host.plan, policy, 100)
    const expander = new ObservationExpander(spec.space)
    const ids = new Float32Array(observation.buffer)
    t.same(
      [...agent],
      Array.from({ length: rows }, (_, row) => ids[(row * recordBytes) / 4]),
    )
    const behind: number[] = []
    for (let own = 0; own < SIGNALS; own++) {
      const network = new ValueNetwork(one satisfies NetworkSpec, withoutPrefix(agentPrefix(own), weights))
      for (let row = 0; row < transitions; row++) {
        if (agent[row] !== own) continue
        const inputs = new Float32Array(spec.space.inputs)
        expander.expand(observation, row * recordBytes, shared, time[row]! * sharedStride, inputs, 0)
        const values = tf.tidy(() =>
          network.forward(tf.tensor2d(inputs, [1, spec.space.inputs])).dataSync<'float32'>(),
        )
        behind.push(Math.max(...values) - values[action[row]!]!)
      }
      network.dispose()
    }
    t.equal(behind.length, transitions)
    t.ok(Math.max(...behind) < 1e-4, `${Math.max(...behind)}`)
    t.ok(new Set(action.subarray(0, SIGNALS)).size > 1, 'they differ')
  })
}
