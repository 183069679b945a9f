import t from 'tap'
import { eloIntervals, eloRatings, type PairScore } from '../../../runtime/launch/elo.ts'

const pair = (first: number, second: number, firstWins: number, draws: number, secondWins: number) => ({
  first,
  second,
  firstWins,
  draws,
  secondWins,
})
const near = (a: number, b: number, by = 1e-3) => Math.abs(a - b) < by
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

t.test('two ratings are those of hand-computed scores', async (t) => {
  // 3 wins and 1 loss, and the prior's half a win each: 3.5 of 5, odds of 7 / 3.
  const [a, b] = eloRatings(2, [pair(0, 1, 3, 0, 1)])
  t.ok(near(a! - b!, 400 * Math.log10(7 / 3)))
  t.ok(near(a! + b!, 3000))
  t.same(eloRatings(2, [pair(0, 1, 2, 6, 2)]), [1500, 1500])
  t.same(eloRatings(2, []), [1500, 1500])
})

t.test('a draw is half a win', async (t) => {
  const drawn = eloRatings(2, [pair(0, 1, 5, 4, 1)])
  const won = eloRatings(2, [pair(0, 1, 7, 0, 3)])
  t.ok(drawn.every((rating, i) => near(rating, won[i]!)))
})

t.test('who wins everything has a finite rating: 50.5 of 51', async (t) => {
  const [a, b] = eloRatings(2, [pair(0, 1, 50, 0, 0)])
  t.ok(near(a! - b!, 400 * Math.log10(50.5 / 0.5)))
})

/** What each player has won, the prior's wins included, less what ratings predict. */
function surpluses(players: number, pairs: readonly PairScore[], ratings: readonly number[]): number[] {
  const result = ratings.map(() => 0)
  const count = (one: number, other: number, wins: number, games: number) => {
    result[one]! += wins - games / (1 + 10 ** ((ratings[other]! - ratings[one]!) / 400))
  }
  for (const { first, second, firstWins, draws, secondWins } of pairs) {
    const games = firstWins + draws + secondWins
    count(first, second, firstWins + draws / 2, games)
    count(second, first, secondWins + draws / 2, games)
  }
  for (let one = 0; one < players; one++) {
    for (let other = 0; other < players; other++) if (other !== one) count(one, other, 0.5, 1)
  }
  return result
}

t.test('at the most likely ratings everyone has the score that they predict', async (t) => {
  const pairs = [pair(0, 1, 12, 3, 5), pair(0, 2, 18, 0, 2), pair(2, 1, 4, 4, 12), pair(3, 0, 0, 1, 9)]
  const ratings = eloRatings(4, pairs)
  t.ok(near(sum(ratings), 6000))
  for (const [player, surplus] of surpluses(4, pairs, ratings).entries()) {
    t.ok(near(surplus, 0, 1e-6), `player ${player}`)
  }
})

t.test('so they are in a long ladder in which the stronger one always wins', async (t) => {
  const players = 40
  const ladder = Array.from({ length: players }, (_, first) =>
    Array.from({ length: players - 1 - first }, (_, i) => pair(first, first + 1 + i, 1000, 0, 0)),
  ).flat()
  const ratings = eloRatings(players, ladder)
  t.ok(Math.max(...surpluses(players, ladder, ratings).map(Math.abs)) < 1e-6)
  t.ok(ratings.every((rating, i) => i === 0 || rating < ratings[i - 1]!))
})

/** The share of a beta distribution's mass below x, by adding up. */
function betaBelow(x: number, a: number, b: number): number {
  const steps = 200_000
  let [below, all] = [0, 0]
  for (let i = 0; i < steps; i++) {
    const at = (i + 0.5) / steps
    const density = at ** (a - 1) * (1 - at) ** (b - 1)
    all += density
    if (at < x) below += density
  }
  return below / all
}

t.test("of two players without draws the interval is Jeffreys'", async (t) => {
  for (const [wins, losses] of [
    [8, 2],
    [5, 0],
    [1, 1],
  ] as const) {
    // Both ratings move by the same, for their mean is held.
    const [[low, high]] = eloIntervals(2, [pair(0, 1, wins, 0, losses)], 3) as [[number, number]]
    for (const [end, share] of [
      [low, 0.025],
      [high, 0.975],
    ] as const) {
      const chance = 1 / (1 + 10 ** ((2 * (1500 - end)) / 400))
      const below = betaBelow(chance, wins + 0.5, losses + 0.5)
      t.ok(near(below, share, 0.015), `${wins} of ${wins + losses}: ${below} and ${share}`)
    }
  }
})

t.test('games that all ended alike leave a doubt', async (t) => {
  const [[low, high]] = eloIntervals(2, [pair(0, 1, 0, 50, 0)], 0) as [[number, number]]
  t.ok(low < 1495 && high > 1505, `50 draws: ${low} – ${high}`)
  const [[lowest]] = eloIntervals(2, [pair(0, 1, 2, 0, 0)], 0) as [[number, number]]
  t.ok(lowest < 1500, `two wins: ${lowest}`)
})

t.test('intervals hang on games and seed alone, hold the rating, and narrow with more games', async (t) => {
  const scores = (times: number): PairScore[] => [
    pair(0, 1, 6 * times, 2 * times, 2 * times),
    pair(1, 2, 8 * times, 0, 2 * times),
    pair(0, 2, 7 * times, 2 * times, times),
  ]
  const few = eloIntervals(3, scores(1), 7)
  t.same(eloIntervals(3, scores(1), 7), few)
  t.notSame(eloIntervals(3, scores(1), 8), few)
  const many = eloIntervals(3, scores(20), 7)
  for (const [player, rating] of eloRatings(3, scores(1)).entries()) {
    const [low, high] = few[player]!
    t.ok(low < rating && rating < high, `${low} < ${rating} < ${high}`)
    t.ok(many[player]![1] - many[player]![0] < high - low)
  }
})
