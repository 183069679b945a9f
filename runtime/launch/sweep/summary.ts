import { chosenMetrics } from '../report/metric-names.ts'
import { readEnd } from '../report/run-record.ts'
import { bootstrapInterval, interquartileMean, mean } from '../statistics.ts'
import type { Combination, SweepConfig } from './config.ts'
import type { RunState } from './run.ts'

/** A final metric of a combination over its seeds. */
export interface Aggregate {
  /** Of each run that is done and has it, in the order of the seeds. */
  readonly values: readonly number[]
  readonly mean: number
  /** Mean without the lowest and the highest quarter, rounded down. */
  readonly interquartileMean: number
  /** 95 % bootstrap interval of the interquartile mean; undefined for a single value. */
  readonly interval: readonly [number, number] | undefined
}

export interface CombinationSummary {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly runsDone: number
  /** By the metric's name: win rates, returns and training metrics. */
  readonly metrics: Readonly<Record<string, Aggregate>>
}

export interface RunSummary {
  readonly combination: string
  readonly options: Readonly<Record<string, unknown>>
  readonly seed: number
  /** Absolute path. */
  readonly folder: string
  readonly state: RunState['state']
  readonly error?: string
  /** Final metrics, when it is done. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface SweepSummary {
  /** `failed` when one of the runs did. */
  readonly status: 'done' | 'interrupted' | 'failed'
  readonly file: string
  readonly out: string
  /** The HTML page in it. */
  readonly page: string
  readonly seeds: readonly number[]
  /** Names of the metrics, in the order in which they are shown. */
  readonly metrics: readonly string[]
  readonly combinations: readonly CombinationSummary[]
  readonly runs: readonly RunSummary[]
}

/** What a sweep has come to so far, page and folder left to be said. */
export type SweepResults = Omit<SweepSummary, 'out' | 'page'>

/** @throws ERR_FILE_INVALID when the summary of a run is damaged */
export async function summarise(
  { file, combinations, seeds, options }: SweepConfig,
  states: readonly RunState[],
): Promise<SweepResults> {
  const runs: RunSummary[] = []
  for (const { run, ...state } of states) {
    const metrics = state.state === 'done' ? ((await readEnd(run.folder))?.metrics ?? {}) : {}
    const { name, varied } = run.combination
    runs.push({ combination: name, options: varied, seed: run.seed, folder: run.folder, ...state, metrics })
  }
  const metrics = chosenMetrics(runs.flatMap((run) => Object.keys(run.metrics)))
  const has = (state: RunState['state']) => runs.some((run) => run.state === state)
  return {
    status: has('failed') ? 'failed' : has('interrupted') || has('waiting') ? 'interrupted' : 'done',
    file,
    seeds,
    metrics,
    combinations: combinations.map((combination) =>
      aggregate(
        combination,
        runs.filter((run) => run.combination === combination.name && run.state === 'done'),
        metrics,
        options.seed,
      ),
    ),
    runs,
  }
}

function aggregate(
  { name, varied }: Combination,
  runs: readonly RunSummary[],
  metrics: readonly string[],
  seed: number,
): CombinationSummary {
  const aggregates = metrics.flatMap((metric): [string, Aggregate][] => {
    const values = runs.flatMap((run) => run.metrics[metric] ?? [])
    if (values.length === 0) return []
    return [
      [
        metric,
        {
          values,
          mean: mean(values),
          interquartileMean: interquartileMean(values),
          interval: bootstrapInterval(values, interquartileMean, seed),
        },
      ],
    ]
  })
  return { name, options: varied, runsDone: runs.length, metrics: Object.fromEntries(aggregates) }
}
