import { resolveConfig } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { formatTable } from '../console.ts'
import { reportOptions } from '../options.ts'
import { type ReportSummary, writeReport } from '../report/report.ts'
import type { Command } from './command.ts'
import { shownPath } from './shown-path.ts'

export const reportCommand: Command = {
  usage: 'report [runs..]',
  summary: 'draw the learning curves of runs into one HTML page, seeds as bands',
  examples: [
    ['manyfold report runs/mine', 'one run, finished or not'],
    ['manyfold report runs/mfq-* runs/iql-*', 'runs that differ only in the seed are one curve'],
    ['manyfold report sweeps/mine --axis seconds --out curves.html', 'all runs of a sweep over time'],
  ],
  stops: 'at-once',
  options: async () => reportOptions,

  async run({ runs, layers, console }) {
    const { axis, out } = resolveConfig(reportOptions, layers)
    if (runs.length === 0) {
      throw new RuntimeError('ERR_CONFIG_INVALID', 'report: expected runs, got none; name their folders')
    }
    const summary = await writeReport({ runs, axis, out })
    console.result(describe(summary), summary)
    return 0
  },
}

function describe({ curves, metrics, page }: ReportSummary): string {
  return [
    formatTable(
      ['curve', 'runs'],
      curves.map(({ name, runs }) => [name, String(runs.length)]),
    ),
    '',
    `charts       ${metrics.join(', ')}`,
    `page         ${shownPath(page)}`,
  ].join('\n')
}
