import t from 'tap'
import type { Game } from '../../../runtime/launch/tournament/record.ts'
import { standingsOf } from '../../../runtime/launch/tournament/standings.ts'

const PLAYERS = [
  { id: 'b', name: 'Bea' },
  { id: 'a', name: 'Ann' },
  { id: 'c', name: 'Cem' },
]

type Side = readonly [score: number, reward: number, kills?: number]

function game(first: string, second: string, episode: number, sides: readonly [Side, Side]): Game {
  const [one, other] = sides.map(([score, reward, kills]) => ({
    score,
    reward,
    figures: kills === undefined ? {} : { kills },
  })) as unknown as Game['sides']
  return { pair: [first, second], episode, steps: 10, sides: [one, other] }
}

const GAMES = [
  game('a', 'b', 0, [
    [5, 1.5, 4],
    [2, -1, 1],
  ]),
  game('a', 'b', 1, [
    [3, 0.5, 2],
    [3, -2, 3],
  ]),
  game('b', 'c', 0, [
    [1, 0, 0],
    [4, 2, 6],
  ]),
]

t.test('standings add up what each policy did, and pairs do for each opponent', async (t) => {
  const { standings, pairs } = standingsOf(PLAYERS, GAMES, 0)
  t.same(
    standings.map(({ policy }) => policy),
    ['Cem', 'Ann', 'Bea'],
  )
  t.match(standings[1], {
    episodes: 2,
    wins: 1,
    draws: 1,
    losses: 0,
    winRate: 0.5,
    killingIndex: 6 / 4,
    meanReward: 1,
    totalReward: 2,
  })
  t.match(standings[2], { episodes: 3, wins: 0, draws: 1, losses: 2, killingIndex: 4 / 12, meanReward: -1 })
  t.equal(standings[0]!.killingIndex, Number.POSITIVE_INFINITY, 'none of its own was killed')
  t.equal(standings[0]!.rewardInterval, undefined, 'one episode has no interval')
  t.same(
    pairs.map(({ policy, opponent, wins, losses }) => [policy, opponent, wins, losses]),
    [
      ['Cem', 'Bea', 1, 0],
      ['Ann', 'Bea', 1, 0],
      ['Bea', 'Cem', 0, 1],
      ['Bea', 'Ann', 0, 1],
    ],
  )
})

t.test('they hang on neither the order of games nor that of participants', async (t) => {
  t.same(standingsOf(PLAYERS.toReversed(), GAMES.toReversed(), 5), standingsOf(PLAYERS, GAMES, 5))
})

t.test('without kills there is no killing index, and none where nobody was killed', async (t) => {
  const peaceful = game('a', 'b', 0, [
    [1, 0],
    [0, 0],
  ])
  t.equal(standingsOf(PLAYERS, [peaceful], 0).standings[0]!.killingIndex, undefined)
  const harmless = game('a', 'b', 0, [
    [1, 0, 0],
    [0, 0, 0],
  ])
  t.ok(Number.isNaN(standingsOf(PLAYERS, [harmless], 0).pairs[0]!.killingIndex))
})
