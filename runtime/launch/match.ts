import type { EpisodeResult } from '../../actors/segment.ts'
import { Random, Stream, seedKey } from '../core/rng.ts'
import type { WorldPlan } from '../core/world.ts'
import type { NamedPolicy } from './policies.ts'
import { openStage } from './stage.ts'

/** Worlds of a match, whatever the number of threads: the games do not depend on it. */
const MATCH_WORLDS = 16
const SEGMENT_STEPS = 256

export interface MatchOptions {
  readonly world: WorldPlan
  readonly scenario: string
  readonly red: NamedPolicy
  readonly blue: NamedPolicy
  readonly episodes: number
  readonly threads: number
  readonly seed: number
  /** Ends the match early: what was played until then counts. */
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** One side's share of a match. */
export interface SideResult {
  readonly policy: string
  readonly wins: number
  readonly winRate: number
  /** 95 % interval of the win rate, by Wilson. */
  readonly interval: readonly [number, number]
  /** Mean total reward of the side's group over the episodes. */
  readonly meanReward: number
  /** The scenario's own figures of the side, added up: kills … */
  readonly [figure: string]: number | string | readonly [number, number]
}

export interface MatchResult {
  readonly episodes: number
  readonly draws: number
  readonly meanSteps: number
  readonly red: SideResult
  readonly blue: SideResult
}

/** Plays episodes between two policies; in every other one they change sides. */
export async function playMatch(options: MatchOptions): Promise<MatchResult> {
  const { world, red, blue, episodes, threads, seed, signal } = options
  const worlds = Math.min(episodes, MATCH_WORLDS)
  const stage = openStage({
    world,
    scenario: options.scenario,
    policies: [red, blue],
    worlds,
    threads,
    segmentSteps: SEGMENT_STEPS,
    seed: matchSeed(seed),
  })
  try {
    const played: Game[] = []
    let done = 0
    const playWorld = async (index: number): Promise<void> => {
      for (let episode = index; episode < episodes; episode += worlds) {
        const redSide = episode % 2
        const result = await playEpisode(index, redSide)
        if (result === undefined) return
        // By episode and not by time: sums of floats depend on their order.
        played[episode] = { redSide, result }
        options.onProgress(++done)
      }
    }
    const playEpisode = async (index: number, redSide: number): Promise<EpisodeResult | undefined> => {
      // Group 0 and those of its side are red's in even episodes; all others are blue's.
      const assignment = world.spec.groups.map((_, group) => (group % 2 === redSide ? 0 : 1))
      while (!signal.aborted) {
        const { episode } = await stage.play(index, assignment, SEGMENT_STEPS)
        if (episode) return episode
      }
      return undefined
    }
    await Promise.all(Array.from({ length: worlds }, (_, index) => playWorld(index)))
    return summarise(
      played.filter((game) => game !== undefined),
      red,
      blue,
    )
  } finally {
    await stage.close()
  }
}

/** Another root than training's, so that no game is played on an episode that was trained on. */
function matchSeed(seed: number): number {
  const random = new Random(seedKey(seed))
  random.draw(Stream.evaluation, 0, 0)
  return random.words[0]!
}

interface Game {
  readonly redSide: number
  readonly result: EpisodeResult
}

function summarise(games: readonly Game[], red: NamedPolicy, blue: NamedPolicy): MatchResult {
  const redWins = games.filter(({ redSide, result }) => winner(result) === redSide).length
  const draws = games.filter(({ result }) => winner(result) === undefined).length
  const side = (policy: NamedPolicy, wins: number, groupOf: (game: Game) => number): SideResult => ({
    policy: policy.name,
    wins,
    winRate: wins / games.length,
    interval: wilson(wins, games.length),
    meanReward: mean(games.map((game) => game.result.groupReward[groupOf(game)]!)),
    ...addUp(games.map((game) => game.result.groupMetrics[groupOf(game)]!)),
  })
  return {
    episodes: games.length,
    draws,
    meanSteps: mean(games.map(({ result }) => result.steps)),
    red: side(red, redWins, ({ redSide }) => redSide),
    blue: side(blue, games.length - redWins - draws, ({ redSide }) => 1 - redSide),
  }
}

/** The side whose groups have the higher scores together, or undefined for a draw. */
function winner({ score }: EpisodeResult): number | undefined {
  const sides = [0, 1].map((side) =>
    score.reduce((sum, value, group) => sum + (group % 2 === side ? value : 0), 0),
  )
  if (sides[0] === sides[1]) return undefined
  return sides[0]! > sides[1]! ? 0 : 1
}

function addUp(figures: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const figure of figures) {
    for (const [name, value] of Object.entries(figure)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * 95 % score interval of a proportion.
 *
 * @see Wilson 1927
 */
export function wilson(successes: number, trials: number): readonly [number, number] {
  const z = 1.959964
  const p = successes / trials
  const centre = (p + (z * z) / (2 * trials)) / (1 + (z * z) / trials)
  const half =
    (z / (1 + (z * z) / trials)) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
