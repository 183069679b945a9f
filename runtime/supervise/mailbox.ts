/** What becomes of a message that finds the mailbox full: it is refused, or the oldest one makes room. */
export type WhenFull = 'refuse' | 'drop-oldest'

/** A bounded queue in a ring that is allocated once. */
export class Mailbox<M> {
  readonly #slots: (M | undefined)[]
  #head = 0
  #size = 0

  constructor(capacity: number) {
    if (!(Number.isInteger(capacity) && capacity > 0)) {
      throw new RangeError(`mailboxCapacity: expected a positive integer, got ${capacity}`)
    }
    this.#slots = Array.from({ length: capacity }, () => undefined)
  }

  get size(): number {
    return this.#size
  }

  /** False when full. */
  tryPush(message: M): boolean {
    if (this.#size === this.#slots.length) return false
    this.#slots[(this.#head + this.#size) % this.#slots.length] = message
    this.#size++
    return true
  }

  /** The oldest message, or undefined when empty. */
  shift(): M | undefined {
    if (this.#size === 0) return undefined
    const message = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) % this.#slots.length
    this.#size--
    return message
  }
}
