import { z } from 'zod'
import { loadScenario, resolveScenario } from '../../../scenarios/registry.ts'
import type { Layer } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { actingGroups } from '../../core/scenario.ts'
import { readCheckpointState } from '../../store/checkpoint.ts'
import { commandSchema, joinSchemas, planScenario, resolveCommand } from '../config.ts'
import { playMatch } from '../match.ts'
import { evalOptions } from '../options.ts'
import { isPath, loadPolicy } from '../policies.ts'
import { measureReturn, type ReturnResult } from '../returns.ts'
import type { RunDescription } from '../trainer.ts'
import type { Command } from './command.ts'
import { describeEvaluation, describeReturns } from './train.ts'

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
  summary: 'play two policies against each other: win rates; with one group: what each of them earns',
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
    const redPolicy = await loadPolicy(red, world, selection)
    const bluePolicy = blue === red ? redPolicy : await loadPolicy(blue, world, selection)
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
      const returns: ReturnResult[] = []
      for (const policy of new Set([redPolicy, bluePolicy])) {
        returns.push(await measureReturn({ ...play(policy.name), policy }))
        console.endProgress()
      }
      refuseNothing(returns)
      console.result(describeReturns(returns), { ...about, returns })
      return 0
    }
    const result = await playMatch({ ...play(`${red} against ${blue}`), red: redPolicy, blue: bluePolicy })
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

/** What the first of the policies that is a checkpoint was trained on. */
async function trainedOn(policies: readonly unknown[]): Promise<RunDescription | undefined> {
  const path = policies.find((policy) => typeof policy === 'string' && isPath(policy))
  return path === undefined ? undefined : ((await readCheckpointState(path as string)) as RunDescription)
}
