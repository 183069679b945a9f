import fc from 'fast-check'
import t from 'tap'
import {
  actionPayoffs,
  bimatrix,
  epsilonOf,
  exploitability,
  isZeroSum,
  jointAction,
  normalForm,
  type Profile,
  regrets,
} from '../../../../runtime/core/games/normal-form.ts'

/** Three players of two actions: each is paid by how many of the others do as it does, and the third twice that. */
const MATCHING_OF_THREE = normalForm(
  [2, 2, 2],
  [
    [2, 1, 1, 0, 0, 1, 1, 2],
    [2, 1, 0, 1, 1, 0, 1, 2],
    [4, 0, 2, 2, 2, 2, 0, 4],
  ],
)
const mixed = (probability: number) => Float64Array.of(probability, 1 - probability)

t.test(
  'regrets of three players, their mean and the largest of them, are those worked out by hand',
  async (t) => {
    // Player 1 takes its first action, 2 its second, 3 either: they are paid .5, .5 and 2. By its other action player 1 would be paid 1.5,
    // player 2 likewise, and player 3 is paid 2 by both.
    const profile: Profile = [mixed(1), mixed(0), mixed(0.5)]
    t.same([...regrets(MATCHING_OF_THREE, profile)], [1, 1, 0])
    t.equal(exploitability(MATCHING_OF_THREE, profile), 2 / 3)
    t.equal(epsilonOf(MATCHING_OF_THREE, profile), 1)
    t.equal(exploitability(MATCHING_OF_THREE, [mixed(1), mixed(1), mixed(1)]), 0)
  },
)

/** Payoffs of an action by its definition: a sum over all joint actions. */
function byDefinition(actions: readonly number[], payoffs: Float64Array, player: number, profile: Profile) {
  const paid = new Float64Array(actions[player]!)
  for (let joint = 0; joint < payoffs.length; joint++) {
    const taken: number[] = []
    for (let rest = joint, other = actions.length - 1; other >= 0; other--) {
      taken[other] = rest % actions[other]!
      rest = Math.floor(rest / actions[other]!)
    }
    if (jointAction(actions, taken) !== joint) throw new Error('not the place it came from')
    const probability = taken.reduce((p, a, other) => (other === player ? p : p * profile[other]![a]!), 1)
    paid[taken[player]!]! += probability * payoffs[joint]!
  }
  return paid
}

t.test('payoffs of actions are sums over what all others may do, for any number of players', async () => {
  const weight = fc.double({ min: 0.01, max: 1, noNaN: true })
  const game = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((actions) => {
    const joint = actions.reduce((product, count) => product * count, 1)
    return fc.record({
      actions: fc.constant(actions),
      payoffs: fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: joint, maxLength: joint }),
      weights: fc.tuple(...actions.map((count) => fc.array(weight, { minLength: count, maxLength: count }))),
    })
  })
  fc.assert(
    fc.property(game, ({ actions, payoffs, weights }) => {
      const profile = weights.map((own) => {
        const sum = own.reduce((a, b) => a + b, 0)
        return Float64Array.from(own, (one) => one / sum)
      })
      const form = normalForm(
        actions,
        actions.map(() => payoffs),
      )
      return actions.every((_, player) => {
        const due = byDefinition(actions, form.payoffs[player]!, player, profile)
        return actionPayoffs(form, player, profile).every((paid, a) => Math.abs(paid - due[a]!) < 1e-9)
      })
    }),
  )
})

t.test('a game is zero-sum when what all are paid adds up to nothing, to within rounding', async (t) => {
  const matrix = [
    [0.1, -0.7],
    [0.3, 0.2],
  ]
  const negated = matrix.map((row) => row.map((payoff) => -payoff))
  t.equal(isZeroSum(bimatrix(matrix, negated)), true)
  t.equal(isZeroSum(bimatrix(matrix, matrix)), false)
  t.equal(isZeroSum(MATCHING_OF_THREE), false)
})

t.test('what is no game is refused, and where', async (t) => {
  for (const [make, message] of [
    [() => normalForm([], []), /actions: expected a number of actions for each player, got \[\]/],
    [() => normalForm([2, 0], [[], []]), /actions: .* got \[2, 0\]/],
    [() => normalForm([2], []), /payoffs: expected those of 1 players, got 0/],
    [() => normalForm([2], [[1]]), /payoffs of player 1: expected one for each of 2 joint actions, got 1/],
    [() => normalForm([2], [[1, Number.NaN]]), /payoffs of player 1: .* got NaN at place 1/],
    [() => bimatrix([[1, 2], [3]], [[1, 2]]), /payoffs: expected rows of one length/],
  ] as const) {
    t.throws(make, { code: 'ERR_CONFIG_INVALID', message })
  }
})
