import { relative } from 'node:path'

/** A path as short as it can be typed. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
