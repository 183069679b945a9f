import { RingBuffer } from 'ringbuf.js'
import { type Arena, bindRecord, recordOffset } from '../runtime/core/memory/arena.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import { type HostPlan, type ShardColumns, SLABS_PER_LANE, type SlabColumns } from './host-plan.ts'

/**
 * Memory that a running segment has to itself, as one shard of its world sees it. A host has as many lanes
 * as it runs segments at a time; worlds take turns on them.
 */
export interface Lane {
  readonly scratch: Views<ShardColumns>
  /** First byte of `scratch`. */
  readonly scratchAt: number
  /** First byte of what agents keep from round to round, by slot; all shards share it. */
  readonly keptAt: number
  /** When the plan records. */
  readonly rings: SlabRings | undefined
}

export function bindLane(
  plan: HostPlan,
  arena: Arena,
  lane: number,
  shard: number,
  rings: SlabRings | undefined,
): Lane {
  const index = lane * plan.shards + shard
  return {
    scratch: bindRecord(arena, 'shards', plan.shard, index),
    scratchAt: recordOffset(arena, 'shards', index),
    keptAt: recordOffset(arena, 'kept', lane),
    rings,
  }
}

/** Slabs of all lanes: those of one lane follow one another. */
export function bindSlabs(plan: HostPlan, arena: Arena): Views<SlabColumns>[] {
  const count = plan.recording ? plan.lanes * SLABS_PER_LANE : 0
  return Array.from({ length: count }, (_, slab) => bindRecord(arena, 'slabs', plan.slab, slab))
}

/**
 * The slabs of one lane as they pass between the thread that runs its segment and the courier:
 * `free` from the courier to the thread, `filled` back. Slab numbers travel, never the data.
 *
 * Each ring has one producer and one consumer at a time: a lane's segments follow one another.
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
    return RingBuffer.getStorageForCapacity(SLABS_PER_LANE, Uint32Array) as SharedArrayBuffer
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
}

/** Shared storage of one lane's two rings, as it is sent to threads. */
export interface RingStorage {
  readonly free: SharedArrayBuffer
  readonly filled: SharedArrayBuffer
}

/** Rings of a lane all of whose slabs are free. */
export function allocateRings(lane: number): RingStorage {
  const storage = { free: SlabRing.allocate(), filled: SlabRing.allocate() }
  const { free } = bindRings(storage)
  for (let slab = 0; slab < SLABS_PER_LANE; slab++) free.tryPush(lane * SLABS_PER_LANE + slab)
  return storage
}

export function bindRings({ free, filled }: RingStorage): SlabRings {
  return { free: new SlabRing(free), filled: new SlabRing(filled) }
}
