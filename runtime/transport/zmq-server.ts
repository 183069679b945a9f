import { rm } from 'node:fs/promises'
import { Router } from 'zeromq'
import { assertNever, RuntimeError } from '../core/errors.ts'
import type { Link } from '../core/link.ts'
import { decodeControl, type SocketControl } from './control.ts'
import { type CurveKeys, socketFile } from './endpoints.ts'
import { claimedSession, decodeEnvelope, type Envelope, envelopeBytes } from './envelope.ts'
import { type RunId, UNKNOWN_RUN } from './run-id.ts'
import { peerLost, refusedByPeer, SessionLink } from './session-link.ts'
import { createSocketWire, type SocketWire, sendOn } from './socket-wire.ts'
import { nativeOptions, SOCKET_DEFAULTS, type SocketOptions } from './zmq-options.ts'

export interface Peer {
  /** Names the connection; a peer that comes back has a new one. */
  readonly id: string
  /** What the client calls itself. */
  readonly name: string
}

export interface ZmqServerOptions extends Partial<SocketOptions> {
  readonly runId: RunId
  /** `ipc://path`, `tcp://host:port`; port 0 takes a free one, see `ZmqServer.endpoints`. */
  readonly endpoints: readonly string[]
  /** Called for every session that a peer opens. Set its handlers before returning. */
  readonly onLink: (link: Link, peer: Peer) => void
  /** Encrypts every endpoint; clients need the public key. */
  readonly curve?: CurveKeys
  readonly maxPeers?: number
}

interface Session {
  readonly peer: Peer
  readonly session: number
  readonly link: SessionLink
  readonly wire: SocketWire
}

const MAX_PEERS = 1_024
const MAX_NAME_LENGTH = 200

