import { resolve } from 'node:path'
import { type FixedOpponent, OPPONENT_RECORD } from '../../actors/rollout-host.ts'
import { RuntimeError } from '../core/errors.ts'
import { actingGroups, playersOf } from '../core/scenario.ts'
import type { WorldPlan } from '../core/world.ts'
import type { TrainConfig } from './config.ts'
import { SELF_PLAY } from './options.ts'
import { checkNetwork, loadPolicy, type NamedPolicy, packLearned, toSpecs } from './policies.ts'

/** A policy that does not learn, and the groups that play it in training. */
export interface Opponent {
  readonly policy: NamedPolicy
  readonly groups: readonly number[]
  /** Groups that act at random: they do not learn, and the policy is not made for them. */
  readonly bystanders: readonly number[]
}

/**
 * The policy of all groups beside the one that learns, as far as it is made for them; undefined in self-play. A learned one acts as at the
 * end of its training.
 *
 * @param name as for `loadPolicy`, or `self-play`
 * @throws as `loadPolicy`; ERR_CONFIG_INVALID where no other group acts
 */
export async function loadOpponent(
  name: string,
  world: WorldPlan,
  learningGroup: number,
): Promise<Opponent | undefined> {
  if (name === SELF_PLAY) return undefined
  const { groups } = world.spec
  const acting = actingGroups(groups)
  if (acting.length === 1) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--opponent: expected ${SELF_PLAY}, got '${name}': with these options ${world.scenario.name} has no group beside ` +
        `${groups[learningGroup]!.name}; leave it out`,
    )
  }
  const isAlone = playersOf(groups, learningGroup).length === 1
  const others = isAlone ? acting.filter((group) => group !== learningGroup) : acting
  try {
    const policy = await loadPolicy(name, world, 'sampled', {
      groups: [],
      place: '--opponent',
      known: [SELF_PLAY],
    })
    if (policy.kind !== 'learned') return { policy, groups: others, bystanders: [] }
    const check = (group: number) => checkNetwork(name, policy.weights!, world, group, policy.acting!)
    const fitting = others.filter((group) => succeeds(() => check(group)))
    if (fitting.length === 0) check(others[0]!)
    const bystanders = others.filter((group) => !fitting.includes(group))
    return { policy: { ...policy, group: fitting[0]! }, groups: fitting, bystanders }
  } catch (error) {
    if (!(error instanceof RuntimeError) || !error.code.startsWith('ERR_CHECKPOINT')) throw error
    throw new RuntimeError(
      error.code,
      `--opponent: ${error.message}; or name another, such as --opponent ${SELF_PLAY}`,
      { ...(error.details && { details: error.details }), cause: error },
    )
  }
}

function succeeds(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

/** An opponent as a host takes it. */
export function toFixedOpponent({ policy, groups }: Opponent, world: WorldPlan): FixedOpponent {
  const [spec] = toSpecs([policy], false, OPPONENT_RECORD)
  return { policy: spec!, groups, parameters: packLearned([policy], world), exploration: policy.exploration }
}

/**
 * The same config with the checkpoint that the opponent was taken from: a run that goes on, or is moved, does not change who opposes.
 *
 * @throws ERR_CONFIG_INVALID when others are to join that do not have it
 */
export function withOpponent(config: TrainConfig, opponent: Opponent | undefined): TrainConfig {
  const checkpoint = opponent?.policy.checkpoint
  if (checkpoint === undefined) return config
  const { run } = config
  if (run.listen !== undefined) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `--listen: other machines do not have ${run.opponent}; take another --opponent, or leave --listen out`,
    )
  }
  return { ...config, run: { ...run, opponent: resolve(checkpoint) } }
}
