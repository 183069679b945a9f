import fc from 'fast-check'
import t from 'tap'
import {
  agentAdvSearch,
  newLogits,
  newSearchers,
  nextMultiplier,
  SEARCH_DEFAULTS,
  searchStep,
  selfishStep,
} from '../../../../learners/games/ermas/agent-adv-search.ts'
import { repeatedBimatrix } from '../../../../learners/games/ermas/repeated-bimatrix.ts'
import { advantages, meanReward, play, softmax } from '../../../../learners/games/ermas/stochastic-game.ts'
import { localDeviation, tiltedDivergence } from '../../../../learners/games/ermas/trust-region.ts'
import { CONSTRAINED, type GridPayoffs } from '../../../../runtime/core/games/repeated-bimatrix.ts'
import { Random, seedKey } from '../../../../runtime/core/rng.ts'

const game = repeatedBimatrix(CONSTRAINED)
const logitsOf = (seed: number, scale = 1) =>
  newLogits(game, new Random(seedKey(seed))).map((own) => own.map((logit) => 10 * scale * logit))
const always = (move: number) => Float64Array.from({ length: 48 }, (_, k) => Number(k % 3 === move))

t.test(
  'payoffs on the grid are those written down, and planner and agents want opposite corners',
  async (t) => {
    const table = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => CONSTRAINED.agents[0](i, j).toFixed(2)))
    t.same(table, [
      ['0.70', '0.47', '0.23', '0.00'],
      ['0.80', '0.57', '0.33', '0.10'],
      ['0.90', '0.67', '0.43', '0.20'],
      ['1.00', '0.77', '0.53', '0.30'],
    ])
    for (const i of [0, 1, 2, 3]) {
      for (const j of [0, 1, 2, 3]) t.equal(CONSTRAINED.agents[1](i, j), CONSTRAINED.agents[0](j, i))
    }
    t.ok(CONSTRAINED.planner(3, 3) > CONSTRAINED.planner(0, 0))
    // From anywhere to (3, 3) and on: an index misses 1, 1/3 or 0 of the way by the steps it comes late, as all are paid on arrival.
    const defecting = play(game, [always(2), always(2)])
    const cooperation = (0 + 0 + 0.1 / 3 + (0.1 * 2 + 0.09) / 3) / 4
    t.ok(Math.abs(meanReward(defecting, game.planner) - (1 - cooperation)) < 1e-12)
    t.ok(Math.abs(meanReward(defecting, game.rewards[0]!) - (0.3 + 0.4 * cooperation)) < 1e-12)
  },
)

t.test('positions change by the moves, along the axes, and stop at borders', async (t) => {
  const to = (s: number, joint: number) =>
    game.transition.subarray((s * 9 + joint) * 16, (s * 9 + joint + 1) * 16).indexOf(1)
  t.equal(to(5, 0), 0, 'both back')
  t.equal(to(5, 5), 6, 'the row stays, the column goes on')
  t.equal(to(5, 7), 9, 'the row goes on, the column stays')
  t.equal(to(15, 8), 15)
  t.equal(to(12, 2), 9, 'the row goes back, the column on')
})

t.test('a divergence along advantages is that of the two policies', async () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 30, noNaN: true }), (seed, length) => {
      const logits = logitsOf(seed)
      const played = play(
        game,
        logits.map((own) => softmax(own, 3)),
      )
      const policy = played.policies[0]!
      const advantage = advantages(played, 0, game.rewards[0]!)
      const moved = softmax(
        logits[0]!.map((logit, k) => logit + length * advantage[k]!),
        3,
      )
      const expected = policy.reduce(
        (sum, p, k) => sum + played.occupancy[Math.floor(k / 3)]! * p * Math.log(p / moved[k]!),
        0,
      )
      return Math.abs(tiltedDivergence(policy, advantage, length, played.occupancy) - expected) < 1e-9
    }),
    { numRuns: 30 },
  )
})