/** Binds the endpoints and answers whoever connects; rejects with zeromq's error where one can't be bound. */
export async function openZmqServer(options: ZmqServerOptions): Promise<ZmqServer> {
  const server = new ZmqServer(options)
  try {
    await server.bind(options.endpoints)
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

/**
 * A ROUTER socket with one link a peer. The socket is mandatory: a send to a peer whose connection is gone
 * fails with EHOSTUNREACH instead of being dropped, and closes that peer's link; a ping every `heartbeatMs`
 * makes sure that there is one. A peer that speaks without a session is refused with
 * ERR_PROTOCOL_UNKNOWN_PEER, upon which its client opens a new one.
 */
export class ZmqServer {
  readonly #options: ZmqServerOptions
  readonly #settings: SocketOptions
  readonly #socket: Router
  readonly #sessions = new Map<string, Session>()
  readonly #probe: NodeJS.Timeout
  #endpoints: readonly string[] = []
  #refused = 0
  #closing: Promise<void> | undefined

  /** Use `openZmqServer`. */
  constructor(options: ZmqServerOptions) {
    this.#options = options
    this.#settings = { ...SOCKET_DEFAULTS, ...options }
    this.#socket = new Router({
      ...nativeOptions(this.#settings),
      ...(options.curve && curveOptions(options.curve)),
      mandatory: true,
    })
    this.#probe = setInterval(() => this.#pingAll(), this.#settings.heartbeatMs)
    this.#socket.events.on('disconnect', () => this.#pingAll())
    this.#socket.events.on('handshake:error:protocol', ({ error }) => this.#handshakeFailed(error))
    this.#socket.events.on('handshake:error:auth', ({ error }) => this.#handshakeFailed(error))
  }

  get runId(): RunId {
    return this.#options.runId
  }

  /** Where clients connect to, with the real ports, in the order of the options. */
  get endpoints(): readonly string[] {
    return this.#endpoints
  }

  /** Incoming messages and connections that broke the protocol. */
  get refused(): number {
    return this.#refused
  }

  get peers(): readonly Peer[] {
    return [...this.#sessions.values()].map(({ peer }) => peer)
  }

  async bind(endpoints: readonly string[]): Promise<void> {
    for (const endpoint of endpoints) {
      await this.#socket.bind(endpoint)
      this.#endpoints = [...this.#endpoints, this.#socket.lastEndpoint ?? endpoint]
    }
    void this.#receive()
  }

  /** Closes every link (telling its peer), then the socket. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ link }) => link.close()))
    clearInterval(this.#probe)
    await this.#removeFiles()
    await this.#closeSocket()
  }

  /** ZeroMQ leaves its socket files. They go first, so that a successor's file, which comes later, stays. */
  async #removeFiles(): Promise<void> {
    for (const endpoint of this.#endpoints) {
      const path = socketFile(endpoint)
      if (path !== undefined) await rm(path, { force: true })
    }
  }

  /**
   * Closing is asynchronous: who bound the same endpoint before it's done would fail.
   * (Unbinding first is no way: zeromq 6.8 does it on another thread, while this one may use the socket, and its
   * `unbindSync` binds.)
   */
  async #closeSocket(): Promise<void> {
    const bound = new Set(this.#endpoints)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#settings.closeMs)
      const settle = (): void => {
        if (bound.size > 0) return
        clearTimeout(timer)
        resolve()
      }
      this.#socket.events.on('close', ({ address }) => {
        bound.delete(address)
        settle()
      })
      this.#socket.close()
      settle()
    })
  }

  async #receive(): Promise<void> {
    for await (const [identity, ...parts] of this.#socket) {
      if (identity === undefined) continue
      try {
        this.#take(identity, decodeEnvelope(parts, this.#settings.protocolVersion), envelopeBytes(parts))
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error
        this.#refuse(identity, claimedSession(parts[0]), error)
      }
    }
  }

  #take(identity: Buffer, envelope: Envelope, bytes: number): void {
    const current = this.#sessions.get(identity.toString('hex'))
    const session = current?.session === envelope.session ? current : undefined
    if (envelope.channel === 'refusal') {
      const control = decodeControl(envelope.body)
      if (control.kind === 'refused') session?.link.end({ kind: 'refused', error: refusedByPeer(control) })
      return
    }
    const control = envelope.channel === 'control' ? decodeControl(envelope.body) : undefined
    this.#checkRun(envelope.runId, control)
    if (control?.kind === 'open') {
      this.#open(identity, envelope.session, control.name)
      return
    }
    if (session === undefined) {
      if (control?.kind === 'bye' || control?.kind === 'bye-ack') return // both ends closed at once
      throw new RuntimeError('ERR_PROTOCOL_UNKNOWN_PEER', 'session: expected an open one; open it again')
    }
    if (control !== undefined) takeControl(session.link, control)
    else session.link.deliver(envelope.body, envelope.frames, envelope.parameterVersion, bytes)
  }

  #checkRun(got: RunId, control: SocketControl | undefined): void {
    const expected = this.#options.runId
    if (got === expected || (got === UNKNOWN_RUN && control?.kind === 'open')) return
    const message = `run: expected ${expected}, got ${got}; the peer belongs to another run`
    throw new RuntimeError('ERR_PROTOCOL_RUN', message, { details: { expected, got } })
  }

  #open(identity: Buffer, session: number, name: string): void {
    if (this.#closing !== undefined) return
    const id = identity.toString('hex')
    this.#sessions.get(id)?.link.end(peerLost(`peer ${name}`))
    const maxPeers = this.#options.maxPeers ?? MAX_PEERS
    if (this.#sessions.size >= maxPeers) {
      throw new RuntimeError('ERR_PROTOCOL_REFUSED', `peers: expected at most ${maxPeers}, got one more`)
    }
    if (name.length > MAX_NAME_LENGTH) {
      throw new RuntimeError(
        'ERR_PROTOCOL_FIELD',
        `open.name: expected at most ${MAX_NAME_LENGTH} characters`,
      )
    }
    const wire = this.#wire(identity, session)
    const link = new SessionLink(wire, { ...this.#settings, onRefused: (error) => this.#report(error) })
    const peer = { id, name }
    this.#sessions.set(id, { peer, session, link, wire })
    link.onClose(() => {
      if (this.#sessions.get(id)?.link === link) this.#sessions.delete(id)
    })
    wire.control({ kind: 'opened' })
    this.#options.onLink(link, peer)
  }

  #wire(identity: Buffer, session: number): SocketWire {
    return createSocketWire({
      runId: this.#options.runId,
      session,
      limits: this.#settings,
      send: (parts) => {
        sendOn(this.#socket, [identity, ...parts], (error) => this.#sendFailed(identity, session, error))
      },
    })
  }

  #sendFailed(identity: Buffer, session: number, error: unknown): void {
    const current = this.#sessions.get(identity.toString('hex'))
    if (current?.session === session) current.link.end(peerLost(`peer ${current.peer.name}`, error))
  }

  #refuse(identity: Buffer, session: number, error: RuntimeError): void {
    const current = this.#sessions.get(identity.toString('hex'))
    if (current !== undefined && (session === 0 || session === current.session)) {
      current.link.refuse(error)
      return
    }
    this.#report(error)
    this.#wire(identity, session).control({ kind: 'refused', code: error.code, reason: error.message })
  }

  #report(error: RuntimeError): void {
    this.#refused++
    this.#settings.onRefused(error)
  }

  #handshakeFailed(cause: Error): void {
    const message = `handshake: a client failed it (${cause.message}); compare its server key with ours`
    this.#report(new RuntimeError('ERR_PROTOCOL_REFUSED', message, { cause }))
  }

  #pingAll(): void {
    for (const { wire } of this.#sessions.values()) wire.control({ kind: 'ping' })
  }
}

function takeControl(link: SessionLink, control: Exclude<SocketControl, { readonly kind: 'open' }>): void {
  switch (control.kind) {
    case 'ack':
    case 'bye':
    case 'bye-ack':
    case 'refused':
      link.control(control)
      return
    case 'opened':
    case 'ping':
      throw new RuntimeError('ERR_PROTOCOL_UNKNOWN_KIND', `control.kind: ${control.kind} is for clients`)
    default:
      assertNever(control)
  }
}

function curveOptions({ publicKey, secretKey }: CurveKeys): {
  readonly curveServer: true
  readonly curvePublicKey: string
  readonly curveSecretKey: string
} {
  return { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey }
}
