/** Every failure that a user or an operator can meet; stable, so that tests and scripts match codes and not text. */
export type ErrorCode =
  | 'ERR_ARENA_TOO_LARGE'
  | 'ERR_ARGUMENT_INVALID'
  | 'ERR_BACKEND_UNAVAILABLE'
  | 'ERR_BARRIER_ABORTED'
  | 'ERR_BARRIER_TIMEOUT'
  | 'ERR_CHECKPOINT_CORRUPT'
  | 'ERR_CHECKPOINT_MISSING'
  | 'ERR_CHECKPOINT_MISMATCH'
  | 'ERR_CONFIG_INVALID'
  | 'ERR_CONFIG_UNKNOWN_KEY'
  | 'ERR_FILE_INVALID'
  | 'ERR_FILE_MISSING'
  | 'ERR_ID_UNKNOWN'
  | 'ERR_LEARNER_DIVERGED'
  | 'ERR_LEARNER_FAILED'
  | 'ERR_LEARNER_TIMEOUT'
  | 'ERR_LINK_CLOSED'
  | 'ERR_MAILBOX_FULL'
  | 'ERR_ASK_TIMEOUT'
  | 'ERR_ACTOR_FAILED'
  | 'ERR_ACTOR_STOPPED'
  | 'ERR_CHILD_FAILED'
  | 'ERR_OUTPUT_IN_USE'
  | 'ERR_OUTPUT_UNWRITABLE'
  | 'ERR_PROTOCOL_CHECKSUM'
  | 'ERR_PROTOCOL_FIELD'
  | 'ERR_PROTOCOL_REFUSED'
  | 'ERR_PROTOCOL_RUN'
  | 'ERR_PROTOCOL_UNKNOWN_KIND'
  | 'ERR_PROTOCOL_UNKNOWN_PEER'
  | 'ERR_PROTOCOL_VERSION'
  | 'ERR_RESTART_LIMIT'
  | 'ERR_ROLLOUT_FAILED'
  | 'ERR_SCENARIO_INVALID'
  | 'ERR_TRACE_DIFFERS'

export interface RuntimeErrorOptions {
  /** Machine-readable facts: file, field, expected, got … */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The one error class of Manyfold. `message` is a lower-case phrase that says where, what was
 * expected, what arrived and how to mend it.
 */
export class RuntimeError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: RuntimeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RuntimeError'
    this.code = code
    this.details = options.details ?? {}
  }
}

/** True for errors that are the user's to mend: they end a command with one line and exit code 2. */
export function isUsageError(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && USAGE_CODES.has(error.code)
}

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ARENA_TOO_LARGE',
  'ERR_BACKEND_UNAVAILABLE',
  'ERR_CHECKPOINT_CORRUPT',
  'ERR_CHECKPOINT_MISMATCH',
  'ERR_CHECKPOINT_MISSING',
  'ERR_CONFIG_INVALID',
  'ERR_CONFIG_UNKNOWN_KEY',
  'ERR_FILE_INVALID',
  'ERR_FILE_MISSING',
  'ERR_OUTPUT_IN_USE',
  'ERR_OUTPUT_UNWRITABLE',
  'ERR_SCENARIO_INVALID',
])

/** Closes an exhaustive `switch` over a union. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`)
}
