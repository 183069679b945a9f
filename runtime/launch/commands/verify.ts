import { driveOn } from '../../../actors/drive.ts'
import { loadScenario } from '../../../scenarios/registry.ts'
import { resolveConfig } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import type { Difference } from '../../core/verify.ts'
import { verifyOptions } from '../options.ts'
import { memoryLimit } from '../stage.ts'
import type { Command } from './command.ts'

export const verifyCommand: Command = {
  usage: 'verify <scenario> <file>',
  summary: 'replay a trace recorded from the real peer and report the first difference',
  examples: [
    [
      'manyfold verify battle battle_45x45_contested.json',
      'positions, hp and rewards of every step, bit for bit',
    ],
    [
      'manyfold verify battle battle_45x45_contested_obs.json --threads 2',
      'observations too; the trace lies beside it',
    ],
  ],
  stops: 'at-once',
  options: async () => verifyOptions,

  async run({ positionals, layers, console }) {
    const { threads } = resolveConfig(verifyOptions, layers)
    const scenario = await loadScenario(positionals['scenario']!)
    const file = positionals['file']!
    if (!scenario.verify) {
      throw new RuntimeError(
        'ERR_SCENARIO_INVALID',
        `verify: ${scenario.name} has no recorded peer to compare with`,
      )
    }
    const result = await scenario.verify(file, driveOn(threads, memoryLimit()))
    const { steps, observations, difference } = result
    const seen = observations > 0 ? `, ${observations} observations` : ''
    const text = difference
      ? `${steps} steps${seen} agree, then: ${describeDifference(difference)}`
      : `${steps} steps${seen}, 0 differences`
    console.result(text, {
      scenario: scenario.name,
      file,
      threads,
      ...result,
      differences: difference ? 1 : 0,
    })
    return difference ? 1 : 0
  },
}

function describeDifference({ step, agent, field, expected, got }: Difference): string {
  const who = agent < 0 ? 'world' : `agent ${agent}`
  return `step ${step}, ${who}, ${field}: expected ${String(expected)}, got ${String(got)}`
}
