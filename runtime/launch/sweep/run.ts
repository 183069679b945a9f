import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { RuntimeError } from '../../core/errors.ts'
import { readJson } from '../../core/files.ts'
import { latestCheckpoint } from '../../store/checkpoint-folders.ts'
import { createFolder } from '../../store/durable-files.ts'
import { holdFolder } from '../../store/folder-lock.ts'
import { removeStillbornRun, runFolderAt } from '../../store/run-folder.ts'
import { flattenConfig, type TrainConfig } from '../config.ts'
import { FREE_KEYS, readEnd } from '../report/run-record.ts'
import { type TrainObserver, train } from '../train.ts'
import { inTurns } from '../under-way.ts'
import type { Combination, SweepConfig } from './config.ts'
import { type SweepSummary, summarise } from './summary.ts'
import { writeSweep } from './write.ts'

/** One training of a sweep. */
export interface SweepRun {
  readonly combination: Combination
  readonly seed: number
  /** Absolute path. */
  readonly folder: string
  readonly config: TrainConfig
}

/** How far a run is. */
export interface RunState {
  readonly run: SweepRun
  readonly state: 'done' | 'failed' | 'interrupted' | 'waiting'
  /** What ended a failed one. */
  readonly error?: string
}

/** What a sweep tells while it goes on. */
export interface SweepObserver {
  /** A line for the log. */
  log(line: string): void
  /** Before the first training: those that are not done yet. */
  begin(runs: readonly SweepRun[]): void
  /** For the training that starts next. @param number from 1 on */
  training(run: SweepRun, number: number, of: number): TrainObserver
}

/**
 * Trains every combination with every seed, so many at a time, and writes what became of them. In a folder that it has
 * worked in before, runs that are done stay as they are, and one that was stopped goes on from its last checkpoint. A run
 * that fails does not keep the others from being trained.
 *
 * @param out    the sweep's folder
 * @param signal ends it early: runs under way leave a checkpoint
 * @throws ERR_CONFIG_INVALID for a folder that has a run with other options, before anything is trained;
 *         ERR_FILE_INVALID for a damaged one, ERR_OUTPUT_UNWRITABLE, ERR_OUTPUT_IN_USE
 */
export async function runSweep(
  config: SweepConfig,
  out: string,
  signal: AbortSignal,
  observer: SweepObserver,
): Promise<SweepSummary> {
  const folder = resolve(out)
  await createFolder(folder)
  return holdFolder(folder, () => trainAll(config, folder, signal, observer))
}

async function trainAll(
  config: SweepConfig,
  folder: string,
  signal: AbortSignal,
  observer: SweepObserver,
): Promise<SweepSummary> {
  const runs = runsOf(config, folder)
  for (const run of runs) await refuseOther(run)
  const states = new Map<SweepRun, RunState>()
  for (const run of runs) {
    states.set(run, { run, state: (await isDone(run)) ? 'done' : 'waiting' })
  }
  const write = async () => writeSweep(folder, await summarise(config, [...states.values()]))
  const before = [...states.values()].filter(({ state }) => state === 'done').length
  if (before > 0) observer.log(`${before} of ${runs.length} runs are already done`)
  // What is damaged is told before anything is trained.
  let summary = await write()
  const waiting = runs.filter((run) => states.get(run)!.state !== 'done')
  observer.begin(waiting)
  let writing = Promise.resolve()
  await inTurns(waiting, config.options.jobs, signal, async (run, _, stop) => {
    const state = await trainOne(run, stop, observer.training(run, runs.indexOf(run) + 1, runs.length))
    if (state.error !== undefined) observer.log(`${labelOf(run)} failed: ${state.error}`)
    states.set(run, state)
    // So that one can look at what there is while the others train.
    writing = writing.then(async () => {
      summary = await write()
    })
    await writing
  })
  return summary
}

/** Of a run, in words. */
export function labelOf({ combination, seed }: SweepRun): string {
  return `${combination.name}, seed ${seed}`
}

function runsOf({ combinations, seeds }: SweepConfig, out: string): SweepRun[] {
  return combinations.flatMap((combination) =>
    seeds.map((seed) => {
      const folder = join(out, 'runs', combination.folder, `seed-${seed}`)
      const { config } = combination
      return { combination, seed, folder, config: { ...config, run: { ...config.run, seed, out: folder } } }
    }),
  )
}

async function trainOne(run: SweepRun, signal: AbortSignal, observer: TrainObserver): Promise<RunState> {
  const { folder, config } = run
  try {
    const parts = runFolderAt(folder)
    const isBegun = (await latestCheckpoint(parts.checkpointsFolder)) !== undefined
    // What was stopped before its first checkpoint starts anew.
    if (!isBegun && existsSync(folder)) await holdFolder(folder, () => removeStillbornRun(parts))
    const started = isBegun ? { ...config, run: { ...config.run, resume: folder } } : config
    const { status } = await train(started, folder, signal, observer)
    return { run, state: status }
  } catch (error) {
    return { run, state: 'failed', error: error instanceof Error ? error.message : String(error) }
  }
}

async function isDone({ folder }: SweepRun): Promise<boolean> {
  return (await readEnd(folder))?.status === 'done'
}

const configSchema = z.record(z.string(), z.unknown())

/**
 * An option that the run does not name, and the file neither, came with a later version: its default is what was before.
 *
 * @throws ERR_CONFIG_INVALID when a run's folder holds one with other options
 */
async function refuseOther({ folder, config, combination: { given } }: SweepRun): Promise<void> {
  const { configFile } = runFolderAt(folder)
  if (!existsSync(configFile)) return
  const then = await readJson(configFile, configSchema)
  const now = JSON.parse(JSON.stringify(flattenConfig(config))) as Record<string, unknown>
  for (const key of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const [a, b] = [JSON.stringify(then[key]), JSON.stringify(now[key])]
    const isLater = a === undefined && !Object.hasOwn(given, key)
    if (a === b || isLater || FREE_KEYS.has(key)) continue
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `${folder}: is of a run with ${key} ${a ?? 'left out'}, got ${b ?? 'it left out'}; ` +
        'go on with the file as it was, remove the run, or choose another --out',
      { details: { folder, key } },
    )
  }
}
