import { type NormalFormGame, type Profile, pureStrategy } from '../../runtime/core/games/normal-form.ts'
import { scaled } from './scaling.ts'

/** Of what a player's payoffs are apart: by so little less than the best an action still counts as one. */
const TOLERANCE = 1e-9

/**
 * All equilibria in which nobody mixes, as the action of each player, the first player's changing slowest.
 *
 * Goes through the joint actions once for each player; that of a player i is a best reply where
 *
 *   u_i(a) ≥ max_b u_i(b, a_−i) − tolerance · (max u_i − min u_i)
 */
export function pureEquilibria(game: NormalFormGame, tolerance: number = TOLERANCE): number[][] {
  const { actions, payoffs } = scaled(game)
  const joint = payoffs[0]!.length
  const isStable = new Uint8Array(joint).fill(1)
  let stride = joint
  for (const [player, count] of actions.entries()) {
    const own = payoffs[player]!
    const slack = tolerance * own.reduce((a, b) => Math.max(a, b))
    stride /= count
    for (let at = 0; at < joint; at++) {
      // Those that differ in this player's action alone are gone through from the first of them.
      if (Math.floor(at / stride) % count !== 0) continue
      let best = 0
      for (let a = 0; a < count; a++) best = Math.max(best, own[at + a * stride]!)
      for (let a = 0; a < count; a++) {
        if (own[at + a * stride]! < best - slack) isStable[at + a * stride] = 0
      }
    }
  }
  return [...isStable.keys()].filter((at) => isStable[at] === 1).map((at) => actionsAt(actions, at))
}

/** A profile in which each player takes one action. */
export function pureProfile(actions: readonly number[], taken: readonly number[]): Profile {
  return actions.map((count, player) => pureStrategy(count, taken[player]!))
}

/** Action of each player in the joint action at a place of the payoffs. */
function actionsAt(actions: readonly number[], at: number): number[] {
  let rest = at
  return actions
    .map((_, i) => {
      const count = actions[actions.length - 1 - i]!
      const action = rest % count
      rest = (rest - action) / count
      return action
    })
    .reverse()
}
