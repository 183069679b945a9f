import { LINK_DEFAULTS, type LinkOptions } from '../core/link.ts'
import { PROTOCOL_VERSION } from './envelope.ts'

/** What both ends of a ZeroMQ connection have to know. */
export interface SocketOptions extends LinkOptions {
  /** How often the connection is tried, in ms; a peer that was killed is noticed within this time. */
  readonly heartbeatMs: number
  /** Silence after which the connection counts as dead, in ms: a host that vanished without a word. */
  readonly deadlineMs: number
  /** Largest part of a message; a peer that sends more is cut off. */
  readonly maxFrameBytes: number
  /** Spoken version; other than `PROTOCOL_VERSION` only in tests. */
  readonly protocolVersion: number
}

export const SOCKET_DEFAULTS: SocketOptions = Object.freeze({
  ...LINK_DEFAULTS,
  heartbeatMs: 1_000,
  deadlineMs: 5_000,
  maxFrameBytes: 1_073_741_824,
  protocolVersion: PROTOCOL_VERSION,
})

/**
 * The options as zeromq.js names them. Heartbeats are answered by ZeroMQ's own thread, however busy ours is.
 *
 * The sockets have no high-water mark, because a ROUTER at its mark either drops or holds up the peers that are
 * not: the windows of the links bound what waits in them. So `send` never has to wait, and its timeout is 0:
 * with any other a mandatory ROUTER whose last peer has gone waits for the next one, instead of failing, and a
 * second `send` meanwhile would be rejected with EBUSY.
 *
 * zeromq.js sends frames above 128 bytes without copying, and `send` resolves when they are queued: they must not
 * be written until the peer has acknowledged them.
 */
export function nativeOptions(options: SocketOptions): {
  readonly linger: number
  readonly sendTimeout: number
  readonly sendHighWaterMark: number
  readonly receiveHighWaterMark: number
  readonly heartbeatInterval: number
  readonly heartbeatTimeout: number
  readonly heartbeatTimeToLive: number
  readonly maxMessageSize: number
} {
  return {
    linger: 0,
    sendTimeout: 0,
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
    heartbeatInterval: options.heartbeatMs,
    heartbeatTimeout: options.deadlineMs,
    heartbeatTimeToLive: options.deadlineMs,
    maxMessageSize: options.maxFrameBytes,
  }
}
