import type { SocketControl } from './control.ts'
import { encodeEnvelope, envelopeBytes } from './envelope.ts'
import type { RunId } from './run-id.ts'
import type { Wire } from './session-link.ts'
import type { SocketOptions } from './zmq-options.ts'

/** One session's way through a ZeroMQ socket. */
export interface SocketWire extends Wire {
  control(control: SocketControl): void
}

export interface SocketWireOptions {
  readonly runId: RunId
  readonly session: number
  readonly limits: Pick<SocketOptions, 'maxFrameBytes' | 'protocolVersion'>
  readonly send: (parts: Uint8Array[]) => void
}

export function createSocketWire({ runId, session, limits, send }: SocketWireOptions): SocketWire {
  const { maxFrameBytes, protocolVersion } = limits
  return {
    message(body, frames, parameterVersion) {
      for (const { byteLength } of frames) {
        if (byteLength > maxFrameBytes) {
          throw new RangeError(`${body.kind}: expected frames of ≤ ${maxFrameBytes} bytes, got ${byteLength}`)
        }
      }
      const envelope = { channel: 'message', runId, session, parameterVersion, body, frames } as const
      const parts = encodeEnvelope(envelope, protocolVersion)
      const bytes = envelopeBytes(parts)
      send(parts)
      return bytes
    },
    control(body) {
      const channel = body.kind === 'refused' ? 'refusal' : 'control'
      const envelope = { channel, runId, session, parameterVersion: 0, body, frames: [] } as const
      send(encodeEnvelope(envelope, protocolVersion))
    },
  }
}

/** The part of a ZeroMQ socket that sends. */
interface Sender {
  readonly closed: boolean
  send(parts: Uint8Array[]): Promise<void>
}

/** Sends now or calls `onFailed`. A closed socket, which may still be handing out what it received, is quiet. */
export function sendOn(socket: Sender, parts: Uint8Array[], onFailed: (error: unknown) => void): void {
  if (!socket.closed) socket.send(parts).catch(onFailed)
}
