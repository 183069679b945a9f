import type { Rollout } from '../../actors/rollout-host.ts'
import { NO_COUNTS } from './trainer.ts'

/** The latest figures of a run, and means over the episodes since they were last taken. */
export class RunFigures {
  readonly #latest: Record<string, number>
  #episodes: Record<string, number>[] = []

  /** @param found what a resumed run recorded last, counters included */
  constructor(found: Readonly<Record<string, number>>) {
    this.#latest = Object.fromEntries(
      Object.entries(found).filter(([name]) => !Object.hasOwn(NO_COUNTS, name)),
    )
  }

  get latest(): Readonly<Record<string, number>> {
    return this.#latest
  }

  set(figures: Readonly<Record<string, number>>): void {
    Object.assign(this.#latest, figures)
  }

  addEpisode({ result, sides }: Rollout): void {
    const { episode } = result
    if (!episode) return
    const reward = sides ? { episodeReward: sides.main, opponentReward: sides.opponent } : {}
    this.#episodes.push({ ...episode.metrics, ...reward, episodeSteps: episode.steps })
  }

  /** Means of the episodes that ended since the last call; they become the latest figures too. */
  takeEpisodes(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {}
    for (const episode of this.#episodes) {
      for (const [name, value] of Object.entries(episode)) sums[name] = (sums[name] ?? 0) + value
    }
    const count = this.#episodes.length
    this.#episodes = []
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]))
    this.set(means)
    return means
  }
}
