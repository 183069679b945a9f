import type { FileHandle } from 'node:fs/promises'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { RuntimeError } from '../core/errors.ts'
import type { NamedTensors } from '../core/tensors.ts'
import {
  latestCheckpoint,
  listCheckpoints,
  listNames,
  pruneCheckpoints,
  publishCheckpoint,
  stepOfName,
} from './checkpoint-folders.ts'
import {
  type CheckpointState,
  decodeCheckpointState,
  encodeCheckpointState,
  type FileSeal,
  STATE_FILE,
} from './checkpoint-state.ts'
import { createFolder, syncFile, syncFolder, TEMPORARY_PREFIX, writeDurably } from './durable-files.ts'
import { asUnwritable } from './file-errors.ts'
import { readTensorsFile, withFile } from './tensors-file.ts'

const READ_BYTES = 4 << 20

/** A checkpoint whose files are all present and have the bytes they were written with. */
export interface Checkpoint {
  readonly folder: string
  readonly step: number
  /** The JSON that `writeParts` returned. */
  readonly state: unknown
  /** Names of the checkpoint's files, `state.json` left out. */
  readonly files: readonly string[]
  /**
   * Reads one of the files, for example `weights.safetensors`.
   *
   * @throws RuntimeError ERR_CHECKPOINT_MISSING when the checkpoint has no such file
   */
  tensors(name: string): Promise<NamedTensors>
}

/**
 * Writes a checkpoint that exists either whole or not at all, whenever the process or the machine
 * dies. One writer at a time for one `checkpointsFolder`.
 *
 * @param step       a checkpoint of the same step is replaced
 * @param keep       checkpoints that stay, the new one included; the others with the lowest steps are deleted
 * @param writeParts puts the files into the folder it is given, itself or by way of another process,
 *                   and gives the JSON state to keep beside them
 * @returns path of the checkpoint
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE; what `writeParts` throws itself is passed on. Either way
 *         the earlier checkpoints are as they were
 */
export async function writeCheckpoint(
  checkpointsFolder: string,
  step: number,
  keep: number,
  writeParts: (folder: string) => Promise<unknown>,
): Promise<string> {
  if (!Number.isSafeInteger(step) || step < 0)
    throw new RangeError(`step: expected a whole number, got ${step}`)
  if (!Number.isSafeInteger(keep) || keep < 1) throw new RangeError(`keep: expected 1 or more, got ${keep}`)
  await createFolder(checkpointsFolder)
  const temporary = join(checkpointsFolder, `${TEMPORARY_PREFIX}${step}-${process.pid}`)
  const folder = await fillAndPublish(temporary, checkpointsFolder, step, writeParts)
  await pruneCheckpoints(checkpointsFolder, keep, folder)
  return folder
}

async function fillAndPublish(
  temporary: string,
  checkpointsFolder: string,
  step: number,
  writeParts: (folder: string) => Promise<unknown>,
): Promise<string> {
  try {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary)
    const state = await writeParts(temporary)
    const files = await sealParts(temporary)
    await writeDurably(join(temporary, STATE_FILE), [encodeCheckpointState({ step, state, files })])
    await syncFolder(temporary)
    return await publishCheckpoint(temporary, checkpointsFolder, step)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {
      // The first error is the one to report, and the next checkpoint removes the folder.
    })
    throw asUnwritable(error, temporary)
  }
}

async function sealParts(folder: string): Promise<Record<string, FileSeal>> {
  const files: Record<string, FileSeal> = {}
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name === STATE_FILE) {
      throw new TypeError(`checkpoint part ${entry.name}: expected a file not named ${STATE_FILE}`)
    }
    const file = join(folder, entry.name)
    await syncFile(file)
    files[entry.name] = await sealFile(file)
  }
  return files
}

/**
 * Opens a checkpoint and proves it whole before anything of it is used.
 *
 * @param path a checkpoint's folder; or a run's folder, or its `checkpoints`, for the latest one
 * @throws RuntimeError ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_CORRUPT (naming an older, intact
 *         checkpoint where there is one), ERR_CHECKPOINT_MISMATCH, ERR_FILE_INVALID
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  return namingOlder(await findCheckpoint(path), verifyCheckpoint)
}

/**
 * The state alone of a checkpoint whose other files are not looked at: to learn what it is of before it
 * is opened.
 *
 * @param path as for `openCheckpoint`
 * @throws RuntimeError as `openCheckpoint`, for the state
 */
