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
  // 3 wins and 1 loss, and the prior's draw: 3.5 of 5, odds of 7 / 3.
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

t.test('at the most likely ratings everyone has the score that they predict', async (t) => {
  const pairs = [pair(0, 1, 12, 3, 5), pair(0, 2, 18, 0, 2), pair(2, 1, 4, 4, 12), pair(3, 0, 0, 1, 9)]
  const ratings = eloRatings(4, pairs)
  t.ok(near(sum(ratings), 6000))
  const won = [0, 0, 0, 0]
  const predicted = [0, 0, 0, 0]
  const all = [...pairs, pair(3, 1, 0, 0, 0), pair(3, 2, 0, 0, 0)]
  for (const { first, second, firstWins, draws, secondWins } of all) {
    const games = firstWins + draws + secondWins + 1
    const share = 1 / (1 + 10 ** ((ratings[second]! - ratings[first]!) / 400))
    won[first]! += firstWins + (draws + 1) / 2
    won[second]! += secondWins + (draws + 1) / 2
    predicted[first]! += games * share
    predicted[second]! += games * (1 - share)
  }
  for (const player of [0, 1, 2, 3]) t.ok(near(won[player]!, predicted[player]!), `player ${player}`)
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
