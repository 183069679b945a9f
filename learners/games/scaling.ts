import { type NormalFormGame, regrets } from '../../runtime/core/games/normal-form.ts'

/**
 * The same game with each player's payoffs on [0, 1], the largest above ½: less the smallest, and times a power of 2. Equilibria stay
 * the same, and what tolerances there are hold for payoffs of 1e-10 and of 1e10 alike. By a power of 2, so that ties among whole
 * numbers stay ties. A player that is always paid the same is paid 0.
 */
export function scaled({ actions, payoffs }: NormalFormGame): NormalFormGame {
  return { actions, payoffs: payoffs.map(onUnit) }
}

function onUnit(payoffs: Float64Array): Float64Array {
  // Before they are subtracted too: the difference of two of the largest numbers is none.
  const near = timesPower(payoffs)
  const least = near.reduce((a, b) => Math.min(a, b))
  return timesPower(near.map((payoff) => payoff - least))
}

/** Numbers times the power of 2 that brings the largest to (½, 1]. */
function timesPower(numbers: Float64Array): Float64Array {
  const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  if (largest === 0) return numbers
  const power = 2 ** Math.min(1023, -Math.ceil(Math.log2(largest)))
  return numbers.map((x) => x * power)
}

/**
 * The smallest ε of which a profile is an ε-equilibrium, with each player's regret as a share of how far apart its payoffs are.
 *
 * @param game as it is or scaled
 */
export function relativeEpsilon(game: NormalFormGame, profile: readonly Float64Array[]): number {
  const own = scaled(game)
  return regrets(own, profile).reduce((most, regret, player) => {
    const range = own.payoffs[player]!.reduce((a, b) => Math.max(a, b))
    return range === 0 ? most : Math.max(most, regret / range)
  }, 0)
}
