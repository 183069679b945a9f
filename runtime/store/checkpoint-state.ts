import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { RuntimeError } from '../core/errors.ts'
import { encodeJson } from './json-file.ts'

/** The file that is written last and makes a folder a checkpoint. */
export const STATE_FILE = 'state.json'

const FORMAT_VERSION = 1

/** What a file must be to be the one that was written. */
export interface FileSeal {
  readonly bytes: number
  /** As `zlib.crc32` gives it, 0 … 2³² − 1. */
  readonly crc32: number
}

export interface CheckpointState {
  readonly step: number
  /** JSON of the run's own making. */
  readonly state: unknown
  /** Every other file of the folder by name. */
  readonly files: Readonly<Record<string, FileSeal>>
}

const COUNT = z.number().int().nonnegative()
const STATE_SCHEMA = z.object({
  step: COUNT,
  state: z.unknown(),
  files: z.record(
    z.string().refine((name) => name === basename(name), 'expected a plain file name'),
    z.object({ bytes: COUNT, crc32: COUNT }),
  ),
})

/** Encodes `state.json`, which seals itself: its `crc32` is that of all its other members as compact JSON. */
export function encodeCheckpointState({ step, state, files }: CheckpointState): Uint8Array {
  const body = { formatVersion: FORMAT_VERSION, step, state: state ?? null, files }
  return encodeJson({ ...body, crc32: sealOf(body) })
}

/**
 * Decodes and checks `state.json`.
 *
 * @throws RuntimeError ERR_CHECKPOINT_CORRUPT, or ERR_CHECKPOINT_MISMATCH for another format version
 */
export function decodeCheckpointState(text: string, file: string): CheckpointState {
  const { crc32: expected, ...body } = parseObject(text, file)
  const got = sealOf(body)
  if (got !== expected) throw corrupt(file, `expected crc32 ${JSON.stringify(expected)}, got ${got}`)

  const version = body['formatVersion']
  if (version !== FORMAT_VERSION) {
    const what = `expected checkpoint format ${FORMAT_VERSION}, got ${JSON.stringify(version)}`
    const remedy = 'read it with the version of manyfold that wrote it'
    throw new RuntimeError('ERR_CHECKPOINT_MISMATCH', `${file}: ${what}; ${remedy}`, {
      details: { file, version },
    })
  }
  const result = STATE_SCHEMA.safeParse(body)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw corrupt(file, `${path.join('.')}: ${message}`)
}

/** Survives reading back, because JSON text read and written again is the same text. */
function sealOf(body: Readonly<Record<string, unknown>>): number {
  return crc32(JSON.stringify(body))
}

function parseObject(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw corrupt(file, `expected JSON, got ${text.length} characters that do not parse`, cause)
  }
  throw corrupt(file, `expected a JSON object, got ${text.slice(0, 20)}`)
}

function corrupt(file: string, what: string, cause?: unknown): RuntimeError {
  return new RuntimeError('ERR_CHECKPOINT_CORRUPT', `${file}: ${what}`, { details: { file }, cause })
}
