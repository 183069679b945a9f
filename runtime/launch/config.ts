import { z } from 'zod'
import { loadAlgorithm, resolveAlgorithm } from '../../learners/registry.ts'
import { loadScenario, resolveScenario, scenarioNames } from '../../scenarios/registry.ts'
import { fieldsOf, type Layer, placeOf, resolveConfig } from '../core/config.ts'
import { RuntimeError } from '../core/errors.ts'
import type { AnyAlgorithm } from '../core/learner.ts'
import { type AnyScenario, actingGroups, type GroupSpec, mostAgents, playersOf } from '../core/scenario.ts'
import { planWorld, type WorldPlan } from '../core/world.ts'
import { completeTraining, type TrainOptions, trainOptions } from './options.ts'

/** A scenario with its options, as every command that builds worlds has it. */
export interface ScenarioConfig {
  readonly scenario: AnyScenario
  /** Reference under which other threads and processes load the scenario. */
  readonly reference: string
  readonly scenarioOptions: Record<string, unknown>
}

/** A training run, complete and checked. */
export interface TrainConfig extends ScenarioConfig {
  readonly algorithm: AnyAlgorithm
  readonly algorithmOptions: Record<string, unknown>
  readonly run: TrainOptions
}

const presetOption = z.strictObject({
  preset: z
    .string()
    .optional()
    .describe("a named set of the scenario's options; other flags still change them"),
})

/** @throws ERR_CONFIG_INVALID when none was named */
export function requireScenario(reference: string | undefined): string {
  if (reference !== undefined) return reference
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `scenario: name one: ${scenarioNames.join(', ')}, or the path of a module`,
  )
}

/**
 * All options of a command as one flat schema.
 *
 * @throws ERR_SCENARIO_INVALID when two parts define the same option
 */
export function joinSchemas(parts: readonly z.ZodObject[]): z.ZodObject {
  const shape: Record<string, z.ZodType> = {}
  for (const part of parts) {
    for (const [key, type] of Object.entries(part.shape as Record<string, z.ZodType>)) {
      if (key in shape) {
        throw new RuntimeError(
          'ERR_SCENARIO_INVALID',
          `options.${key}: is defined by more than one part; rename one`,
        )
      }
      shape[key] = type
    }
  }
  return z.strictObject(shape)
}

/** The schema of a command that builds worlds of a scenario. */
export function commandSchema(
  command: z.ZodObject,
  scenario: AnyScenario,
  algorithm?: AnyAlgorithm,
): z.ZodObject {
  return joinSchemas([command, presetOption, scenario.options, ...(algorithm ? [algorithm.options] : [])])
}

/** Names of the groups that act, by default. */
export function groupNames(scenario: AnyScenario): string[] {
  const defaults = scenario.options.safeParse({})
  if (!defaults.success) return []
  const { groups } = scenario.describe(defaults.data)
  return actingGroups(groups).map((group) => groups[group]!.name)
}

/** The schema of `train`, with the scenario's groups by name. */
export function trainSchema(scenario: AnyScenario, algorithm: AnyAlgorithm): z.ZodObject {
  const { learningGroup } = trainOptions.shape
  const names = groupNames(scenario)
  const fallback = scenario.learningGroup ?? names[0]
  const which = fallback === undefined ? '' : `: ${names.join(', ')}; default: ${fallback}`
  const options = trainOptions.extend({
    learningGroup: learningGroup.describe(`${learningGroup.description}${which}`),
  })
  const { training = {} } = scenario
  const ofAlgorithm = training[algorithm.name] as Readonly<Record<string, unknown>> | undefined
  return withDefaults(commandSchema(options, scenario, algorithm), { ...training, ...ofAlgorithm })
}

/** The algorithm that learns unless the user names one. */
export function defaultAlgorithm({ training }: AnyScenario): string {
  const own = training?.['algorithm']
  return typeof own === 'string' ? own : trainOptions.shape.algorithm.parse(undefined)
}

