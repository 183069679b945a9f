import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readRun } from '../../runtime/launch/report/run-record.ts'
import { mean } from '../../runtime/launch/statistics.ts'

/** A line of a run's metrics. A figure that is no number is null. */
interface Line {
  readonly step: number
  readonly values: Readonly<Record<string, number>>
}

/** What was recorded while a run trained, in its order. */
export async function metricsOf(folder: string): Promise<readonly Line[]> {
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Line)
}

/** How long the training of a run took; pauses, where it was stopped and went on, are left out. */
export async function secondsOf(folder: string): Promise<number> {
  const { lines } = await readRun(folder)
  return lines.at(-1)!.seconds
}

/** Mean of a figure over all reports that have it; NaN where none has. */
export async function meanOf(folder: string, figure: string): Promise<number> {
  return mean((await metricsOf(folder)).flatMap(({ values }) => values[figure] ?? []))
}
