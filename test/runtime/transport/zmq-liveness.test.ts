import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import t from 'tap'
import type { CloseReason, Link } from '../../../runtime/core/link.ts'
import { createCurveKeys, ipcEndpoint } from '../../../runtime/transport/endpoints.ts'
import { createRunId } from '../../../runtime/transport/run-id.ts'
import { connectZmq } from '../../../runtime/transport/zmq-client.ts'
import { openZmqServer } from '../../../runtime/transport/zmq-server.ts'
import { closed, deferred } from '../../contract/link-contract.ts'

const LINK_PROCESS = new URL('../../fixtures/link-process.js', import.meta.url)

for (const transport of ['ipc', 'tcp'] as const) {
  t.test(`a client process that is killed is noticed over ${transport}`, async (t) => {
    const runId = createRunId()
    const lost = deferred<CloseReason>()
    const hello = deferred<unknown>()
    const server = await openZmqServer({
      runId,
      endpoints: [transport === 'ipc' ? ipcEndpoint(runId) : 'tcp://127.0.0.1:0'],
      heartbeatMs: 100,
      onLink: (link) => {
        link.onMessage(hello.resolve)
        link.onClose(lost.resolve)
      },
    })
    const child = startProcess('client', server.endpoints[0]!, runId)
    t.match(await hello.promise, { kind: 'hello' })
    t.equal(server.peers.length, 1)
    const killedAt = performance.now()
    child.kill('SIGKILL')
    t.match(await lost.promise, { kind: 'peer-lost', error: { code: 'ERR_LINK_CLOSED' } })
    t.ok(performance.now() - killedAt < 5_000)
    t.equal(server.peers.length, 0)
    await server.close()
  })
}

t.test('a server process that is killed is noticed, and found again once it is back', async (t) => {
  const runId = createRunId()
  const endpoint = ipcEndpoint(runId)
  const first = startProcess('server', endpoint, runId)
  await once(first, 'message')
  const links: Link[] = []
  const client = connectZmq({
    endpoint,
    runId,
    name: 'near',
    reconnectMs: 10,
    onLink: (link) => {
      links.push(link)
    },
  })
  const link = await client.opened(10_000)
  const lost = closed(link)
  first.kill('SIGKILL')
  t.match(await lost, { kind: 'peer-lost', error: { code: 'ERR_LINK_CLOSED' } })
  t.equal(link.trySend({ kind: 'hello' }), false)
  t.equal(client.link, undefined)

  const second = startProcess('server', endpoint, runId)
  const next = await client.opened(30_000)
  t.same(links, [link, next])
  const welcome = new Promise((resolve) => next.onMessage(resolve))
  t.ok(next.trySend({ kind: 'hello' }))
  t.match(await welcome, { kind: 'welcome' })
  const exited = once(second, 'exit')
  await client.close()
  second.kill('SIGKILL')
  await exited
  rmSync(endpoint.slice('ipc://'.length))
})

t.test('a server that closes and opens again on the same port is found by its clients', async (t) => {
  const runId = createRunId()
  const first = await openZmqServer({ runId, endpoints: ['tcp://127.0.0.1:0'], onLink: () => undefined })
  const [endpoint] = first.endpoints as [string]
  t.match(endpoint, /^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/)
  const client = connectZmq({ endpoint, runId, name: 'near', reconnectMs: 10 })
  let server = first
  for (let restart = 0; restart < 5; restart++) {
    const reason = closed(await client.opened(10_000))
    await server.close()
    t.match(await reason, { kind: 'closed-by-peer' })
    server = await openZmqServer({ runId, endpoints: [endpoint], onLink: () => undefined })
  }
  t.ok((await client.opened(10_000)).isOpen)
  await client.close()
  await server.close()
})

t.test('a server of another run on the same endpoint is refused for good', async (t) => {
  const first = await openZmqServer({
    runId: createRunId(),
    endpoints: ['tcp://127.0.0.1:0'],
    onLink: () => undefined,
  })
  const [endpoint] = first.endpoints as [string]
  const client = connectZmq({ endpoint, name: 'near', reconnectMs: 10 })
  await client.opened(10_000)
  await first.close()
  const second = await openZmqServer({ runId: createRunId(), endpoints: [endpoint], onLink: () => undefined })
  await t.rejects(client.opened(10_000), {
    code: 'ERR_PROTOCOL_REFUSED',
    details: { code: 'ERR_PROTOCOL_RUN' },
  })
  await client.close()
  await second.close()
})

