import t, { type Test } from 'tap'
import type { RuntimeError } from '../../../runtime/core/errors.ts'
import type { Link } from '../../../runtime/core/link.ts'
import { PROTOCOL_VERSION } from '../../../runtime/transport/envelope.ts'
import { createRunId } from '../../../runtime/transport/run-id.ts'
import { connectZmq, type ZmqClient, type ZmqClientOptions } from '../../../runtime/transport/zmq-client.ts'
import {
  openZmqServer,
  type ZmqServer,
  type ZmqServerOptions,
} from '../../../runtime/transport/zmq-server.ts'
import { closed, type Deferred, deferred } from '../../contract/link-contract.ts'
import { openTamperingRelay, type Tamper } from '../../fixtures/tampering-relay.ts'

interface Setup {
  readonly server: ZmqServer
  readonly client: ZmqClient
  /** The server's end of the first link. */
  readonly far: Promise<Link>
  readonly serverRefused: Deferred<RuntimeError>
  readonly clientRefused: Deferred<RuntimeError>
}

interface SetupOptions {
  readonly server?: Partial<ZmqServerOptions>
  readonly client?: Partial<ZmqClientOptions>
  readonly toServer?: Tamper
  readonly toClient?: Tamper
}

t.test('another protocol version is refused on both sides', async (t) => {
  const { client, server, serverRefused } = await setUp(t, {
    client: { protocolVersion: PROTOCOL_VERSION + 1 },
  })
  await t.rejects(client.opened(10_000), {
    code: 'ERR_PROTOCOL_REFUSED',
    details: { code: 'ERR_PROTOCOL_VERSION' },
  })
  t.match(await serverRefused.promise, {
    code: 'ERR_PROTOCOL_VERSION',
    details: { expected: PROTOCOL_VERSION, got: PROTOCOL_VERSION + 1 },
  })
  t.equal(server.refused, 1)
  await t.rejects(client.opened(10_000), { code: 'ERR_PROTOCOL_REFUSED' }, 'a refusal is final')
})

t.test('a client of another run is refused on both sides', async (t) => {
  const { client, serverRefused } = await setUp(t, { client: { runId: createRunId() } })
  await t.rejects(client.opened(10_000), {
    code: 'ERR_PROTOCOL_REFUSED',
    details: { code: 'ERR_PROTOCOL_RUN' },
  })
  t.match(await serverRefused.promise, { code: 'ERR_PROTOCOL_RUN' })
})

t.test('a joiner that knows no run takes the one of the server', async (t) => {
  const { client, server, far } = await setUp(t)
  const near = await client.opened(10_000)
  t.equal(client.runId, server.runId)
  t.ok((await far).trySend({ kind: 'welcome' }))
  near.onMessage(() => undefined)
  t.ok(await (await far).drained())
})

t.test('a message that was damaged on its way to the server is refused on both sides', async (t) => {
  const { client, far, serverRefused } = await setUp(t, { toServer: damageFrame })
  const [near, farClosed] = [await client.opened(10_000), closed(await far)]
  const nearClosed = closed(near)
  near.trySend({ kind: 'experience' }, [new Uint8Array(1_000)])
  t.match(await nearClosed, {
    kind: 'refused',
    error: { code: 'ERR_PROTOCOL_REFUSED', details: { code: 'ERR_PROTOCOL_CHECKSUM' } },
  })
  t.match(await farClosed, { kind: 'refused', error: { code: 'ERR_PROTOCOL_CHECKSUM' } })
  t.match(await serverRefused.promise, { code: 'ERR_PROTOCOL_CHECKSUM' })
  t.equal((await far).stats().invalid, 1)
})

