import t from 'tap'
import { augmentedGame } from '../../learners/games/ermas/augmented-bimatrix.ts'
import { repeatedBimatrix as exactGame } from '../../learners/games/ermas/repeated-bimatrix.ts'
import type { StochasticGame } from '../../learners/games/ermas/stochastic-game.ts'
import { CONSTRAINED } from '../../runtime/core/games/repeated-bimatrix.ts'
import { repeatedBimatrix } from '../../scenarios/repeated-bimatrix/index.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const CLOSE = 1e-6

function open(options: Record<string, unknown> = {}, seed = 3): SoloWorld {
  const world = new SoloWorld(repeatedBimatrix, options)
  world.start(seed)
  return world
}

/** Plays joint actions from every position, and compares with the game whose table is exact. */
function compare(world: SoloWorld, exact: StochasticGame, choice: number, from: number): string[] {
  const { action, reward } = world.bound.agents
  const { place } = world.bound.state
  const problems: string[] = []
  for (let row = 0; row < 16 * 9; row++) {
    const [s, joint] = [Math.floor(row / 9), row % 9]
    world.start(row)
    place!.set([Math.floor(s / 4), s % 4, -1])
    action.set([Math.floor(joint / 3), joint % 3, choice])
    world.step()
    if (exact.transition[row * 16 + 4 * Number(place![0]) + Number(place![1])] !== 1)
      problems.push(`${row}: ${place!.join()}`)
    const due = [exact.rewards[0]![row]!, exact.rewards[1]![row]!, exact.planner[row]!]
    for (let i = from; i < 3; i++)
      if (!(Math.abs(reward[i]! - due[i]!) < CLOSE)) problems.push(`${row}: ${i}`)
  }
  return problems
}

t.test('moves and payoffs are those of the exact games', async (t) => {
  t.same(compare(open(), exactGame(CONSTRAINED), 0, 0), [])
  for (const choice of [0, 1, 2, 3]) {
    const world = open({ game: 'augmented', resentment: 0.4 })
    t.same(compare(world, augmentedGame(choice, 0.4), choice, 0), [], `a = ${choice}`)
  }
})

t.test('the corners pay what the papers’ picture needs', async (t) => {
  const world = open()
  const { reward } = world.bound.agents
  for (const [corner, policy, agents, planner] of [
    [[3, 3], 'defect', 0.3, 1],
    [[0, 0], 'cooperate', 0.7, 0],
  ] as const) {
    world.bound.state['place']!.set(corner)
    world.bound.world.policies[policy]!(0, 0, 3)
    world.step()
    t.ok([agents, agents, planner].every((due, i) => Math.abs(reward[i]! - due) < CLOSE))
  }
  const { planner, agents, cooperation } = world.bound.world.metrics()
  t.ok(Math.abs(planner! - 0.5) < CLOSE && Math.abs(agents! - 1) < CLOSE && cooperation === 0.5)
})

t.test('all see where both are, who they are, and in the augmented game what was chosen', async (t) => {
  const world = open({ game: 'augmented', choices: 3 })
  const { recordBytes, hotOffset, inputs } = world.plan.spec.groups[0]!.observation
  const seen = () => {
    const { records } = world.observe(0)
    return [0, 1, 2].map((i) => [
      ...new Uint16Array(records.slice(i * recordBytes + hotOffset, i * recordBytes + hotOffset + 4).buffer),
    ])
  }
  t.equal(inputs, 16 * 4 + 3)
  world.bound.state['place']!.set([1, 2])
  t.same(seen(), [
    [6, 64],
    [6, 65],
    [6, 66],
  ])
  world.bound.agents.action.set([1, 1, 2])
  world.step()
  world.bound.agents.action.set([2, 0, 0])
  world.step()
  t.same(
    seen().map(([position]) => position),
    [3, 3, 3].map(() => 16 * 3 + 9),
    'the choice is made once',
  )
  t.equal(world.bound.world.metrics()['choice'], 2)
})

t.test('games start anywhere', async (t) => {
  const starts = new Set(
    Array.from({ length: 200 }, (_, seed) => String(open({}, seed).bound.state['place'])),
  )
  t.equal(starts.size, 16)
})

t.test('a frozen planner is what it was frozen at, and no other than it could choose to be', async (t) => {
  const world = open({ game: 'augmented', choice: 2 })
  world.bound.agents.action.set([1, 1, 3])
  world.step()
  t.equal(world.bound.world.metrics()['choice'], 2)
  for (const [options, message] of [
    [{ game: 'augmented', choice: 4 }, /--choice: expected one below --choices 4, got 4/],
    [{ choice: 1 }, /--choice: expected none but with --game augmented, got 1/],
    [{ resentment: 0.3 }, /--resentment: expected 0 but with --game augmented, got 0.3/],
  ] as const) {
    t.throws(() => open(options), { code: 'ERR_CONFIG_INVALID', message })
  }
})

t.test("noise changes agents' rewards by position, for an episode, and not the planner's", async (t) => {
  const paidAt = (world: SoloWorld) =>
    [0, 1, 2, 3].flatMap((i) =>
      [0, 1, 2, 3].flatMap((j) => {
        world.bound.state['place']!.set([i, j])
        world.bound.agents.action.set([1, 1, 1])
        world.step()
        return [...world.bound.agents.reward.subarray(0, 3)]
      }),
    )
  const plain = paidAt(open())
  const world = open({ rewardNoise: 0.5 })
  const [noisy, again] = [paidAt(world), paidAt(world)]
  t.same(noisy, again)
  const off = noisy.map((paid, k) => paid - plain[k]!)
  t.ok(off.every((by, k) => (k % 3 === 2 ? by === 0 : Math.abs(by) <= 0.5 && by !== 0)))
  const agents = off.filter((_, k) => k % 3 !== 2)
  t.ok(Math.abs(agents.reduce((sum, by) => sum + by, 0) / agents.length) < 0.2)
  world.start(4)
  t.notSame(paidAt(world), noisy)
})

t.test('of a risk-averse planner the reward is a logarithm, and its metric what it is paid', async (t) => {
  const world = open({ game: 'augmented', choice: 1, utility: 'log' })
  world.bound.state['place']!.set([3, 3])
  world.bound.agents.action.set([1, 1, 1])
  world.step()
  t.ok(Math.abs(world.bound.agents.reward[2]! - Math.log(3)) < CLOSE)
  t.ok(Math.abs(world.bound.world.metrics()['planner']! - 3) < CLOSE)
  const idle = open({ game: 'augmented', choice: 0, utility: 'log' })
  idle.bound.agents.action.set([1, 1, 0])
  idle.step()
  t.ok(Math.abs(idle.bound.agents.reward[2]! - Math.log(0.05)) < CLOSE)
})
