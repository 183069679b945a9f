import fc from 'fast-check'
import t from 'tap'
import { metaGame, responseWeights } from '../../../learners/games/meta-game.ts'
import {
  expectedPayoff,
  type NormalFormGame,
  normalForm,
  type Profile,
} from '../../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const random = new Random(seedKey(8))

/** A game of one state with policies for it: what agents do now, and what each predicts to do. */
interface Case {
  readonly game: NormalFormGame
  readonly current: Profile
  readonly predicted: Profile
}

function drawPolicies(actions: readonly number[], seed: number, stream: number): Profile {
  return actions.map((count, player) => {
    const shares = Array.from({ length: count }, (_, a) => 0.1 + random.uniform(stream, seed, a, player))
    const sum = shares.reduce((a, b) => a + b, 0)
    return Float64Array.from(shares, (share) => share / sum)
  })
}

function drawCase(actions: readonly number[], seed: number): Case {
  const joint = actions.reduce((product, count) => product * count, 1)
  const payoffs = actions.map((_, player) =>
    Array.from({ length: joint }, (_, at) => 4 * random.uniform(81, seed, at, player) - 1),
  )
  return {
    game: normalForm(actions, payoffs),
    current: drawPolicies(actions, seed, 82),
    predicted: drawPolicies(actions, seed, 83),
  }
}

/** By its definition: what an agent is paid when those of the profile adopt their predictions, over what it is paid now. */
function exactEntry(
  { game, current, predicted }: Case,
  player: number,
  adopting: readonly boolean[],
): number {
  const policies = current.map((policy, j) => (adopting[j] ? predicted[j]! : policy))
  return expectedPayoff(game, player, policies) - expectedPayoff(game, player, current)
}

function profilesOf(agents: number): boolean[][] {
  return Array.from({ length: 2 ** agents }, (_, profile) =>
    Array.from({ length: agents }, (_, j) => Math.floor(profile / 2 ** (agents - 1 - j)) % 2 === 1),
  )
}

/** Advantages and ratios of joint actions, each a decision. */
function improvementsOf({ game, current, predicted }: Case, joints: readonly (readonly number[])[]) {
  const at = (joint: readonly number[]) =>
    joint.reduce((place, action, j) => place * game.actions[j]! + action, 0)
  return {
    advantages: game.payoffs.map((own, player) => {
      const value = expectedPayoff(game, player, current)
      return Float64Array.from(joints, (joint) => own[at(joint)]! - value)
    }),
    ratios: current.map((policy, j) =>
      Float64Array.from(joints, (joint) => predicted[j]![joint[j]!]! / policy[joint[j]!]!),
    ),
  }
}

function sampleJoints({ current }: Case, decisions: number): number[][] {
  return Array.from({ length: decisions }, (_, t) =>
    current.map((policy, j) => {
      let rest = random.uniform(84, t, j)
      let action = 0
      while (action < policy.length - 1 && rest >= policy[action]!) rest -= policy[action++]!
      return action
    }),
  )
}

t.test('of every joint action once, under even policies, it is the exact game', async () => {
  const cases = fc.record({
    actions: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(1e6),
  })
  fc.assert(
    fc.property(cases, ({ actions, seed }) => {
      const even = actions.map((count) => new Float64Array(count).fill(1 / count))
      const drawn = { ...drawCase(actions, seed), current: even }
      const joints = actions.reduce<number[][]>(
        (before, count) => before.flatMap((joint) => Array.from({ length: count }, (_, a) => [...joint, a])),
        [[]],
      )
      const meta = metaGame(improvementsOf(drawn, joints))
      return profilesOf(actions.length).every((adopting, profile) =>
        meta.payoffs.every(
          (own, player) => Math.abs(own[profile]! - exactEntry(drawn, player, adopting)) < 1e-9,
        ),
      )
    }),
  )
})

t.test('two agents, by hand: entries are means of advantage times what ratios add to 1', async (t) => {
  const meta = metaGame({
    advantages: [
      [1, -2],
      [3, 5],
    ],
    ratios: [
      [1.5, 0.5],
      [2, 0.25],
    ],
  })
  t.same(meta.actions, [2, 2])
  // Profiles: nobody, the second, the first, both, whose ratios are (2, ¼), (1.5, ½) and (3, ⅛).
  t.same([...meta.payoffs[0]!], [0, (1 + 1.5) / 2, (0.5 + 1) / 2, (2 + 1.75) / 2])
  t.same([...meta.payoffs[1]!], [0, (3 - 3.75) / 2, (1.5 - 2.5) / 2, (6 - 4.375) / 2])
})

