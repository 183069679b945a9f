import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { replaceDurably } from '../../store/durable-files.ts'
import { writeJsonAtomic } from '../../store/json-file.ts'
import { runFolderAt } from '../../store/run-folder.ts'
import { type Chart, type Page, renderPage } from '../page/page.ts'
import type { RunGroup } from '../report/curves.ts'
import { describeMetric } from '../report/metric-names.ts'
import { BAND_NOTE, brief, curveCharts, unitsOf } from '../report/report.ts'
import { type RunRecord, readRun } from '../report/run-record.ts'
import { counted, interval, toCsv, toMarkdown } from '../tables.ts'
import type { RunSummary, SweepResults, SweepSummary } from './summary.ts'

/**
 * Writes what a sweep has come to into its folder, as tables, JSON and a page. Each file has the old or the new
 * content, never a part of it.
 *
 * @throws ERR_OUTPUT_UNWRITABLE; ERR_FILE_INVALID when what a run has left is damaged
 */
export async function writeSweep(folder: string, results: SweepResults): Promise<SweepSummary> {
  const page = join(folder, 'index.html')
  const summary: SweepSummary = { ...results, out: folder, page }
  const write = (name: string, text: string) => replaceDurably(join(folder, name), Buffer.from(text))
  await write('runs.csv', runsCsv(summary))
  await write('summary.csv', summaryCsv(summary))
  await write('summary.md', markdownOf(summary))
  await write('index.html', renderPage(await pageOf(summary)))
  await writeJsonAtomic(join(folder, 'summary.json'), summary)
  return summary
}

/** Metrics that have room in a table with a row for each combination. */
const MOST_COLUMNS = 4

/** Interquartile means of the metrics that matter most, with their intervals. */
export function summaryTable({ combinations, metrics }: SweepSummary): TableText {
  const shown = metrics.slice(0, MOST_COLUMNS)
  return {
    header: ['combination', 'runs done', ...shown.map(titleOf)],
    rows: combinations.map(({ name, runsDone, metrics: own }) => [
      name,
      String(runsDone),
      ...shown.map((metric) => {
        const aggregate = own[metric]
        if (aggregate === undefined) return ''
        const ends = interval(aggregate.interval, brief)
        return `${brief(aggregate.interquartileMean)}${ends === '' ? '' : ` (${ends})`}`
      }),
    ]),
  }
}

interface TableText {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A row for each combination and metric. */
function fullTable({ combinations, metrics }: SweepSummary): TableText {
  return {
    header: ['combination', 'metric', 'runs', 'mean', 'interquartile mean', '95% interval'],
    rows: metrics.flatMap((metric) =>
      combinations.flatMap(({ name, metrics: own }) => {
        const aggregate = own[metric]
        if (aggregate === undefined) return []
        const { values, mean, interquartileMean } = aggregate
        return [
          [
            name,
            titleOf(metric),
            String(values.length),
            brief(mean),
            brief(interquartileMean),
            interval(aggregate.interval, brief),
          ],
        ]
      }),
    ),
  }
}

function titleOf(metric: string): string {
  return describeMetric(metric).title.toLowerCase()
}

/** Options in which combinations differ, as columns. */
function variedKeys(rows: readonly { readonly options: Readonly<Record<string, unknown>> }[]): string[] {
  return [...new Set(rows.flatMap(({ options }) => Object.keys(options)))]
}

function fieldOf(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)
}

function runsCsv({ runs, metrics }: SweepSummary): string {
  const keys = variedKeys(runs)
  return toCsv(
    ['combination', ...keys, 'seed', 'state', 'folder', ...metrics, 'error'],
    runs.map((run) => [
      run.combination,
      ...keys.map((key) => fieldOf(run.options[key])),
      run.seed,
      run.state,
      run.folder,
      ...metrics.map((name) => run.metrics[name]),
      run.error,
    ]),
  )
}

