import { type FileHandle, open } from 'node:fs/promises'
import { RuntimeError } from '../core/errors.ts'
import type { NamedTensor, NamedTensors } from '../core/tensors.ts'
import { MAX_CALL_BYTES, writeDurably } from './durable-files.ts'
import { asUnreadable } from './file-errors.ts'
import { bindTensor, type DecodedTensors, encodeSafetensors } from './safetensors.ts'
import { decodeHeader, decodeHeaderLength, LENGTH_BYTES } from './safetensors-header.ts'

/**
 * Writes a safetensors file straight from the tensors' memory and returns when it is on the disk.
 * The tensors must not change meanwhile.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 */
export async function writeTensorsFile(
  file: string,
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeDurably(file, encodeSafetensors(tensors, metadata))
}

/**
 * Reads a safetensors file, each tensor into memory of its own, so that the file may be larger than
 * the largest array.
 *
 * @throws RuntimeError ERR_CHECKPOINT_MISSING, ERR_CHECKPOINT_CORRUPT, ERR_FILE_INVALID
 */
export async function readTensorsFile(file: string): Promise<DecodedTensors> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat()
    const start = await readExactly(handle, 0, Math.min(LENGTH_BYTES, size), file)
    const jsonBytes = decodeHeaderLength(start, size, file)
    const dataStart = LENGTH_BYTES + jsonBytes
    const json = await readExactly(handle, LENGTH_BYTES, jsonBytes, file)
    const { sections, metadata } = decodeHeader(json, size - dataStart, file)

    const tensors: [string, NamedTensor][] = []
    for (const section of sections) {
      const { begin, end } = section
      const bytes = await readExactly(handle, dataStart + begin, end - begin, file)
      tensors.push([section.name, bindTensor(section, bytes)])
    }
    return { tensors: Object.fromEntries(tensors), metadata }
  })
}

/**
 * Opens a file for reading, for the time of `use`.
 *
 * @throws RuntimeError ERR_CHECKPOINT_MISSING when it is not there, ERR_FILE_INVALID when it cannot be read
 */
export async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const handle = await open(file, 'r')
    try {
      return await use(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw asUnreadable(error, file)
  }
}

async function readExactly(
  handle: FileHandle,
  position: number,
  length: number,
  file: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const wanted = Math.min(length - done, MAX_CALL_BYTES)
    const { bytesRead } = await handle.read(bytes, done, wanted, position + done)
    if (bytesRead === 0) {
      const message = `${file}: expected ${length} bytes at ${position}, got ${done}; the file shrank while it was read`
      throw new RuntimeError('ERR_CHECKPOINT_CORRUPT', message, { details: { file } })
    }
    done += bytesRead
  }
  return bytes
}
