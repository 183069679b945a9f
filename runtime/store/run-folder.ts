import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { RuntimeError } from '../core/errors.ts'
import { latestCheckpoint, listNames } from './checkpoint-folders.ts'
import { createFolder, TEMPORARY_PREFIX, writeDurably } from './durable-files.ts'
import { EVENTS_PREFIX } from './tensorboard.ts'

/** Where the parts of one run lie. TensorBoard events are written into `folder` itself. */
export interface RunFolder {
  /** Absolute path. */
  readonly folder: string
  readonly configFile: string
  readonly checkpointsFolder: string
  readonly metricsFile: string
  readonly summaryFile: string
}

export interface RunFolderOptions {
  /** Go on with the run that the folder holds, instead of refusing it. */
  readonly resume: boolean
}

/** The paths of a run's parts; touches no file. */
export function runFolderAt(path: string): RunFolder {
  const folder = resolve(path)
  return {
    folder,
    configFile: join(folder, 'config.json'),
    checkpointsFolder: join(folder, 'checkpoints'),
    metricsFile: join(folder, 'metrics.jsonl'),
    summaryFile: join(folder, 'summary.json'),
  }
}

/**
 * Makes the folder of a run and proves that it can be written by writing to it.
 *
 * A folder holds a run when it has any of the parts of `RunFolder`; other files are left alone.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE when it cannot be written, or holds a run and `resume` is false
 */
export async function createRunFolder(path: string, { resume }: RunFolderOptions): Promise<RunFolder> {
  const run = runFolderAt(path)
  await createFolder(run.folder)
  const probe = join(run.folder, `${TEMPORARY_PREFIX}probe-${process.pid}`)
  await writeDurably(probe, [Uint8Array.of(0)])
  await rm(probe, { force: true })

  const { folder, ...parts } = run
  const known = new Set<string>(Object.values(parts))
  const found = (await readdir(folder)).filter((name) => known.has(join(folder, name)))
  if (found.length > 0 && !resume) {
    const message = `${folder}: expected no run, got one (${found.join(', ')}); choose another --out, or pass --resume`
    throw new RuntimeError('ERR_OUTPUT_UNWRITABLE', message, { details: { path: folder, found } })
  }
  return run
}

/**
 * Removes what a run has written that ended before its first checkpoint, so that it may be started again
 * in the same place. A run with a checkpoint stays as it is, and so do files that are not a run's.
 */
export async function removeStillbornRun(run: RunFolder): Promise<void> {
  if ((await latestCheckpoint(run.checkpointsFolder)) !== undefined) return
  const events = (await listNames(run.folder)).filter((name) => name.startsWith(EVENTS_PREFIX))
  const { folder, ...parts } = run
  for (const part of [...Object.values(parts), ...events.map((name) => join(folder, name))]) {
    await rm(part, { recursive: true, force: true })
  }
  await rmdir(folder).catch(() => {
    // There are other files in it.
  })
}
