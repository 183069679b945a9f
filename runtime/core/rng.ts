/**
 * Counter-based randomness: a value is a pure function of (key, stream, step, entity), never of
 * the order of calls, so that a result does not depend on how work was split over threads.
 *
 * @see Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */

/** What a draw is for. A stream is never reused for another purpose: old runs would change. */
export const Stream = {
  worldKey: 1,
  engineSeed: 2,
  action: 3,
  randomAction: 4,
  replay: 6,
  weights: 7,
  side: 8,
  evaluation: 9,
  sample: 10,
  learner: 11,
  bootstrap: 12,
  communication: 13,
  game: 15,
  solver: 14,
  /** From here on they are the scenarios' own; grid worlds use 17 and 18 too. */
  scenario: 16,
} as const

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85
const TWO_POW_MINUS_32 = 2 ** -32

/** High 32 bits of the 64-bit product of two unsigned words, as a signed word. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = Math.imul(aLow, bLow) >>> 0
  const middle = Math.imul(aHigh, bLow) + (low >>> 16)
  const carry = Math.imul(aLow, bHigh) + (middle & 0xffff)
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0
}

/**
 * Philox4x32-10: encrypts a counter of four words under a key of two.
 *
 * @param out [4] words as unsigned integers
 */
export function philox4x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  out: Uint32Array,
): void {
  let c0 = counter0 | 0
  let c1 = counter1 | 0
  let c2 = counter2 | 0
  let c3 = counter3 | 0
  let k0 = key0 | 0
  let k1 = key1 | 0
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0)
    const low0 = Math.imul(M0, c0)
    const high1 = multiplyHigh(M1, c2)
    const low1 = Math.imul(M1, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + W0) | 0
    k1 = (k1 + W1) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** Draws under one key. The four words of the last draw stay readable in `words`. */
export class Random {
  readonly words: Uint32Array = new Uint32Array(4)
  readonly #key: Uint32Array

  /** @param key [2]; may be a view of the arena: a changed key changes the draws */
  constructor(key: Uint32Array) {
    this.#key = key
  }

  /** Four words for one entity in one step; `lane` separates several draws of one stream. */
  draw(stream: number, step: number, entity: number, lane = 0): void {
    philox4x32(this.#key[0]!, this.#key[1]!, entity, step, stream, lane, this.words)
  }

  /** Uniform in [0, 1), of 32 bits. */
  uniform(stream: number, step: number, entity: number, lane = 0): number {
    this.draw(stream, step, entity, lane)
    return this.words[0]! * TWO_POW_MINUS_32
  }

  /** Uniform in {0, …, n−1}, biased by less than n·2⁻³². */
  below(n: number, stream: number, step: number, entity: number, lane = 0): number {
    return Math.floor(this.uniform(stream, step, entity, lane) * n)
  }

  /** Standard normal, by Box and Muller. */
  normal(stream: number, step: number, entity: number, lane = 0): number {
    this.draw(stream, step, entity, lane)
    const radius = Math.sqrt(-2 * Math.log((this.words[0]! + 0.5) * TWO_POW_MINUS_32))
    return radius * Math.cos(2 * Math.PI * this.words[1]! * TWO_POW_MINUS_32)
  }
}

/** A word of a draw as a uniform in [0, 1). */
export function toUniform(word: number): number {
  return word * TWO_POW_MINUS_32
}

/** The root key of a run. @param seed whole number in [0, 2⁵³) */
export function seedKey(seed: number): Uint32Array {
  return Uint32Array.of(seed % 2 ** 32, Math.floor(seed / 2 ** 32))
}

/**
 * The key of one episode of one world: every draw inside that episode hangs on it.
 *
 * @param out [3] two words of the key, and a seed for engines with a generator of their own: the run's seed, modulo
 *            2³², in the first episode of the first world, so that it means what it means to such an engine's peers
 */
export function episodeKey(seed: number, world: number, episode: number, out: Uint32Array): void {
  const random = new Random(seedKey(seed))
  random.draw(Stream.worldKey, episode, world)
  out[0] = random.words[0]!
  out[1] = random.words[1]!
  out[2] = world === 0 && episode === 0 ? seed % 2 ** 32 : random.words[2]!
}
