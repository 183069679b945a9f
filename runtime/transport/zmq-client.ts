import { randomInt } from 'node:crypto'
import { Dealer } from 'zeromq'
import { assertNever, RuntimeError } from '../core/errors.ts'
import type { CloseReason, Link } from '../core/link.ts'
import { decodeControl, type SocketControl } from './control.ts'
import { createCurveKeys } from './endpoints.ts'
import { claimedSession, decodeEnvelope, type Envelope, envelopeBytes } from './envelope.ts'
import { type RunId, UNKNOWN_RUN } from './run-id.ts'
import { peerLost, refusedByPeer, SessionLink } from './session-link.ts'
import { createSocketWire, type SocketWire, sendOn } from './socket-wire.ts'
import { nativeOptions, SOCKET_DEFAULTS, type SocketOptions } from './zmq-options.ts'

export interface ZmqClientOptions extends Partial<SocketOptions> {
  /** One of `ZmqServer.endpoints`. */
  readonly endpoint: string
  /** What the server's `onLink` is told; at most 200 characters. */
  readonly name: string
  /** Called for every session: first when the server answers, then after each loss. Say hello here. */
  readonly onLink?: (link: Link) => void
  /** The run to join; a joiner without one takes the server's. */
  readonly runId?: RunId
  /** Encrypts the connection, and lets only the server with this key answer. */
  readonly serverPublicKey?: string
  /** First and longest wait between two attempts to connect, in ms. */
  readonly reconnectMs?: number
  readonly reconnectMaxMs?: number
}

interface Waiter {
  readonly resolve: (link: Link) => void
  readonly reject: (error: RuntimeError) => void
}

const RECONNECT_MS = 100
const RECONNECT_MAX_MS = 2_000

/** Connects in the background, at once and again after every loss, until `close`. */
export function connectZmq(options: ZmqClientOptions): ZmqClient {
  return new ZmqClient(options)
}

/**
 * A DEALER socket that opens a session on every connection it gets; each session is a new link. A link closes
 * as `peer-lost` when the connection breaks or the server has forgotten it, and the next one follows when the
 * server is back. A refusal is final, because trying again would only be refused again: no further link comes,
 * and `opened` rejects.
 */
export class ZmqClient {
  readonly #options: ZmqClientOptions
  readonly #settings: SocketOptions
  readonly #socket: Dealer
  #runId: RunId
  #session = 0
  #wire: SocketWire | undefined
  #link: SessionLink | undefined
  /** Why no further link comes. */
  #final: RuntimeError | undefined
  #lastHandshakeError: Error | undefined
  #waiters: readonly Waiter[] = []
  #refused = 0

