import { Random, Stream, seedKey } from '../../../runtime/core/rng.ts'

/** What is drawn from, with relative frequencies. */
export type Choice<T> = { readonly value: T; readonly share: number }[]

export function fixed<T>(value: T): Choice<T> {
  return [{ value, share: 1 }]
}

/** The key is the seed's own: no draw of a world's episode is repeated. */
const CHOICES = Stream.scenario + 2

/** Draws one after the other; they hang on the seed. */
export class Chooser {
  readonly #random: Random
  #draws = 0

  constructor(seed: number) {
    this.#random = new Random(seedKey(seed))
  }

  /** @param choice of at least one member */
  choose<T>(choice: Choice<T>): T {
    const total = choice.reduce((sum, { share }) => sum + share, 0)
    let left = this.#random.uniform(CHOICES, 0, this.#draws++) * total
    for (const { value, share } of choice) {
      left -= share
      if (left < 0) return value
    }
    return choice.at(-1)!.value
  }
}
