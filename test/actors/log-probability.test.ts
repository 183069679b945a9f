import t from 'tap'
import { networkOf, policySpace } from '../../actors/host-plan.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { NO_ACTION } from '../../runtime/core/experience.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { openInlineHost, weightsOf } from '../fixtures/hosts.ts'

const CRITIC = {
  kind: 'learned',
  acting: {
    network: { kind: 'perceptron', hidden: [16] },
    selection: 'boltzmann',
    meanAction: true,
    critic: 'head',
  },
  parameters: 0,
} as const
const OPTIONS = { agents: 40, mapSize: 20, maxSteps: 100, rules: 'manyfold' }

t.before(async () => {
  await openBackend('wasm')
})

for (const sampleAgents of [4096, 8]) {
  const whom = sampleAgents === 8 ? 'a sample' : 'all agents'
  t.test(`of ${whom} the log-probability of each action is what the network gave it`, async (t) => {
    const host = openInlineHost({ scenario: battle, options: OPTIONS, policies: [CRITIC], sampleAgents })
    const { world } = host.plan
    const space = policySpace(world, 0, CRITIC.acting)
    const network = new ValueNetwork(networkOf(world, 0, CRITIC.acting), weightsOf(host.plan, CRITIC, 100, 0))
    const expander = new ObservationExpander(space)
    const exploration = [1]
    for (const recordGroup of [0, 1]) {
      host.run({ recordGroup, exploration })
      const { rows, observation, action, logProbability, time, shared, sharedStride } = host.take()
      const dense = new Float32Array(rows * space.inputs)
      for (let row = 0; row < rows; row++) {
        const sharedAt = time[row]! * sharedStride
        expander.expand(observation, row * space.recordBytes, shared, sharedAt, dense, row * space.inputs)
      }
      const logs = tf.tidy(() => {
        const outputs = network.forward(tf.tensor2d(dense, [rows, space.inputs]))
        return tf.logSoftmax(tf.slice(outputs, [0, 0], [-1, outputs.shape[1] - 1])).arraySync()
      }) as number[][]
      const off = logs.flatMap((log, row) => {
        const expected = action[row] === NO_ACTION ? 0 : log[action[row]!]!
        return Math.abs(logProbability[row]! - expected) < 1e-4 ? [] : [row]
      })
      t.same(off, [], `${rows} rows`)
      t.ok(action.some((a) => a !== NO_ACTION))
    }
    network.dispose()
  })
}

t.test('without an actor-critic none are worked out, and there is no room for them', async (t) => {
  const { critic: _, ...acting } = CRITIC.acting
  for (const sampleAgents of [4096, 8]) {
    const policies = [{ ...CRITIC, acting }]
    const host = openInlineHost({ scenario: battle, options: OPTIONS, policies, sampleAgents })
    host.run({ recordGroup: 0, exploration: [1] })
    const { rows, logProbability } = host.take()
    t.ok(rows > 0)
    t.equal(logProbability.length, 0)
    t.same(host.plan.frame.columns.logProbability.shape, [0])
  }
})
