import t from 'tap'
import { fictitiousPlay } from '../../../learners/games/fictitious-play.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { normalForm } from '../../../runtime/core/games/normal-form.ts'

const PENNIES = namedGames['matching-pennies']
const ROCK_PAPER_SCISSORS = namedGames['rock-paper-scissors']
const SHAPLEY = namedGames['shapley']

t.test('everybody answers what the others played on average before the round', async (t) => {
  // Row believes (1, 0): plays 0; column believes (1, 0): plays 1. Then row believes (½, ½), a tie: 0; column (1, 0): 1. Then 1 and 1.
  const { plays, beliefs } = fictitiousPlay(PENNIES, 4, [
    [1, 0],
    [1, 0],
  ])
  t.same(
    plays.map((own) => [...own]),
    [
      [0, 0, 1, 1],
      [1, 1, 1, 1],
    ],
  )
  t.same(
    beliefs.map((own) => [...own]),
    [
      [3 / 5, 2 / 5],
      [1 / 5, 4 / 5],
    ],
  )
})

t.test('beliefs come to the equilibrium of zero-sum games', async (t) => {
  for (const game of [PENNIES, ROCK_PAPER_SCISSORS]) {
    const actions = game.actions[0]!
    const first = Array.from({ length: actions }, (_, a) => Number(a === 0))
    const { beliefs } = fictitiousPlay(game, 20_000, [first, first])
    const off = Math.max(...beliefs.flatMap((own) => [...own].map((share) => Math.abs(share - 1 / actions))))
    t.ok(off < 0.01, `${off}`)
  }
})

t.test('in a potential game of three all settle on one action', async (t) => {
  // Each is paid how many of the others do as it does.
  const payoffs = [0, 1, 2].map((player) =>
    Array.from({ length: 8 }, (_, joint) => {
      const chosen = [joint >> 2, (joint >> 1) & 1, joint & 1]
      return chosen.filter((action, other) => other !== player && action === chosen[player]).length
    }),
  )
  const { plays } = fictitiousPlay(normalForm([2, 2, 2], payoffs), 100, [
    [2, 1],
    [1, 3],
    [1, 2],
  ])
  t.same(
    plays.map((own) => own.at(-1)),
    [1, 1, 1],
  )
})

t.test(
  'in Shapley’s game every run of one joint action is longer than the one before by a fixed factor',
  async (t) => {
    const { plays } = fictitiousPlay(SHAPLEY, 90_000, [
      [1, 0, 0],
      [1, 0, 0],
    ])
    const [row, column] = plays as [Uint16Array, Uint16Array]
    const runs: number[] = []
    let start = 0
    for (let round = 1; round < row.length; round++) {
      if (row[round] === row[round - 1] && column[round] === column[round - 1]) continue
      runs.push(round - start)
      start = round
    }
    const ratios = runs.slice(1).map((run, i) => run / runs[i]!)
    t.ok(runs.length > 20)
    t.ok(
      ratios.slice(-10).every((ratio) => Math.abs(ratio - 1.466) < 0.01),
      ratios.slice(-10).join(', '),
    )
  },
)

t.test('plays before have to be of each action, and at least one', async (t) => {
  for (const before of [
    [[1, 0]],
    [
      [1, 0],
      [0, 0],
    ],
    [
      [1, 0],
      [1, 0, 0],
    ],
  ]) {
    t.throws(() => fictitiousPlay(PENNIES, 1, before), { code: 'ERR_ARGUMENT_INVALID' })
  }
})
