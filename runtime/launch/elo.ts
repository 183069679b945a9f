/**
 * Ratings under the Bradley–Terry model: player i beats player j with probability
 *
 *   p_ij = 1 / (1 + 10^((R_j − R_i) / 400)) = 1 / (1 + exp(θ_j − θ_i)),   R = 1500 + 400 / ln 10 · θ
 *
 * a draw being half a win for both. The most likely ratings are those that predict everyone's wins,
 *
 *   W_i = Σ_j n_ij p_ij
 *
 * where W_i are wins and n_ij games. Newton's method finds them. As a weak prior every two players have also won half a
 * game from each other: ratings are then finite for whoever won everything, and comparable between players that never met.
 *
 * Intervals are by the Bayesian bootstrap: each game gets a weight from the exponential distribution instead of 1, the
 * prior's halves theirs from the gamma distribution of shape 1/2, and the weights of a pair are scaled to their number.
 * Unlike samples with replacement they never lose what keeps ratings finite, and unlike a drawn game as the prior they
 * leave no certainty where all games ended alike. Of two players without draws they are Jeffreys' intervals.
 *
 * @see Bradley, Terry 1952; Rubin, "The Bayesian bootstrap", Annals of Statistics 1981; Brown, Cai, DasGupta, "Interval
 *      estimation for a binomial proportion", Statistical Science 2001
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
const POINTS = 400 / Math.LN10
/** Of either player of a pair. */
const PRIOR_WINS = 0.5

/** Largest change of θ with which Newton's method ends; it converges quadratically. */
const TOLERANCE = 1e-9
/** Further away the likelihood is another one than the step expects. */
const LARGEST_STEP = 1
const MOST_STEPS = 10_000

const RESAMPLES = 1000
const LEAST_RESAMPLES = 100
/** Weights that are drawn for all resamples together: about ten seconds. */
const MOST_DRAWS = 2e8

/** The most likely ratings, in points; their mean is 1500. @param pairs each two players once at the most */
export function eloRatings(players: number, pairs: readonly PairScore[]): number[] {
  const scores = allPairs(players, pairs).map((score) => ({
    ...score,
    firstWins: score.firstWins + PRIOR_WINS,
    secondWins: score.secondWins + PRIOR_WINS,
  }))
  return toRatings(mostLikely(scores, new Float64Array(players)))
}

/** 95 % intervals of the ratings, in points. The same for the same games and seed. */
export function eloIntervals(
  players: number,
  pairs: readonly PairScore[],
  seed: number,
): (readonly [number, number])[] {
  const random = new Random(seedKey(seed))
  const scores = allPairs(players, pairs)
  const start = Float64Array.from(eloRatings(players, pairs), (rating) => (rating - MEAN_RATING) / POINTS)
  const games = scores.reduce((sum, score) => sum + gamesOf(score), 0)
  const resamples = Math.max(LEAST_RESAMPLES, Math.min(RESAMPLES, Math.floor(MOST_DRAWS / games)))
  const sampled = Array.from({ length: resamples }, (_, resample) => {
    const weighed = scores.map((score, pair) => weigh(score, random, resample, pair))
    return toRatings(mostLikely(weighed, start))
  })
  return Array.from(start, (_, player) => middle95(sampled.map((ratings) => ratings[player]!)))
}

/** Every two players, those that never met too. */
function allPairs(players: number, pairs: readonly PairScore[]): PairScore[] {
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
        draws: one?.draws ?? other?.draws ?? 0,
      })
    }
  }
  return scores
}

function gamesOf({ firstWins, secondWins, draws }: PairScore): number {
  return firstWins + secondWins + draws
}

/** A score with random weights, and with those of the prior's wins. */
function weigh(score: PairScore, random: Random, resample: number, pair: number): PairScore {
  let drawn = 0
  const uniform = (): number => {
    // A draw of the generator has four words.
    if (drawn % 4 === 0) random.draw(Stream.bootstrap, resample, pair, drawn / 4)
    return (random.words[drawn++ % 4]! + 0.5) * 2 ** -32
  }
  const weightOf = (games: number): number => {
    let weight = 0
    for (let game = 0; game < games; game++) weight -= Math.log(uniform())
    return weight
  }
  // Half the square of a normal variate, by Box and Muller.
  const weightOfHalf = (): number => -Math.log(uniform()) * Math.cos(2 * Math.PI * uniform()) ** 2
  const firstWins = weightOf(score.firstWins) + weightOfHalf()
  const secondWins = weightOf(score.secondWins) + weightOfHalf()
  const draws = weightOf(score.draws)
  const scale = (gamesOf(score) + 2 * PRIOR_WINS) / (firstWins + secondWins + draws)
  return {
    ...score,
    firstWins: scale * firstWins,
    secondWins: scale * secondWins,
    draws: scale * draws,
  }
}

/** θ by Newton's method, the last player's held where it starts. @param start near the result the way is shorter */
function mostLikely(scores: readonly PairScore[], start: Float64Array): Float64Array {
  const theta = Float64Array.from(start)
  const free = theta.length - 1
  const gradient = new Float64Array(free + 1)
  const curvature = Array.from(theta, () => new Float64Array(free + 1))
  for (let step = 0, change = Number.POSITIVE_INFINITY; change > TOLERANCE && step < MOST_STEPS; step++) {
    gradient.fill(0)
    for (const row of curvature) row.fill(0)
    for (const score of scores) {
      const { first, second, firstWins, draws } = score
      const games = gamesOf(score)
      const share = 1 / (1 + Math.exp(theta[second]! - theta[first]!))
      const surplus = firstWins + draws / 2 - games * share
      const bend = games * share * (1 - share)
      gradient[first]! += surplus
      gradient[second]! -= surplus
      curvature[first]![first]! += bend
      curvature[second]![second]! += bend
      curvature[second]![first]! -= bend
    }
    solveInPlace(curvature, gradient, free)
    change = 0
    for (let i = 0; i < free; i++) change = Math.max(change, Math.abs(gradient[i]!))
    const damping = Math.min(1, LARGEST_STEP / change)
    for (let i = 0; i < free; i++) theta[i]! += damping * gradient[i]!
  }
  return theta
}

/**
 * Solves A x = b by Cholesky's decomposition A = L Lᵀ.
 *
 * @param a    symmetric and positive definite, of which the lower half is read; it becomes L
 * @param b    becomes x
 * @param size rows and columns, from the first on
 */
function solveInPlace(a: readonly Float64Array[], b: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = a[i]!
    for (let j = 0; j <= i; j++) {
      const other = a[j]!
      let rest = row[j]!
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!
      row[j] = i === j ? Math.sqrt(rest) : rest / other[j]!
    }
    let rest = b[i]!
    for (let k = 0; k < i; k++) rest -= row[k]! * b[k]!
    b[i] = rest / row[i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    let rest = b[i]!
    for (let k = i + 1; k < size; k++) rest -= a[k]![i]! * b[k]!
    b[i] = rest / a[i]![i]!
  }
}

function toRatings(theta: Float64Array): number[] {
  const offset = MEAN_RATING - (POINTS * theta.reduce((sum, value) => sum + value, 0)) / theta.length
  return Array.from(theta, (value) => POINTS * value + offset)
}
