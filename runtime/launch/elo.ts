/**
 * Ratings under the Bradley–Terry model: player i beats player j with probability
 *
 *   p_i / (p_i + p_j) = 1 / (1 + 10^((R_j − R_i) / 400)),   R = 400 · log10 p
 *
 * a draw being half a win for both. The most likely strengths follow from Zermelo's iteration,
 *
 *   p_i ← W_i / Σ_j n_ij / (p_i + p_j)
 *
 * where W_i are wins and n_ij games. As a weak prior every two players have also drawn once: ratings are then finite for
 * whoever won everything, and comparable between players that never met.
 *
 * Intervals are by the Bayesian bootstrap: each game of a pair, the prior's draw among them, gets a weight from the
 * exponential distribution instead of 1, and the weights of a pair are scaled to their number. Unlike samples with
 * replacement they never lose the draw that keeps ratings finite.
 *
 * @see Bradley, Terry 1952; Hunter, "MM algorithms for generalized Bradley–Terry models", Annals of Statistics 2004;
 *      Rubin, "The Bayesian bootstrap", Annals of Statistics 1981
 */
import { Random, Stream, seedKey } from '../core/rng.ts'
import { middle95 } from './statistics.ts'

/** What two players, by their index, won from each other; games may have weights other than 1. */
export interface PairScore {
  readonly first: number
  readonly second: number
  readonly firstWins: number
  readonly secondWins: number
  readonly draws: number
}

const MEAN_RATING = 1500
/** Largest change of a rating, in points, with which the iteration ends. */
const TOLERANCE = 1e-4
const MOST_ITERATIONS = 10_000

const RESAMPLES = 1000
const LEAST_RESAMPLES = 100
/** Weights that are drawn for all resamples together: about ten seconds. */
const MOST_DRAWS = 2e8

/** The most likely ratings, in points; their mean is 1500. @param pairs each two players once at the most */
export function eloRatings(players: number, pairs: readonly PairScore[]): number[] {
  const start = Array.from({ length: players }, () => MEAN_RATING)
  return ratingsOf(players, withPrior(players, pairs), start)
}

/** 95 % intervals of the ratings, in points. The same for the same games and seed. */
export function eloIntervals(
  players: number,
  pairs: readonly PairScore[],
  seed: number,
): (readonly [number, number])[] {
  const random = new Random(seedKey(seed))
  const estimate = eloRatings(players, pairs)
  const scores = withPrior(players, pairs)
  const games = scores.reduce((sum, score) => sum + gamesOf(score), 0)
  const resamples = Math.max(LEAST_RESAMPLES, Math.min(RESAMPLES, Math.floor(MOST_DRAWS / games)))
  const sampled = Array.from({ length: resamples }, (_, resample) =>
    ratingsOf(
      players,
      scores.map((score, pair) => weigh(score, random, resample, pair)),
      estimate,
    ),
  )
  return estimate.map((_, player) => middle95(sampled.map((ratings) => ratings[player]!)))
}

/** Every two players, with one more draw. */
function withPrior(players: number, pairs: readonly PairScore[]): PairScore[] {
  const given = new Map(pairs.map((pair) => [pair.first * players + pair.second, pair]))
  const scores: PairScore[] = []
  for (let first = 0; first < players; first++) {
    for (let second = first + 1; second < players; second++) {
      const one = given.get(first * players + second)
      const other = given.get(second * players + first)
      scores.push({
        first,
        second,
        firstWins: one?.firstWins ?? other?.secondWins ?? 0,
        secondWins: one?.secondWins ?? other?.firstWins ?? 0,
        draws: (one?.draws ?? other?.draws ?? 0) + 1,
      })
    }
  }
  return scores
}

function gamesOf({ firstWins, secondWins, draws }: PairScore): number {
  return firstWins + secondWins + draws
}

function weigh(score: PairScore, random: Random, resample: number, pair: number): PairScore {
  let drawn = 0
  const weightOf = (games: number): number => {
    let weight = 0
    for (let game = 0; game < games; game++, drawn++) {
      // A draw of the generator has four words.
      if (drawn % 4 === 0) random.draw(Stream.bootstrap, resample, pair, drawn / 4)
      weight -= Math.log((random.words[drawn % 4]! + 0.5) * 2 ** -32)
    }
    return weight
  }
  const [firstWins, secondWins, draws] = [
    weightOf(score.firstWins),
    weightOf(score.secondWins),
    weightOf(score.draws),
  ]
  const scale = gamesOf(score) / (firstWins + secondWins + draws)
  return {
    ...score,
    firstWins: scale * firstWins,
    secondWins: scale * secondWins,
    draws: scale * draws,
  }
}

/** @param start ratings near the result: the iteration is then shorter */
function ratingsOf(players: number, scores: readonly PairScore[], start: readonly number[]): number[] {
  const wins = new Float64Array(players)
  const games = new Float64Array(players * players)
  for (const score of scores) {
    const { first, second, draws } = score
    wins[first]! += score.firstWins + draws / 2
    wins[second]! += score.secondWins + draws / 2
    games[first * players + second]! += gamesOf(score)
    games[second * players + first]! += gamesOf(score)
  }
  const strength = Float64Array.from(start, (rating) => 10 ** ((rating - MEAN_RATING) / 400))
  const ratings = [...start]
  let change = Number.POSITIVE_INFINITY
  for (let iteration = 0; change > TOLERANCE && iteration < MOST_ITERATIONS; iteration++) {
    change = 0
    for (let i = 0; i < players; i++) {
      let expected = 0
      for (let j = 0; j < players; j++) {
        if (j !== i) expected += games[i * players + j]! / (strength[i]! + strength[j]!)
      }
      strength[i] = wins[i]! / expected
    }
    const logs = Array.from(strength, (value) => 400 * Math.log10(value))
    const offset = MEAN_RATING - logs.reduce((sum, value) => sum + value, 0) / players
    for (let i = 0; i < players; i++) {
      change = Math.max(change, Math.abs(logs[i]! + offset - ratings[i]!))
      ratings[i] = logs[i]! + offset
    }
  }
  return ratings
}
