import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { asUnreadable, asUnwritable, isAbsence } from './file-errors.ts'

/** A file that only grows. Bytes reach it in the order of the calls. */
export interface AppendFile {
  /** Takes bytes into the buffer; they are written by the next flush. */
  append(bytes: Uint8Array): void
  flush(): void
  /** Flushes and closes; calls after the first do nothing. */
  close(): void
}

/**
 * Opens a file to append to, making it when it is not there.
 *
 * A flush that fails keeps its bytes: the next one writes them again at the same place, so that a disk
 * that was full for a while leaves no gap and no half record.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE, from here, `flush` and `close`
 */
export function openAppendFile(path: string): AppendFile {
  const { descriptor, size } = guarded(path, () => openAtEnd(path))
  let pending: Uint8Array[] = []
  let position = size
  let closed = false

  function flush(): void {
    if (closed || pending.length === 0) return
    const bytes = Buffer.concat(pending)
    guarded(path, () => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
      }
    })
    position += bytes.length
    pending = []
  }

  return {
    append(bytes) {
      if (closed) throw new Error(`${path}: expected an open file, got a closed one`)
      pending.push(bytes)
    },
    flush,
    close() {
      if (closed) return
      try {
        flush()
      } finally {
        closed = true
        closeSync(descriptor)
      }
    },
  }
}

/** The text of such a file so far; none when it is not there. @throws RuntimeError as `asUnreadable` says */
export async function readAppended(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsence(error)) return ''
    throw asUnreadable(error, path)
  }
}

function openAtEnd(path: string): { readonly descriptor: number; readonly size: number } {
  // Not O_APPEND: it would ignore the position at which a failed write is repeated.
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666)
  return { descriptor, size: fstatSync(descriptor).size }
}

function guarded<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw asUnwritable(error, path)
  }
}