t.test('a local deviation is better for its agent, and each of its steps as long as it may be', async () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0.001, max: 0.5, noNaN: true }), (seed, radius) => {
      const logits = logitsOf(seed)
      const played = play(
        game,
        logits.map((own) => softmax(own, 3)),
      )
      const deviation = localDeviation(played, 1, logits[1]!, radius, 1)
      const policy = played.policies[1]!
      const divergence = policy.reduce(
        (sum, p, k) =>
          sum + played.occupancy[Math.floor(k / 3)]! * p * Math.log(p / deviation.played.policies[1]![k]!),
        0,
      )
      const reward = game.rewards[1]!
      return (
        Math.abs(divergence - radius) < 1e-6 &&
        meanReward(deviation.played, reward) > meanReward(played, reward) &&
        deviation.played.policies[0] === played.policies[0]
      )
    }),
    { numRuns: 30 },
  )
})

t.test('where all actions are the same, nothing deviates', async (t) => {
  const flat: GridPayoffs = { agents: [() => 1, () => 1], planner: () => 0 }
  const { outcome } = searchStep(repeatedBimatrix(flat), newSearchers(logitsOf(1)), SEARCH_DEFAULTS)
  t.ok(outcome.localRegrets.every((regret) => Math.abs(regret) < 1e-12))
})

t.test(
  'a multiplier rises if and only if the regret is above the slack, and by the print the other way',
  async (t) => {
    const settings = { ...SEARCH_DEFAULTS, slack: 0.05, multiplierRate: 2, multiplierCap: 50 }
    t.equal(nextMultiplier(3, 0.15, settings), 3.2)
    t.equal(nextMultiplier(3, 0.05, settings), 3)
    t.ok(Math.abs(nextMultiplier(3, 0, settings) - 2.9) < 1e-12)
    t.equal(nextMultiplier(0.01, 0, settings), 0)
    t.equal(nextMultiplier(49.99, 0.1, settings), 50)
    t.equal(nextMultiplier(3, 0.15, { ...settings, multipliers: 'fixed' }), 3)
    t.ok(Math.abs(nextMultiplier(3, 0.15, { ...settings, multipliers: 'printed' }) - 2.8) < 1e-12)
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -0.1, max: 0.1, noNaN: true }), (seed, slack) => {
        const before = newSearchers(logitsOf(seed), 5)
        const { outcome, next } = searchStep(game, before, { ...SEARCH_DEFAULTS, slack })
        return outcome.localRegrets.every((regret, agent) => next.multipliers[agent]! > 5 === regret > slack)
      }),
      { numRuns: 20 },
    )
  },
)

t.test(
  'with a large multiplier and no correction agents step as those do who care for themselves alone',
  async (t) => {
    const logits = logitsOf(3, 0.1)
    const large = 1e7
    const { next } = searchStep(game, newSearchers(logits, large), {
      ...SEARCH_DEFAULTS,
      beta: 0,
      entropy: 0,
      learningRate: 1 / large,
    })
    const selfish = selfishStep(game, logits, { learningRate: 1, entropy: 0 }).next
    const far = next.logits.flatMap((own, agent) =>
      Array.from(own, (x, k) => Math.abs(x - selfish[agent]![k]!)),
    )
    t.ok(Math.max(...far) < 1e-6)
  },
)

t.test('with multipliers of 0 agents care for nothing but harm, whatever they are paid', async (t) => {
  const logits = logitsOf(4)
  const idle = newSearchers(logits, 0)
  const harmed = searchStep(game, idle, SEARCH_DEFAULTS)
  const other = searchStep(
    { ...game, rewards: game.rewards.map((own) => own.map((x) => -x)) },
    idle,
    SEARCH_DEFAULTS,
  )
  t.same(harmed.next.logits, other.next.logits)
  const after = searchStep(game, newSearchers(harmed.next.logits, 0), SEARCH_DEFAULTS).outcome
  t.ok(after.planner < harmed.outcome.planner)
})

t.test('agents keep to the equilibrium without slack, and leave it with some', async (t) => {
  const planner = (slack: number) => {
    let last = 0
    const start = newSearchers(newLogits(game, new Random(seedKey(1))))
    agentAdvSearch(game, start, { ...SEARCH_DEFAULTS, slack }, 700, (outcome) => {
      last = outcome.planner
    })
    return last
  }
  t.ok(planner(0) > 0.9)
  t.ok(planner(0.08) < 0.15)
})
