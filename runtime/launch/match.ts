import type { EpisodeResult } from '../../actors/segment.ts'
import { Random, Stream, seedKey } from '../core/rng.ts'
import { actingGroups, type GroupSpec } from '../core/scenario.ts'
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
  /** Mean total reward of the side's groups over the episodes. */
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
  const sides = sidesOf(world.spec.groups)
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
      // The first side is red's in even episodes, the other one blue's.
      const assignment = sides.map((side) => (side === redSide ? 0 : 1))
      while (!signal.aborted) {
        const { episode } = await stage.play(index, assignment, SEGMENT_STEPS)
        if (episode) return episode
      }
      return undefined
    }
    await Promise.all(Array.from({ length: worlds }, (_, index) => playWorld(index)))
    return summarise(
      played.filter((game) => game !== undefined),
      sides,
      red,
      blue,
    )
  } finally {
    await stage.close()
  }
}

/**
 * The side of every group, 0 or 1: teams in turn, in the order of their first groups. Passive groups are on
 * neither, −1.
 */
export function sidesOf(groups: readonly GroupSpec[]): number[] {
  const teamOf = (group: number) => groups[group]!.team ?? `group ${group}`
  const teams = [...new Set(actingGroups(groups).map(teamOf))]
  return groups.map(({ passive }, group) => (passive ? -1 : teams.indexOf(teamOf(group)) % 2))
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

function summarise(
  games: readonly Game[],
  sides: readonly number[],
  red: NamedPolicy,
  blue: NamedPolicy,
): MatchResult {
  const winners = games.map(({ redSide, result }) => {
    const side = winner(result, sides)
    return side === undefined ? 'none' : side === redSide ? 'red' : 'blue'
  })
  const describe = (policy: NamedPolicy, colour: 'red' | 'blue'): SideResult => {
    const wins = winners.filter((won) => won === colour).length
    const own = games.map(({ redSide, result }) => ({
      result,
      side: colour === 'red' ? redSide : 1 - redSide,
    }))
    return {
      policy: policy.name,
      wins,
      winRate: wins / games.length,
      interval: wilson(wins, games.length),
      meanReward: mean(own.map(({ result, side }) => totalOf(result.groupReward, sides, side))),
      ...addUp(
        own.flatMap(({ result, side }) => result.groupMetrics.filter((_, group) => sides[group] === side)),
      ),
    }
  }
  return {
    episodes: games.length,
    draws: winners.filter((won) => won === 'none').length,
    meanSteps: mean(games.map(({ result }) => result.steps)),
    red: describe(red, 'red'),
    blue: describe(blue, 'blue'),
  }
}

/** The side whose groups have the higher scores together, or undefined for a draw. */
function winner({ score }: EpisodeResult, sides: readonly number[]): number | undefined {
  const [first, second] = [totalOf(score, sides, 0), totalOf(score, sides, 1)]
  if (first === second) return undefined
  return first > second ? 0 : 1
}

/** What the groups of a side have together. */
function totalOf(values: readonly number[], sides: readonly number[], side: number): number {
  return values.reduce((sum, value, group) => sum + (sides[group] === side ? value : 0), 0)
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
