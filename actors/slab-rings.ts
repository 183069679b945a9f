import { RingBuffer } from 'ringbuf.js'
import { SLABS_PER_WORLD } from './host-plan.ts'

/**
 * The slabs of one world as they pass between the thread that runs its segment and the courier:
 * `free` from the courier to the thread, `filled` back. Slab numbers travel, never the data.
 *
 * Each ring has one producer and one consumer at a time: a world's segments follow one another.
 */
export interface SlabRings {
  readonly free: SlabRing
  readonly filled: SlabRing
}

/** A wait-free queue of slab numbers. */
export class SlabRing {
  readonly #ring: RingBuffer
  readonly #item = new Uint32Array(1)

  constructor(storage: SharedArrayBuffer) {
    this.#ring = new RingBuffer(storage, Uint32Array)
  }

  static allocate(): SharedArrayBuffer {
    return RingBuffer.getStorageForCapacity(SLABS_PER_WORLD, Uint32Array) as SharedArrayBuffer
  }

  /** Producer only. False when the ring is full. */
  tryPush(slab: number): boolean {
    this.#item[0] = slab
    return this.#ring.push(this.#item) === 1
  }

  /** Consumer only. −1 when the ring is empty. */
  tryPop(): number {
    return this.#ring.pop(this.#item) === 1 ? this.#item[0]! : -1
  }

  get isEmpty(): boolean {
    return this.#ring.empty()
  }
}

/** Shared storage of one world's two rings, as it is sent to threads. */
export interface RingStorage {
  readonly free: SharedArrayBuffer
  readonly filled: SharedArrayBuffer
}

export function allocateRings(): RingStorage {
  return { free: SlabRing.allocate(), filled: SlabRing.allocate() }
}

export function bindRings({ free, filled }: RingStorage): SlabRings {
  return { free: new SlabRing(free), filled: new SlabRing(filled) }
}
