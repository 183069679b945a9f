import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncFolder, TEMPORARY_PREFIX } from './durable-files.ts'
import { asUnreadable, asUnwritable, isAbsence } from './file-errors.ts'

const STEP_DIGITS = 12
const STEP_FOLDER = /^step-(\d{12,16})$/

/** `step-000000012345`: wide enough that names sort like steps. */
function checkpointName(step: number): string {
  return `step-${String(step).padStart(STEP_DIGITS, '0')}`
}

/** The step in a checkpoint folder's name, or undefined for other folders. */
export function stepOfName(folder: string): number | undefined {
  const digits = STEP_FOLDER.exec(basename(folder))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * Names in a folder; none when there is no such folder.
 *
 * @throws RuntimeError ERR_FILE_INVALID when it cannot be read
 */
export async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isAbsence(error)) return []
    throw asUnreadable(error, folder)
  }
}

/** Paths of all finished checkpoints, oldest step first; none when the folder does not exist. */
export async function listCheckpoints(checkpointsFolder: string): Promise<readonly string[]> {
  return (await listNames(checkpointsFolder))
    .filter((name) => stepOfName(name) !== undefined)
    .toSorted((a, b) => stepOfName(a)! - stepOfName(b)!)
    .map((name) => join(checkpointsFolder, name))
}

/** Path of the checkpoint with the highest step, or undefined when there is none. */
export async function latestCheckpoint(checkpointsFolder: string): Promise<string | undefined> {
  return (await listCheckpoints(checkpointsFolder)).at(-1)
}

/**
 * Gives a finished temporary folder its final name, in place of an earlier checkpoint of that step.
 * Returns when the new name is on the disk.
 */
export async function publishCheckpoint(
  temporary: string,
  checkpointsFolder: string,
  step: number,
): Promise<string> {
  const folder = join(checkpointsFolder, checkpointName(step))
  const replaced = (await listCheckpoints(checkpointsFolder)).includes(folder)
  // No call replaces a folder that has files in it, so the old one steps aside first. A crash between
  // the two renames leaves this step without a checkpoint, and the earlier ones as they were.
  if (replaced) await retire(folder)
  try {
    await rename(temporary, folder)
  } catch (error) {
    if (replaced) await rename(retiredName(folder), folder)
    throw error
  }
  await syncFolder(checkpointsFolder)
  return folder
}

/**
 * Deletes all checkpoints but `newest` and the `keep - 1` before it, and every unfinished folder of
 * earlier processes.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE naming what cannot be deleted
 */
export async function pruneCheckpoints(
  checkpointsFolder: string,
  keep: number,
  newest: string,
): Promise<void> {
  const all = await listCheckpoints(checkpointsFolder)
  const place = all.indexOf(newest)
  // Higher steps belong to a future that a resume from an older checkpoint has left.
  const abandoned = all.slice(place + 1)
  const older = all.slice(0, Math.max(0, place - (keep - 1)))
  for (const folder of [...older, ...abandoned]) {
    // Renamed before it is deleted, so that a crash amid it leaves no checkpoint with files missing.
    await retire(folder)
  }
  for (const name of await readdir(checkpointsFolder)) {
    if (name.startsWith(TEMPORARY_PREFIX)) await remove(join(checkpointsFolder, name))
  }
}

async function retire(folder: string): Promise<void> {
  await remove(retiredName(folder))
  try {
    await rename(folder, retiredName(folder))
  } catch (error) {
    throw asUnwritable(error, folder)
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw asUnwritable(error, path)
  }
}

function retiredName(folder: string): string {
  return join(folder, '..', `${TEMPORARY_PREFIX}retired-${basename(folder)}`)
}