t.test('a message that was damaged on its way to the client is refused on both sides', async (t) => {
  const { client, far, clientRefused } = await setUp(t, { toClient: damageFrame })
  const nearClosed = closed(await client.opened(10_000))
  const farClosed = closed(await far)
  ;(await far).trySend({ kind: 'parameters' }, [new Uint8Array(1_000)])
  t.match(await nearClosed, { kind: 'refused', error: { code: 'ERR_PROTOCOL_CHECKSUM' } })
  t.match(await farClosed, {
    kind: 'refused',
    error: { code: 'ERR_PROTOCOL_REFUSED', details: { code: 'ERR_PROTOCOL_CHECKSUM' } },
  })
  t.match(await clientRefused.promise, { code: 'ERR_PROTOCOL_CHECKSUM' })
  t.equal(client.refused, 1)
})

t.test('a message of an older version in an open session is refused on both sides', async (t) => {
  const { client, far, clientRefused } = await setUp(t, { toClient: (parts) => age(parts) })
  const nearClosed = closed(await client.opened(10_000))
  const farClosed = closed(await far)
  ;(await far).trySend({ kind: 'parameters' }, [new Uint8Array(1_000)])
  t.match(await clientRefused.promise, { code: 'ERR_PROTOCOL_VERSION' })
  t.match(await nearClosed, { kind: 'refused', error: { code: 'ERR_PROTOCOL_VERSION' } })
  t.match(await farClosed, { kind: 'refused', error: { code: 'ERR_PROTOCOL_REFUSED' } })
})

t.test('a client whose session the server does not know opens a new one', async (t) => {
  let isForged = false
  const { client, far, serverRefused } = await setUp(t, {
    toClient: (parts) => {
      // The server's end closes; the client does not hear of it.
      if (isForged) parts[0]?.writeUInt8(9, SESSION_AT)
      isForged = false
    },
    server: { closeMs: 1 },
  })
  const near = await client.opened(10_000)
  isForged = true
  await (await far).close()
  const lost = closed(near)
  t.ok(near.trySend({ kind: 'hello' }))
  t.match(await serverRefused.promise, { code: 'ERR_PROTOCOL_UNKNOWN_PEER' })
  t.match(await lost, { kind: 'peer-lost' })
  t.not(await client.opened(10_000), near)
})

t.test('a server takes no more peers than it may', async (t) => {
  const { client, server, serverRefused } = await setUp(t, { server: { maxPeers: 1 } })
  await client.opened(10_000)
  const second = connectZmq({ endpoint: server.endpoints[0]!, name: 'second' })
  t.teardown(() => second.close())
  await t.rejects(second.opened(10_000), { code: 'ERR_PROTOCOL_REFUSED' })
  t.match(await serverRefused.promise, { code: 'ERR_PROTOCOL_REFUSED' })
  t.same(
    server.peers.map(({ name }) => name),
    ['near'],
  )
})

/** Offsets in the header, see `envelope.ts`. */
const VERSION_AT = 4
const SESSION_AT = 24

function damageFrame(parts: Buffer[]): void {
  const frame = parts[2]
  if (frame !== undefined) frame[500]! ^= 1
}

function age(parts: Buffer[]): void {
  if (parts[2] !== undefined) parts[0]?.writeUInt16LE(PROTOCOL_VERSION - 1, VERSION_AT)
}

async function setUp(t: Test, options: SetupOptions = {}): Promise<Setup> {
  const far = deferred<Link>()
  const serverRefused = deferred<RuntimeError>()
  const clientRefused = deferred<RuntimeError>()
  const server = await openZmqServer({
    runId: createRunId(),
    endpoints: ['tcp://127.0.0.1:0'],
    onLink: far.resolve,
    onRefused: serverRefused.resolve,
    ...options.server,
  })
  const relay = await openTamperingRelay(server.endpoints[0]!, options)
  const client = connectZmq({
    endpoint: relay.endpoint,
    name: 'near',
    onRefused: clientRefused.resolve,
    ...options.client,
  })
  t.teardown(async () => {
    await client.close()
    await server.close()
    relay.close()
  })
  return { server, client, far: far.promise, serverRefused, clientRefused }
}
