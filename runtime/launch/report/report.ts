import { dirname, relative, resolve } from 'node:path'
import { loadScenario } from '../../../scenarios/registry.ts'
import { createFolder, replaceDurably } from '../../store/durable-files.ts'
import { type Chart, renderPage, type Table } from '../page/page.ts'
import { deviation, mean } from '../statistics.ts'
import { counted } from '../tables.ts'
import { AXES, type AxisName, curveOf, groupRuns, type RunGroup, scenarioName } from './curves.ts'
import { chosenMetrics, describeMetric, type MetricName } from './metric-names.ts'
import { findRuns, type RunRecord, readRun } from './run-record.ts'

export interface ReportOptions {
  /** Folders of runs, and folders with runs in them. */
  readonly runs: readonly string[]
  readonly axis: AxisName
  /** File of the page. */
  readonly out: string
}

export interface ReportSummary {
  /** Absolute path of the page. */
  readonly page: string
  readonly curves: readonly { readonly name: string; readonly runs: readonly string[] }[]
  /** Metrics that have a chart. */
  readonly metrics: readonly string[]
}

/**
 * Draws the learning curves of runs, finished or not, into one page. The file has the old or the new page, never a
 * part of it.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID, ERR_OUTPUT_UNWRITABLE
 */
export async function writeReport({ runs: paths, axis, out }: ReportOptions): Promise<ReportSummary> {
  const runs: RunRecord[] = []
  for (const folder of await findRuns(paths)) runs.push(await readRun(folder))
  const groups = groupRuns(runs)
  const charts = await curveCharts(groups, axis)
  const scenarios = [...new Set(runs.map(scenarioName))]
  const file = resolve(out)
  const html = renderPage({
    title: `Learning curves: ${scenarios.join(', ')}`,
    lead: [`${counted(runs.length, 'run')} as ${counted(groups.length, 'curve')}.`, BAND_NOTE],
    written: new Date(),
    sections: [
      { title: 'Curves', blocks: [{ kind: 'charts', charts: charts.map(({ chart }) => chart) }] },
      { title: 'At the end', blocks: [endTable(groups)] },
      { title: 'Runs', blocks: [runTable(groups)] },
    ],
  })
  await createFolder(dirname(file))
  await replaceDurably(file, Buffer.from(html))
  return {
    page: file,
    curves: groups.map((group) => ({ name: group.name, runs: group.runs.map(({ folder }) => folder) })),
    metrics: charts.map(({ metric }) => metric),
  }
}

const BAND = '± 1 standard deviation over seeds'

export const BAND_NOTE: string =
  'Runs that differ in nothing but the seed are one curve: their mean, with a band of one standard deviation to either ' +
  'side. A click on a name hides its curve.'

export interface NamedChart {
  readonly metric: string
  readonly chart: Chart
}

/** A chart for each metric that says how the runs learn. */
export async function curveCharts(groups: readonly RunGroup[], x: AxisName): Promise<NamedChart[]> {
  const units = await unitsOf(groups)
  return metricsOf(groups.flatMap(({ runs }) => runs)).flatMap((metric) => {
    const curves = groups.flatMap((group, series) => {
      const curve = curveOf(group, metric, x)
      return curve === undefined ? [] : [{ ...curve, series }]
    })
    if (curves.length === 0) return []
    const { title, axis } = describeMetric(metric, units)
    const hasBand = curves.some(({ points }) => points.some(({ spread }) => spread > 0))
    return [
      {
        metric,
        chart: {
          title,
          caption: hasBand ? `Mean ${BAND}.` : '',
          data: { kind: 'curves', xLabel: AXES[x].label, yLabel: axis, band: BAND, curves },
        },
      },
    ]
  })
}

function metricsOf(runs: readonly RunRecord[]): string[] {
  return chosenMetrics(runs.flatMap(({ lines }) => lines.flatMap(({ values }) => Object.keys(values))))
}

/** Of the groups' scenarios. A module that is not there any more has none, and its runs can be drawn all the same. */
export async function unitsOf(groups: readonly RunGroup[]): Promise<Readonly<Record<string, string>>> {
  const references = new Set(groups.flatMap(({ runs }) => runs.map(({ scenario }) => scenario)))
  const loaded = await Promise.allSettled([...references].map((reference) => loadScenario(reference)))
  const units = loaded.map((result) => (result.status === 'fulfilled' ? result.value.units : undefined))
  return Object.assign({}, ...units)
}

/** What the finished runs of each curve ended with. */
function endTable(groups: readonly RunGroup[]): Table {
  const ends = groups.map(({ name, runs }) => ({
    name,
    metrics: runs.flatMap(({ end }) => (end?.status === 'done' ? [end.metrics] : [])),
  }))
  const chosen = chosenMetrics(ends.flatMap(({ metrics }) => metrics.flatMap((own) => Object.keys(own))))
  return {
    kind: 'table',
    header: ['curve', 'runs done', ...chosen.map((metric) => titleOf(describeMetric(metric)))],
    rows: ends.map(({ name, metrics }) => [
      name,
      String(metrics.length),
      ...chosen.map((metric) => meanAndSpread(metrics.flatMap((own) => own[metric] ?? []))),
    ]),
    caption: `Mean ${BAND}, of the runs that are done: win rates and returns of the evaluation after training, and the last training metrics.`,
  }
}

function titleOf({ title }: MetricName): string {
  return title.toLowerCase()
}

function meanAndSpread(values: readonly number[]): string {
  if (values.length === 0) return ''
  const text = brief(mean(values))
  return values.length === 1 ? text : `${text} ± ${brief(deviation(values))}`
}

/** Three significant digits. */
export function brief(value: number): string {
  return Number(value.toPrecision(3)).toString()
}

function runTable(groups: readonly RunGroup[]): Table {
  return {
    kind: 'table',
    header: ['run', 'curve', 'seed', 'state', 'steps', 'agent-steps', 'seconds'],
    rows: groups.flatMap(({ name, runs }) =>
      runs.map(({ folder, seed, end, lines }) => {
        const last = lines.at(-1)
        return [
          relative(process.cwd(), folder) || folder,
          name,
          String(seed),
          end?.status ?? 'not ended',
          String(last?.step ?? 0),
          String(last?.agentSteps ?? 0),
          (last?.seconds ?? 0).toFixed(0),
        ]
      }),
    ),
    caption: 'Steps are those of all worlds; seconds are those of training, pauses left out.',
  }
}
