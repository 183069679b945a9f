import { z } from 'zod'
import { loadScenario, resolveScenario } from '../../../scenarios/registry.ts'
import type { Layer } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { readCheckpointState } from '../../store/checkpoint.ts'
import { commandSchema, joinSchemas, planScenario, resolveCommand } from '../config.ts'
import { playMatch } from '../match.ts'
import { evalOptions } from '../options.ts'
import { isPath, loadPolicy } from '../policies.ts'
import type { RunDescription } from '../trainer.ts'
import type { Command } from './command.ts'
import { describeEvaluation } from './train.ts'

const sides = z.strictObject({
  red: z
    .string()
    .default('random')
    .describe('policy of one side: random, a scripted one, or a run or checkpoint'),
  blue: z.string().default('random').describe('policy of the other side'),
})
const options = joinSchemas([evalOptions, sides])

const DEFAULT_SCENARIO = 'battle'

export const evalCommand: Command = {
  usage: 'eval [scenario]',
  summary: 'play two policies against each other: win rates with 95% intervals',
  examples: [
    ['manyfold eval --red runs/mine --blue random --episodes 100', 'a trained policy against random play'],
    [
      'manyfold eval --red runs/a --blue runs/b --json',
      'two runs against each other; one JSON object at the end',
    ],
    ['manyfold eval battle --red nearest-enemy --agents 200', 'scripted against random, larger armies'],
  ],

  stops: 'well',
  async options({ scenario, red, blue }) {
    const trained = await trainedOn([red, blue])
    return commandSchema(options, await loadScenario(scenario ?? trained?.scenario ?? DEFAULT_SCENARIO))
  },

  async run({ positionals, layers, console, signal }) {
    const named = (key: string) => layers.find(({ values }) => values[key] !== undefined)?.values[key]
    const trained = await trainedOn([named('red'), named('blue')])
    const reference = positionals['scenario'] ?? trained?.scenario ?? DEFAULT_SCENARIO
    // What a policy was trained on is what it is evaluated on, unless flags say otherwise.
    const asTrained: Layer[] =
      trained?.scenario === resolveScenario(reference) && named('preset') === undefined
        ? [{ source: 'file', name: 'checkpoint', values: trained.scenarioOptions }]
        : []
    const config = await resolveCommand(reference, options, [...layers, ...asTrained])
    const { red, blue, episodes, threads, seed, selection } = config.options as z.output<typeof evalOptions> &
      z.output<typeof sides>
    const world = planScenario(config)
    if (world.spec.groups.length < 2) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `eval: ${config.scenario.name} has one group, a match needs two`,
      )
    }
    const redPolicy = await loadPolicy(red, world, selection)
    const result = await playMatch({
      world,
      scenario: config.reference,
      red: redPolicy,
      blue: blue === red ? redPolicy : await loadPolicy(blue, world, selection),
      episodes,
      threads,
      seed,
      signal,
      onProgress: (done) => console.progress('battles', done, episodes, `${red} against ${blue}`),
    })
    console.endProgress()
    if (result.episodes === 0)
      throw new RuntimeError('ERR_ROLLOUT_FAILED', 'eval: stopped before a battle ended')
    console.result(describeEvaluation([result]), {
      scenario: config.scenario.name,
      seed,
      selection,
      ...result,
    })
    return 0
  },
}

/** What the first of the policies that is a checkpoint was trained on. */
async function trainedOn(policies: readonly unknown[]): Promise<RunDescription | undefined> {
  const path = policies.find((policy) => typeof policy === 'string' && isPath(policy))
  return path === undefined ? undefined : ((await readCheckpointState(path as string)) as RunDescription)
}
