import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RuntimeError } from './errors.ts'

/** True for what has the look of a path or URL, and is no name. */
export function looksLikePath(reference: string): boolean {
  return /[./\\]/.test(reference)
}

/** The URL of a module, by which another thread or process on this machine finds it too. @param reference a path or file URL */
export function moduleUrl(reference: string): string {
  return reference.startsWith('file:') ? reference : pathToFileURL(resolve(reference)).href
}

/**
 * What a user's module exports.
 *
 * @param reference a path or file URL
 * @param what      of what the module is to be one
 * @throws ERR_FILE_MISSING
 */
export async function importModule(
  reference: string,
  what: string,
): Promise<Readonly<Record<string, unknown>>> {
  const url = moduleUrl(reference)
  if (!existsSync(new URL(url))) {
    throw new RuntimeError('ERR_FILE_MISSING', `${what}: there is no file ${reference}; check the path`)
  }
  return (await import(url)) as Readonly<Record<string, unknown>>
}
