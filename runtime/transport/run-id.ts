import { randomBytes } from 'node:crypto'

/** Names one run on the wire: 16 bytes, written as 32 hexadecimal digits. */
export type RunId = string

/** What a joiner sends in its first message, when it does not know the run yet. */
export const UNKNOWN_RUN: RunId = '0'.repeat(32)

export function createRunId(): RunId {
  return randomBytes(16).toString('hex')
}

export function isRunId(value: string): boolean {
  return /^[0-9a-f]{32}$/.test(value)
}
