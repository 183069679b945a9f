import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { RuntimeError } from './errors.ts'

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
    const { code } = cause as NodeJS.ErrnoException
    throw new RuntimeError('ERR_FILE_MISSING', `${file}: cannot be read (${code}); check the path`, {
      cause,
      details: { file },
    })
  }
}
