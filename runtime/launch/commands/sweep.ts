import { formatTable } from '../console.ts'
import { sweepOptions } from '../options.ts'
import { defaultSweepOut, resolveSweep } from '../sweep/config.ts'
import { labelOf, runSweep } from '../sweep/run.ts'
import type { SweepSummary } from '../sweep/summary.ts'
import { summaryTable } from '../sweep/write.ts'
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
    const summary = await runSweep(config, out, signal, {
      log: (line) => console.log(line),
      training: (run, number, of) => {
        const label = `run ${number}/${of}`
        console.log(`${label}: ${labelOf(run)}`)
        return {
          log: (line) => console.log(line),
          progress: (steps, ofSteps, figures) =>
            console.progress(label, steps, ofSteps, describeFigures(figures)),
          evaluation: (what, done, ofEpisodes) =>
            console.progress(`${label}, ${what}`, done, ofEpisodes, `${done} episodes`),
        }
      },
    })
    console.endProgress()
    console.result(describe(summary), summary)
    return summary.status === 'failed' ? 1 : 0
  },
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
