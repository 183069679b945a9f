import type { NormalFormGame, Profile } from '../../runtime/core/games/normal-form.ts'
import { type Random, Stream } from '../../runtime/core/rng.ts'
import { indifferentProfile } from './indifference.ts'
import { relativeEpsilon, scaled } from './scaling.ts'
import { subsets } from './subsets.ts'

/** A profile that is an equilibrium within it is one, but for rounding. */
const TOLERANCE = 1e-9
/** As many supports are looked at as this for each that Newton's method may be tried on: nearly all have dominated actions. */
const LOOKS = 100
/** How often Newton's method is started where one start is not enough: from even strategies, then from random ones. */
const STARTS = 4
/** Its draws; others are of CMA-ES and of the choice among equilibria. */
const START_LANE = 3

/**
 * An equilibrium of a game of any number of players, by going through their supports, small ones first and of those the ones most alike
 * in size: random games tend to have equilibria in which few players mix, of few actions.
 *
 * Supports are passed over in which an action pays less than another of the same player whatever the others do within theirs. For others
 * the profile that makes players indifferent is looked for by Newton's method, from several starts, so an equilibrium may be missed.
 *
 * @param random its stream `solver`; the same draws in each call
 * @param most   of supports that Newton's method is tried on; a hundred times as many are looked at
 * @returns none where it was not found by then
 * @see Porter, Nudelman, Shoham 2008, "Simple search methods for finding a Nash equilibrium"
 */
export function searchSupports(game: NormalFormGame, random: Random, most: number): Profile | undefined {
  const own = scaled(game)
  const budget = { looks: LOOKS * most }
  let tried = 0
  for (const sizes of sizesInOrder(own.actions)) {
    for (const supports of supportsOf(own, sizes, budget)) {
      if (tried++ >= most) return undefined
      // Where no more than two players mix, the equations are linear.
      const starts = sizes.filter((size) => size > 1).length > 2 ? STARTS : 1
      for (let start = 0; start < starts; start++) {
        const near = own.actions.map((count, player) =>
          Float64Array.from({ length: count }, (_, a) =>
            start === 0 ? 1 : random.uniform(Stream.solver, tried, player * 1024 + a, START_LANE + start),
          ),
        )
        const profile = indifferentProfile(own, supports, near)
        if (profile && relativeEpsilon(own, profile) <= TOLERANCE) return profile
      }
    }
  }
  return undefined
}

/** How many actions each player may take: fewest in all first, then those most alike. */
function sizesInOrder(actions: readonly number[]): number[][] {
  const spread = (sizes: readonly number[]) => Math.max(...sizes) - Math.min(...sizes)
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0)
  return actions
    .reduce<number[][]>(
      (all, count) => all.flatMap((sizes) => Array.from({ length: count }, (_, i) => [...sizes, i + 1])),
      [[]],
    )
    .sort((one, other) => sum(one) - sum(other) || spread(one) - spread(other))
}

/** Supports of given sizes in which no action is dominated, in lexicographic order, as long as the budget lasts. */
function* supportsOf(
  game: NormalFormGame,
  sizes: readonly number[],
  budget: { looks: number },
  chosen: readonly (readonly number[])[] = [],
): Generator<readonly (readonly number[])[]> {
  if (budget.looks-- <= 0) return
  // Players whose support is still open may take any action.
  const supports = game.actions.map((count, player) => chosen[player] ?? [...Array(count).keys()])
  if (chosen.some((support, player) => isDominated(game, player, support, supports))) return
  if (chosen.length === sizes.length) {
    yield supports
    return
  }
  const player = chosen.length
  for (const support of subsets(game.actions[player]!, sizes[player]!)) {
    yield* supportsOf(game, sizes, budget, [...chosen, support])
  }
}

/** Whether one of a player's actions pays less than another of its actions, whatever the others take of their supports. */
function isDominated(
  { actions, payoffs }: NormalFormGame,
  player: number,
  support: readonly number[],
  supports: readonly (readonly number[])[],
): boolean {
  const strides = actions.map(() => 1)
  for (let i = actions.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * actions[i + 1]!
  const others = supports.reduce<number[]>(
    (places, own, i) =>
      i === player ? places : places.flatMap((place) => own.map((a) => place + a * strides[i]!)),
    [0],
  )
  const own = payoffs[player]!
  const stride = strides[player]!
  return support.some((a) =>
    Array.from({ length: actions[player]! }, (_, b) => b).some((b) =>
      others.every((place) => own[place + b * stride]! > own[place + a * stride]!),
    ),
  )
}
