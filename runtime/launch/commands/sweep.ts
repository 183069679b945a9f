import { type Console, formatTable } from '../console.ts'
import { sweepOptions } from '../options.ts'
import { defaultSweepOut, resolveSweep } from '../sweep/config.ts'
import { labelOf, runSweep, type SweepObserver, type SweepRun } from '../sweep/run.ts'
import type { SweepSummary } from '../sweep/summary.ts'
import { summaryTable } from '../sweep/write.ts'
import type { TrainObserver } from '../train.ts'
import type { Command } from './command.ts'
import { shownPath } from './shown-path.ts'
import { describeFigures } from './train.ts'

export const sweepCommand: Command = {
  usage: 'sweep <file>',
  summary: 'train every combination of options with several seeds, and compare what they end with',
  examples: [
    ['manyfold sweep sweep.yaml', 'scenario, options, a grid or list and seeds from a file'],
    ['manyfold sweep sweep.yaml --out sweeps/mine', 'the same again goes on where it was stopped'],
  ],

  stops: 'well',
  options: async () => sweepOptions,

  async run({ positionals, layers, console, signal }) {
    const config = await resolveSweep(positionals['file']!, layers)
    const out = config.options.out ?? defaultSweepOut(config.file)
    const progress = new SweepProgress(console)
    const summary = await runSweep(config, out, signal, progress)
    console.endProgress()
    console.result(describe(summary), summary)
    return summary.status === 'failed' ? 1 : 0
  },
}

/** One bar for all that is left to train; behind it, what the run says that spoke last. */
class SweepProgress implements SweepObserver {
  readonly #console: Console
  /** Of each training under way or ended, its steps so far. */
  readonly #done = new Map<SweepRun, number>()
  #steps = 0

  constructor(console: Console) {
    this.#console = console
  }

  log(line: string): void {
    this.#console.log(line)
  }

  begin(runs: readonly SweepRun[]): void {
    this.#steps = runs.reduce((sum, { config }) => sum + config.run.steps, 0)
  }

  training(run: SweepRun, number: number, of: number): TrainObserver {
    const label = `run ${number}/${of}`
    const tell = (steps: number, figures: string) => {
      this.#done.set(run, steps)
      const done = [...this.#done.values()].reduce((sum, own) => sum + own, 0)
      this.#console.progress('steps', done, this.#steps, `${label}: ${figures}`)
    }
    this.#console.log(`${label}: ${labelOf(run)}`)
    return {
      log: (line) => this.#console.log(`${label}: ${line}`),
      progress: (steps, _, figures) => tell(steps, describeFigures(figures)),
      evaluation: (what, played, ofEpisodes) =>
        tell(run.config.run.steps, `${what}, ${played} of ${ofEpisodes} episodes`),
    }
  }
}

function describe(summary: SweepSummary): string {
  const { header, rows } = summaryTable(summary)
  const lines = [formatTable(header, rows), '', `page         ${shownPath(summary.page)}`]
  const failed = summary.runs.filter(({ state }) => state === 'failed')
  if (failed.length > 0) {
    lines.push(
      '',
      `${failed.length} of ${summary.runs.length} runs failed; the same command tries them again:`,
      formatTable(
        ['run', 'why'],
        failed.map(({ folder, error }) => [shownPath(folder), error!]),
      ),
    )
  }
  if (summary.status === 'interrupted') lines.push('stopped before its end; the same command goes on')
  return lines.join('\n')
}
