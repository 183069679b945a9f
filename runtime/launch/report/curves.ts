import { basename, extname } from 'node:path'
import type { z } from 'zod'
import type { reportOptions } from '../options.ts'
import type { Curve, CurvePoint } from '../page-script/chart-data.ts'
import { deviation, mean } from '../statistics.ts'
import type { RecordedLine, RunRecord } from './run-record.ts'

/** Runs that are drawn as one curve. */
export interface RunGroup {
  readonly name: string
  readonly runs: readonly RunRecord[]
}

/** What a curve can be drawn over. */
export type AxisName = z.output<typeof reportOptions>['axis']

export const AXES: Readonly<
  Record<AxisName, { readonly label: string; readonly of: (line: RecordedLine) => number }>
> = {
  'agent-steps': { label: 'agent-steps', of: ({ agentSteps }: RecordedLine) => agentSteps },
  steps: { label: 'steps (of all worlds)', of: ({ step }: RecordedLine) => step },
  seconds: { label: 'training time (s)', of: ({ seconds }: RecordedLine) => seconds },
}

/** More points than a chart has pixels tell nothing. */
const MOST_POINTS = 200

/** Runs that differ in nothing but the seed are one group, named by what differs between groups. */
export function groupRuns(runs: readonly RunRecord[]): RunGroup[] {
  const groups = new Map<string, RunRecord[]>()
  for (const run of runs) {
    const key = JSON.stringify(Object.entries(run.config).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  const all = [...groups.values()]
  return all.map((own) => ({
    name: nameOf(
      own[0]!,
      all.map(([first]) => first!),
    ),
    runs: own,
  }))
}

/** Algorithm, and scenario where there are several, and options in which runs of the same kind differ. */
function nameOf(run: RunRecord, firsts: readonly RunRecord[]): string {
  const isAlone = (key: 'scenario' | 'algorithm') => firsts.every((other) => other[key] === run[key])
  const kin = firsts.filter(
    ({ scenario, algorithm }) => scenario === run.scenario && algorithm === run.algorithm,
  )
  const differing = Object.keys(run.config).filter(
    (key) => !kin.every(({ config }) => textOf(config[key]) === textOf(run.config[key])),
  )
  const options = differing.map((key) => `${key} ${textOf(run.config[key])}`)
  const words = [
    ...(isAlone('scenario') ? [] : [scenarioName(run)]),
    ...(isAlone('algorithm') && options.length > 0 ? [] : [run.algorithm]),
  ]
  return [words.join(' '), ...options].filter((part) => part !== '').join(', ')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'left out')
}

/** A scenario's own name, or that of its module's file. */
export function scenarioName({ scenario }: Pick<RunRecord, 'scenario'>): string {
  return scenario.startsWith('file:') ? basename(scenario, extname(scenario)) : scenario
}

/** A group's curve of one metric; undefined where none of its runs has it. */
export function curveOf(
  { name, runs }: RunGroup,
  metric: string,
  axis: AxisName,
): Omit<Curve, 'series'> | undefined {
  const { of } = AXES[axis]
  const series = runs
    .map(({ lines }) =>
      lines.flatMap((line): Place[] => {
        const y = line.values[metric]
        return y === undefined ? [] : [{ x: of(line), y }]
      }),
    )
    .filter((places) => places.length > 0)
  if (series.length === 0) return undefined
  const end = Math.max(...series.map((places) => places.at(-1)!.x))
  const count = Math.min(MOST_POINTS, Math.max(...series.map((places) => places.length)))
  const thinned = series.map((places) => thin(places, end, count))
  const points = Array.from({ length: count }, (_, bin): CurvePoint | undefined => {
    const own = thinned.flatMap((bins) => bins[bin] ?? [])
    if (own.length === 0) return undefined
    const ys = own.map(({ y }) => y)
    return { x: mean(own.map(({ x }) => x)), y: mean(ys), spread: ys.length > 1 ? deviation(ys) : 0 }
  })
  return { name, points: points.filter((point) => point !== undefined) }
}

interface Place {
  readonly x: number
  readonly y: number
}

/**
 * Means over equal parts of the axis. Where nothing was recorded in a part, the value is interpolated; before a run's
 * first and after its last it has none.
 */
function thin(places: readonly Place[], end: number, count: number): (Place | undefined)[] {
  const bins = Array.from({ length: count }, (): Place[] => [])
  for (const place of places) {
    const bin = end === 0 ? 0 : Math.ceil((place.x / end) * count) - 1
    bins[Math.max(0, Math.min(count - 1, bin))]!.push(place)
  }
  const means = bins.map((own): Place | undefined =>
    own.length === 0 ? undefined : { x: mean(own.map(({ x }) => x)), y: mean(own.map(({ y }) => y)) },
  )
  return means.map((own, bin) => {
    if (own) return own
    const before = means.slice(0, bin).findLast((place) => place !== undefined)
    const after = means.slice(bin + 1).find((place) => place !== undefined)
    if (!before || !after) return undefined
    const x = ((bin + 0.5) / count) * end
    return { x, y: before.y + ((after.y - before.y) * (x - before.x)) / (after.x - before.x) }
  })
}
