import { constants } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { asUnwritable, isAbsence, isSystemError } from './file-errors.ts'

/** Files and folders that begin so are unfinished; whoever finds one from an earlier process may delete it. */
export const TEMPORARY_PREFIX = '.tmp-'

/** Node refuses to read or write 2 GiB or more in one call. */
export const MAX_CALL_BYTES: number = 2 ** 30

/**
 * Makes a folder and those above it that are not there.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 */
export async function createFolder(folder: string): Promise<void> {
  try {
    await makeWithParents(resolve(folder))
  } catch (error) {
    throw asUnwritable(error, folder)
  }
}

/** Not `mkdir` with `recursive`: under `/proc` and its like, where nothing can be made, that never returns. */
async function makeWithParents(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (error) {
    const parent = dirname(folder)
    if (!isAbsence(error) || parent === folder) throw error
    // Others may have made the parent since.
    if (!(await isFolder(parent))) await makeWithParents(parent)
    await makeFolder(folder)
  }
}

/** A folder that is there already will do. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST' && (await isFolder(folder))) return
    throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/**
 * Writes chunks one after the other and returns when they are on the disk.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 */
export async function writeDurably(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  try {
    const handle = await open(file, 'w')
    try {
      for (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) {
          const length = Math.min(chunk.length - done, MAX_CALL_BYTES)
          done += (await handle.write(chunk, done, length)).bytesWritten
        }
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw asUnwritable(error, file)
  }
}

/**
 * Replaces a file in one step: readers see the old or the new content, never a part, whenever the
 * process or the machine dies.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 */
export async function replaceDurably(file: string, content: Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `${TEMPORARY_PREFIX}${basename(file)}-${process.pid}`)
  try {
    await writeDurably(temporary, [content])
    await rename(temporary, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {
      // The first error is the one to report.
    })
    throw asUnwritable(error, file)
  }
}

/** Returns when a file that is already written, maybe by another process, is on the disk. */
export async function syncFile(file: string): Promise<void> {
  await sync(file, constants.O_RDWR)
}

/** Returns when the folder's list of names is on the disk, so that a rename in it survives a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // there a folder cannot be opened
  await sync(folder, constants.O_RDONLY)
}

async function sync(path: string, flags: number): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
