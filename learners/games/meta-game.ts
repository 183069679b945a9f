import { RuntimeError } from '../../runtime/core/errors.ts'
import { type NormalFormGame, normalForm } from '../../runtime/core/games/normal-form.ts'
import type { Random } from '../../runtime/core/rng.ts'
import { findEquilibrium } from './equilibria.ts'

/**
 * What n agents have seen of T decisions that all of them took under their current policies π, with the policies π̂ that each came to
 * by improving alone.
 */
export interface Improvements {
  /** Of each agent [T], its advantages Â as estimated: not normalised, the game is made of their mean. */
  readonly advantages: readonly ArrayLike<number>[]
  /** Of each agent [T], π̂(a | o) / π(a | o) of the action that it took. */
  readonly ratios: readonly ArrayLike<number>[]
}

/**
 * MATRL's meta-game: each agent keeps its policy (action 0) or adopts the one that it predicts (action 1), and is paid by how much
 * better it would fare than now, to first order:
 *
 *   M_i(b) = mean_t [ Â_{i,t} Π_{j: b_j = 1} π̂_j / π_j ] − mean_t [ Â_{i,t} ]
 *
 * The paper sets M_i(0, …, 0) to 0 and leaves the other entries as they are; with finitely many decisions the mean of advantages is not
 * 0, and every other entry would then be off by it. Subtracted from all, it makes the entries differences, and the first one 0 by itself.
 *
 * Advantages normalised for the policy's loss are not to be used here: entries would be in units of each agent's own spread, not of what it
 * is paid, and in a batch whose advantages hardly differ, noise would count as much as anything. (MATRL's code does so; as its advantages have
 * the mean 0, it may leave the subtraction out.)
 *
 * @throws ERR_ARGUMENT_INVALID where there are no agents or decisions, or not as many of one as of the other
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §3.2
 */
export function metaGame({ advantages, ratios }: Improvements): NormalFormGame {
  const decisions = requireSameLength(advantages, ratios)
  const agents = advantages.length
  const profiles = 2 ** agents
  const payoffs = advantages.map(() => new Float64Array(profiles))
  for (let t = 0; t < decisions; t++) {
    for (let profile = 0; profile < profiles; profile++) {
      // The first agent's action is the highest bit: that of the last agent changes fastest.
      let weight = 1
      for (let j = 0; j < agents; j++) if ((profile >> (agents - 1 - j)) & 1) weight *= ratios[j]![t]!
      for (let i = 0; i < agents; i++)
        payoffs[i]![profile]! += (advantages[i]![t]! * (weight - 1)) / decisions
    }
  }
  return normalForm(
    advantages.map(() => 2),
    payoffs,
  )
}

/** Agents for which the meta-game is written out, 2ⁿ profiles. */
const WRITTEN_OUT_AGENTS = 5
/** Share of its spread of payoffs that an agent may gain by another choice in what counts as an equilibrium. */
const ENOUGH = 1e-4
/** Rounds of play against what all others have done on average. */
const ROUNDS = 200

/**
 * ρ, the probability of each agent to keep its policy in an equilibrium of the meta-game, [n]: a pure one if there is any, drawn among
 * several. Where none is found, all keep what they do.
 *
 * Of more than five agents the game is not written out. Each answers the others' mixture as it is on average over time (fictitious play):
 * with the product over the others of ρ_j + (1 − ρ_j) π̂_j / π_j in place of each profile's, which is what its payoffs come to.
 *
 * @param random its stream `solver`
 * @param round  by which choices of the same key are told apart
 * @throws ERR_ARGUMENT_INVALID
 * @see Wen et al., remark 2, for the choice among several
 */
export function keepInEquilibrium(improvements: Improvements, random: Random, round: number): Float64Array {
  const agents = improvements.ratios.length
  if (improvements.ratios[0]?.length === 0) return new Float64Array(agents).fill(1)
  if (agents > WRITTEN_OUT_AGENTS) return keepInTheMean(improvements)
  const { profile, epsilon } = findEquilibrium(metaGame(improvements), random, 'random', round)
  if (epsilon > ENOUGH) return new Float64Array(agents).fill(1)
  return Float64Array.from(profile, ([keep]) => keep!)
}

function keepInTheMean({ advantages, ratios }: Improvements): Float64Array {
  const decisions = requireSameLength(advantages, ratios)
  const keep = new Float64Array(ratios.length).fill(0.5)
  for (let round = 1; round <= ROUNDS; round++) {
    const gain = new Float64Array(ratios.length)
    for (let t = 0; t < decisions; t++) {
      let all = 1
      for (const [j, rho] of keep.entries()) all *= rho + (1 - rho) * ratios[j]![t]!
      for (const [i, rho] of keep.entries()) {
        const own = ratios[i]![t]!
        gain[i]! += advantages[i]![t]! * (own - 1) * (all / (rho + (1 - rho) * own))
      }
    }
    for (const [i, rho] of keep.entries()) keep[i] = rho + (Number(gain[i]! <= 0) - rho) / (round + 1)
  }
  return keep
}

/**
 * How much more often the others would have taken the actions seen, under their mixtures π̄_j = ρ_j π_j + (1 − ρ_j) π̂_j, by which an
 * agent's best response to them weighs what it has seen:
 *
 *   c_{−i,t} = clip( Π_{j ≠ i} π̄_j / π_j, 1 − c̄, 1 + c̄ ),   π̄_j / π_j = ρ_j + (1 − ρ_j) π̂_j / π_j
 *
 * The paper prints the ratio the other way round, π / π̄; as the data come from π, this one is unbiased. With all ρ = 1 the weights are 1,
 * and agents learn independently; with all ρ = 0 they look ahead to the others' predictions.
 *
 * @param ratios of each agent [T], π̂(a | o) / π(a | o)
 * @param keep   ρ, [n] an equilibrium's probabilities of keeping the current policy
 * @param clip   c̄
 * @returns      of each agent [T]
 * @throws ERR_ARGUMENT_INVALID
 */
export function responseWeights(
  ratios: readonly ArrayLike<number>[],
  keep: ArrayLike<number>,
  clip: number,
): Float64Array[] {
  const decisions = requireSameLength(ratios, ratios)
  if (keep.length !== ratios.length) {
    fail(`probabilities to keep: expected those of ${ratios.length} agents, got ${keep.length}`)
  }
  return ratios.map((_, i) =>
    Float64Array.from({ length: decisions }, (_, t) => {
      let weight = 1
      for (const [j, other] of ratios.entries()) if (j !== i) weight *= keep[j]! + (1 - keep[j]!) * other[t]!
      return Math.min(1 + clip, Math.max(1 - clip, weight))
    }),
  )
}

/** @returns T */
function requireSameLength(
  advantages: readonly ArrayLike<number>[],
  ratios: readonly ArrayLike<number>[],
): number {
  const decisions = ratios[0]?.length ?? 0
  const lengths = [...advantages, ...ratios].map((of) => of.length)
  if (
    advantages.length !== ratios.length ||
    decisions === 0 ||
    lengths.some((length) => length !== decisions)
  ) {
    fail(`decisions: expected as many of each agent, and at least one, got ${lengths.join(', ')}`)
  }
  return decisions
}

function fail(message: string): never {
  throw new RuntimeError('ERR_ARGUMENT_INVALID', `meta-game: ${message}`)
}
