import { createHash } from 'node:crypto'
import { basename, extname, join } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { type Layer, resolveConfig } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { checkJson } from '../../core/files.ts'
import { requireScenario, resolveTraining, type TrainConfig } from '../config.ts'
import { sweepOptions } from '../options.ts'
import { readOptionsFile } from '../options-file.ts'

const seed = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const fileSchema = z.looseObject({
  scenario: z.string().optional(),
  grid: z.record(z.string(), z.array(z.unknown()).min(1)).default({}),
  list: z.array(z.record(z.string(), z.unknown())).min(1).default([{}]),
  seeds: z
    .union([z.number().int().min(1).max(10_000), z.array(seed).min(1)], {
      error: 'expected how many, or a list of whole numbers',
    })
    .default(1),
})

const FILE_KEYS = ['grid', 'list', 'seeds'] as const
const MOST_WRONG_LETTERS = 2

/** Options of `train` that a sweep gives each run itself. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  seed: 'name the seeds in `seeds`',
  out: 'each run has a folder of its own in that of the sweep',
  resume: 'a sweep resumes its runs itself',
  listen: 'it trains many runs, and nobody would know which one to join',
}

/** Options that are trained together, with each seed. */
export interface Combination {
  /** Of its folder; no other combination's. */
  readonly folder: string
  /** In words. */
  readonly name: string
  /** Options in which combinations differ. */
  readonly varied: Readonly<Record<string, unknown>>
  /** All options that the file gives. */
  readonly given: Readonly<Record<string, unknown>>
  /** With the first seed. */
  readonly config: TrainConfig
}

/** A sweep, complete and checked. */
export interface SweepConfig {
  readonly file: string
  readonly combinations: readonly Combination[]
  readonly seeds: readonly number[]
  readonly options: z.output<typeof sweepOptions>
}

/**
 * The complete config of a sweep, all of its runs included: what would be refused later is refused here.
 *
 * @param layers the strongest first
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID, and as `resolveTraining`
 */
export async function resolveSweep(file: string, layers: readonly Layer[]): Promise<SweepConfig> {
  const options = resolveConfig(sweepOptions, layers)
  const { grid, list, seeds, ...base } = checkJson(file, await readOptionsFile(file, 'sweep'), fileSchema)
  refuseOwnKeys(file, [base, grid, ...list])
  if (options.jobs > 1) refusePort(file, [base, grid, ...list])
  const all = list.flatMap((own) => combine(grid).map((point) => ({ ...own, ...point })))
  const numbers =
    typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => options.seed + i) : seeds
  refuseTwice(
    file,
    'seeds',
    numbers.map((number) => String(number)),
  )
  const combinations: Combination[] = []
  for (const varied of all) {
    const name = nameOf(varied)
    const given: Readonly<Record<string, unknown>> = { ...base, ...varied }
    const { scenario, ...values } = given
    const threads = options.threads === undefined ? {} : { threads: options.threads }
    const layer: Layer = {
      source: 'file',
      name: name === '' ? file : `${file}, ${name}`,
      values: { ...values, ...threads, seed: numbers[0] },
    }
    const config = await resolveTraining(requireScenario(scenario as string | undefined), [layer]).catch(
      (error) => {
        throw namingFileKeys(file, error)
      },
    )
    combinations.push({
      folder: folderOf(varied),
      name: name || config.algorithm.name,
      varied,
      given,
      config,
    })
  }
  refuseTwice(
    file,
    'combinations',
    combinations.map(({ name }) => name),
  )
  return { file, combinations, seeds: numbers, options }
}

/** What to throw for an option of a file that nobody knows: it may be one of the file's own keys, misspelt. */
function namingFileKeys(file: string, error: unknown): unknown {
  if (!(error instanceof RuntimeError) || error.code !== 'ERR_CONFIG_UNKNOWN_KEY') return error
  const key = String(error.details['key'])
  const meant = closest(key, FILE_KEYS)
  if (distance(key, meant) > MOST_WRONG_LETTERS) return error
  return new RuntimeError(error.code, `${file}: unknown option ${key}; did you mean ${meant}?`, {
    details: error.details,
    cause: error,
  })
}

/** Where a sweep is kept unless the user says otherwise. */
export function defaultSweepOut(file: string): string {
  return join('sweeps', basename(file, extname(file)))
}

/** Every choice of one value for each key. */
function combine(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  )
}

/** `algorithm iql, learningRate 0.001`; empty when nothing varies. */
function nameOf(varied: Readonly<Record<string, unknown>>): string {
  return Object.entries(varied)
    .map(([key, value]) => `${key} ${textOf(value)}`)
    .join(', ')
}

const LONGEST_FOLDER = 80

/** `algorithm=iql,learningRate=0.001`, as far as that can name a folder; else shortened, with a fingerprint behind it. */
function folderOf(varied: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(varied)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(',')
  if (text === '') return 'all'
  const safe = text.replaceAll(/[^\w.,=+-]/g, '_').slice(0, LONGEST_FOLDER)
  if (safe === text) return safe
  const print = createHash('sha256').update(JSON.stringify(varied)).digest('hex').slice(0, 8)
  return `${safe}-${print}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** @throws ERR_FILE_INVALID */
function refuseOwnKeys(file: string, parts: readonly Readonly<Record<string, unknown>>[]): void {
  for (const [key, why] of Object.entries(OWN_KEYS)) {
    if (parts.every((part) => part[key] === undefined)) continue
    throw new RuntimeError('ERR_FILE_INVALID', `${file}: ${key}: expected none; ${why}`)
  }
}

/** A port is one training's: of several at a time only port 0 is another for each. @throws ERR_FILE_INVALID */
function refusePort(file: string, parts: readonly Readonly<Record<string, unknown>>[]): void {
  const ports = parts.flatMap(({ metricsPort }) => metricsPort ?? []).flat()
  const port = ports.find((own) => own !== 0)
  if (port === undefined) return
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `${file}: metricsPort: expected 0, which finds each training a port of its own, got ${JSON.stringify(port)}: with --jobs several ` +
      'train at a time',
  )
}

/** @throws ERR_FILE_INVALID */
function refuseTwice(file: string, what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `${file}: ${what}: expected each once, got '${twice}' twice; leave one of them out`,
  )
}