t.test('samples estimate the exact game from raw advantages, and from normalised ones do not', async (t) => {
  const drawn = drawCase([2, 3], 5)
  const decisions = 100_000
  const raw = improvementsOf(drawn, sampleJoints(drawn, decisions))
  const normalised = raw.advantages.map((own) => {
    const mean = own.reduce((sum, advantage) => sum + advantage, 0) / decisions
    const spread = Math.sqrt(own.reduce((sum, advantage) => sum + (advantage - mean) ** 2, 0) / decisions)
    return own.map((advantage) => (advantage - mean) / spread)
  })
  /** The largest difference from the exact game, in standard errors. */
  const off = (advantages: readonly Float64Array[]) => {
    const meta = metaGame({ advantages, ratios: raw.ratios })
    return Math.max(
      ...profilesOf(2).flatMap((adopting, profile) =>
        advantages.map((own, player) => {
          if (profile === 0) return Math.abs(meta.payoffs[player]![0]!)
          const terms = own.map((advantage, t) => {
            const weight = adopting.reduce(
              (product, adopts, j) => product * (adopts ? raw.ratios[j]![t]! : 1),
              1,
            )
            return advantage * (weight - 1)
          })
          const mean = meta.payoffs[player]![profile]!
          const variance = terms.reduce((sum, term) => sum + (term - mean) ** 2, 0) / decisions
          return Math.abs(mean - exactEntry(drawn, player, adopting)) / Math.sqrt(variance / decisions)
        }),
      ),
    )
  }
  t.comment(`off by ${off(raw.advantages)} standard errors, normalised ${off(normalised)}`)
  t.ok(off(raw.advantages) < 3)
  t.ok(off(normalised) > 10)
})

t.test(
  'agents that all keep their policies learn independently, that all adopt theirs look ahead',
  async (t) => {
    const ratios = [
      [1.05, 0.5],
      [0.98, 2],
      [1.01, 1],
    ]
    const round = (weights: readonly Float64Array[]) =>
      weights.map((own) => [...own].map((weight) => Math.round(1e9 * weight) / 1e9))
    t.same(round(responseWeights(ratios, [1, 1, 1], 0.1)), [
      [1, 1],
      [1, 1],
      [1, 1],
    ])
    t.same(round(responseWeights(ratios, [0, 0, 0], 0.1)), [
      [0.9898, 1.1],
      [1.0605, 0.9],
      [1.029, 1],
    ])
    // π̄/π of the second agent is 1 − .25 · .02 = .995 and 1.25: its own ratio counts in the others’ weights alone.
    t.same(round(responseWeights(ratios, [1, 0.75, 1], 0.3)), [
      [0.995, 1.25],
      [1, 1],
      [0.995, 1.25],
    ])
  },
)

t.test('weights make what was seen stand for what the others would do', async () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const actions = [2, 2, 3]
      const even = actions.map((count) => new Float64Array(count).fill(1 / count))
      const drawn = { ...drawCase(actions, seed), current: even }
      const joints = Array.from({ length: 12 }, (_, at) => [
        Math.floor(at / 6),
        Math.floor(at / 3) % 2,
        at % 3,
      ])
      const { advantages, ratios } = improvementsOf(drawn, joints)
      const keep = actions.map((_, j) => random.uniform(85, seed, j))
      const weights = responseWeights(ratios, keep, Infinity)
      const mixtures = even.map((policy, j) =>
        policy.map((now, a) => keep[j]! * now + (1 - keep[j]!) * drawn.predicted[j]![a]!),
      )
      return weights.every((own, player) => {
        const others = mixtures.map((policy, j) => (j === player ? even[j]! : policy))
        const expected = expectedPayoff(drawn.game, player, others) - expectedPayoff(drawn.game, player, even)
        const seen = own.reduce(
          (sum, weight, t) => sum + (weight * advantages[player]![t]!) / joints.length,
          0,
        )
        return Math.abs(seen - expected) < 1e-9
      })
    }),
  )
})

t.test('decisions that agents do not share are refused', async (t) => {
  const refused = { code: 'ERR_ARGUMENT_INVALID' }
  t.throws(() => metaGame({ advantages: [], ratios: [] }), refused)
  t.throws(() => metaGame({ advantages: [[]], ratios: [[]] }), refused)
  t.throws(() => metaGame({ advantages: [[1], [1]], ratios: [[1]] }), refused)
  t.throws(() => metaGame({ advantages: [[1], [1, 2]], ratios: [[1], [1]] }), refused)
  t.throws(() => responseWeights([[1], [1]], [1], 0.1), refused)
})
