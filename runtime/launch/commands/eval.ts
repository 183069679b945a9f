import { z } from 'zod'
import { loadScenario } from '../../../scenarios/registry.ts'
import { RuntimeError } from '../../core/errors.ts'
import { type AnyScenario, actingGroups } from '../../core/scenario.ts'
import { commandSchema, joinSchemas, planScenario, resolveCommand } from '../config.ts'
import { howToPlayApart, playMatch } from '../match.ts'
import { evalOptions } from '../options.ts'
import { loadPolicy, type NamedPolicy } from '../policies.ts'
import { measureReturn, type ReturnResult } from '../returns.ts'
import { asTrained, trainedOn } from '../trained-on.ts'
import type { Command } from './command.ts'
import { describeEvaluation, describeReturns } from './train.ts'

const sides = z.strictObject({
  red: z
    .string()
    .default('random')
    .describe('policy of one side: random, a scripted one, or a run or checkpoint'),
  blue: z.string().default('random').describe('policy of the other side'),
})
const DEFAULT_SCENARIO = 'battle'

/** Two sides, or where a scenario's policies have a flag of their own, as many of them as one likes. */
function evalSchema({ policyFlag, scripted, training }: AnyScenario): z.ZodObject {
  if (policyFlag === undefined) return joinSchemas([evalOptions, sides])
  const { episodes } = evalOptions.shape
  const standard = training?.['evalEpisodes'] as number | undefined
  const policies = z
    .array(z.string())
    .min(1)
    .default(['random', ...scripted])
    .describe('policies to compare, separated by commas: random, scripted ones, runs and checkpoints')
  const options = evalOptions.extend({
    episodes: episodes
      .default(standard ?? episodes.parse(undefined))
      .describe('episodes that each of them plays'),
  })
  return joinSchemas([options, z.strictObject({ [policyFlag]: policies })])
}

/** The policies that were named, in order, each once. */
function namedIn(values: Readonly<Record<string, unknown>>, { policyFlag }: AnyScenario): string[] {
  const names = policyFlag === undefined ? [values['red'], values['blue']] : values[policyFlag]
  return [...new Set((names as readonly unknown[]).map(String))]
}

export const evalCommand: Command = {
  usage: 'eval [scenario]',
  summary: 'play policies against each other: win rates; with one group: what each of them earns',
  examples: [
    ['manyfold eval --red runs/mine --blue random --episodes 100', 'a trained policy against random play'],
    [
      'manyfold eval --red runs/a --blue runs/b --json',
      'two runs against each other; one JSON object at the end',
    ],
    ['manyfold eval battle --red nearest-enemy --agents 200', 'scripted against random, larger armies'],
    [
      'manyfold eval traffic --config hangzhou_4x4 --controller fixed-time,max-pressure,runs/mine',
      'a table of signal controllers',
    ],
  ],

  stops: 'well',
  async options({ scenario, red, blue }) {
    const trained = await trainedOn([red, blue])
    const loaded = await loadScenario(scenario ?? trained?.scenario ?? DEFAULT_SCENARIO)
    return commandSchema(evalSchema(loaded), loaded)
  },

  async run({ positionals, layers, console, signal }) {
    const named = (key: string) => layers.find(({ values }) => values[key] !== undefined)?.values[key]
    const typed = positionals['scenario']
    const flag = typed === undefined ? undefined : (await loadScenario(typed)).policyFlag
    const trained = await trainedOn([named('red'), named('blue'), ...listed(flag && named(flag))])
    const reference = typed ?? trained?.scenario ?? DEFAULT_SCENARIO
    const scenario = await loadScenario(reference)
    const config = await resolveCommand(reference, evalSchema(scenario), [
      ...layers,
      ...asTrained(trained, reference, layers),
    ])
    const { episodes, threads, seed, selection } = config.options as z.output<typeof evalOptions>
    const world = planScenario(config)
    const policies: NamedPolicy[] = []
    for (const name of namedIn(config.options, scenario))
      policies.push(await loadPolicy(name, world, selection))
    const play = (what: string) => ({
      world,
      scenario: config.reference,
      episodes,
      threads,
      seed,
      signal,
      onProgress: (done: number) => console.progress('episodes', done, episodes, what),
    })
    const about = { scenario: config.scenario.name, seed, selection }
    if (actingGroups(world.spec.groups).length === 1) {
      const apart = howToPlayApart(world)
      if (apart !== '')
        console.log(`eval: all players are one group, and what each policy earns is shown${apart}`)
      const returns: ReturnResult[] = []
      for (const policy of policies) {
        returns.push(await measureReturn({ ...play(policy.name), policy }))
        console.endProgress()
      }
      refuseNothing(returns)
      console.result(describeReturns(returns, scenario), { ...about, returns })
      return 0
    }
    const [red, blue = red] = policies as [NamedPolicy, NamedPolicy?]
    const result = await playMatch({ ...play(`${red.name} against ${blue.name}`), red, blue })
    console.endProgress()
    refuseNothing([result])
    console.result(describeEvaluation([result]), { ...about, ...result })
    return 0
  },
}

/** @throws ERR_ROLLOUT_FAILED when one of the plays was stopped before an episode ended */
function refuseNothing(results: readonly { readonly episodes: number }[]): void {
  if (results.every(({ episodes }) => episodes > 0)) return
  throw new RuntimeError('ERR_ROLLOUT_FAILED', 'eval: stopped before an episode ended')
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