/** The same schema with other defaults; keys that it lacks are another algorithm's. */
function withDefaults(schema: z.ZodObject, defaults: Readonly<Record<string, unknown>>): z.ZodObject {
  const entries = Object.entries(schema.shape as z.ZodRawShape).map(([key, type]) => [
    key,
    key in defaults ? (type as z.ZodType).default(defaults[key]) : type,
  ])
  return z.strictObject(Object.fromEntries(entries) as z.ZodRawShape)
}

/**
 * The group that learns: the one named, or else the scenario's choice, or else the first that acts.
 *
 * @param place where the name stands
 * @throws ERR_CONFIG_INVALID when no group that acts has the name, ERR_SCENARIO_INVALID when none has the scenario's
 *         own, or nobody acts
 */
export function findLearningGroup(
  { scenario, spec: { groups } }: WorldPlan,
  name?: string,
  place = '--learning-group',
): number {
  const acting = actingGroups(groups)
  const [first] = acting
  if (first === undefined) {
    throw new RuntimeError('ERR_SCENARIO_INVALID', `${scenario.name}: all of its groups are passive`)
  }
  const wanted = name ?? scenario.learningGroup ?? groups[first]!.name
  const found = acting.find((group) => groups[group]!.name === wanted)
  if (found !== undefined) return found
  const names = acting.map((group) => groups[group]!.name)
  const isOwn = name === undefined
  throw new RuntimeError(
    isOwn ? 'ERR_SCENARIO_INVALID' : 'ERR_CONFIG_INVALID',
    `${isOwn ? `${scenario.name}: learningGroup` : place}: expected one of ${names.join(', ')}, got '${wanted}'`,
    { details: { field: 'learningGroup', got: wanted } },
  )
}

/**
 * The complete config of a command that builds worlds.
 *
 * @param reference name or path of the scenario
 * @param layers    the strongest first
 * @throws ERR_SCENARIO_INVALID, ERR_CONFIG_UNKNOWN_KEY, ERR_CONFIG_INVALID
 */
export async function resolveCommand<S extends z.ZodObject>(
  reference: string,
  command: S,
  layers: readonly Layer[],
): Promise<ScenarioConfig & { readonly options: z.output<S> }> {
  const scenario = await loadScenario(reference)
  const flat = resolveConfig(
    commandSchema(command, scenario),
    withPreset(scenario, withOwnConfig(scenario, layers)),
  )
  return {
    scenario,
    reference: resolveScenario(reference),
    scenarioOptions: pick(flat, scenario.options),
    options: pick(flat, command) as z.output<S>,
  }
}

/** The complete config of a training run. @throws as `resolveCommand` */
export async function resolveTraining(reference: string, layers: readonly Layer[]): Promise<TrainConfig> {
  const scenario = await loadScenario(reference)
  const algorithmReference = strongest(layers, 'algorithm') ?? defaultAlgorithm(scenario)
  const algorithm = await loadAlgorithm(algorithmReference)
  const flat = resolveConfig(
    trainSchema(scenario, algorithm),
    withPreset(scenario, withOwnConfig(scenario, layers)),
  )
  const scenarioOptions = pick(flat, scenario.options)
  const world = planScenario({ scenario, scenarioOptions })
  const { groups } = world.spec
  const options = pick(flat, trainOptions) as z.output<typeof trainOptions>
  const learning = findLearningGroup(world, options.learningGroup, placeOf('learningGroup', layers))
  refuseNobody(scenario, groups[learning]!)
  const run = {
    ...completeTraining(options, groups[learning]!.name, mostAgents(world.spec)),
    algorithm: resolveAlgorithm(algorithmReference),
  }
  refuseContradictions(run)
  const given = pick(flat, algorithm.options)
  const isSampled = playersOf(groups, learning).some((group) => groups[group]!.capacity > run.sampleAgents)
  return {
    scenario,
    reference: resolveScenario(reference),
    scenarioOptions,
    algorithm,
    algorithmOptions: algorithm.complete?.(given, isSampled) ?? given,
    run,
  }
}

