import { getSystemErrorMap } from 'node:util'
import { RuntimeError } from '../core/errors.ts'

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'give this user write permission there, or choose another --out',
  EDQUOT: 'free space in the quota, or choose another --out',
  EEXIST: 'a file stands where a folder is needed: remove it, or choose another --out',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENAMETOOLONG: 'choose a shorter --out',
  // Making folders with their parents reports a read-only file system so, too.
  ENOENT: 'make the folder above it, check that its file system is not read-only, or choose another --out',
  ENOSPC: 'free some disk space, keep fewer checkpoints, or choose another --out',
  ENOTDIR: 'a file stands where a folder is needed: remove it, or choose another --out',
  EPERM: 'give this user write permission there, or choose another --out',
  EROFS: 'mount the file system writable, or choose another --out',
}

interface SystemError extends Error {
  readonly code: string
  readonly errno: number
}

/** True for a failed call to the operating system, whose `code` is one of errno's names. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string'
}

/** `no space left on device (ENOSPC)` */
export function describeSystemError({ errno, code }: SystemError): string {
  const [, words] = getSystemErrorMap().get(errno) ?? []
  return words === undefined ? code : `${words} (${code})`
}

/**
 * ERR_OUTPUT_UNWRITABLE for a failed system call, with path, reason and remedy. Every other error,
 * among them those that already carry a code of ours, comes back as it is.
 */
export function asUnwritable(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error
  const remedy = REMEDIES[error.code] ?? 'choose another --out'
  const message = `${path}: cannot be written, ${describeSystemError(error)}: ${remedy}`
  return new RuntimeError('ERR_OUTPUT_UNWRITABLE', message, {
    details: { path, reason: error.code },
    cause: error,
  })
}

/**
 * ERR_CHECKPOINT_MISSING or ERR_FILE_INVALID for a failed system call while reading. Every other
 * error comes back as it is.
 */
export function asUnreadable(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error
  const options = { details: { path, reason: error.code }, cause: error }
  if (isAbsence(error)) {
    return new RuntimeError(
      'ERR_CHECKPOINT_MISSING',
      `${path}: expected a file, got none; check the path`,
      options,
    )
  }
  const message = `${path}: cannot be read, ${describeSystemError(error)}; check its kind and permissions`
  return new RuntimeError('ERR_FILE_INVALID', message, options)
}

/** True when a call failed because there is nothing of that name. */
export function isAbsence(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