  /** Use `connectZmq`. */
  constructor(options: ZmqClientOptions) {
    this.#options = options
    this.#settings = { ...SOCKET_DEFAULTS, ...options }
    this.#runId = options.runId ?? UNKNOWN_RUN
    this.#socket = new Dealer({
      ...nativeOptions(this.#settings),
      ...(options.serverPublicKey !== undefined && curveOptions(options.serverPublicKey)),
      reconnectInterval: options.reconnectMs ?? RECONNECT_MS,
      reconnectMaxInterval: options.reconnectMaxMs ?? RECONNECT_MAX_MS,
    })
    this.#watchConnection()
    this.#socket.connect(options.endpoint)
    void this.#receive()
  }

  /** The run this client belongs to; all zeros until the server has told a joiner. */
  get runId(): RunId {
    return this.#runId
  }

  /** The open link, if there is one now. */
  get link(): Link | undefined {
    return this.#link
  }

  /** Incoming messages that broke the protocol. */
  get refused(): number {
    return this.#refused
  }

  /** The open link, or the next one; rejects with ERR_PROTOCOL_REFUSED, or ERR_LINK_CLOSED when it's late. */
  opened(deadlineMs: number): Promise<Link> {
    if (this.#link !== undefined) return Promise.resolve(this.#link)
    if (this.#final !== undefined) return Promise.reject(this.#final)
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
      }
      const waiter: Waiter = {
        resolve: (link) => {
          settle()
          resolve(link)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
      const timer = setTimeout(() => waiter.reject(this.#lateError(deadlineMs)), deadlineMs)
      this.#waiters = [...this.#waiters, waiter]
    })
  }

  /** Closes the link (telling the server) and the socket. */
  async close(): Promise<void> {
    this.#end(new RuntimeError('ERR_LINK_CLOSED', `${this.#options.endpoint}: closed here`))
    await this.#link?.close()
    if (!this.#socket.closed) this.#socket.close()
  }

  #watchConnection(): void {
    const { events } = this.#socket
    events.on('handshake', () => this.#open())
    events.on('disconnect', () => this.#lose())
    events.on('handshake:error:protocol', ({ error }) => this.#handshakeFailed(error))
    events.on('handshake:error:auth', ({ error }) => this.#handshakeFailed(error))
    events.on('handshake:error:other', ({ error }) => this.#handshakeFailed(error))
  }

  #open(): void {
    this.#lose()
    if (this.#final !== undefined) return
    this.#session = randomInt(1, 2 ** 32)
    this.#wire = this.#createWire()
    this.#wire.control({ kind: 'open', name: this.#options.name })
  }

  #lose(cause?: unknown): void {
    this.#session = 0
    this.#wire = undefined
    this.#link?.end(peerLost(this.#options.endpoint, cause))
  }

  #createWire(): SocketWire {
    const session = this.#session
    return createSocketWire({
      runId: this.#runId,
      session,
      limits: this.#settings,
      send: (parts) => {
        sendOn(this.#socket, parts, (error) => {
          if (this.#session === session) this.#lose(error)
        })
      },
    })
  }

  async #receive(): Promise<void> {
    for await (const parts of this.#socket) {
      try {
        this.#take(decodeEnvelope(parts, this.#settings.protocolVersion), envelopeBytes(parts))
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error
        if (isCurrent(claimedSession(parts[0]), this.#session)) this.#refuse(error)
      }
    }
  }

  #take(envelope: Envelope, bytes: number): void {
    if (!isCurrent(envelope.session, this.#session)) return
    const control = envelope.channel === 'message' ? undefined : decodeControl(envelope.body)
    if (control?.kind === 'refused') {
      this.#refusedByServer(control)
      return
    }
    this.#checkRun(envelope.runId, control)
    if (control !== undefined) this.#takeControl(control)
    else this.#link?.deliver(envelope.body, envelope.frames, envelope.parameterVersion, bytes)
  }

  #checkRun(got: RunId, control: SocketControl | undefined): void {
    if (this.#runId === UNKNOWN_RUN && control?.kind === 'opened') this.#runId = got
    if (got === this.#runId) return
    const message = `run: expected ${this.#runId}, got ${got}; the server belongs to another run`
    throw new RuntimeError('ERR_PROTOCOL_RUN', message, { details: { expected: this.#runId, got } })
  }

  #takeControl(control: Exclude<SocketControl, { readonly kind: 'refused' }>): void {
    switch (control.kind) {
      case 'opened':
        this.#opened()
        return
      case 'ack':
      case 'bye':
      case 'bye-ack':
        this.#link?.control(control)
        return
      case 'ping':
        return // its arrival is all there is to it
      case 'open':
        throw new RuntimeError('ERR_PROTOCOL_UNKNOWN_KIND', 'control.kind: open is for servers')
      default:
        assertNever(control)
    }
  }

  #opened(): void {
    if (this.#link !== undefined || this.#final !== undefined) return
    this.#wire = this.#createWire() // a joiner has learnt its run by now
    const link = new SessionLink(this.#wire, {
      ...this.#settings,
      onRefused: (error) => this.#report(error),
    })
    this.#link = link
    link.onClose((reason) => this.#linkClosed(reason))
    this.#options.onLink?.(link)
    for (const { resolve } of this.#waiters) resolve(link)
  }

  #linkClosed(reason: CloseReason): void {
    this.#session = 0
    this.#link = undefined
    if (reason.kind === 'refused') this.#end(reason.error)
  }

  #refusedByServer(refusal: { readonly code: string; readonly reason: string }): void {
    if (refusal.code === 'ERR_PROTOCOL_UNKNOWN_PEER') {
      this.#open()
      return
    }
    const error = refusedByPeer(refusal)
    this.#link?.end({ kind: 'refused', error })
    this.#end(error)
  }

  #refuse(error: RuntimeError): void {
    if (this.#link !== undefined) {
      this.#link.refuse(error)
      return
    }
    this.#report(error)
    this.#wire?.control({ kind: 'refused', code: error.code, reason: error.message })
    this.#end(error)
  }

  #report(error: RuntimeError): void {
    this.#refused++
    this.#settings.onRefused(error)
  }

  #end(error: RuntimeError): void {
    this.#final ??= error
    for (const { reject } of this.#waiters) reject(this.#final)
  }

  #handshakeFailed(error: Error): void {
    this.#lastHandshakeError = error
  }

  #lateError(deadlineMs: number): RuntimeError {
    const cause = this.#lastHandshakeError
    const hint = cause === undefined ? 'is the server running?' : 'the handshake failed: check the server key'
    const message = `${this.#options.endpoint}: expected an answer within ${deadlineMs} ms, got none; ${hint}`
    return new RuntimeError('ERR_LINK_CLOSED', message, { cause })
  }
}

/** Session 0 is a refusal of something whose header could not be read: it can only be ours. */
function isCurrent(claimed: number, session: number): boolean {
  return claimed === 0 || claimed === session
}

function curveOptions(serverPublicKey: string): {
  readonly curveServerKey: string
  readonly curvePublicKey: string
  readonly curveSecretKey: string
} {
  const { publicKey, secretKey } = createCurveKeys()
  return { curveServerKey: serverPublicKey, curvePublicKey: publicKey, curveSecretKey: secretKey }
}
