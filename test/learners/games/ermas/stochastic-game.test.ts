import fc from 'fast-check'
import t from 'tap'
import {
  advantages,
  entropyGradient,
  meanReward,
  play,
  policyGradient,
  regret,
  type StochasticGame,
  softmax,
  stochasticGame,
} from '../../../../learners/games/ermas/stochastic-game.ts'
import { Random, seedKey } from '../../../../runtime/core/rng.ts'

/** A game drawn with its agents' logits: three states, agents with 2, 3 and 2 actions. */
function drawn(seed: number): { game: StochasticGame; logits: Float64Array[] } {
  const random = new Random(seedKey(seed))
  const [states, actions, joint] = [3, [2, 3, 2], 12]
  const shares = (stream: number, row: number) => {
    const weights = Array.from({ length: states }, (_, k) => random.uniform(stream, row, k) + 0.05)
    return weights.map((weight) => weight / weights.reduce((a, b) => a + b))
  }
  const rewards = Array.from({ length: 4 }, (_, agent) =>
    Float64Array.from({ length: states * joint }, (_, k) => random.normal(2_000, agent, k)),
  )
  const game = stochasticGame({
    states,
    actions,
    start: Float64Array.from(shares(2_001, 0)),
    transition: Float64Array.from(
      Array.from({ length: states * joint }, (_, row) => shares(2_002, row)).flat(),
    ),
    discount: 0.8,
    rewards: rewards.slice(0, 3),
    planner: rewards[3]!,
  })
  const logits = actions.map((count, agent) =>
    Float64Array.from({ length: states * count }, (_, k) => random.normal(2_003, agent, k)),
  )
  return { game, logits }
}

const playedBy = (game: StochasticGame, logits: readonly Float64Array[]) =>
  play(
    game,
    logits.map((own, agent) => softmax(own, game.actions[agent]!)),
  )

/** J by its definition: the rewards of 300 steps, each step's distribution of states from the one before. */
function unrolled(game: StochasticGame, policies: readonly Float64Array[], reward: Float64Array): number {
  let states = [...game.start]
  let total = 0
  for (let step = 0; step < 300; step++) {
    const next = states.map(() => 0)
    for (const [s, probability] of states.entries()) {
      for (let j = 0; j < 12; j++) {
        const chosen = [Math.floor(j / 6), Math.floor(j / 2) % 3, j % 2]
        const weight = chosen.reduce(
          (product, a, agent) => product * policies[agent]![s * game.actions[agent]! + a]!,
          probability,
        )
        total += 0.2 * 0.8 ** step * weight * reward[s * 12 + j]!
        for (let to = 0; to < 3; to++) next[to]! += weight * game.transition[(s * 12 + j) * 3 + to]!
      }
    }
    states = next
  }
  return total
}

t.test('a mean reward is that of the steps added up, and occupancies sum to 1', async () => {
  fc.assert(
    fc.property(fc.nat(1000), (seed) => {
      const { game, logits } = drawn(seed)
      const played = playedBy(game, logits)
      const sum = played.occupancy.reduce((a, b) => a + b)
      return (
        Math.abs(sum - 1) < 1e-12 &&
        [...game.rewards, game.planner].every(
          (reward) => Math.abs(meanReward(played, reward) - unrolled(game, played.policies, reward)) < 1e-10,
        )
      )
    }),
    { numRuns: 20 },
  )
})

t.test('gradients of rewards and entropy are those of finite differences', async () => {
  fc.assert(
    fc.property(fc.nat(1000), (seed) => {
      const { game, logits } = drawn(seed)
      const slope = (agent: number, k: number, f: (moved: Float64Array[]) => number) => {
        const by = (step: number) =>
          f(logits.map((own, i) => (i === agent ? own.map((x, at) => x + (at === k ? step : 0)) : own)))
        return (by(1e-5) - by(-1e-5)) / 2e-5
      }
      for (const agent of [0, 1, 2]) {
        const played = playedBy(game, logits)
        const count = game.actions[agent]!
        const spread = entropyGradient(played.policies[agent]!, count)
        const entropy = (moved: Float64Array[]) =>
          -softmax(moved[agent]!, count).reduce((sum, p) => sum + (p * Math.log(p)) / 3, 0)
        for (let k = 0; k < 3 * count; k++) {
          if (Math.abs(slope(agent, k, entropy) - spread[k]!) > 1e-8) return false
          for (const reward of [game.rewards[1]!, game.planner]) {
            const exact = policyGradient(played, agent, reward)[k]!
            const differed = slope(agent, k, (moved) => meanReward(playedBy(game, moved), reward))
            if (Math.abs(exact - differed) > 1e-8) return false
          }
        }
      }
      return true
    }),
    { numRuns: 10 },
  )
})

t.test("advantages average to 0 under the agent's own policy", async () => {
  fc.assert(
    fc.property(fc.nat(1000), (seed) => {
      const { game, logits } = drawn(seed)
      const played = playedBy(game, logits)
      return [0, 1, 2].every((agent) => {
        const count = game.actions[agent]!
        const advantage = advantages(played, agent, game.rewards[agent]!)
        return [0, 1, 2].every((s) => {
          let mean = 0
          for (let k = s * count; k < (s + 1) * count; k++)
            mean += played.policies[agent]![k]! * advantage[k]!
          return Math.abs(mean) < 1e-12
        })
      })
    }),
  )
})

t.test('a regret is by how much the best of all pure policies is better', async () => {
  fc.assert(
    fc.property(fc.nat(1000), (seed) => {
      const { game, logits } = drawn(seed)
      const played = playedBy(game, logits)
      return [0, 1, 2].every((agent) => {
        const count = game.actions[agent]!
        const reward = game.rewards[agent]!
        let best = -Infinity
        for (let choice = 0; choice < count ** 3; choice++) {
          const pure = new Float64Array(3 * count)
          for (let s = 0; s < 3; s++) pure[s * count + (Math.floor(choice / count ** s) % count)] = 1
          best = Math.max(best, meanReward(play(game, played.policies.with(agent, pure)), reward))
        }
        return Math.abs(regret(played, agent) - (best - meanReward(played, reward))) < 1e-10
      })
    }),
    { numRuns: 20 },
  )
})

t.test('games of another shape, and what are no probabilities, are refused', async (t) => {
  const { game } = drawn(1)
  const refused: readonly Partial<StochasticGame>[] = [
    { discount: 1 },
    { discount: Number.NaN },
    { start: Float64Array.of(1, 0) },
    { start: Float64Array.of(0.5, 0.5, 0.5) },
    { transition: game.transition.slice(1) },
    { transition: game.transition.map((p, k) => (k === 0 ? -p : p)) },
    { rewards: game.rewards.slice(1) },
    { planner: game.planner.slice(1) },
  ]
  for (const wrong of refused) {
    t.throws(() => stochasticGame({ ...game, ...wrong }), { code: 'ERR_CONFIG_INVALID' })
  }
})
