import { resolveConfig } from '../../core/config.ts'
import { formatCount } from '../console.ts'
import { join } from '../join.ts'
import { joinOptions } from '../options.ts'
import type { Command } from './command.ts'

export const joinCommand: Command = {
  usage: 'join <endpoint>',
  summary: "add this machine's rollouts to a training that runs elsewhere with --listen",
  examples: [
    ['manyfold train battle --listen tcp://0.0.0.0:5555', 'on the head: prints the line to type elsewhere'],
    ["manyfold join tcp://10.0.0.7:5555 --key='KEY' --threads 8 --worlds 16", 'here; Ctrl-C leaves'],
  ],
  stops: 'well',
  options: async () => joinOptions,

  async run({ positionals, layers, console, signal }) {
    const { key, threads, worlds, patience } = resolveConfig(joinOptions, layers)
    const started = performance.now()
    let reportedAt = Number.NEGATIVE_INFINITY
    const summary = await join({
      endpoint: positionals['endpoint']!,
      key,
      threads,
      worlds,
      patienceMs: patience * 1000,
      signal,
      log: (line) => console.log(line),
      onProgress: (steps, agentSteps) => {
        const seconds = (performance.now() - started) / 1000
        if (seconds - reportedAt < REPORT_SECONDS) return
        reportedAt = seconds
        console.log(`${formatCount(steps)} steps, ${formatCount(agentSteps / seconds)} agent-steps/s`)
      },
    })
    console.result(
      `${summary.reason}: contributed ${formatCount(summary.steps)} steps, ${formatCount(summary.agentSteps)} agent-steps`,
      summary,
    )
    return 0
  },
}

const REPORT_SECONDS = 5
