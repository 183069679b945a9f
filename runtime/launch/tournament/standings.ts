import { eloIntervals, eloRatings, type PairScore } from '../elo.ts'
import { mean, normalInterval, wilson } from '../statistics.ts'
import type { Participant } from './config.ts'
import type { Game } from './record.ts'

/** What a policy did in some episodes. */
export interface Performance {
  readonly policy: string
  readonly episodes: number
  readonly wins: number
  readonly draws: number
  readonly losses: number
  /** Wins / episodes. */
  readonly winRate: number
  /** 95 % interval of the win rate, by Wilson. */
  readonly interval: readonly [number, number]
  /**
   * Enemies killed / own killed; infinite where none of its own was, NaN where nobody was; undefined where the scenario
   * counts no kills.
   */
  readonly killingIndex: number | undefined
  /** Reward of the policy's groups together in an episode, mean over the episodes. */
  readonly meanReward: number
  readonly totalReward: number
}

/** A policy's performance against all others. */
export interface Standing extends Performance {
  readonly elo: number
  /** 95 %, see elo.ts. */
  readonly eloInterval: readonly [number, number]
  /** 95 % interval of the mean reward, by the normal distribution; undefined for a single episode. */
  readonly rewardInterval: readonly [number, number] | undefined
}

/** A policy's performance against one other. */
export interface PairResult extends Performance {
  readonly opponent: string
}

export interface Standings {
  /** The highest rating first. */
  readonly standings: readonly Standing[]
  /** Each policy against each opponent that it has met, both in the order of the standings. */
  readonly pairs: readonly PairResult[]
}

/**
 * Who is how strong. It depends on the games, not on their order.
 *
 * @param seed root of the resampling behind the ratings' intervals
 */
export function standingsOf(
  participants: readonly Pick<Participant, 'id' | 'name'>[],
  games: readonly Game[],
  seed: number,
): Standings {
  // By id, for sums of floats and resamples depend on the order.
  const players = participants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const played = byOpponent(players, games)
  const scores = played.flatMap((row, first) =>
    row.flatMap((own, second) => (second > first && own.length > 0 ? [scoreOf(first, second, own)] : [])),
  )
  const ratings = eloRatings(players.length, scores)
  const intervals = eloIntervals(players.length, scores, seed)
  const standings = players.map(({ name }, i): Standing => {
    const own = played[i]!.flat()
    return {
      ...performanceOf(name, own),
      elo: ratings[i]!,
      eloInterval: intervals[i]!,
      rewardInterval: normalInterval(own.map(({ reward }) => reward)),
    }
  })
  const order = [...players.keys()].toSorted((a, b) => ratings[b]! - ratings[a]!)
  return {
    standings: order.map((i) => standings[i]!),
    pairs: order.flatMap((i) =>
      order
        .filter((j) => played[i]![j]!.length > 0)
        .map((j) => ({ ...performanceOf(players[i]!.name, played[i]![j]!), opponent: players[j]!.name })),
    ),
  }
}

/** An episode as one of its two policies sees it. */
interface OwnGame {
  readonly isWon: boolean
  readonly isLost: boolean
  readonly reward: number
  /** Undefined where the scenario counts none. */
  readonly kills: number | undefined
  readonly ownKilled: number | undefined
}

/** [player][opponent] their episodes, in the order of their numbers. */
function byOpponent(players: readonly Pick<Participant, 'id'>[], games: readonly Game[]): OwnGame[][][] {
  const places = new Map(players.map(({ id }, place) => [id, place]))
  const played = players.map(() => players.map((): OwnGame[] => []))
  for (const { pair, sides } of games.toSorted((a, b) => a.episode - b.episode)) {
    const [first, second] = pair.map((id) => places.get(id)!) as [number, number]
    played[first]![second]!.push(ownGame(sides[0], sides[1]))
    played[second]![first]!.push(ownGame(sides[1], sides[0]))
  }
  return played
}

type Side = Game['sides'][0]

function ownGame(own: Side, other: Side): OwnGame {
  return {
    isWon: own.score > other.score,
    isLost: own.score < other.score,
    reward: own.reward,
    kills: own.figures['kills'],
    ownKilled: other.figures['kills'],
  }
}

function scoreOf(first: number, second: number, games: readonly OwnGame[]): PairScore {
  const firstWins = games.filter(({ isWon }) => isWon).length
  const secondWins = games.filter(({ isLost }) => isLost).length
  return { first, second, firstWins, secondWins, draws: games.length - firstWins - secondWins }
}

function performanceOf(policy: string, games: readonly OwnGame[]): Performance {
  const episodes = games.length
  const wins = games.filter(({ isWon }) => isWon).length
  const losses = games.filter(({ isLost }) => isLost).length
  const rewards = games.map(({ reward }) => reward)
  return {
    policy,
    episodes,
    wins,
    draws: episodes - wins - losses,
    losses,
    winRate: wins / episodes,
    interval: wilson(wins, episodes),
    killingIndex: killingIndex(games),
    meanReward: mean(rewards),
    totalReward: sum(rewards),
  }
}

function killingIndex(games: readonly OwnGame[]): number | undefined {
  if (games.some(({ kills }) => kills === undefined)) return undefined
  return sum(games.map(({ kills }) => kills!)) / sum(games.map(({ ownKilled }) => ownKilled!))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
