/** Resolves once fewer than `limit` messages are queued. */
interface Waiter {
  readonly limit: number
  readonly resolve: (isOpen: boolean) => void
}

/** Bounds the messages that a link has sent and the peer has not acknowledged. */
export class SendWindow {
  readonly capacity: number
  #sent = 0
  #acknowledged = 0
  #isOpen = true
  #waiters: readonly Waiter[] = []

  constructor(capacity: number) {
    if (!(Number.isInteger(capacity) && capacity > 0)) {
      throw new RangeError(`link.capacity: expected a positive integer, got ${capacity}`)
    }
    this.capacity = capacity
  }

  get sent(): number {
    return this.#sent
  }

  get queued(): number {
    return this.#sent - this.#acknowledged
  }

  get hasRoom(): boolean {
    return this.#isOpen && this.queued < this.capacity
  }

  add(): void {
    this.#sent++
  }

  /** `total` messages are done with; false when that is more than were sent. */
  tryAcknowledge(total: number): boolean {
    if (!Number.isSafeInteger(total) || total > this.#sent) return false
    this.#acknowledged = Math.max(this.#acknowledged, total)
    const ready = this.#waiters.filter(({ limit }) => this.queued < limit)
    if (ready.length > 0) {
      this.#waiters = this.#waiters.filter(({ limit }) => this.queued >= limit)
      for (const { resolve } of ready) resolve(true)
    }
    return true
  }

  /** True once fewer than `limit` messages are queued, false when the link closes first. */
  whenBelow(limit: number): Promise<boolean> {
    if (!this.#isOpen || this.queued < limit) return Promise.resolve(this.#isOpen)
    return new Promise((resolve) => {
      this.#waiters = [...this.#waiters, { limit, resolve }]
    })
  }

  end(): void {
    this.#isOpen = false
    for (const { resolve } of this.#waiters) resolve(false)
    this.#waiters = []
  }
}
