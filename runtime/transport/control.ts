import { RuntimeError } from '../core/errors.ts'

/** What the two ends of a link say to each other beneath the messages of their owners. */
export type LinkControl =
  /** `handled` messages have been handled since the link opened. */
  | { readonly kind: 'ack'; readonly handled: number }
  | { readonly kind: 'bye' }
  | { readonly kind: 'bye-ack' }
  /** The receiver of a message refuses it, and with it the link. Never answered. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }

/** Over ZeroMQ a connection outlives its sessions: these open one, and find out whether the peer is there. */
export type SocketControl =
  | LinkControl
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'opened' }
  | { readonly kind: 'ping' }

type Kind = SocketControl['kind']
type ControlOf<K extends Kind> = Extract<SocketControl, { readonly kind: K }>
type FieldTypes<K extends Kind> = { readonly [F in Exclude<keyof ControlOf<K>, 'kind'>]: 'number' | 'string' }

/** One row a kind: adding a union member without a row is a compile error. */
const FIELDS: { readonly [K in Kind]: FieldTypes<K> } = {
  ack: { handled: 'number' },
  bye: {},
  'bye-ack': {},
  refused: { code: 'string', reason: 'string' },
  open: { name: 'string' },
  opened: {},
  ping: {},
}

/** The same value, typed, or ERR_PROTOCOL_UNKNOWN_KIND, ERR_PROTOCOL_FIELD. */
export function decodeControl(value: { readonly kind: string }): SocketControl {
  const { kind } = value
  if (!Object.hasOwn(FIELDS, kind)) {
    const known = Object.keys(FIELDS).join(', ')
    throw new RuntimeError('ERR_PROTOCOL_UNKNOWN_KIND', `control.kind: expected one of ${known}, got ${kind}`)
  }
  const fields = new Map(Object.entries(value))
  for (const [field, expected] of Object.entries(FIELDS[kind as Kind])) {
    const got = typeof fields.get(field)
    if (got !== expected) {
      throw new RuntimeError('ERR_PROTOCOL_FIELD', `${kind}.${field}: expected ${expected}, got ${got}`)
    }
  }
  return value as SocketControl
}
