import { z } from 'zod'
import type { Layer } from '../core/config.ts'
import type { AnyScenario } from '../core/scenario.ts'
import { groupNames, joinSchemas, resolveCommand, type ScenarioConfig } from './config.ts'
import { benchOptions, runOptions } from './options.ts'

type PlayOptions = typeof runOptions | typeof benchOptions

/** Key of the option that says whose policy a group follows; without a group, of that for all groups. */
export function policyKey({ policyFlag }: AnyScenario, group?: string): string {
  if (policyFlag !== undefined || group === undefined) return policyFlag ?? 'policy'
  return `${group.replace(/-./g, (match) => match[1]!.toUpperCase())}Policy`
}

const replayOption = z.strictObject({
  replay: z.string().optional().describe('file to write a replay of every step to, for a viewer'),
})

/** The options of `run` for a scenario. */
export function runSchema(scenario: AnyScenario): z.ZodObject {
  const replay = scenario.openReplay === undefined ? [] : [replayOption]
  return joinSchemas([playSchema(runOptions, scenario), groupOptions(scenario), ...replay])
}

/** The options of `bench` for a scenario. */
export function benchSchema(scenario: AnyScenario): z.ZodObject {
  return playSchema(benchOptions, scenario)
}

/** The option `policy` has the name and the default that the scenario gives it. */
function playSchema({ shape }: PlayOptions, scenario: AnyScenario): z.ZodObject {
  const { scripted, defaultPolicy } = scenario
  const described = shape.policy.describe(
    `${shape.policy.description}; scripted: ${scripted.join(', ') || 'none'}`,
  )
  const policy = defaultPolicy === undefined ? described : described.default(defaultPolicy)
  const entries = Object.entries(shape as z.ZodRawShape).map(([key, type]) =>
    key === 'policy' ? [policyKey(scenario), policy] : [key, type],
  )
  return z.strictObject(Object.fromEntries(entries) as z.ZodRawShape)
}

/** `--red-policy`, `--blue-policy` …: one for each group that acts by default, unless one flag is for all. */
function groupOptions(scenario: AnyScenario): z.ZodObject {
  const names = scenario.policyFlag === undefined ? groupNames(scenario) : []
  const option = (name: string) => z.string().optional().describe(`policy of ${name}; default: --policy`)
  return z.strictObject(Object.fromEntries(names.map((name) => [policyKey(scenario, name), option(name)])))
}

/**
 * The complete config of a command that plays. Where the scenario has a `stepsOption`, it is as many steps as are
 * played, unless the user says otherwise.
 *
 * @param layers the strongest first
 * @throws as `resolveCommand`
 */
export async function resolvePlay(
  reference: string,
  schema: z.ZodObject,
  layers: readonly Layer[],
): Promise<ScenarioConfig & { readonly options: Readonly<Record<string, unknown>> }> {
  const config = await resolveCommand(reference, schema, layers)
  const { stepsOption } = config.scenario
  const { steps, warmup = 0 } = config.options as { readonly steps?: number; readonly warmup?: number }
  if (stepsOption === undefined || steps === undefined) return config
  const played: Layer = { source: 'flag', name: '--steps', values: { [stepsOption]: warmup + steps } }
  return resolveCommand(reference, schema, [...layers, played])
}