t.test('one server gives every peer a link of its own, on all its endpoints', async (t) => {
  const runId = createRunId()
  const names: string[] = []
  const server = await openZmqServer({
    runId,
    endpoints: [ipcEndpoint(runId), 'tcp://127.0.0.1:0'],
    onLink: (link, peer) => {
      names.push(peer.name)
      link.onMessage((_message, frames) => void link.trySend({ kind: peer.name }, frames))
    },
  })
  const clients = server.endpoints.map((endpoint, n) => connectZmq({ endpoint, runId, name: `host-${n}` }))
  const replies = await Promise.all(
    clients.map(async (client) => {
      const link = await client.opened(10_000)
      const reply = new Promise((resolve) => link.onMessage(resolve))
      link.trySend({ kind: 'hello' })
      return reply
    }),
  )
  t.same(replies, [{ kind: 'host-0' }, { kind: 'host-1' }])
  t.same([...names].sort(), ['host-0', 'host-1'])
  await Promise.all(clients.map((client) => client.close()))
  const file = server.endpoints[0]!.slice('ipc://'.length)
  t.ok(existsSync(file))
  await server.close()
  t.notOk(existsSync(file), 'a closed server leaves no file')
})

t.test('a server that stops while a client hangs waits no longer than closeMs', async (t) => {
  const runId = createRunId()
  const hello = deferred<unknown>()
  const server = await openZmqServer({
    runId,
    endpoints: [ipcEndpoint(runId)],
    closeMs: 50,
    onLink: (link) => link.onMessage(hello.resolve),
  })
  const child = startProcess('client', server.endpoints[0]!, runId)
  await hello.promise
  child.kill('SIGSTOP')
  await server.close()
  t.equal(server.peers.length, 0)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
})

t.test('with CURVE a client that has the key gets through, and one with another does not', async (t) => {
  const curve = createCurveKeys()
  const refused = deferred<unknown>()
  const server = await openZmqServer({
    runId: createRunId(),
    endpoints: ['tcp://127.0.0.1:0'],
    curve,
    onLink: (link) => link.onMessage(() => undefined),
    onRefused: refused.resolve,
  })
  const [endpoint] = server.endpoints as [string]
  const good = connectZmq({ endpoint, name: 'good', serverPublicKey: curve.publicKey })
  const link = await good.opened(10_000)
  link.trySend({ kind: 'hello' }, [new Uint8Array(2 ** 20)])
  t.ok(await link.drained())

  const bad = connectZmq({ endpoint, name: 'bad', serverPublicKey: createCurveKeys().publicKey })
  t.match(await refused.promise, { code: 'ERR_PROTOCOL_REFUSED', cause: { code: 'ERR_ZMTP_CRYPTOGRAPHIC' } })
  await t.rejects(bad.opened(200), { code: 'ERR_LINK_CLOSED', message: /check the server key/ })
  const plain = connectZmq({ endpoint, name: 'plain' })
  await t.rejects(plain.opened(200), { code: 'ERR_LINK_CLOSED' })
  t.equal(server.peers.length, 1)
  await Promise.all([good.close(), bad.close(), plain.close()])
  await server.close()
})

t.test('a server that cannot bind says so and leaves nothing open', async (t) => {
  const options = { runId: createRunId(), onLink: () => undefined }
  const server = await openZmqServer({ ...options, endpoints: ['tcp://127.0.0.1:0'] })
  await t.rejects(openZmqServer({ ...options, endpoints: server.endpoints }), { code: 'EADDRINUSE' })
  await server.close()
})

t.test('without a server a client waits no longer than asked, and closes', async (t) => {
  const client = connectZmq({ endpoint: ipcEndpoint(createRunId()), name: 'near' })
  await t.rejects(client.opened(50), { code: 'ERR_LINK_CLOSED', message: /is the server running\?/ })
  const waiting = client.opened(60_000)
  client.close()
  await t.rejects(waiting, { code: 'ERR_LINK_CLOSED', message: /closed here/ })
})

function startProcess(role: 'client' | 'server', endpoint: string, runId: string): ChildProcess {
  return fork(LINK_PROCESS, [role, endpoint, runId], { execArgv: [] })
}