function summaryCsv({ combinations, metrics }: SweepSummary): string {
  const keys = variedKeys(combinations)
  return toCsv(
    ['combination', ...keys, 'metric', 'seeds', 'mean', 'interquartileMean', 'low', 'high'],
    combinations.flatMap((combination) =>
      metrics.flatMap((name) => {
        const own = combination.metrics[name]
        if (own === undefined) return []
        return [
          [
            combination.name,
            ...keys.map((key) => fieldOf(combination.options[key])),
            name,
            own.values.length,
            own.mean,
            own.interquartileMean,
            own.interval?.[0],
            own.interval?.[1],
          ],
        ]
      }),
    ),
  )
}

const NOTE =
  'Interquartile mean over seeds, the mean without the lowest and the highest quarter, with its 95% bootstrap interval.'

function leadOf({ file, combinations, seeds, runs, status }: SweepSummary): string {
  const done = runs.filter(({ state }) => state === 'done').length
  const failed = runs.filter(({ state }) => state === 'failed').length
  const ending = status === 'done' ? '' : `; ${done} of ${runs.length} runs are done, ${failed} failed`
  return `${file}: ${counted(combinations.length, 'combination')}, ${counted(seeds.length, 'seed')} each${ending}.`
}

function runRows(runs: readonly RunSummary[]): string[][] {
  return runs.map(({ combination, seed, state, folder, error }) => [
    combination,
    String(seed),
    state,
    relative(process.cwd(), folder),
    error ?? '',
  ])
}

const RUN_HEADER = ['combination', 'seed', 'state', 'folder', 'error'] as const

function markdownOf(summary: SweepSummary): string {
  const { header, rows } = fullTable(summary)
  return [
    `# Sweep: ${basename(summary.file)}\n`,
    `${leadOf(summary)}\n`,
    toMarkdown(header, rows),
    `${NOTE}\n`,
    '## Runs\n',
    toMarkdown(RUN_HEADER, runRows(summary.runs)),
  ].join('\n')
}

async function pageOf(summary: SweepSummary): Promise<Page> {
  const groups = await groupsOf(summary)
  const curves = await curveCharts(groups, 'agent-steps')
  const units = await unitsOf(groups)
  return {
    title: `Sweep: ${basename(summary.file)}`,
    lead: [leadOf(summary), BAND_NOTE],
    written: new Date(),
    sections: [
      {
        title: 'Final metrics',
        blocks: [
          { kind: 'table', ...summaryTable(summary), caption: `${NOTE} All metrics are further below.` },
          { kind: 'charts', charts: summary.metrics.map((metric) => metricChart(summary, metric, units)) },
        ],
      },
      {
        title: 'Learning curves',
        blocks: [{ kind: 'charts', charts: curves.map(({ chart }) => chart) }],
      },
      { title: 'All final metrics', blocks: [{ kind: 'table', ...fullTable(summary), caption: NOTE }] },
      {
        title: 'Runs',
        blocks: [{ kind: 'table', header: RUN_HEADER, rows: runRows(summary.runs), caption: '' }],
      },
    ],
  }
}

/** Runs that have recorded something, by combination. */
async function groupsOf({ combinations, runs }: SweepSummary): Promise<RunGroup[]> {
  const groups: RunGroup[] = []
  for (const { name } of combinations) {
    const records: RunRecord[] = []
    for (const { combination, folder } of runs) {
      if (combination !== name) continue
      const { configFile, metricsFile } = runFolderAt(folder)
      if (existsSync(configFile) && existsSync(metricsFile)) records.push(await readRun(folder))
    }
    groups.push({ name, runs: records })
  }
  return groups
}

/** @param units of the scenario's metrics */
function metricChart(
  { combinations }: SweepSummary,
  metric: string,
  units: Readonly<Record<string, string>>,
): Chart {
  const { title, axis, range } = describeMetric(metric, units)
  return {
    title,
    caption: '',
    data: {
      kind: 'intervals',
      label: axis,
      ...(range && { range }),
      valueName: 'interquartile mean',
      intervalName: '95% interval',
      pointsName: 'a run',
      rows: combinations.flatMap(({ name, metrics }) => {
        const own = metrics[metric]
        if (own === undefined) return []
        return [
          {
            name,
            value: own.interquartileMean,
            ...(own.interval && { interval: own.interval }),
            points: own.values,
          },
        ]
      }),
    },
  }
}
