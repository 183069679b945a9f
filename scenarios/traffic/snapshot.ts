import { createHash } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { readBytes, unwritable } from '../../runtime/core/files.ts'
import type { Arrays } from '../../runtime/core/memory/layout.ts'
import type { TrafficFiles } from './describe.ts'
import type { EngineWorld, WorldSize } from './engine-world.ts'
import { SCRATCH_COLUMNS } from './plan.ts'

/** Raised whenever columns or what they mean change. */
const VERSION = 2
const MAGIC = Buffer.from('MANYFOLD TRAFFIC\n')
const HASH_BYTES = 32
/** The hash of all that follows it, and the header's length. */
const PREFIX_BYTES = MAGIC.length + HASH_BYTES + 4

/** What stands in front of a file's columns, as JSON. */
interface Header {
  readonly version: number
  readonly network: string
  readonly size: WorldSize
  /** Name and bytes of each column, in order. */
  readonly columns: readonly (readonly [name: string, bytes: number])[]
}

/** All that a world knows at one moment: a copy of its columns. */
export class TrafficSnapshot {
  readonly size: WorldSize
  /** Of the network and the flows that it belongs to. */
  readonly network: string
  readonly columns: ReadonlyMap<string, Uint8Array>

  constructor(size: WorldSize, network: string, columns: ReadonlyMap<string, Uint8Array>) {
    this.size = size
    this.network = network
    this.columns = columns
  }

  /** Writes a file that `load` of an engine with the same network reads. @throws ERR_OUTPUT_UNWRITABLE */
  dump(file: string): void {
    const columns = [...this.columns]
    const header: Header = {
      version: VERSION,
      network: this.network,
      size: this.size,
      columns: columns.map(([name, bytes]) => [name, bytes.length]),
    }
    const head = Buffer.from(JSON.stringify(header))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(head.length)
    const body = Buffer.concat([length, head, ...columns.map(([, bytes]) => bytes)])
    const hash = createHash('sha256').update(body).digest()
    replaceFile(file, Buffer.concat([MAGIC, hash, body]))
  }
}

/** Puts a file into its place when it is whole. */
function replaceFile(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, bytes)
    renameSync(temporary, file)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw unwritable(file, cause)
  }
}

/**
 * Reads what `TrafficSnapshot.dump` wrote.
 *
 * @throws ERR_CHECKPOINT_MISSING when the file cannot be read
 * @throws ERR_CHECKPOINT_CORRUPT when it is no snapshot, or not a whole one
 * @throws ERR_CHECKPOINT_MISMATCH when another version wrote it
 */
export function readSnapshot(file: string): TrafficSnapshot {
  const bytes = readBytes(file, 'ERR_CHECKPOINT_MISSING')
  if (bytes.length < PREFIX_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw corrupt(file, 'a snapshot of traffic, got another kind of file')
  }
  const body = bytes.subarray(MAGIC.length + HASH_BYTES)
  const hash = createHash('sha256').update(body).digest()
  if (!hash.equals(bytes.subarray(MAGIC.length, MAGIC.length + HASH_BYTES))) {
    throw corrupt(file, 'a whole snapshot, got one that was cut off or changed')
  }
  const header = JSON.parse(body.toString('utf8', 4, 4 + body.readUInt32LE(0))) as Header
  if (header.version !== VERSION) {
    throw new RuntimeError(
      'ERR_CHECKPOINT_MISMATCH',
      `${file}: expected version ${VERSION} of snapshots, got ${header.version}; load it with the release that wrote it`,
      { details: { file, expected: VERSION, got: header.version } },
    )
  }
  return new TrafficSnapshot(header.size, header.network, cutColumns(body, header))
}

function cutColumns(body: Buffer, { columns }: Header): Map<string, Uint8Array> {
  let at = 4 + body.readUInt32LE(0)
  const cut = new Map<string, Uint8Array>()
  for (const [name, bytes] of columns) {
    cut.set(name, body.subarray(at, at + bytes))
    at += bytes
  }
  return cut
}

function corrupt(file: string, expected: string): RuntimeError {
  return new RuntimeError('ERR_CHECKPOINT_CORRUPT', `${file}: expected ${expected}; take another one`, {
    details: { file },
  })
}

/** Names a network with its flows and rules by all that is in them. */
export function fingerprintOf({ network, demand, interval, laneChange }: TrafficFiles): string {
  const hash = createHash('sha256').update(`${interval} ${laneChange}`)
  const arrays: Arrays = { ...network.graph, ...demand }
  for (const name of Object.keys(arrays).sort()) {
    const { buffer, byteOffset, byteLength } = arrays[name]!
    hash.update(`\n${name} ${byteLength}\n`).update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.update(JSON.stringify(network.names)).digest('hex')
}

/** Copies a world. */
export function takeSnapshot({ state, size }: EngineWorld, network: string): TrafficSnapshot {
  const columns = new Map<string, Uint8Array>()
  for (const [name, { buffer, byteOffset, byteLength }] of lasting(state)) {
    columns.set(name, new Uint8Array(buffer, byteOffset, byteLength).slice())
  }
  return new TrafficSnapshot(size, network, columns)
}

/** Copies a snapshot into a world of its size. @throws ERR_CHECKPOINT_MISMATCH when it has other columns */
export function restoreSnapshot({ columns }: TrafficSnapshot, { state }: EngineWorld): void {
  for (const [name, { byteLength }] of lasting(state)) {
    const bytes = columns.get(name)
    if (bytes?.length !== byteLength) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `snapshot: expected ${byteLength} bytes of ${name}, got ${bytes?.length ?? 'none'}; take it anew with this release`,
        { details: { column: name } },
      )
    }
  }
  for (const [name, { buffer, byteOffset, byteLength }] of lasting(state)) {
    new Uint8Array(buffer, byteOffset, byteLength).set(columns.get(name)!)
  }
}

/** The columns that mean something between two steps. */
function lasting(state: EngineWorld['state']) {
  return Object.entries(state).filter(([name]) => !SCRATCH_COLUMNS.includes(name))
}
