import { createReadStream, existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { RuntimeError } from '../../core/errors.ts'
import { checkJson, readJson, unreadable } from '../../core/files.ts'
import { listNames } from '../../store/checkpoint-folders.ts'
import { finiteValues } from '../../store/metrics-lines.ts'
import { runFolderAt } from '../../store/run-folder.ts'
import type { TrainSummary } from '../train.ts'
import { winRateAgainst } from './metric-names.ts'

/** What a run's folder tells of its training. */
export interface RunRecord {
  /** Absolute path. */
  readonly folder: string
  readonly scenario: string
  readonly algorithm: string
  readonly seed: number
  /** Its flat config, without what has no part in what is learned. */
  readonly config: Readonly<Record<string, unknown>>
  readonly lines: readonly RecordedLine[]
  /** How it ended; undefined while it has not. */
  readonly end: RunEnd | undefined
}

/** A report of the learner. */
export interface RecordedLine {
  readonly step: number
  readonly agentSteps: number
  /** Of training until then, pauses left out. */
  readonly seconds: number
  readonly values: Readonly<Record<string, number>>
}

const lineSchema = z.object({
  step: z.number(),
  wallTime: z.number(),
  values: z.record(z.string(), z.number().nullable()),
})
type Line = z.output<typeof lineSchema>

const matchSchema = z.looseObject({
  red: z.looseObject({ winRate: z.number() }),
  blue: z.looseObject({ policy: z.string() }),
})
const summarySchema = z.looseObject({
  status: z.enum(['done', 'interrupted']),
  steps: z.number(),
  metrics: z.record(z.string(), z.number().nullable()),
  evaluation: z.array(matchSchema),
  returns: z.array(z.looseObject({ policy: z.string(), meanReturn: z.number().nullable() })),
})

export interface RunEnd {
  readonly status: TrainSummary['status']
  readonly steps: number
  /** The last training metrics, win rates and return, by name. */
  readonly metrics: Readonly<Record<string, number>>
}

const configSchema = z.looseObject({ scenario: z.string(), algorithm: z.string(), seed: z.number() })

/** Options that decide where something is computed and how it is kept: a run can go on with others. */
export const FREE_KEYS: ReadonlySet<string> = new Set([
  '$environment',
  'out',
  'resume',
  'threads',
  'metricsPort',
  'checkpointEvery',
  'keepCheckpoints',
])
/** Options that have no part in what is learned, or tell seeds apart. */
const WITHOUT_PART: ReadonlySet<string> = new Set([...FREE_KEYS, 'seed', 'evalEpisodes'])

/** A gap of so many times the usual one between two reports is a pause: the run was stopped, and resumed. */
const PAUSE = 20
const LEAST_PAUSE_SECONDS = 10

/** Folders below one that is searched for runs. */
const SEARCH_DEPTH = 4

/**
 * The folders of runs that paths stand for: a run's own, or a folder with runs somewhere in it. Each once.
 *
 * @throws ERR_FILE_MISSING for a path without a run
 */
export async function findRuns(paths: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>()
  for (const path of paths) {
    const runs = await runsBelow(resolve(path), SEARCH_DEPTH)
    if (runs.length === 0) {
      throw new RuntimeError(
        'ERR_FILE_MISSING',
        `${path}: expected a run (with config.json and metrics.jsonl) or a folder with runs, got neither; check the path`,
        { details: { path } },
      )
    }
    for (const run of runs) {
      // A link to a run is no second one.
      const place = await realpath(run)
      if (!found.has(place)) found.set(place, run)
    }
  }
  return [...found.values()]
}

async function runsBelow(folder: string, depth: number): Promise<string[]> {
  const { configFile, metricsFile } = runFolderAt(folder)
  if (existsSync(configFile)) return existsSync(metricsFile) ? [folder] : []
  if (depth === 0) return []
  const runs: string[] = []
  for (const name of (await listNames(folder)).toSorted()) {
    runs.push(...(await runsBelow(join(folder, name), depth - 1)))
  }
  return runs
}

/**
 * Reads a run, finished or not.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const { configFile, metricsFile } = runFolderAt(folder)
  const config = await readJson(configFile, configSchema)
  const lines = timed(await readLines(metricsFile))
  const end = await readEnd(folder)
  // One that goes on from an earlier end has not ended.
  const hasGoneOn = end !== undefined && (lines.at(-1)?.step ?? 0) > end.steps
  return {
    folder: resolve(folder),
    scenario: config.scenario,
    algorithm: config.algorithm,
    seed: config.seed,
    config: Object.fromEntries(Object.entries(config).filter(([key]) => !WITHOUT_PART.has(key))),
    lines,
    end: hasGoneOn ? undefined : end,
  }
}

/** How a run ended; undefined when it has not. @throws ERR_FILE_INVALID */
export async function readEnd(folder: string): Promise<RunEnd | undefined> {
  const { summaryFile } = runFolderAt(folder)
  if (!existsSync(summaryFile)) return undefined
  const { status, steps, metrics, evaluation, returns } = await readJson(summaryFile, summarySchema)
  const learned = returns.find(({ policy }) => policy === 'learned')
  return {
    status,
    steps,
    metrics: finiteValues({
      ...metrics,
      ...Object.fromEntries(evaluation.map(({ red, blue }) => [winRateAgainst(blue.policy), red.winRate])),
      ...(learned && { return: learned.meanReturn }),
    }),
  }
}

/** Lines that are whole: of a run that still trains the last one may not be. */
async function readLines(file: string): Promise<Line[]> {
  const lines: Line[] = []
  let broken: { readonly number: number; readonly text: string } | undefined
  let number = 0
  try {
    for await (const text of createInterface({ input: createReadStream(file, 'utf8') })) {
      number++
      if (broken) break
      const value = parse(text)
      if (value === undefined) broken = { number, text }
      else lines.push(checkJson(`${file}: line ${number}`, value, lineSchema))
    }
  } catch (error) {
    throw error instanceof RuntimeError ? error : unreadable(file, error)
  }
  if (broken && number > broken.number) {
    throw new RuntimeError(
      'ERR_FILE_INVALID',
      `${file}: line ${broken.number}: expected JSON; remove the line`,
    )
  }
  return lines
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function timed(lines: readonly Line[]): RecordedLine[] {
  const gaps = lines.slice(1).map(({ wallTime }, i) => wallTime - lines[i]!.wallTime)
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0
  let seconds = 0
  return lines.map(({ step, values }, i) => {
    const gap = i === 0 ? usual : gaps[i - 1]!
    seconds += gap > Math.max(PAUSE * usual, LEAST_PAUSE_SECONDS) ? usual : gap
    return { step, agentSteps: values['agentSteps'] ?? step, seconds, values: finiteValues(values) }
  })
}
