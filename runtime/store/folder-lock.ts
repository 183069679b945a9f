import { readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { RuntimeError } from '../core/errors.ts'
import { listNames } from './checkpoint-folders.ts'
import { TEMPORARY_PREFIX } from './durable-files.ts'
import { asUnwritable, isSystemError } from './file-errors.ts'

/** A process that works in a folder, as the name of its lock file says it. */
interface Holder {
  readonly pid: number
  /** When it was started, in ticks since the machine was: its number may be another's later. */
  readonly start: string
  readonly host: string
}

const HOST = encodeURIComponent(hostname())
const UNKNOWN_START = '0'

/**
 * Does work in a folder in which no other process may work until it ends.
 *
 * A process that wants a folder puts a file there whose name says who it is, and then looks for those of others. So of
 * two that come at once one is refused, or both are, and never none. A file whose process has ended, killed or not,
 * counts for nothing and is removed, and so are unfinished files: nobody is left who would finish them.
 *
 * @param folder exists
 * @throws RuntimeError ERR_OUTPUT_IN_USE, ERR_OUTPUT_UNWRITABLE
 */
export async function holdFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const self = { pid: process.pid, start: startOf(process.pid) ?? UNKNOWN_START, host: HOST }
  const own = nameOf(self)
  try {
    await (await open(join(folder, own), 'wx')).close()
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') throw inUse(folder, self)
    throw asUnwritable(error, folder)
  }
  try {
    for (const name of await listNames(folder)) {
      const holder = name === own ? undefined : holderOf(name)
      if (holder && !hasEnded(holder)) throw inUse(folder, holder)
      if (holder || name.startsWith(TEMPORARY_PREFIX)) await remove(join(folder, name))
    }
    return await work()
  } finally {
    await remove(join(folder, own))
  }
}

function nameOf({ pid, start, host }: Holder): string {
  return `.lock-${pid}-${start}-${host}`
}

/** Undefined for what is no lock file. */
function holderOf(name: string): Holder | undefined {
  const [, pid, start, host] = /^\.lock-(\d+)-(\d+)-(.+)$/.exec(name) ?? []
  return host === undefined ? undefined : { pid: Number(pid), start: start!, host }
}

/** False for a process on another machine, of which nobody here knows. */
function hasEnded({ pid, start, host }: Holder): boolean {
  if (host !== HOST) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isSystemError(error) && error.code === 'ESRCH') return true
  }
  const now = startOf(pid)
  return now !== undefined && start !== UNKNOWN_START && now !== start
}

/** Undefined where the system does not say; empty for a process that has ended, and whose parent has not asked how. */
function startOf(pid: number): string | undefined {
  try {
    // Behind the process's name, which is in parentheses and may have any letters.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
    return fields[0] === 'Z' ? '' : fields[19]
  } catch {
    return undefined
  }
}

async function remove(file: string): Promise<void> {
  try {
    await rm(file, { recursive: true, force: true })
  } catch (error) {
    throw asUnwritable(error, file)
  }
}

function inUse(folder: string, holder: Holder): RuntimeError {
  const { pid, host } = holder
  const [where, remedy] =
    host === HOST ? ['', ''] : [` on ${host}`, `; if that has ended, remove ${nameOf(holder)} in it`]
  return new RuntimeError(
    'ERR_OUTPUT_IN_USE',
    `${folder}: is in use by process ${pid}${where}; wait for its end, or choose another --out${remedy}`,
    { details: { path: folder, pid, host } },
  )
}
