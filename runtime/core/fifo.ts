/** Slots that `shift` leaves empty before they are given back: `Array.shift` alone moves a long array each time. */
const MOST_EMPTY = 1024

/** A queue without a bound: first in, first out. */
export class Fifo<T> {
  readonly #items: (T | undefined)[]
  #head = 0

  constructor(items: Iterable<T> = []) {
    this.#items = [...items]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The oldest item, or undefined when empty. */
  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head === MOST_EMPTY) {
      this.#items.splice(0, MOST_EMPTY)
      this.#head = 0
    }
    return item
  }
}
