import type { z } from 'zod'
import { loadScenario } from '../../../scenarios/registry.ts'
import type { Layer } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { type AnyScenario, actingGroups } from '../../core/scenario.ts'
import { commandSchema, planScenario, requireScenario } from '../config.ts'
import { formatCount, formatTable } from '../console.ts'
import { type Measurement, measure } from '../measure.ts'
import type { runOptions } from '../options.ts'
import { policyKey, resolvePlay, runSchema } from '../play-config.ts'
import { loadPolicy, RANDOM_POLICY } from '../policies.ts'
import { asTrained, trainedOn } from '../trained-on.ts'
import type { Command } from './command.ts'

export const runCommand: Command = {
  usage: 'run [scenario]',
  summary: 'play a scenario with fixed policies and report what happened',
  examples: [
    ['manyfold run battle --red-policy nearest-enemy --blue-policy random', 'one battle, scripted'],
    [
      'manyfold run battle --red-policy runs/mine --json',
      'a trained army against random; one JSON object at the end',
    ],
    ['manyfold run battle --agents 100000 --steps 50', 'a large battle, all threads on one world'],
  ],

  stops: 'well',
  async options({ scenario }) {
    const loaded = await loadScenario(scenario ?? 'battle')
    return commandSchema(runSchema(loaded), loaded)
  },

  async run({ positionals, layers, console, signal }) {
    const reference = requireScenario(positionals['scenario'])
    const scenario = await loadScenario(reference)
    const trained = asTrained(await trainedOn(policyValues(scenario, layers)), reference, layers)
    const config = await resolvePlay(reference, runSchema(scenario), [...layers, ...trained])
    const options = config.options as Omit<z.output<typeof runOptions>, 'policy'>
    const named = (group?: string) => config.options[policyKey(scenario, group)] as string | undefined
    const world = planScenario(config)
    const names = world.spec.groups.map(({ name }) => named(name) ?? named()!)
    const distinct = [...new Set(names)]
    const policies = []
    for (const name of distinct) {
      const itsGroups = actingGroups(world.spec.groups).filter((group) => names[group] === name)
      if (itsGroups.length === 0) policies.push(RANDOM_POLICY)
      else policies.push(await loadPolicy(name, world, 'greedy', { groups: itsGroups }))
    }
    const steps = options.steps ?? world.spec.maxSteps
    const replayFile = config.options['replay'] as string | undefined
    const measurement = await measure({
      world,
      scenario: config.reference,
      policies,
      assignment: names.map((name) => distinct.indexOf(name)),
      worlds: options.worlds,
      threads: options.threads,
      segmentSteps: options.segmentSteps,
      seed: options.seed,
      steps,
      warmup: 0,
      untilEpisodeEnds: options.steps === undefined,
      openReplay: (played) =>
        options.worlds === 1
          ? scenario.openReplay?.(config.scenarioOptions, played, replayFile)
          : refuseReplay(replayFile),
      signal,
      onProgress: (done, agentSteps) =>
        console.progress('running', done, steps * options.worlds, `${formatCount(agentSteps)} agent-steps`),
    })
    console.endProgress()
    console.result(describeMeasurement(measurement), measurement)
    return 0
  },
}

/** Policies as they were typed, for all groups or for one. */
function policyValues(scenario: AnyScenario, layers: readonly Layer[]): unknown[] {
  const key = policyKey(scenario)
  return layers.flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, value]) =>
      name === key || name.endsWith('Policy') ? [value] : [],
    ),
  )
}

/** @throws ERR_CONFIG_INVALID when one was asked for: of several worlds there is none */
function refuseReplay(file: string | undefined): undefined {
  if (file === undefined) return
  throw new RuntimeError('ERR_CONFIG_INVALID', '--replay: shows one world; leave --worlds out')
}

export function describeMeasurement(measurement: Measurement): string {
  const { scenario, agents, policy, steps, agentSteps, seconds, agentStepsPerSecond, phases, metrics } =
    measurement
  const total = Object.values(phases).reduce((sum, value) => sum + value, 0)
  const rows = Object.entries(phases).map(([name, value]) => [
    name,
    value.toFixed(3),
    `${((100 * value) / total).toFixed(1)}%`,
    ((1e9 * value) / agentSteps).toFixed(0),
  ])
  return [
    `${scenario}: ${formatCount(agents)} agents, ${policy}, ${formatCount(steps)} steps in ${seconds.toFixed(2)} s ` +
      `on ${measurement.threads} threads: ${formatCount(agentStepsPerSecond)} agent-steps/s`,
    '',
    formatTable(['phase', 'seconds', 'share', 'ns per agent-step'], rows),
    '',
    Object.entries(metrics)
      .map(([name, value]) => `${name} ${formatCount(value)}`)
      .join(', '),
    `peak memory ${(measurement.peakRssBytes / 2 ** 20).toFixed(0)} MiB, state hash ${measurement.stateHash}`,
  ].join('\n')
}
