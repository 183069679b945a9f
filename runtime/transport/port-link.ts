import type { MessagePort } from 'node:worker_threads'
import { RuntimeError } from '../core/errors.ts'
import { LINK_DEFAULTS, type Link, type LinkMessage, type LinkOptions } from '../core/link.ts'
import type { LinkControl } from './control.ts'
import { peerLost, SessionLink, type Wire } from './session-link.ts'

/** What goes through the port. Both ends run the same code: nothing here is checked again. */
type PortPacket =
  | { readonly kind: 'control'; readonly control: LinkControl }
  | {
      readonly kind: 'message'
      readonly message: LinkMessage
      readonly frames: readonly Uint8Array[]
      readonly parameterVersion: number
    }

/**
 * A link over one end of a `MessageChannel` (or a worker's `parentPort`), which it owns from now on. Frames
 * are copied once and the copy is transferred. The port closes with the link; a peer thread that ends without
 * a word closes the link as `peer-lost`.
 */
export function createPortLink(port: MessagePort, options: Partial<LinkOptions> = {}): Link {
  const link = new SessionLink(portWire(port), { ...LINK_DEFAULTS, ...options })
  port.on('message', (packet: PortPacket) => {
    if (packet.kind === 'control') link.control(packet.control)
    else link.deliver(packet.message, packet.frames, packet.parameterVersion, frameBytes(packet.frames))
  })
  port.on('messageerror', (cause) => {
    const message = 'port: expected a message that can be cloned here'
    link.refuse(new RuntimeError('ERR_PROTOCOL_FIELD', message, { cause }))
  })
  port.on('close', () => link.end(peerLost('port')))
  link.onClose(() => port.close())
  return link
}

function portWire(port: MessagePort): Wire {
  return {
    message(message, views, parameterVersion) {
      const frames = views.map((view) => new Uint8Array(view))
      const packet: PortPacket = { kind: 'message', message, frames, parameterVersion }
      port.postMessage(
        packet,
        frames.map(({ buffer }) => buffer),
      )
      return frameBytes(views)
    },
    control(control) {
      const packet: PortPacket = { kind: 'control', control }
      port.postMessage(packet)
    },
  }
}

function frameBytes(frames: readonly Uint8Array[]): number {
  return frames.reduce((bytes, frame) => bytes + frame.byteLength, 0)
}
