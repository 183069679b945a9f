import { replaceDurably } from './durable-files.ts'

/**
 * Writes a value as indented JSON. The file has the old or the new content, never a part of it.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE
 * @throws TypeError for a value that JSON does not know, such as `undefined`
 */
export async function writeJsonAtomic(file: string, value: unknown): Promise<void> {
  await replaceDurably(file, encodeJson(value))
}

/** UTF-8 of a value as indented JSON, ended by a line feed. */
export function encodeJson(value: unknown): Uint8Array {
  const json: string | undefined = JSON.stringify(value, undefined, 2)
  if (json === undefined) throw new TypeError(`JSON value: expected data, got ${typeof value}`)
  return Buffer.from(`${json}\n`)
}
