import { actingGroups } from '../core/scenario.ts'
import type { WorldPlan } from '../core/world.ts'
import { canChangeSides, type TrainConfig } from './config.ts'
import type { EpisodesOptions } from './episodes.ts'
import { type MatchResult, playMatch } from './match.ts'
import type { Opponent } from './opponent.ts'
import { greedily, loadPolicy, RANDOM_POLICY } from './policies.ts'
import { measureReturn, type ReturnResult } from './returns.ts'
import type { TrainObserver } from './train.ts'

/** What a trained policy came to beside others. */
export interface Evaluation {
  /** In matches; empty with one group, and where groups differ. */
  readonly evaluation: readonly MatchResult[]
  /** With one group: what each earns. */
  readonly returns: readonly ReturnResult[]
  /** False when the run was stopped before all of it was played. */
  readonly isWhole: boolean
}

export const NO_EVALUATION: Evaluation = { evaluation: [], returns: [], isWhole: true }

/** The trained policy beside random play, every scripted policy and a learned opponent; what was not played to its end is left out. */
export async function evaluate(
  config: TrainConfig,
  world: WorldPlan,
  checkpoint: string,
  opponent: Opponent | undefined,
  signal: AbortSignal,
  observer: TrainObserver,
): Promise<Evaluation> {
  const { run, scenario } = config
  if (run.evalEpisodes === 0) return NO_EVALUATION
  if (!canChangeSides(world, run.learningGroup)) {
    observer.log(
      `--eval-episodes: none is played, the groups of ${scenario.name} differ and cannot change sides`,
    )
    return NO_EVALUATION
  }
  const learned = { ...(await loadPolicy(checkpoint, world, 'greedy')), name: 'learned' }
  const others = [RANDOM_POLICY]
  for (const name of scenario.scripted) others.push(await loadPolicy(name, world, 'greedy'))
  if (opponent?.policy.kind === 'learned') others.push(greedily(opponent.policy))
  const { evalEpisodes: episodes, threads, seed } = run
  const options = (what: string): EpisodesOptions => ({
    world,
    scenario: config.reference,
    episodes,
    threads,
    seed,
    signal,
    onProgress: (done) => observer.evaluation(what, done, episodes),
  })
  const evaluation: MatchResult[] = []
  const returns: ReturnResult[] = []
  if (actingGroups(world.spec.groups).length === 1) {
    for (const policy of [learned, ...others]) {
      const result = await measureReturn({ ...options(policy.name), policy })
      if (!signal.aborted) returns.push(result)
    }
  } else {
    for (const blue of others) {
      const result = await playMatch({ ...options(`learned against ${blue.name}`), red: learned, blue })
      if (!signal.aborted) evaluation.push(result)
    }
  }
  return { evaluation, returns, isWhole: !signal.aborted }
}
