import { MultiBar, type SingleBar } from 'cli-progress'
import { areFigures } from './tables.ts'

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Console {
  /** A line for the log. */
  log(line: string): void
  /** How far a piece of work is; `figures` are shown behind it. */
  progress(label: string, done: number, total: number, figures: string): void
  /** Ends the progress bar. */
  endProgress(): void
  /** The command's result: text for people, or one JSON object as the last line with --json. */
  result(text: string, object: object): void
}

export interface ConsoleOptions {
  readonly json: boolean
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly now: () => number
}

/** Pipes get a plain line this often. */
const PLAIN_LINE_MS = 5_000
const REDRAW_MS = 100

const BAR_FORMAT = '{label} {bar} {percentage}% | {left} left | {figures}'

export function createConsole({ json, stdout, stderr, now }: ConsoleOptions): Console {
  let bars: MultiBar | undefined
  let bar: SingleBar | undefined
  let label = ''
  let startedAt = 0
  let lineAt = Number.NEGATIVE_INFINITY
  let lastDone = 0

  const begin = (name: string, total: number): void => {
    label = name
    startedAt = now()
    lineAt = Number.NEGATIVE_INFINITY
    lastDone = 0
    if (!stderr.isTTY) return
    bars ??= new MultiBar(
      {
        format: BAR_FORMAT,
        stream: stderr,
        hideCursor: true,
        barsize: 24,
        fps: 1000 / REDRAW_MS,
        linewrap: false,
      },
      undefined,
    )
    if (bar) bars.remove(bar)
    bar = bars.create(total, 0, { label: name, left: '…', figures: '' })
  }

  const leftOf = (done: number, total: number): string => {
    if (done <= 0) return '…'
    return formatSeconds(((now() - startedAt) / 1000) * (total / done - 1))
  }

  return {
    log(line) {
      if (bars) bars.log(`${line}\n`)
      else stderr.write(`${line}\n`)
    },
    progress(name, done, total, figures) {
      if (name !== label) begin(name, total)
      const left = leftOf(done, total)
      if (bar) bar.update(done, { left, figures })
      // Work may go on when all is done, such as an evaluation: its end is told once, what follows as often as anything.
      else if (now() - lineAt >= PLAIN_LINE_MS || (done >= total && done > lastDone)) {
        lineAt = now()
        stderr.write(
          `${name} ${done}/${total} (${Math.floor((100 * done) / total)}%), ${left} left, ${figures}\n`,
        )
      }
      lastDone = done
    },
    endProgress() {
      bars?.stop()
      bars = undefined
      bar = undefined
      label = ''
    },
    result(text, object) {
      if (json) {
        stderr.write(`${text}\n`)
        stdout.write(`${JSON.stringify(object)}\n`)
      } else stdout.write(`${text}\n`)
    },
  }
}

/** `1:05`, `2:03:00`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

/** `950`, `12.3 k`, `4.5 M`. */
export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`
  return String(Math.round(value * 100) / 100)
}

/** Rows under a header, columns aligned: those of figures to the right, those of words to the left. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((title, column) => {
    const cells = rows.map((row) => row[column]!)
    const width = Math.max(title.length, ...cells.map((cell) => cell.length))
    return { width, isFigures: areFigures(cells) }
  })
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) =>
        columns[i]!.isFigures ? cell.padStart(columns[i]!.width) : cell.padEnd(columns[i]!.width),
      )
      .join('  ')
      .trimEnd()
  const rule = header.map((title) => '─'.repeat(title.length))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}
