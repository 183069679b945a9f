import { RuntimeError } from '../errors.ts'

/** A game in normal form: n players choose at once, and are paid by what all of them chose. */
export interface NormalFormGame {
  /** Actions of each player. */
  readonly actions: readonly number[]
  /** Of each player, [A_1, …, A_n]: by joint action, that of the last player changing fastest. */
  readonly payoffs: readonly Float64Array[]
  /** What people call its players and actions; left out, `namesOf` numbers them. */
  readonly names?: GameNames
}

/** Names of a game's players, and of the actions of each. */
export interface GameNames {
  readonly players: readonly string[]
  readonly actions: readonly (readonly string[])[]
}

/** A mixed strategy of each player: probabilities of its actions. */
export type Profile = readonly Float64Array[]

/**
 * @throws ERR_CONFIG_INVALID for a game without players or actions, and for payoffs that are no finite numbers or of another shape
 */
export function normalForm(
  actions: readonly number[],
  payoffs: readonly ArrayLike<number>[],
): NormalFormGame {
  const joint = actions.reduce((product, count) => product * count, 1)
  if (actions.length === 0 || !actions.every((count) => Number.isInteger(count) && count > 0)) {
    fail(`actions: expected a number of actions for each player, got [${actions.join(', ')}]`)
  }
  if (payoffs.length !== actions.length) {
    fail(`payoffs: expected those of ${actions.length} players, got ${payoffs.length}`)
  }
  for (const [player, own] of payoffs.entries()) {
    if (own.length !== joint) {
      fail(
        `payoffs of player ${player + 1}: expected one for each of ${joint} joint actions, got ${own.length}`,
      )
    }
    const wrong = Array.from(own).findIndex((payoff) => !Number.isFinite(payoff))
    if (wrong >= 0) {
      fail(`payoffs of player ${player + 1}: expected finite numbers, got ${own[wrong]} at place ${wrong}`)
    }
  }
  return { actions: [...actions], payoffs: payoffs.map((own) => Float64Array.from(own)) }
}

/** A game of two, as matrices [row][column]. @throws ERR_CONFIG_INVALID */
export function bimatrix(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): NormalFormGame {
  const columns = a[0]?.length ?? 0
  if ([...a, ...b].some((row) => row.length !== columns)) fail('payoffs: expected rows of one length')
  return normalForm([a.length, columns], [a.flat(), b.flat()])
}

/** Names of all players and actions: those that the game has, or else row and column, player 1 and so on, and a1, a2 … */
export function namesOf({ actions, names }: NormalFormGame): GameNames {
  return (
    names ?? {
      players: actions.length === 2 ? ['row', 'column'] : actions.map((_, player) => `player ${player + 1}`),
      actions: actions.map((count) => Array.from({ length: count }, (_, action) => `a${action + 1}`)),
    }
  )
}

/** Of what a game's payoffs are apart: by so little more or less than nothing they still count as nothing. */
const ZERO_TOLERANCE = 1e-9

/** What the players of a game are paid adds up to 0, whatever they do. */
export function isZeroSum({ payoffs }: NormalFormGame): boolean {
  const [first] = payoffs as [Float64Array]
  const largest = payoffs.reduce((most, own) => own.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0)
  const slack = ZERO_TOLERANCE * largest
  return first.every((_, joint) => Math.abs(payoffs.reduce((sum, own) => sum + own[joint]!, 0)) <= slack)
}

/** Place of a joint action in the payoffs. @param taken the action of each player */
export function jointAction(actions: readonly number[], taken: ArrayLike<number>): number {
  return actions.reduce((place, count, player) => place * count + taken[player]!, 0)
}

/** Payoffs to a player of each of its actions, against the others' strategies; [A_i]. */
export function actionPayoffs(
  { actions, payoffs }: NormalFormGame,
  player: number,
  profile: Profile,
): Float64Array {
  // The others' strategies are summed out one after the other, the last player's first.
  let rest = payoffs[player]!
  let behind = 1
  for (let other = actions.length - 1; other >= 0; other--) {
    const count = actions[other]!
    if (other === player) {
      behind *= count
      continue
    }
    const strategy = profile[other]!
    const before = rest.length / (count * behind)
    const summed = new Float64Array(before * behind)
    for (let i = 0; i < before; i++) {
      for (let a = 0; a < count; a++) {
        const probability = strategy[a]!
        if (probability === 0) continue
        for (let j = 0; j < behind; j++) {
          summed[i * behind + j]! += probability * rest[(i * count + a) * behind + j]!
        }
      }
    }
    rest = summed
  }
  return rest === payoffs[player] ? rest.slice() : rest
}

/** What a player is paid on average. */
export function expectedPayoff(game: NormalFormGame, player: number, profile: Profile): number {
  return actionPayoffs(game, player, profile).reduce(
    (sum, payoff, a) => sum + payoff * profile[player]![a]!,
    0,
  )
}

/** What each player could gain by its best response to the others, at least 0. */
export function regrets(game: NormalFormGame, profile: Profile): Float64Array {
  return Float64Array.from(game.actions, (_, player) => {
    const payoffs = actionPayoffs(game, player, profile)
    const paid = payoffs.reduce((sum, payoff, a) => sum + payoff * profile[player]![a]!, 0)
    return Math.max(0, Math.max(...payoffs) - paid)
  })
}

/** The smallest ε of which a profile is an ε-equilibrium: the largest of the players' regrets. */
export function epsilonOf(game: NormalFormGame, profile: Profile): number {
  return Math.max(...regrets(game, profile))
}

/** The mean of the players' regrets: NashConv over the number of players. */
export function exploitability(game: NormalFormGame, profile: Profile): number {
  return regrets(game, profile).reduce((sum, regret) => sum + regret, 0) / game.actions.length
}

/** A strategy that always takes one action. */
export function pureStrategy(actions: number, action: number): Float64Array {
  return Float64Array.from({ length: actions }, (_, a) => Number(a === action))
}

function fail(message: string): never {
  throw new RuntimeError('ERR_CONFIG_INVALID', `game: ${message}`)
}
