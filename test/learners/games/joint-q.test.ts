import t from 'tap'
import {
  createJointQ,
  type JointQ,
  learnJointly,
  minimaxStage,
  nashStage,
  type SolveStage,
  solutionAt,
} from '../../../learners/games/joint-q.ts'
import { learnValue } from '../../../learners/games/q-table.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import { Random, Stream, seedKey } from '../../../runtime/core/rng.ts'

/** Zero-sum, of two states: payoffs to the row player, and the state behind each joint action. */
const STATES = [
  { payoffs: [1, -1, -1, 1], next: [1, 0, 0, 1] },
  { payoffs: [3, 0, 1, 2], next: [0, 0, 0, 0] },
] as const
const DISCOUNT = 0.9
/** By Shapley's iteration. */
const VALUES = [4.65517, 5.68966] as const
const STRATEGIES = [
  [
    [0.5, 0.5],
    [0.5, 0.5],
  ],
  [
    [0.25, 0.75],
    [0.5, 0.5],
  ],
] as const
const STEPS = 4000

/** Learns the two states' game from uniformly random play. */
function learn(seed: number, solve: SolveStage): JointQ {
  const random = new Random(seedKey(seed))
  const q = createJointQ(2, [2, 2])
  for (let step = 0, state = 0; step < STEPS; step++) {
    const joint = random.below(4, Stream.action, step, 0)
    const { payoffs, next } = STATES[state]!
    const reward = payoffs[joint]!
    const outcome = { state, joint, rewards: [reward, -reward], next: next[joint]! }
    learnJointly(q, outcome, { learning: 1, decay: 0.02, discount: DISCOUNT }, solve)
    state = next[joint]!
  }
  return q
}

/** How far the values and strategies are from the exact ones. */
function errorOf(q: JointQ, solve: SolveStage): number {
  return Math.max(
    ...STATES.flatMap((_, state) => {
      const { profile, worth } = solutionAt(q, state, solve)
      const strategies = profile.flatMap((own, player) =>
        [...own].map((p, a) => Math.abs(p - STRATEGIES[state]![player]![a]!)),
      )
      return [Math.abs(worth[0]! - VALUES[state]!), Math.abs(worth[1]! + VALUES[state]!), ...strategies]
    }),
  )
}

t.test('Minimax-Q comes to the values of a stochastic game, and Nash-Q to the same', async (t) => {
  for (let seed = 0; seed < 4; seed++) {
    const q = learn(seed, minimaxStage)
    const error = errorOf(q, minimaxStage)
    t.ok(error < 1e-3, `${error}`)
    const solveNash = nashStage(new Random(seedKey(seed)))
    const nash = learn(seed, solveNash)
    const nashError = errorOf(nash, solveNash)
    t.ok(nashError < 1e-3, `${nashError}`)
    const apart = Math.max(...q.values[0]!.map((value, i) => Math.abs(value - nash.values[0]![i]!)))
    t.ok(apart < 1e-3, `${apart}`)
    t.comment(`seed ${seed}: Minimax-Q ${error}, Nash-Q ${nashError}, apart ${apart}`)
  }
})

t.test('an update by hand, and nothing lies behind the end', async (t) => {
  const q = createJointQ(2, [2, 2])
  q.values[0]!.set([0, 0, 0, 0, 3, 0, 1, 2])
  q.values[1]!.set([0, 0, 0, 0, -3, 0, -1, -2])
  const rates = { learning: 0.5, decay: 2, discount: 0.9 }
  const squares = learnJointly(q, { state: 0, joint: 2, rewards: [1, -1], next: 1 }, rates, minimaxStage)
  // The game behind is worth 3/2: (3 · 2 − 0 · 1) / (3 + 2 − 0 − 1).
  t.ok(Math.abs(q.values[0]![2]! - 0.5 * (1 + 0.9 * 1.5)) < 1e-9)
  t.ok(Math.abs(q.values[1]![2]! + 0.5 * (1 + 0.9 * 1.5)) < 1e-9)
  t.ok(Math.abs(squares - (1 + 0.9 * 1.5) ** 2) < 1e-9)
  q.values[0]![2] = 1
  learnJointly(q, { state: 0, joint: 2, rewards: [3, -1], next: -1 }, rates, minimaxStage)
  t.equal(q.values[0]![2], 1 + (1 / (2 + 2)) * (3 - 1), 'the rate has fallen to 1 / (2 + 2)')
  t.same([...q.visits], [0, 0, 2, 0, 0, 0, 0, 0])
})

t.test("Nash-Q values the prisoner's dilemma at what both get who defect", async (t) => {
  const solve = nashStage(new Random(seedKey(1)))
  const q = createJointQ(1, [2, 2])
  const random = new Random(seedKey(2))
  for (let step = 0; step < 200; step++) {
    const joint = random.below(4, Stream.action, step, 0)
    const rewards = namedGames['prisoners-dilemma'].payoffs.map((own) => own[joint]!)
    learnJointly(q, { state: 0, joint, rewards, next: 0 }, { learning: 1, decay: 1, discount: 0 }, solve)
  }
  t.same(solutionAt(q, 0, solve).worth, [-5, -5])
  t.same(
    solutionAt(q, 0, solve).profile.map((own) => [...own]),
    [
      [0, 1],
      [0, 1],
    ],
  )
})

t.test('Q-learning by hand', async (t) => {
  const table = { actions: 2, values: Float64Array.of(1, 2, 5, 4) }
  t.equal(learnValue(table, { state: 0, action: 1, reward: 1, next: 1 }, 0.5, 0.5), 1 + 2.5 - 2)
  t.same([...table.values], [1, 2.75, 5, 4])
  t.equal(learnValue(table, { state: 1, action: 0, reward: 1, next: -1 }, 1, 0.5), -4)
  t.same([...table.values], [1, 2.75, 1, 4])
})
