import t from 'tap'
import { iql } from '../../../learners/algorithms/iql.ts'
import { openLearner } from '../../../runtime/launch/learner-connection.ts'
import type { ToLearner } from '../../../runtime/launch/protocol.ts'
import { ipcEndpoint } from '../../../runtime/transport/endpoints.ts'
import { createRunId } from '../../../runtime/transport/run-id.ts'
import { stateSpace } from '../../fixtures/segments.ts'

for (const placement of ['process', 'thread'] as const) {
  t.test(`a learner ${placement} that refuses what the head sends is lost with its reason`, async (t) => {
    const runId = createRunId()
    const learner = await openLearner(placement, {
      runId,
      endpoint: ipcEndpoint(runId),
      listen: undefined,
      algorithm: 'iql',
      options: iql.options.parse({ hidden: [16], network: 'perceptron' }),
      setup: { space: stateSpace(3), actions: 2, agents: 2, seed: 0 },
      schedule: 'async',
      selfPlay: true,
      limits: { decisions: 2, steps: 2, rows: 6, agents: 2 },
      run: '{}',
      takenWorlds: 1,
      backend: 'wasm',
      checkpoint: undefined,
    })
    learner.link.trySend({ kind: 'nonsense' } as unknown as ToLearner)
    const { code, message } = await learner.lost
    t.equal(code, 'ERR_PROTOCOL_REFUSED')
    t.match(message, /refused by the peer: .*nonsense/)
    await learner.close('tested')
  })
}
