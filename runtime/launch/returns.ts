import { type EpisodesOptions, playEpisodes } from './episodes.ts'
import type { NamedPolicy } from './policies.ts'
import { mean, normalInterval } from './statistics.ts'

export interface ReturnOptions extends EpisodesOptions {
  readonly policy: NamedPolicy
}

/** What a policy earns in a scenario with one group, where there is nobody to win against. */
export interface ReturnResult {
  readonly policy: string
  readonly episodes: number
  /** Total reward of the group in an episode, mean over the episodes. */
  readonly meanReturn: number
  /** 95 % interval of the mean, by the normal distribution; undefined for a single episode. */
  readonly interval: readonly [number, number] | undefined
  readonly meanSteps: number
  /** The scenario's own figures at the end of an episode, means over the episodes. */
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * Plays episodes in which the policy acts for everyone. Policies that are given the same options start from the
 * same states, so their returns compare. Without an episode that ended all means are NaN.
 *
 * @throws ERR_ARENA_TOO_LARGE
 */
export async function measureReturn(options: ReturnOptions): Promise<ReturnResult> {
  const { world, policy } = options
  const everyone = world.spec.groups.map(() => 0)
  const played = await playEpisodes(options, [policy], () => everyone)
  const returns = played.map(({ result }) => result.groupReward.reduce((sum, reward) => sum + reward, 0))
  const names = Object.keys(played[0]?.result.metrics ?? {})
  return {
    policy: policy.name,
    episodes: played.length,
    meanReturn: mean(returns),
    interval: normalInterval(returns),
    meanSteps: mean(played.map(({ result }) => result.steps)),
    metrics: Object.fromEntries(
      names.map((name) => [name, mean(played.map(({ result }) => result.metrics[name]!))]),
    ),
  }
}
