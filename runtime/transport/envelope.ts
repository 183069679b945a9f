import { crc32 } from 'node:zlib'
import { Packr } from 'msgpackr'
import { RuntimeError } from '../core/errors.ts'
import type { LinkMessage } from '../core/link.ts'
import type { RunId } from './run-id.ts'

/** Raised whenever a message or the header changes its meaning. */
export const PROTOCOL_VERSION = 5

/**
 * Who reads a message: the link's owner, the link itself, or, for a refusal, any version of Manyfold: its
 * header and its body `{ kind: 'refused', code, reason }` stay as they are forever.
 */
export type Channel = 'message' | 'control' | 'refusal'

const CHANNELS: readonly Channel[] = ['message', 'control', 'refusal']

export interface Envelope {
  readonly channel: Channel
  readonly runId: RunId
  /** Chosen by the client for each session, so that leftovers of an earlier one are told apart. */
  readonly session: number
  /** Version of the parameters that the sender holds. */
  readonly parameterVersion: number
  readonly body: LinkMessage
  readonly frames: readonly Uint8Array[]
}

/** Byte offsets in the header; all numbers are little-endian. Those up to the session stay in every version. */
const MAGIC_AT = 0 // u32
const VERSION_AT = 4 // u16
const CHANNEL_AT = 6 // u8, then one byte of zero
const RUN_AT = 8 // 16 bytes
const SESSION_AT = 24 // u32
const FRAME_COUNT_AT = 28 // u32
const PARAMETER_VERSION_AT = 32 // f64
const CHECKSUM_AT = 40 // u32, over everything before it, the body and the frames
export const HEADER_BYTES = 44

/** `MFLD` in memory order. */
const MAGIC = 0x444c464d

const packr = new Packr({ useRecords: false })

/** Multipart message `[header, body, ...frames]`. The frames are not copied. */
export function encodeEnvelope(envelope: Envelope, protocolVersion: number = PROTOCOL_VERSION): Uint8Array[] {
  const { channel, runId, session, parameterVersion, frames } = envelope
  const body = packr.pack(envelope.body)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, MAGIC_AT)
  header.writeUInt16LE(protocolVersion, VERSION_AT)
  header.writeUInt8(CHANNELS.indexOf(channel), CHANNEL_AT)
  header.write(runId, RUN_AT, 'hex')
  header.writeUInt32LE(session, SESSION_AT)
  header.writeUInt32LE(frames.length, FRAME_COUNT_AT)
  header.writeDoubleLE(parameterVersion, PARAMETER_VERSION_AT)
  header.writeUInt32LE(checksum(header, body, frames), CHECKSUM_AT)
  return [header, body, ...frames]
}

/**
 * Reads one multipart message, or throws ERR_PROTOCOL_VERSION, ERR_PROTOCOL_CHECKSUM, ERR_PROTOCOL_FIELD.
 * Whether the run and the session are ours is for the caller to say. A refusal is read whatever its version.
 */
export function decodeEnvelope(
  parts: readonly Buffer[],
  protocolVersion: number = PROTOCOL_VERSION,
): Envelope {
  const [header, packed, ...frames] = parts
  if (!isOurs(header)) {
    const got = `${parts.length} parts, the first of ${parts[0]?.length ?? 0} bytes`
    throw new RuntimeError('ERR_PROTOCOL_VERSION', `header: expected a Manyfold message, got ${got}`)
  }
  const version = header.readUInt16LE(VERSION_AT)
  const channel = CHANNELS[header.readUInt8(CHANNEL_AT)]
  if (version !== protocolVersion && channel !== 'refusal') {
    throw new RuntimeError(
      'ERR_PROTOCOL_VERSION',
      `protocol: expected version ${protocolVersion}, got ${version}; run the same Manyfold on both sides`,
      { details: { expected: protocolVersion, got: version } },
    )
  }
  const frameCount = header.readUInt32LE(FRAME_COUNT_AT)
  if (packed === undefined || channel === undefined || frames.length !== frameCount) {
    const message = `frames: expected ${frameCount} after the body, got ${frames.length}`
    throw new RuntimeError('ERR_PROTOCOL_FIELD', message)
  }
  const expected = header.readUInt32LE(CHECKSUM_AT)
  const got = checksum(header, packed, frames)
  if (got !== expected) {
    const message = `checksum: expected ${hex(expected)}, got ${hex(got)}; the message was damaged on its way`
    throw new RuntimeError('ERR_PROTOCOL_CHECKSUM', message)
  }
  return {
    channel,
    runId: header.toString('hex', RUN_AT, RUN_AT + 16),
    session: header.readUInt32LE(SESSION_AT),
    parameterVersion: header.readDoubleLE(PARAMETER_VERSION_AT),
    body: unpackBody(packed),
    frames,
  }
}

/** The session a message claims, readable or not, so that its refusal finds its way; 0 where there is none. */
export function claimedSession(header: Buffer | undefined): number {
  return isOurs(header) ? header.readUInt32LE(SESSION_AT) : 0
}

export function envelopeBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((bytes, part) => bytes + part.byteLength, 0)
}

function isOurs(header: Buffer | undefined): header is Buffer {
  return header?.length === HEADER_BYTES && header.readUInt32LE(MAGIC_AT) === MAGIC
}

function checksum(header: Buffer, body: Uint8Array, frames: readonly Uint8Array[]): number {
  let sum = crc32(body, crc32(header.subarray(0, CHECKSUM_AT)))
  for (const frame of frames) sum = crc32(frame, sum)
  return sum
}

function unpackBody(packed: Buffer): LinkMessage {
  let body: unknown
  try {
    body = packr.unpack(packed)
  } catch (cause) {
    throw new RuntimeError('ERR_PROTOCOL_FIELD', 'body: expected msgpack, got something else', { cause })
  }
  if (typeof body === 'object' && body !== null && 'kind' in body && typeof body.kind === 'string') {
    return body as LinkMessage
  }
  throw new RuntimeError('ERR_PROTOCOL_FIELD', 'body: expected an object with a string `kind`')
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
