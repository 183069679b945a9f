import { type AppendFile, openAppendFile, readAppended } from './append-file.ts'
import { replaceDurably } from './durable-files.ts'

/** One line of `metrics.jsonl`. */
export interface MetricsLine {
  readonly step: number
  /** Seconds since 1970. */
  readonly wallTime: number
  /** NaN and infinite values, which JSON cannot hold, become null. */
  readonly values: Readonly<Record<string, number | null>>
}

export function encodeMetricsLine(line: MetricsLine): Uint8Array {
  return Buffer.from(`${JSON.stringify(line)}\n`)
}

/** The values of a line that are numbers: NaN and infinite ones were none. */
export function finiteValues(values: MetricsLine['values']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null),
  )
}

/** A file of metrics. */
export interface MetricsLines {
  readonly file: AppendFile
  /** The last line that was in it when it was opened. */
  readonly last: MetricsLine | undefined
}

/**
 * Opens a file of metrics to append to. Lines that a crash cut off are removed first, and so are
 * those after `resumeStep`: the resumed run records these steps again.
 *
 * @throws RuntimeError ERR_OUTPUT_UNWRITABLE, ERR_FILE_INVALID
 */
export async function openMetricsLines(
  path: string,
  resumeStep: number = Number.POSITIVE_INFINITY,
): Promise<MetricsLines> {
  const text = await readAppended(path)
  const kept = text.split(/(?<=\n)/).filter((line) => stepOfLine(line) <= resumeStep)
  const whole = kept.join('')
  if (whole.length < text.length) await replaceDurably(path, Buffer.from(whole))
  const last = kept.at(-1)
  return {
    file: openAppendFile(path),
    last: last === undefined ? undefined : (JSON.parse(last) as MetricsLine),
  }
}

/** NaN for a line that is not whole. */
function stepOfLine(line: string): number {
  if (!line.endsWith('\n')) return Number.NaN
  try {
    return Number((JSON.parse(line) as MetricsLine).step)
  } catch {
    return Number.NaN
  }
}
