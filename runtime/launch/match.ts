import type { EpisodeResult } from '../../actors/segment.ts'
import { actingGroups, type GroupSpec } from '../core/scenario.ts'
import type { WorldPlan } from '../core/world.ts'
import { type EpisodesOptions, playEpisodes } from './episodes.ts'
import type { NamedPolicy } from './policies.ts'
import { mean, wilson } from './statistics.ts'

export interface MatchOptions extends EpisodesOptions {
  readonly red: NamedPolicy
  readonly blue: NamedPolicy
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

/** Plays episodes between two policies; in every other one they change sides. @throws ERR_ARENA_TOO_LARGE */
export async function playMatch(options: MatchOptions): Promise<MatchResult> {
  const { world, red, blue } = options
  const sides = sidesOf(world.spec.groups)
  // The first side is red's in even episodes, the other one blue's.
  const assign = (number: number) => sides.map((side) => (side === number % 2 ? 0 : 1))
  const played = await playEpisodes(options, [red, blue], assign)
  const games = played.map(({ number, result }): Game => ({ redSide: number % 2, result }))
  return summarise(games, sides, red, blue)
}

/** How players who are one group play each other instead, where the scenario has it: for the end of a message. */
export function howToPlayApart({ options }: WorldPlan): string {
  return options['sides'] === 'together' ? ', or give --sides apart: each player is a side then' : ''
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
export function totalOf(values: readonly number[], sides: readonly number[], side: number): number {
  return values.reduce((sum, value, group) => sum + (sides[group] === side ? value : 0), 0)
}

export function addUp(figures: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const figure of figures) {
    for (const [name, value] of Object.entries(figure)) sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}
