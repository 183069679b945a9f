import { assertNever, RuntimeError } from '../core/errors.ts'
import type { CloseReason, Link, LinkMessage, LinkOptions, LinkStats, MessageHandler } from '../core/link.ts'
import type { LinkControl } from './control.ts'
import { SendWindow } from './send-window.ts'

/** How a link reaches its peer: all that differs between `MessagePort` and ZeroMQ. */
export interface Wire {
  /** Hands one message over and returns its size in bytes. */
  message(message: LinkMessage, frames: readonly Uint8Array[], parameterVersion: number): number
  control(control: LinkControl): void
}

/**
 * `Link` over any wire: the window, acknowledgements, counters and the closing handshake. The wire's owner
 * calls `deliver`, `control`, `refuse` and `end`; everyone else sees a `Link`.
 */
export class SessionLink implements Link {
  parameterVersion = 0
  readonly #wire: Wire
  readonly #options: LinkOptions
  readonly #window: SendWindow
  readonly #closed: Promise<void>
  #resolveClosed: () => void = () => undefined
  #closeHandlers: readonly ((reason: CloseReason) => void)[] = []
  #handler: MessageHandler | undefined
  #early: { readonly message: unknown; readonly frames: readonly Uint8Array[] }[] = []
  #reason: CloseReason | undefined
  #closeTimer: NodeJS.Timeout | undefined
  #peerParameterVersion = 0
  #received = 0
  #handled = 0
  #isAckDue = false
  #refused = 0
  #invalid = 0
  #bytesSent = 0
  #bytesReceived = 0

  constructor(wire: Wire, options: LinkOptions) {
    this.#wire = wire
    this.#options = options
    this.#window = new SendWindow(options.capacity)
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get peerParameterVersion(): number {
    return this.#peerParameterVersion
  }

  get isOpen(): boolean {
    return this.#reason === undefined && this.#closeTimer === undefined
  }

  trySend(message: LinkMessage, frames: readonly Uint8Array[] = []): boolean {
    if (!(this.isOpen && this.#window.hasRoom)) {
      this.#refused++
      return false
    }
    for (const frame of frames) {
      if (frame.buffer instanceof SharedArrayBuffer) {
        throw new TypeError(`${message.kind}: expected frames that are copies, got a view over shared memory`)
      }
    }
    this.#bytesSent += this.#wire.message(message, frames, this.parameterVersion)
    this.#window.add()
    return true
  }

  async writable(): Promise<boolean> {
    return (await this.#window.whenBelow(this.#window.capacity)) && this.isOpen
  }

  drained(): Promise<boolean> {
    return this.#window.whenBelow(1)
  }

  onMessage(handler: MessageHandler): void {
    this.#handler = handler
    const early = this.#early
    this.#early = []
    for (const { message, frames } of early) this.#handle(handler, message, frames)
  }

  onClose(handler: (reason: CloseReason) => void): void {
    if (this.#reason === undefined) this.#closeHandlers = [...this.#closeHandlers, handler]
    else handler(this.#reason)
  }

  async close(): Promise<void> {
    if (this.isOpen) {
      this.#closeTimer = setTimeout(() => this.end({ kind: 'closed-here' }), this.#options.closeMs)
      this.#wire.control({ kind: 'bye' })
    }
    await this.#closed
  }

  stats(): LinkStats {
    return {
      sent: this.#window.sent,
      received: this.#received,
      refused: this.#refused,
      invalid: this.#invalid,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      queued: this.#window.queued,
    }
  }

  /** A message has come in. After `close` was called nothing is delivered any more. */
  deliver(message: unknown, frames: readonly Uint8Array[], parameterVersion: number, bytes: number): void {
    if (!this.isOpen) return
    this.#bytesReceived += bytes
    this.#peerParameterVersion = parameterVersion
    if (this.#handler === undefined) this.#early.push({ message, frames })
    else this.#handle(this.#handler, message, frames)
  }

  /** A control message has come in. */
  control(control: LinkControl): void {
    switch (control.kind) {
      case 'ack':
        if (!this.#window.tryAcknowledge(control.handled)) this.refuse(impossibleAck(control.handled))
        return
      case 'bye':
        if (this.#reason === undefined) this.#wire.control({ kind: 'bye-ack' })
        this.end({ kind: 'closed-by-peer' })
        return
      case 'bye-ack':
        this.end({ kind: 'closed-here' })
        return
      case 'refused':
        this.end({ kind: 'refused', error: refusedByPeer(control) })
        return
      default:
        assertNever(control)
    }
  }

  /** What came in broke the protocol: reports it, tells the peer, and ends the link on both sides. */
  refuse(error: RuntimeError): void {
    if (this.#reason !== undefined) return
    this.#invalid++
    this.#wire.control({ kind: 'refused', code: error.code, reason: error.message })
    this.#options.onRefused(error)
    this.end({ kind: 'refused', error })
  }

  /** Ends the link without telling the peer. Only the first call counts. */
  end(reason: CloseReason): void {
    if (this.#reason !== undefined) return
    const isClosing = this.#closeTimer !== undefined && reason.kind !== 'refused'
    this.#reason = isClosing ? { kind: 'closed-here' } : reason
    clearTimeout(this.#closeTimer)
    this.#window.end()
    this.#resolveClosed()
    for (const handler of this.#closeHandlers) handler(this.#reason)
    this.#closeHandlers = []
  }

  #handle(handler: MessageHandler, message: unknown, frames: readonly Uint8Array[]): void {
    this.#received++
    try {
      const pending = handler(message, frames)
      if (pending === undefined) this.#acknowledge()
      else pending.then(() => this.#acknowledge()).catch((error: unknown) => this.#handlerFailed(error))
    } catch (error) {
      this.#handlerFailed(error)
    }
  }

  /** One acknowledgement a turn of the event loop covers all messages handled in it. */
  #acknowledge(): void {
    this.#handled++
    if (this.#isAckDue) return
    this.#isAckDue = true
    setImmediate(() => {
      this.#isAckDue = false
      if (this.#reason === undefined) this.#wire.control({ kind: 'ack', handled: this.#handled })
    })
  }

  #handlerFailed(error: unknown): void {
    if (error instanceof RuntimeError && error.code.startsWith('ERR_PROTOCOL_')) {
      this.refuse(error)
      return
    }
    // Not the peer's fault: it must not be mistaken for a protocol error, nor stop the receiving loop.
    queueMicrotask(() => {
      throw error
    })
  }
}

function impossibleAck(handled: number): RuntimeError {
  return new RuntimeError('ERR_PROTOCOL_FIELD', `ack.handled: expected at most what was sent, got ${handled}`)
}

/** The peer's refusal as an error of this end. */
export function refusedByPeer(refusal: { readonly code: string; readonly reason: string }): RuntimeError {
  const { code, reason } = refusal
  return new RuntimeError('ERR_PROTOCOL_REFUSED', `refused by the peer: ${reason} (${code})`, {
    details: { code, reason },
  })
}

export function peerLost(where: string, cause?: unknown): CloseReason {
  const error = new RuntimeError('ERR_LINK_CLOSED', `${where}: the peer is gone`, { cause })
  return { kind: 'peer-lost', error }
}
