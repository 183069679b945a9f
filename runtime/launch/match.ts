import type { EpisodeResult } from '../../actors/segment.ts'
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

/** Plays episodes between two policies; in every other one they change sides. @throws ERR_ARENA_TOO_LARGE */
export async function playMatch(options: MatchOptions): Promise<MatchResult> {
  const { world, red, blue } = options
  // Group 0 and those of its side are red's in even episodes; all others are blue's.
  const assign = (number: number) => world.spec.groups.map((_, group) => (group % 2 === number % 2 ? 0 : 1))
  const played = await playEpisodes(options, [red, blue], assign)
  const games = played.map(({ number, result }): Game => ({ redSide: number % 2, result }))
  return summarise(games, red, blue)
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
