import type { RuntimeError } from './errors.ts'

/** What every message has; its other fields belong to the protocol of the two actors. */
export interface LinkMessage {
  readonly kind: string
}

/** Counters of one link since it opened. */
export interface LinkStats {
  /** Messages accepted by `trySend`. */
  readonly sent: number
  /** Messages given to the handler. */
  readonly received: number
  /** Sends refused because the queue was full or the link closed. */
  readonly refused: number
  /** Incoming messages refused because they broke the protocol. */
  readonly invalid: number
  /** Bytes on the wire; over a `MessagePort`, which has no wire format, bytes of frames only. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Messages sent and not yet acknowledged. After the link closed: those whose fate is unknown. */
  readonly queued: number
}

/** Why a link closed. It closes once, and never opens again: a reconnect is a new link. */
export type CloseReason =
  | { readonly kind: 'closed-here' }
  | { readonly kind: 'closed-by-peer' }
  /** The peer's process, thread or connection is gone: ERR_LINK_CLOSED. */
  | { readonly kind: 'peer-lost'; readonly error: RuntimeError }
  /** Either end broke the protocol: ERR_PROTOCOL_REFUSED where the peer refused, else what was wrong. */
  | { readonly kind: 'refused'; readonly error: RuntimeError }

/**
 * Takes one incoming message. It is validated here, where it enters: throwing a `RuntimeError` with an
 * `ERR_PROTOCOL_` code refuses it on both sides; any other exception is a bug and surfaces as uncaught.
 * A handler that returns a promise holds the message's acknowledgement, and so the sender, until it settles.
 */
export type MessageHandler = (message: unknown, frames: readonly Uint8Array[]) => void | Promise<void>

/**
 * One session between two endpoints: typed messages with raw frames, in order, each delivered once or the
 * link closes. At most `capacity` messages are unacknowledged at any time; the peer acknowledges a message
 * when its handler is done with it.
 */
export interface Link<Outgoing extends LinkMessage = LinkMessage> {
  /** Version of the parameters this end holds; goes out with every message. */
  parameterVersion: number
  /** The version the peer last sent. */
  readonly peerParameterVersion: number
  readonly isOpen: boolean

  /**
   * Queues a message, or returns false when the queue is full or the link closed. `frames` belong to the link
   * until the peer acknowledges them: hand over copies, never memory that is written again. A view over
   * shared memory is refused with a TypeError.
   */
  trySend(message: Outgoing, frames?: readonly Uint8Array[]): boolean
  /** True as soon as `trySend` would accept, false when the link closes first. */
  writable(): Promise<boolean>
  /** True as soon as the peer has acknowledged everything, false when the link closes first. */
  drained(): Promise<boolean>
  /** Sets the one handler. Messages that came before it are kept, and delivered now. */
  onMessage(handler: MessageHandler): void
  /** Adds a handler that is called once; at once if the link has closed already. */
  onClose(handler: (reason: CloseReason) => void): void
  /** Tells the peer, waits until everything sent before has reached it (bounded), and ends the link. */
  close(): Promise<void>
  stats(): LinkStats
}

export interface LinkOptions {
  /** Most unacknowledged messages. */
  readonly capacity: number
  /** Longest wait of `close` for the peer's answer, in ms. */
  readonly closeMs: number
  /** Called for every incoming message that broke the protocol. */
  readonly onRefused: (error: RuntimeError) => void
}

export const LINK_DEFAULTS: LinkOptions = Object.freeze({
  capacity: 256,
  closeMs: 1_000,
  onRefused: () => undefined,
})
