import { RuntimeError } from '../errors.ts'

const ARRIVED = 0
const GENERATION = 1
const ABORTED = 2

/**
 * Phases last microseconds, so a spin mostly spares the trip through the kernel. How long one is worth while hangs on whether
 * the others have a core of their own: each barrier finds out.
 */
const LEAST_SPINS = 2_000
const MOST_SPINS = 64_000
const POLL_MS = 200

/** The shared words of one barrier; zero-filled is the start state. */
export const barrierColumns = { words: { dtype: 'i32', shape: [16] } } as const

/**
 * A reusable barrier for the threads that share a world.
 *
 * Every participant calls `wait` from its own worker thread. `abort` may be called by anyone, the
 * main thread included: all who wait, now or later, then throw instead of hanging.
 */
export class Barrier {
  readonly #words: Int32Array
  readonly #parties: number
  readonly #patienceMs: number
  #spins = LEAST_SPINS

  /**
   * @param words shared, from `barrierColumns`
   * @param parties participants of each round
   * @param patienceMs a wait longer than this means that a participant died unseen
   */
  constructor(words: Int32Array, parties: number, patienceMs = 120_000) {
    this.#words = words
    this.#parties = parties
    this.#patienceMs = patienceMs
  }

  /**
   * Returns when all participants have arrived.
   *
   * @throws ERR_BARRIER_ABORTED after `abort`
   * @throws ERR_BARRIER_TIMEOUT when others did not arrive in time
   */
  wait(): void {
    if (this.#parties === 1) return
    const words = this.#words
    const generation = Atomics.load(words, GENERATION)
    this.#check()
    if (Atomics.add(words, ARRIVED, 1) + 1 === this.#parties) {
      // The count is reset before the generation is published: who leaves may arrive again at once.
      Atomics.store(words, ARRIVED, 0)
      Atomics.add(words, GENERATION, 1)
      Atomics.notify(words, GENERATION)
      return
    }
    for (let spin = 0; spin < this.#spins && Atomics.load(words, GENERATION) === generation; spin++);
    const isWorthIt = Atomics.load(words, GENERATION) !== generation
    this.#spins = isWorthIt ? Math.min(MOST_SPINS, 2 * this.#spins) : Math.max(LEAST_SPINS, this.#spins / 4)
    let waitedMs = 0
    while (Atomics.load(words, GENERATION) === generation) {
      if (Atomics.wait(words, GENERATION, generation, POLL_MS) === 'timed-out') waitedMs += POLL_MS
      if (waitedMs >= this.#patienceMs) this.#giveUp()
    }
    this.#check()
  }

  /** Releases every waiting participant with ERR_BARRIER_ABORTED. */
  abort(): void {
    Atomics.store(this.#words, ABORTED, 1)
    Atomics.add(this.#words, GENERATION, 1)
    Atomics.notify(this.#words, GENERATION)
  }

  /** Makes the barrier usable again, once no participant is left inside. */
  reset(): void {
    Atomics.store(this.#words, ARRIVED, 0)
    Atomics.store(this.#words, ABORTED, 0)
  }

  #giveUp(): never {
    this.abort()
    throw new RuntimeError(
      'ERR_BARRIER_TIMEOUT',
      `barrier: expected ${this.#parties} participants within ${this.#patienceMs} ms; one of them is gone`,
      { details: { parties: this.#parties, patienceMs: this.#patienceMs } },
    )
  }

  #check(): void {
    if (Atomics.load(this.#words, ABORTED) === 1) {
      throw new RuntimeError('ERR_BARRIER_ABORTED', 'barrier: a participant failed and released the others')
    }
  }
}
