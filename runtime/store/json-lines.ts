import type { z } from 'zod'
import { RuntimeError } from '../core/errors.ts'
import { openAppendFile, readAppended } from './append-file.ts'
import { replaceDurably, syncFile } from './durable-files.ts'

/** A file of JSON values, one a line, that only grows. */
export interface JsonLines<T> {
  /** What was in the file when it was opened. */
  readonly found: readonly T[]
  /**
   * Adds a line. It survives the end of the process, however sudden, when the call returns.
   *
   * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
   */
  append(value: T): void
  /** Returns when all lines are on the disk. */
  close(): Promise<void>
}

/**
 * Opens a file of JSON lines, making it when it is not there. A last line that was cut off is removed.
 *
 * @throws RuntimeError ERR_FILE_INVALID naming the line for any other that is not as `schema` says,
 *         ERR_OUTPUT_UNWRITABLE
 */
export async function openJsonLines<S extends z.ZodType>(
  file: string,
  schema: S,
): Promise<JsonLines<z.output<S>>> {
  const text = await readAppended(file)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const found = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => parseLine(file, index + 1, line, schema))
  if (whole.length < text.length) await replaceDurably(file, Buffer.from(whole))
  const lines = openAppendFile(file)
  return {
    found,
    append(value) {
      lines.append(Buffer.from(`${JSON.stringify(value)}\n`))
      lines.flush()
    },
    async close() {
      lines.close()
      await syncFile(file)
    },
  }
}

function parseLine<S extends z.ZodType>(file: string, number: number, line: string, schema: S): z.output<S> {
  const value = parseJson(line)
  const result = schema.safeParse(value)
  if (value !== undefined && result.success) return result.data
  const [issue] = result.error?.issues ?? []
  const what = value === undefined ? 'expected JSON' : [...issue!.path, issue!.message].join(': ')
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `${file}: line ${number}: ${what}; remove the line, or the file to start anew`,
    { details: { file, line: number } },
  )
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
