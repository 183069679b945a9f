import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import { type Layer, toFlag } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { actingGroups, kindsOf } from '../../core/scenario.ts'
import type { WorldPlan } from '../../core/world.ts'
import { readCheckpointState } from '../../store/checkpoint.ts'
import { stepOfName } from '../../store/checkpoint-folders.ts'
import { planScenario, resolveCommand, type ScenarioConfig } from '../config.ts'
import { howToPlayApart, sidesOf } from '../match.ts'
import { tournamentOptions } from '../options.ts'
import { isPath, loadPolicy, type NamedPolicy } from '../policies.ts'
import { asTrained } from '../trained-on.ts'
import type { RunDescription } from '../trainer.ts'

/** A policy that plays in a tournament. */
export interface Participant {
  /** A scripted policy's name, or the fingerprint of a learned one's weights and of how it acts. */
  readonly id: string
  /** Short, and no other participant's. */
  readonly name: string
  readonly policy: NamedPolicy
}

/** A tournament, complete and checked. */
export interface TournamentConfig extends ScenarioConfig {
  readonly world: WorldPlan
  readonly options: z.output<typeof tournamentOptions>
  readonly participants: readonly Participant[]
}

/**
 * The complete config of a tournament. Scenario and options are those of the participants that were trained; `layers` are
 * stronger.
 *
 * @param policies runs, checkpoints, names of scripted policies, `random`
 * @param layers   the strongest first
 * @throws ERR_CONFIG_INVALID for policies that cannot play each other, and as `resolveCommand` and `loadPolicy`
 */
export async function resolveTournament(
  policies: readonly string[],
  layers: readonly Layer[],
): Promise<TournamentConfig> {
  if (policies.length < 2) {
    throw refusal(`expected two policies or more, got ${policies.join(', ') || 'none'}; name runs, checkpoints, \
scripted policies or random`)
  }
  const trained = await readTraining(policies)
  const [first] = trained
  if (first === undefined) {
    throw refusal(
      `expected a run or a checkpoint among ${policies.join(', ')}: the scenario is that of its training`,
    )
  }
  const { scenario: reference } = first.run
  refuseOtherTraining(trained, layers)
  const config = await resolveCommand(reference, tournamentOptions, [
    ...layers,
    ...asTrained(first.run, reference, layers),
  ])
  const world = planScenario(config)
  refuseFixedSides(world)
  const loaded: NamedPolicy[] = []
  for (const name of policies) loaded.push(await loadPolicy(name, world, config.options.selection))
  return { ...config, world, participants: nameAll(loaded) }
}

/** Where a tournament is kept unless the user says otherwise: the same for all that decides its episodes. */
export function defaultTournamentOut(config: TournamentConfig): string {
  const { scenario, scenarioOptions, options, participants } = config
  const ids = participants.map(({ id }) => id).toSorted()
  const all = JSON.stringify([scenarioOptions, options.seed, options.selection, ids])
  return join('tournaments', `${scenario.name}-${fingerprint([all]).slice(0, 8)}`)
}

interface Trained {
  readonly policy: string
  readonly run: RunDescription
}

/** What the participants that are paths were trained on. */
export async function readTraining(policies: readonly string[]): Promise<Trained[]> {
  const trained: Trained[] = []
  for (const policy of policies.filter(isPath)) {
    trained.push({ policy, run: (await readCheckpointState(policy)) as RunDescription })
  }
  return trained
}

/** @throws ERR_CONFIG_INVALID when scenarios differ, or options that the layers do not give */
function refuseOtherTraining([first, ...others]: readonly Trained[], layers: readonly Layer[]): void {
  const isGiven = (key: string) =>
    layers.some(({ values }) => values[key] !== undefined || values['preset'] !== undefined)
  for (const { policy, run } of others) {
    if (run.scenario !== first!.run.scenario) {
      throw refusal(
        `${policy} was trained in ${run.scenario}, and ${first!.policy} in ${first!.run.scenario}; ` +
          'name policies of one scenario',
      )
    }
    const [one, other] = [first!.run.scenarioOptions, run.scenarioOptions]
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const [a, b] = [JSON.stringify(one[key]), JSON.stringify(other[key])]
      if (a === b || isGiven(key)) continue
      const flag = `--${toFlag(key)}`
      throw refusal(
        `${policy} was trained with ${flag} ${b ?? 'left out'}, and ${first!.policy} with ${a ?? 'it left out'}; ` +
          `leave one of them out, or give ${flag} for all`,
      )
    }
  }
}

/** @throws ERR_CONFIG_INVALID when policies cannot change sides, or there is only one side */
function refuseFixedSides(world: WorldPlan): void {
  const {
    scenario,
    spec: { groups },
  } = world
  const acting = actingGroups(groups)
  const sides = sidesOf(groups)
  if (!acting.some((group) => sides[group] === 1)) {
    throw refusal(
      `${scenario.name} has one side, and nobody to win against; compare what policies earn with \`manyfold eval\`${howToPlayApart(world)}`,
    )
  }
  const kinds = kindsOf(groups)
  const other = acting.find((group) => kinds[group] !== kinds[acting[0]!])
  if (other === undefined) return
  throw refusal(
    `the groups of ${scenario.name} differ, so policies cannot change sides: ${groups[other]!.name} and ` +
      `${groups[acting[0]!]!.name} have other observations or actions`,
  )
}

/** @throws ERR_CONFIG_INVALID for a policy that is there twice */
function nameAll(policies: readonly NamedPolicy[]): Participant[] {
  const short = policies.map(shortName)
  const participants = policies.map((policy, i) => {
    const isUnique = short.indexOf(short[i]!) === short.lastIndexOf(short[i]!)
    return { id: idOf(policy), name: isUnique ? short[i]! : policy.name, policy }
  })
  for (const [i, { id, policy }] of participants.entries()) {
    const earlier = participants.findIndex((other) => other.id === id)
    if (earlier === i) continue
    const [one, other] = [policy.name, participants[earlier]!.policy.name]
    throw refusal(
      one === other
        ? `${one} is named twice; name each policy once`
        : `${one} has the same weights as ${other}; leave one of them out`,
    )
  }
  return participants
}

/** A run's own name; of one of its checkpoints with the step behind it. */
function shortName({ kind, name, step }: NamedPolicy): string {
  if (kind !== 'learned') return name
  const path = resolve(name)
  if (stepOfName(path) !== undefined) {
    const above = dirname(path)
    return `${basename(basename(above) === 'checkpoints' ? dirname(above) : above)}@${step}`
  }
  return basename(path) === 'checkpoints' ? basename(dirname(path)) : basename(path)
}

function idOf({ kind, name, acting, weights, exploration }: NamedPolicy): string {
  if (kind !== 'learned') return name
  const tensors = Object.entries(weights!).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return fingerprint([
    JSON.stringify([acting, exploration]),
    ...tensors.flatMap(([tensor, { shape, data }]) => [`${tensor}[${shape.join()}]`, data]),
  ])
}

/** 64 bits of SHA-256, as 16 hexadecimal digits. */
function fingerprint(parts: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 16)
}

function refusal(what: string): RuntimeError {
  return new RuntimeError('ERR_CONFIG_INVALID', `tournament: ${what}`)
}
