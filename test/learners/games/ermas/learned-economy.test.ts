import t from 'tap'
import { LEARNED_ECONOMY_DEFAULTS, learnRate } from '../../../../learners/games/ermas/learned-economy.ts'
import { RATES } from '../../../../runtime/core/games/one-step-economy.ts'
import { Random, seedKey } from '../../../../runtime/core/rng.ts'

const learned = (agents: 'ermas' | 'marl', slack: number, episodes: number, seed = 1) =>
  learnRate({ ...LEARNED_ECONOMY_DEFAULTS, agents, slack, episodes }, new Random(seedKey(seed)))

t.test('a planner learns lower taxes from agents that are worst within a slack', async (t) => {
  const plain = learned('marl', 0, 60_000).rate
  const robust = learned('ermas', 0.5, 60_000).rate
  t.ok(plain >= 0.1 && plain <= 0.3, `${plain}`)
  t.ok(robust < plain, `${robust}`)
})

t.test('what is learned hangs on the seed alone', async (t) => {
  const once = learned('ermas', 0.25, 10_000)
  t.same(learned('ermas', 0.25, 10_000), once)
  t.not(learned('ermas', 0.25, 10_000, 2).policy.join(), once.policy.join())
  t.ok(Math.abs(once.policy.reduce((a, b) => a + b) - 1) < 1e-12)
  t.ok(RATES.includes(once.rate))
})
