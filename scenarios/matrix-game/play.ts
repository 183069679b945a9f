import { exploitability, type NormalFormGame } from '../../runtime/core/games/normal-form.ts'

/** What the players of a game have made of it so far, by how often they took each joint action. */
export class Play {
  readonly #game: NormalFormGame
  readonly #plays: Float64Array

  /**
   * @param payoffs of each player, one behind the other
   * @param plays   [joint actions]
   */
  constructor(actions: readonly number[], payoffs: Float64Array, plays: Float64Array) {
    const joint = plays.length
    this.#game = {
      actions,
      payoffs: actions.map((_, player) => payoffs.subarray(player * joint, (player + 1) * joint)),
    }
    this.#plays = plays
  }

  /** What a player was paid on average; mean over the players. */
  meanPayoff(): number {
    const { actions } = this.#game
    return actions.reduce((sum, _, player) => sum + this.#paid(player), 0) / actions.length
  }

  metrics(): Record<string, number> {
    const { actions } = this.#game
    const frequencies = actions.map((_, player) => this.#frequencies(player))
    const metrics: Record<string, number> = {
      meanPayoff: this.meanPayoff(),
      exploitability: this.#count() === 0 ? 0 : exploitability(this.#game, frequencies),
    }
    for (const [player, own] of frequencies.entries()) {
      const name = `player${player + 1}`
      metrics[`${name}Payoff`] = this.#paid(player)
      metrics[`${name}Regret`] = this.#regret(player)
      for (const [action, frequency] of own.entries()) metrics[`${name}Action${action + 1}`] = frequency
    }
    return metrics
  }

  #count(): number {
    return this.#plays.reduce((sum, count) => sum + count, 0)
  }

  #paid(player: number): number {
    const own = this.#game.payoffs[player]!
    const sum = this.#plays.reduce((sum, count, joint) => sum + count * own[joint]!, 0)
    return sum / Math.max(1, this.#count())
  }

  /** How often a player took each action. */
  #frequencies(player: number): Float64Array {
    const { actions } = this.#game
    const [count, stride] = [actions[player]!, this.#stride(player)]
    const taken = new Float64Array(count)
    for (const [joint, plays] of this.#plays.entries()) taken[Math.floor(joint / stride) % count]! += plays
    const all = Math.max(1, this.#count())
    return taken.map((plays) => plays / all)
  }

  /**
   * By how much the best single action would have paid a player more on average against what the others did,
   *
   *   max_b 1/T Σ_t u_i(b, a_−i(t)) − 1/T Σ_t u_i(a(t))
   */
  #regret(player: number): number {
    const { actions, payoffs } = this.#game
    const own = payoffs[player]!
    const [count, stride] = [actions[player]!, this.#stride(player)]
    const instead = new Float64Array(count)
    for (const [joint, plays] of this.#plays.entries()) {
      const first = joint - (Math.floor(joint / stride) % count) * stride
      for (let a = 0; a < count; a++) instead[a]! += plays * own[first + a * stride]!
    }
    return Math.max(...instead) / Math.max(1, this.#count()) - this.#paid(player)
  }

  /** From one action of a player to its next, in joint actions. */
  #stride(player: number): number {
    return this.#game.actions.slice(player + 1).reduce((product, count) => product * count, 1)
  }
}
