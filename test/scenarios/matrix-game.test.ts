import { join } from 'node:path'
import t from 'tap'
import { loadGame } from '../../runtime/core/games/load-game.ts'
import { matrixGame } from '../../scenarios/matrix-game/index.ts'
import { testScenario } from '../contract/scenario-contract.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const THREE = `
players: { a: [left, right], b: [x, y, z], c: [up, down] }
payoffs:
  - [[[0, 0, 0], [1, 0, 0]], [[2, 0, 0], [3, 1, 0]], [[4, 0, 0], [5, 0, 1]]]
  - [[[6, 0, 0], [7, 0, 0]], [[8, 0, 0], [9, 0, 2]], [[10, 0, 0], [11, 5, 0]]]
`

function open(options: Record<string, unknown> = {}): SoloWorld {
  const world = new SoloWorld(matrixGame, options)
  world.start(3)
  return world
}

/** What the players are paid for their actions. */
function play(world: SoloWorld, actions: readonly number[]): number[] {
  const { action, reward } = world.bound.agents
  action.set(actions)
  world.step()
  return [...reward]
}

/** What each player sees. */
function seen(world: SoloWorld): number[] {
  const { recordBytes, hotOffset } = world.plan.spec.groups[0]!.observation
  const records = new Uint16Array(world.observe(0).records.buffer)
  return [...world.bound.agents.id].map((_, player) => records[(player * recordBytes + hotOffset) / 2]!)
}

t.test('each player is paid its own payoff', async (t) => {
  const world = open()
  for (const [actions, paid] of [
    [
      [0, 0],
      [-1, -1],
    ],
    [
      [0, 1],
      [-20, 0],
    ],
    [
      [1, 0],
      [0, -20],
    ],
    [
      [1, 1],
      [-5, -5],
    ],
  ] as const) {
    t.same(play(world, actions), paid)
    t.same(seen(world), [0, 0])
  }
  t.same([...world.bound.agents.id], [0, 1])
})

t.test(
  'who has fewer actions than others has several names for them; the last joint action is seen',
  async (t) => {
    const game = join(t.testdir({ 'three.yaml': THREE }), 'three.yaml')
    const world = open({ game, memory: 1 })
    t.equal(world.plan.spec.groups[0]!.actions, 3)
    t.same(seen(world), [0, 0, 0])
    t.same(play(world, [1, 2, 1]), [11, 5, 0])
    t.same(seen(world), [12, 12, 12])
    t.same(play(world, [2, 1, 1]), [3, 1, 0], 'action 2 of two is action 0')
    t.same(seen(world), [4, 4, 4])
    world.start(4)
    t.same(seen(world), [0, 0, 0])
    testScenario(t, matrixGame, { options: { game, memory: 1 } })
  },
)

t.test('what became of the play: payoffs, frequencies, regret and exploitability', async (t) => {
  const world = open({ game: 'matching-pennies' })
  t.equal(world.bound.world.metrics()['exploitability'], 0, 'nothing was played')
  for (const actions of [
    [0, 0],
    [0, 0],
    [0, 1],
    [1, 1],
  ])
    play(world, actions)
  t.same(world.bound.world.metrics(), {
    meanPayoff: 0,
    // Against heads half of the time both are worth 0; against heads three times of four, tails are worth 1/2.
    exploitability: (0 + 0.5) / 2,
    player1Payoff: 0.5,
    player1Regret: -0.5,
    player1Action1: 0.75,
    player1Action2: 0.25,
    player2Payoff: -0.5,
    player2Regret: 1,
    player2Action1: 0.5,
    player2Action2: 0.5,
  })
})

t.test('a zero-sum game is said to be one', async (t) => {
  const isZeroSum = (game: string) => open({ game }).plan.spec.groups[0]!.zeroSum === true
  t.same(['matching-pennies', 'chicken'].map(isZeroSum), [true, false])
})

t.test('a random game is that of its kind and seed, and too large games are not remembered', async (t) => {
  const { payoffs } = loadGame('random-cyclic', 5)
  const world = open({ game: 'random-cyclic', gameSeed: 5 })
  t.same(play(world, [1, 0]), [Math.fround(payoffs[0]![2]!), Math.fround(payoffs[1]![2]!)])
  const names = JSON.stringify(Array.from({ length: 300 }, (_, i) => i))
  const zeros = JSON.stringify(Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 0)))
  const game = join(
    t.testdir({ 'large.yaml': `players: { a: ${names}, b: ${names} }\nmatrices: { a: ${zeros} }` }),
    'large.yaml',
  )
  t.throws(() => open({ game, memory: 1 }), { code: 'ERR_CONFIG_INVALID', message: /--memory: .* got 90000/ })
})
