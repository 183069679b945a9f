import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { type ErrorCode, RuntimeError } from './errors.ts'

/**
 * Reads a JSON file and checks it.
 *
 * @throws ERR_FILE_MISSING when it cannot be read
 * @throws ERR_FILE_INVALID naming the first wrong place
 */
export async function readJson<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S>> {
  const text = await readText(file)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RuntimeError('ERR_FILE_INVALID', `${file}: expected JSON: ${(cause as Error).message}`, {
      cause,
    })
  }
  return checkJson(file, value, schema)
}

/** @throws ERR_FILE_INVALID naming the first wrong place of what `file` holds */
export function checkJson<S extends z.ZodType>(file: string, value: unknown, schema: S): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const where = issue.path.join('.') || 'the top'
  throw new RuntimeError('ERR_FILE_INVALID', `${file}: at ${where}: ${issue.message}`, {
    details: { file, path: issue.path },
  })
}

/** @throws ERR_FILE_MISSING */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** @throws ERR_FILE_MISSING, or the code that is given in its place */
export function readBytes(file: string, code?: ErrorCode): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw unreadable(file, cause, code)
  }
}

/** What to throw for a failed system call while reading. */
export function unreadable(file: string, cause: unknown, code: ErrorCode = 'ERR_FILE_MISSING'): RuntimeError {
  const message = `${file}: cannot be read (${nameOf(cause)}); check the path`
  return new RuntimeError(code, message, { cause, details: { file } })
}

/** What to throw for a failed system call while writing. */
export function unwritable(file: string, cause: unknown): RuntimeError {
  const message = `${file}: cannot be written (${nameOf(cause)}); check the folder`
  return new RuntimeError('ERR_OUTPUT_UNWRITABLE', message, { cause, details: { file } })
}

function nameOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code
}