/** True when all groups that act can have the policy that is learned: a match needs sides that can change places. */
export function canChangeSides(world: WorldPlan, learningGroup: string): boolean {
  const { groups } = world.spec
  const players = playersOf(groups, findLearningGroup(world, learningGroup))
  return players.length === actingGroups(groups).length
}

/** @throws ERR_CONFIG_INVALID when the group that is to learn has no agents */
function refuseNobody(scenario: AnyScenario, { name, capacity }: GroupSpec): void {
  if (capacity > 0) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `${scenario.name}: nobody is there to learn: with these options the group ${name} has no agents`,
    { details: { group: name } },
  )
}

function refuseContradictions({ listen, schedule, learner }: TrainOptions): void {
  if (listen === undefined) return
  if (schedule === 'sync') {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      '--listen: a synchronous run may not depend on who joins; use --schedule async or leave --listen out',
    )
  }
  if (learner === 'thread') {
    throw new RuntimeError('ERR_CONFIG_INVALID', '--listen: other machines need --learner process')
  }
}

/** Plans by the options that they are made from. To plan can mean to read the files of a city. */
const plans = new WeakMap<object, WorldPlan>()

/** The same plan for the same options object. @throws ERR_CONFIG_INVALID for options that contradict each other */
export function planScenario({
  scenario,
  scenarioOptions,
}: Pick<ScenarioConfig, 'scenario' | 'scenarioOptions'>): WorldPlan {
  const known = plans.get(scenarioOptions)
  if (known?.scenario === scenario) return known
  const plan = planWorld(scenario, scenarioOptions)
  plans.set(scenarioOptions, plan)
  return plan
}

/** The flat config as it is written into a run's folder; a config file has the same form. */
export function flattenConfig({ reference, scenarioOptions, algorithmOptions, run }: TrainConfig): object {
  return { scenario: reference, ...run, ...scenarioOptions, ...algorithmOptions }
}

/** The value of an option that wins, as text. */
export function strongest(layers: readonly Layer[], key: string): string | undefined {
  const layer = layers.find(({ values }) => values[key] !== undefined)
  return layer && String(layer.values[key])
}

/** What a file of the scenario's own format says beside its place, such as a seed. */
function withOwnConfig(scenario: AnyScenario, layers: readonly Layer[]): readonly Layer[] {
  const path = scenario.configOption === undefined ? undefined : strongest(layers, scenario.configOption)
  const values = path === undefined ? undefined : scenario.readConfig?.(path)
  return values === undefined ? layers : [...layers, { source: 'file', name: path!, values }]
}

/** A preset is the weakest layer: everything given beside it is stronger. */
function withPreset(scenario: AnyScenario, layers: readonly Layer[]): readonly Layer[] {
  const name = strongest(layers, 'preset')
  if (name === undefined) return layers
  const presets = scenario.presets ?? {}
  const values = Object.hasOwn(presets, name) ? presets[name] : undefined
  if (values === undefined) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--preset: expected one of ${Object.keys(presets).join(', ') || '(none)'}, got '${name}'`,
      { details: { got: name } },
    )
  }
  return [...layers, { source: 'file', name: `preset ${name}`, values: values as Record<string, unknown> }]
}

/** A scenario's options as one types them, those left out that are as by default. */
export function scenarioFlags({ scenario, scenarioOptions }: ScenarioConfig): string[] {
  return fieldsOf(scenario.options).flatMap(({ key, flag, type, default: standard }) => {
    const value = scenarioOptions[key] as string | number | boolean | readonly (string | number)[] | undefined
    if (value === undefined || String(value) === standard) return []
    if (type === 'boolean') return [value === true ? `--${flag}` : `--no-${flag}`]
    const text = String(value)
    return [`--${flag}`, /^[\w.,-]+$/.test(text) ? text : `'${text}'`]
  })
}

function pick(values: Readonly<Record<string, unknown>>, schema: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (key in values ? [[key, values[key]]] : [])),
  )
}
