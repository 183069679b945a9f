import type { NamedTensors } from '../runtime/core/tensors.ts'

/** Share of the main policy that the opponent takes over when it lost. */
const MAIN_SHARE = 0.99

/**
 * Self-play of the mean-field paper: only the main policy learns; its opponent becomes
 * 0.99 · main + 0.01 · opponent whenever the main policy's total reward was the higher one.
 */
export class SelfPlay {
  #opponent: NamedTensors
  /** Times that the opponent was renewed. */
  renewals = 0

  constructor(opponent: NamedTensors) {
    this.#opponent = opponent
  }

  get opponent(): NamedTensors {
    return this.#opponent
  }

  /** @param mainReward, @param opponentReward total reward over the episodes since the last call */
  compare(mainReward: number, opponentReward: number, main: NamedTensors): void {
    if (!(mainReward > opponentReward)) return
    this.renewals++
    this.#opponent = Object.fromEntries(
      Object.entries(main).map(([name, { shape, data }]) => {
        const old = this.#opponent[name]!.data
        const mixed = Float32Array.from(data, (value, i) => MAIN_SHARE * value + (1 - MAIN_SHARE) * old[i]!)
        return [name, { dtype: 'f32' as const, shape, data: mixed }]
      }),
    )
  }

  load(opponent: NamedTensors): void {
    this.#opponent = opponent
  }
}
