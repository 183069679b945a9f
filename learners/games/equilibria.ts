import { expectedPayoff, type NormalFormGame, type Profile } from '../../runtime/core/games/normal-form.ts'
import { type Random, Stream } from '../../runtime/core/rng.ts'
import { lemkeHowson } from './lemke-howson.ts'
import { minimiseLyapunov } from './lyapunov.ts'
import { pureEquilibria, pureProfile } from './pure-equilibria.ts'
import { relativeEpsilon } from './scaling.ts'
import { supportEnumeration } from './support-enumeration.ts'
import { searchSupports } from './support-search.ts'

/** Systems that are solved for all equilibria of a game of two; larger games get one of Lemke and Howson's. */
const MOST_SYSTEMS = 20_000
/** Draws of the choice among equilibria; others are of CMA-ES. */
const CHOICE_LANE = 2
/** Supports that are tried in games of more players before the slower and surer search. */
const MOST_SUPPORTS = 1000

export type Solver = 'pure' | 'supports' | 'lemke-howson' | 'lyapunov' | 'support-search'

/** One equilibrium of a game. */
export interface Equilibrium {
  readonly profile: Profile
  /** What a player could gain by another action, at most, as a share of how far apart its payoffs are. */
  readonly epsilon: number
  /** By which it was found. */
  readonly solver: Solver
}

/** Which of several equilibria is meant: the first of those that pay all together most, or one of them by chance. */
export type Choice = 'most-paid' | 'random'

/**
 * An equilibrium of a game: a pure one if there is any, else a mixed one. That is, for two players, of an enumeration of supports or, in
 * large games, of Lemke and Howson's algorithm; for more, of a search among supports or, where that finds none, of the Lyapunov function,
 * and then ε may say that it is not quite one.
 *
 * Among several pure ones that with the highest sum of payoffs is taken, the lexicographically first of alike ones; among several mixed
 * ones that of the smallest supports. So all agents that solve the same game come to the same. `random` takes any of either instead.
 *
 * @param random its stream `solver`
 * @param round  by which choices of the same key are told apart
 */
export function findEquilibrium(
  game: NormalFormGame,
  random: Random,
  choice: Choice = 'most-paid',
  round = 0,
): Equilibrium {
  const choose = (profiles: readonly Profile[], solver: Solver, first: number): Equilibrium => {
    const at =
      choice === 'random' ? random.below(profiles.length, Stream.solver, round, 0, CHOICE_LANE) : first
    const profile = profiles[at]!
    return { profile, epsilon: relativeEpsilon(game, profile), solver }
  }
  const pure = pureEquilibria(game).map((taken) => pureProfile(game.actions, taken))
  if (pure.length > 0) return choose(pure, 'pure', mostPaid(game, pure))
  if (game.actions.length > 2) return ofMany(game, random)
  const mixed = systems(game) <= MOST_SYSTEMS ? supportEnumeration(game) : []
  if (mixed.length > 0) return choose(mixed, 'supports', 0)
  return choose([lemkeHowson(game)], 'lemke-howson', 0)
}

/** What is known of a game's equilibria. */
export interface Equilibria {
  readonly found: readonly Equilibrium[]
  /** There are no others but mixtures of these; otherwise all pure ones are among them. */
  readonly areAll: boolean
}

/**
 * All equilibria of a game of two, but for mixtures of others in degenerate games: by an enumeration of supports. Of larger games, and of
 * more players, all pure ones, and a mixed one where there is no pure one or Lemke and Howson's algorithm comes to another.
 *
 * @param random its stream `solver`
 */
export function findEquilibria(game: NormalFormGame, random: Random): Equilibria {
  const foundBy = (solver: Solver) => (profile: Profile) => {
    return { profile, epsilon: relativeEpsilon(game, profile), solver }
  }
  const isOfTwo = game.actions.length === 2
  if (isOfTwo && systems(game) <= MOST_SYSTEMS) {
    return { found: supportEnumeration(game).map(foundBy('supports')), areAll: true }
  }
  const pure = pureEquilibria(game).map((taken) => pureProfile(game.actions, taken))
  const found = pure.map(foundBy('pure'))
  if (!isOfTwo) return { found: pure.length > 0 ? found : [findEquilibrium(game, random)], areAll: false }
  const other = lemkeHowson(game)
  const isMixed = other.some((strategy) => Math.max(...strategy) < 1)
  return { found: isMixed ? [...found, foundBy('lemke-howson')(other)] : found, areAll: false }
}

function ofMany(game: NormalFormGame, random: Random): Equilibrium {
  const profile = searchSupports(game, random, MOST_SUPPORTS)
  if (!profile) return { ...minimiseLyapunov(game, random), solver: 'lyapunov' }
  return { profile, epsilon: relativeEpsilon(game, profile), solver: 'support-search' }
}

/** Place of the first profile with the highest sum of payoffs. */
function mostPaid(game: NormalFormGame, profiles: readonly Profile[]): number {
  const sums = profiles.map((profile) =>
    game.actions.reduce((sum, _, player) => sum + expectedPayoff(game, player, profile), 0),
  )
  return sums.indexOf(Math.max(...sums))
}

/** Pairs of supports of one size: C(m + k, m) − 1. */
function systems({ actions }: NormalFormGame): number {
  const [rows, columns] = actions as [number, number]
  let count = 1
  for (let i = 1; i <= rows; i++) count = (count * (columns + i)) / i
  return count - 1
}
