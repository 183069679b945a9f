import { readFile } from 'node:fs/promises'
import { RuntimeError } from '../core/errors.ts'

/**
 * Keys and values of a YAML or JSON file; `$environment`, with which runs describe themselves, is left out.
 *
 * @param place what names the file, for messages, such as `--config`
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export async function readOptionsFile(path: string, place: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new RuntimeError('ERR_FILE_MISSING', `${place}: ${path} cannot be read (${code}); check the path`, {
      cause,
    })
  }
  // Only who has a file waits for it to load.
  const yaml = await import('yaml')
  let value: unknown
  try {
    value = path.endsWith('.json') ? JSON.parse(text) : yaml.parse(text)
  } catch (cause) {
    throw new RuntimeError('ERR_FILE_INVALID', `${place}: ${path}: ${(cause as Error).message}`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RuntimeError(
      'ERR_FILE_INVALID',
      `${place}: ${path}: expected keys and values, got ${kindOf(value)}`,
    )
  }
  const { $environment: _, ...keys } = value as Record<string, unknown>
  return keys
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
