import { algorithms } from '../../../learners/registry.ts'
import { loadScenarios } from '../../../scenarios/registry.ts'
import { resolveConfig } from '../../core/config.ts'
import { formatTable } from '../console.ts'
import { listOptions } from '../options.ts'
import type { Command } from './command.ts'

export const listCommand: Command = {
  usage: 'list',
  summary: 'name every scenario and algorithm, with one line each',
  examples: [['manyfold list --json', 'the same for programs']],
  stops: 'at-once',
  options: async () => listOptions,

  async run({ layers, console }) {
    resolveConfig(listOptions, layers)
    const result = {
      scenarios: (await loadScenarios()).map(({ name, summary, presets, scripted }) => ({
        name,
        summary,
        presets: Object.keys(presets ?? {}),
        policies: ['random', ...scripted],
      })),
      algorithms: algorithms.map(({ name, summary }) => ({ name, summary })),
    }
    const text = [
      formatTable(
        ['scenario', 'what'],
        result.scenarios.map(({ name, summary }) => [name, summary]),
      ),
      formatTable(
        ['algorithm', 'what'],
        result.algorithms.map(({ name, summary }) => [name, summary]),
      ),
    ].join('\n\n')
    console.result(text, result)
    return 0
  },
}
