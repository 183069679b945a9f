import fc from 'fast-check'
import t from 'tap'
import { chooseAction, climb, createHillClimber, type HillClimber } from '../../../learners/games/phc.ts'
import { namedGames } from '../../../runtime/core/games/named-games.ts'
import type { NormalFormGame } from '../../../runtime/core/games/normal-form.ts'
import { Random, Stream, seedKey, toUniform } from '../../../runtime/core/rng.ts'

const PENNIES = namedGames['matching-pennies']
const ROCK_PAPER_SCISSORS = namedGames['rock-paper-scissors']

function isNear(actual: Float64Array, expected: readonly number[]): boolean {
  return expected.every((value, i) => Math.abs(actual[i]! - value) < 1e-12)
}

t.test('values, averages and policies move as computed by hand', async (t) => {
  const climber = createHillClimber(2, 3)
  climber.policy.set([0.1, 0.3, 0.6], 3)
  climber.average.set([0.5, 0.5, 0], 3)
  climber.visits[1] = 1
  climber.values.set([4, 5, 3, 1, 2, 0])
  const rates = { learning: 0.5, discount: 0.9, winning: 0.1, losing: 0.5 }
  climb(climber, { state: 1, action: 0, reward: 1.5, next: 0 }, rates)
  t.ok(isNear(climber.values, [4, 5, 3, 0.5 * 1 + 0.5 * (1.5 + 0.9 * 5), 2, 0]))
  // π̄ ← half-way between: (.3, .4, .3). It is worth .3 · 3.5 + .8 = 1.85, and π .35 + .6 = .95: losing, δ/(A − 1) = .25.
  t.ok(isNear(climber.average.subarray(3), [0.3, 0.4, 0.3]))
  t.ok(isNear(climber.policy.subarray(3), [0.6, 0.05, 0.35]))
  t.equal(climber.visits[1], 2)

  // What an action does not have it cannot lose; and no state follows an end. π is worth 2.1 + .1 = 2.2, π̄ 1.4 + .57 = 1.97: winning.
  climber.values[3] = 3.5
  climb(climber, { state: 1, action: 2, reward: -1, next: -1 }, { ...rates, winning: 0.2 })
  t.equal(climber.values[5], -0.5)
  t.ok(isNear(climber.policy.subarray(3), [0.75, 0, 0.25]))
  t.ok(isNear(climber.policy, [1 / 3, 1 / 3, 1 / 3]), 'other states stay as they are')
})

t.test('policies stay distributions', async () => {
  const steps = fc.array(
    fc.record({
      action: fc.nat(3),
      reward: fc.integer({ min: -9, max: 9 }),
      rate: fc.double({ min: 0, max: 2, noNaN: true }),
    }),
  )
  fc.assert(
    fc.property(steps, (steps) => {
      const climber = createHillClimber(1, 4)
      return steps.every(({ action, reward, rate }) => {
        climb(
          climber,
          { state: 0, action, reward, next: -1 },
          { learning: 0.3, discount: 0, winning: rate / 2, losing: rate },
        )
        const sum = climber.policy.reduce((a, b) => a + b, 0)
        return Math.abs(sum - 1) < 1e-9 && climber.policy.every((probability) => probability >= 0)
      })
    }),
  )
})

t.test('actions are drawn by the policy, or evenly while exploring', async (t) => {
  const climber = createHillClimber(2, 3)
  climber.policy.set([0.2, 0.5, 0.3], 3)
  const at = (explore: number, draw: number) => chooseAction(climber, 1, 0.1, explore, draw)
  t.same(
    [0, 0.19, 0.21, 0.69, 0.71, 0.999].map((draw) => at(0.1, draw)),
    [0, 0, 1, 1, 2, 2],
  )
  t.same(
    [0, 0.3, 0.34, 0.66, 0.67, 0.999].map((draw) => at(0.05, draw)),
    [0, 0, 1, 1, 2, 2],
  )
})

/** A policy drawn evenly from all there are. */
function drawPolicy({ actions, policy }: HillClimber, random: Random, player: number): void {
  const shares = Array.from(
    { length: actions },
    (_, a) => -Math.log(1 - random.uniform(Stream.weights, player, a)),
  )
  const sum = shares.reduce((a, b) => a + b, 0)
  policy.set(shares.map((share) => share / sum))
}

/** How far probabilities are from 1/A on average, in the last tenth of 200,000 rounds of self-play. */
function distanceFromEven(game: NormalFormGame, losing: number, seed: number): number {
  const rounds = 200_000
  const actions = game.actions[0]!
  const random = new Random(seedKey(seed))
  const [row, column] = [createHillClimber(1, actions), createHillClimber(1, actions)]
  drawPolicy(row, random, 0)
  drawPolicy(column, random, 1)
  let distance = 0
  for (let t = 0; t < rounds; t++) {
    random.draw(Stream.action, t, 0)
    const [u0, u1, u2, u3] = random.words as unknown as [number, number, number, number]
    const a = chooseAction(row, 0, 0.05, toUniform(u0), toUniform(u1))
    const b = chooseAction(column, 0, 0.05, toUniform(u2), toUniform(u3))
    const winning = 1 / (1000 + t / 10)
    const rates = { learning: 1 / (10 + t / 10_000), discount: 0, winning, losing: losing * winning }
    const joint = a * actions + b
    climb(row, { state: 0, action: a, reward: game.payoffs[0]![joint]!, next: -1 }, rates)
    climb(column, { state: 0, action: b, reward: game.payoffs[1]![joint]!, next: -1 }, rates)
    if (t < 0.9 * rounds) continue
    for (const { policy } of [row, column]) {
      for (let k = 0; k < actions; k++) distance += Math.abs(policy[k]! - 1 / actions)
    }
  }
  return distance / (0.1 * rounds * 2 * actions)
}

t.test('to win or learn fast comes to mixed equilibria, one rate circles around them', async (t) => {
  for (const game of [PENNIES, ROCK_PAPER_SCISSORS]) {
    for (let seed = 0; seed < 4; seed++) {
      const [wolf, plain] = [distanceFromEven(game, 2, seed), distanceFromEven(game, 1, seed)]
      t.ok(wolf <= 0.05, `${wolf}`)
      t.ok(plain >= 0.12, `${plain}`)
      t.comment(`${game.actions[0]} actions, seed ${seed}: WoLF-PHC ${wolf}, PHC ${plain}`)
    }
  }
})
