import type { EpisodeResult } from '../../actors/segment.ts'
import { Random, Stream, seedKey } from '../core/rng.ts'
import type { WorldPlan } from '../core/world.ts'
import type { NamedPolicy } from './policies.ts'
import { openStage } from './stage.ts'

/** Worlds side by side, whatever the number of threads: the episodes do not depend on it. */
const EVALUATION_WORLDS = 16
const SEGMENT_STEPS = 256

/** How many episodes are played, and where. */
export interface EpisodesOptions {
  readonly world: WorldPlan
  readonly scenario: string
  readonly episodes: number
  readonly threads: number
  readonly seed: number
  /** Ends the play early: what was played until then counts. */
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** An episode that was played to its end. */
export interface PlayedEpisode {
  /** Its number, from 0 to the number of episodes. */
  readonly number: number
  readonly result: EpisodeResult
}

/**
 * Plays whole episodes with fixed policies. Episode n starts alike for equal seeds, whatever the policies.
 *
 * @param assign policy of each group in episode `number`, as an index into `policies`
 * @returns in the order of their numbers; those that `signal` cut short are left out
 * @throws ERR_ARENA_TOO_LARGE
 */
export async function playEpisodes(
  options: EpisodesOptions,
  policies: readonly NamedPolicy[],
  assign: (number: number) => readonly number[],
): Promise<PlayedEpisode[]> {
  const { world, scenario, episodes, threads, seed, signal } = options
  const worlds = Math.min(episodes, EVALUATION_WORLDS)
  const stage = openStage({
    world,
    scenario,
    policies,
    worlds,
    threads,
    segmentSteps: SEGMENT_STEPS,
    seed: evaluationSeed(seed),
  })
  try {
    // By number and not by time: sums of floats depend on their order.
    const played: PlayedEpisode[] = []
    let done = 0
    const playWorld = async (index: number): Promise<void> => {
      for (let number = index; number < episodes; number += worlds) {
        const result = await playEpisode(index, assign(number))
        if (result === undefined) return
        played[number] = { number, result }
        options.onProgress(++done)
      }
    }
    const playEpisode = async (
      index: number,
      assignment: readonly number[],
    ): Promise<EpisodeResult | undefined> => {
      while (!signal.aborted) {
        const { episode } = await stage.play(index, assignment, SEGMENT_STEPS)
        if (episode) return episode
      }
      return undefined
    }
    await Promise.all(Array.from({ length: worlds }, (_, index) => playWorld(index)))
    return played.filter((episode) => episode !== undefined)
  } finally {
    await stage.close()
  }
}

/** Another root than training's, so that nothing is played on an episode that was trained on. */
function evaluationSeed(seed: number): number {
  const random = new Random(seedKey(seed))
  random.draw(Stream.evaluation, 0, 0)
  return random.words[0]!
}
