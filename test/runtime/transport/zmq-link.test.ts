import t from 'tap'
import type { Link } from '../../../runtime/core/link.ts'
import { ipcEndpoint } from '../../../runtime/transport/endpoints.ts'
import { createRunId } from '../../../runtime/transport/run-id.ts'
import { connectZmq } from '../../../runtime/transport/zmq-client.ts'
import { openZmqServer } from '../../../runtime/transport/zmq-server.ts'
import { deferred, testLink } from '../../contract/link-contract.ts'

for (const transport of ['ipc', 'tcp'] as const) {
  t.test(`a link over ZeroMQ and ${transport} keeps the contract`, async (t) => {
    testLink(t, async (options) => {
      const runId = createRunId()
      const linked = deferred<Link>()
      const endpoint = transport === 'ipc' ? ipcEndpoint(runId) : 'tcp://127.0.0.1:0'
      const server = await openZmqServer({ ...options, runId, endpoints: [endpoint], onLink: linked.resolve })
      const client = connectZmq({ ...options, runId, name: 'near', endpoint: server.endpoints[0]! })
      const near = await client.opened(10_000)
      return {
        near,
        far: await linked.promise,
        dispose: async () => {
          await client.close()
          await server.close()
        },
      }
    })
  })
}