export async function readCheckpointState(path: string): Promise<unknown> {
  const { state } = await namingOlder(await findCheckpoint(path), readState)
  return state
}

/** Reads from a checkpoint; of one that is corrupt the error says which older one to use instead. */
async function namingOlder<T>(folder: string, read: (folder: string) => Promise<T>): Promise<T> {
  try {
    return await read(folder)
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'ERR_CHECKPOINT_CORRUPT') throw error
    const older = await findOlderIntact(folder)
    const remedy = older === undefined ? 'no older checkpoint is beside it' : `use an older one: ${older}`
    throw new RuntimeError(error.code, `${error.message}; ${remedy}`, {
      details: { ...error.details, older },
      cause: error,
    })
  }
}

async function findCheckpoint(path: string): Promise<string> {
  const names = await listNames(path)
  // A folder with a checkpoint's name and no state.json is a damaged checkpoint, not a missing one.
  if (names.includes(STATE_FILE) || (names.length > 0 && stepOfName(path) !== undefined)) return path
  const latest = (await latestCheckpoint(join(path, 'checkpoints'))) ?? (await latestCheckpoint(path))
  if (latest !== undefined) return latest
  const expected = `a checkpoint's folder (with ${STATE_FILE}) or a run's folder (with checkpoints/step-*)`
  const message = `${path}: expected ${expected}, got neither; check the path`
  throw new RuntimeError('ERR_CHECKPOINT_MISSING', message, { details: { path } })
}

async function readState(folder: string): Promise<CheckpointState> {
  const stateFile = join(folder, STATE_FILE)
  const text = await reportedCorrupt(stateFile, 'the file that completes a checkpoint', () =>
    withFile(stateFile, (handle) => handle.readFile('utf8')),
  )
  return decodeCheckpointState(text, stateFile)
}

async function verifyCheckpoint(folder: string): Promise<Checkpoint> {
  const { step, state, files } = await readState(folder)
  for (const [name, expected] of Object.entries(files)) {
    const file = join(folder, name)
    const got = await reportedCorrupt(file, `${expected.bytes} bytes`, () => sealFile(file))
    requireSame(file, expected, got)
  }
  return {
    folder,
    step,
    state,
    files: Object.keys(files),
    async tensors(name) {
      if (Object.hasOwn(files, name)) return (await readTensorsFile(join(folder, name))).tensors
      const message = `${folder}: expected ${name}, got only ${Object.keys(files).join(', ')}`
      throw new RuntimeError('ERR_CHECKPOINT_MISSING', message, { details: { folder, name } })
    },
  }
}

function requireSame(file: string, expected: FileSeal, got: FileSeal): void {
  const difference =
    got.bytes !== expected.bytes
      ? `expected ${expected.bytes} bytes, got ${got.bytes}`
      : got.crc32 !== expected.crc32
        ? `expected ${expected.bytes} bytes of crc32 ${expected.crc32}, got crc32 ${got.crc32}`
        : undefined
  if (difference === undefined) return
  throw new RuntimeError('ERR_CHECKPOINT_CORRUPT', `${file}: ${difference}`, {
    details: { file, expected, got },
  })
}

/** A file that is missing inside a checkpoint makes the checkpoint corrupt, not missing. */
async function reportedCorrupt<T>(file: string, expected: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'ERR_CHECKPOINT_MISSING') throw error
    const message = `${file}: expected ${expected}, got no file`
    throw new RuntimeError('ERR_CHECKPOINT_CORRUPT', message, { details: { file }, cause: error })
  }
}

async function findOlderIntact(folder: string): Promise<string | undefined> {
  const step = stepOfName(folder)
  if (step === undefined) return undefined
  const older = (await listCheckpoints(dirname(folder))).filter((other) => stepOfName(other)! < step)
  for (const candidate of older.toReversed()) {
    if (await isIntact(candidate)) return candidate
  }
  return undefined
}

async function isIntact(folder: string): Promise<boolean> {
  return verifyCheckpoint(folder).then(
    () => true,
    () => false,
  )
}

function sealFile(file: string): Promise<FileSeal> {
  return withFile(file, (handle) => sealContent(handle))
}

async function sealContent(handle: FileHandle): Promise<FileSeal> {
  const buffer = new Uint8Array(READ_BYTES)
  for (let bytes = 0, sum = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, bytes)
    if (bytesRead === 0) return { bytes, crc32: sum }
    sum = crc32(buffer.subarray(0, bytesRead), sum)
    bytes += bytesRead
  }
}
