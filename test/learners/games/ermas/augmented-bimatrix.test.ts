import t from 'tap'
import { SEARCH_DEFAULTS } from '../../../../learners/games/ermas/agent-adv-search.ts'
import {
  AUGMENTED_DEFAULTS,
  augmentedGame,
  CHOICES,
  freshOutcomes,
  type Training,
  trainPlanner,
} from '../../../../learners/games/ermas/augmented-bimatrix.ts'
import { outerLoop } from '../../../../learners/games/ermas/outer-loop.ts'
import { meanReward, play, regret } from '../../../../learners/games/ermas/stochastic-game.ts'
import { Random, seedKey } from '../../../../runtime/core/rng.ts'

const random = () => new Random(seedKey(1))
const near = (got: number, expected: number, within = 1e-9) => Math.abs(got - expected) < within
/** Always towards (3, 3), or always towards (0, 0). */
const towards = (move: number) => Float64Array.from({ length: 48 }, (_, k) => Number(k % 3 === move))

t.test('a planner is paid a r − a², and resented by Q', async (t) => {
  const settled = (choice: number, resentment: number, move: number) => {
    const game = augmentedGame(choice, resentment)
    const played = play({ ...game, discount: 1 - 1e-9 }, [towards(move), towards(move)])
    return [game.planner, ...game.rewards].map((reward) => meanReward(played, reward))
  }
  const defecting = [0, 3, 4, 3]
  const cooperating = [0, 1.5, 1, -1.5]
  for (const choice of CHOICES) {
    for (const resentment of [0, 0.4]) {
      const [worst, ...helped] = settled(choice, resentment, 0)
      const [best, ...alone] = settled(choice, resentment, 2)
      t.ok(near(best!, defecting[choice]!, 1e-6) && near(worst!, cooperating[choice]!, 1e-6))
      t.ok(helped.every((paid) => near(paid, 0.55 - resentment * cooperating[choice]!, 1e-6)))
      t.ok(alone.every((paid) => near(paid, 0.45 - resentment * defecting[choice]!, 1e-6)))
    }
  }
})

t.test('agents have no reason to leave defection until Q a is .6', async (t) => {
  for (const [choice, resentment, isEquilibrium] of [
    [2, 0.29, true],
    [2, 0.31, false],
    [1, 0.59, true],
    [1, 0.61, false],
    [3, 0.19, true],
    [3, 0.21, false],
  ] as const) {
    const played = play(augmentedGame(choice, resentment), [towards(2), towards(2)])
    t.equal(regret(played, 0) < 1e-9, isEquilibrium, `a = ${choice}, Q = ${resentment}`)
  }
})

t.test('a planner steps along its gradient, by hand, and comes to the best choice', async (t) => {
  const paid = [1, 3, 2]
  const responders = paid.map((value) => () => value)
  // From thirds, mean 2: logits become (−1, 1, 0) times rate / 3.
  const e = Math.exp(0.1)
  const expected = [1 / e, e, 1].map((weight) => weight / (1 / e + e + 1))
  t.ok([...outerLoop(responders, 1, 0.3)].every((probability, a) => near(probability, expected[a]!)))
  t.ok(outerLoop(responders, 2000, 0.3)[1]! > 0.98)
})

t.test(
  'planners that know of no resentment choose 2, and those that expect it or the worst choose 1',
  async (t) => {
    const settings = { ...AUGMENTED_DEFAULTS, steps: 500 }
    const chosen = (training: Training) => {
      const policy = trainPlanner(training, random(), settings)
      return policy.indexOf(Math.max(...policy))
    }
    t.equal(chosen({ kind: 'marl', resentment: 0 }), 2)
    t.equal(chosen({ kind: 'marl', resentment: 0.5 }), 1)
    t.equal(chosen({ kind: 'domain-randomisation' }), 2)
    t.equal(chosen({ kind: 'risk-robustness' }), 2)
    t.equal(chosen({ kind: 'ermas', search: { ...SEARCH_DEFAULTS, slack: 0.15 } }), 1)
  },
)

t.test('agents that learn from nothing bear 2 up to a resentment of .3, and 1 beyond', async (t) => {
  const settings = { ...AUGMENTED_DEFAULTS, steps: 500 }
  const [calm, resentful] = [0.1, 0.5].map((resentment) => freshOutcomes(resentment, random(), settings))
  t.ok(calm![2]! > 3.7 && calm![1]! > 2.7)
  t.ok(resentful![2]! < 1.3 && resentful![1]! > 2.7)
})
