import './webassembly.ts'
import { readFileSync } from 'node:fs'
import { RuntimeError } from '../errors.ts'
import { alignUp, bindViews, CACHE_LINE_BYTES, type Columns, type Layout, type Views } from './layout.ts'

const PAGE_BYTES = 65_536
/** A WebAssembly memory addresses 32 bits: 65,536 pages of 64 KiB. */
const MAX_ARENA_BYTES = 65_536 * PAGE_BYTES
/** The first page belongs to the kernels' own constants. */
const KERNEL_BYTES = PAGE_BYTES

/** `count` records of one layout, one behind the other. */
export interface RegionRequest<C extends Columns = Columns> {
  readonly layout: Layout<C>
  readonly count: number
}

export interface Region {
  /** First byte of record 0. */
  readonly offset: number
  /** Bytes from one record to the next. */
  readonly stride: number
  readonly count: number
}

/** Where every region lies: computed before anything is allocated, sent to every thread. */
export interface ArenaPlan {
  readonly regions: Readonly<Record<string, Region>>
  readonly bytes: number
}

/** The whole arena as arrays, for records that are addressed by byte. */
export interface Heap {
  readonly u8: Uint8Array<SharedArrayBuffer>
  readonly u16: Uint16Array<SharedArrayBuffer>
  readonly i32: Int32Array<SharedArrayBuffer>
  readonly f32: Float32Array<SharedArrayBuffer>
}

/** One shared WebAssembly memory that holds all state of all worlds, parameters and experience of a host. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  readonly buffer: SharedArrayBuffer
  readonly heap: Heap
  readonly plan: ArenaPlan
  /** The exports of a compiled module bound to this memory, of which a thread has one instance. */
  instantiate<T>(module: URL): T
}

export function planArena(requests: Readonly<Record<string, RegionRequest>>): ArenaPlan {
  const regions: Record<string, Region> = {}
  let offset = KERNEL_BYTES
  for (const [name, { layout, count }] of Object.entries(requests)) {
    const stride = alignUp(layout.bytes, CACHE_LINE_BYTES)
    regions[name] = { offset, stride, count }
    offset += stride * count
  }
  return { regions, bytes: alignUp(offset, PAGE_BYTES) }
}

/** What makes a region of a host smaller. */
const MENDS: Readonly<Record<string, string>> = {
  worlds: 'take fewer agents, a smaller map, shorter episodes or fewer worlds',
  constants: 'take a smaller map',
  frames: 'take fewer worlds',
  shards: 'take a smaller network or fewer threads',
  kept: 'take a smaller network, or fewer agents',
  programs: 'take a smaller network',
  parameters: 'take a smaller network',
  slabs: 'lower --segment-steps or --sample-agents',
}

/**
 * Allocates an arena. Pages are committed by the operating system when first touched.
 *
 * @param limitBytes memory that this machine can give, e.g. `os.totalmem()`
 * @throws ERR_ARENA_TOO_LARGE with the largest regions, and what makes the first of them smaller
 */
export function createArena(plan: ArenaPlan, limitBytes: number): Arena {
  const limit = Math.min(limitBytes, MAX_ARENA_BYTES)
  if (plan.bytes > limit) {
    const largest = Object.entries(plan.regions)
      .map(([name, { stride, count }]) => ({ name, bytes: stride * count }))
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, 3)
    const parts = largest.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', ')
    const mend = MENDS[largest[0]!.name]
    throw new RuntimeError(
      'ERR_ARENA_TOO_LARGE',
      `arena: this run needs ${formatBytes(plan.bytes)} of shared memory and the limit here is ${formatBytes(limit)} ` +
        `(largest parts: ${parts})${mend === undefined ? '' : `; ${mend}`}`,
      { details: { bytes: plan.bytes, limit } },
    )
  }
  const pages = plan.bytes / PAGE_BYTES
  return bindArena(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }), plan)
}

/** The same arena, seen from another thread. */
export function bindArena(memory: WebAssembly.Memory, plan: ArenaPlan): Arena {
  const { buffer } = memory
  const heap: Heap = {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
  }
  const instances = new Map<string, Readonly<Record<string, unknown>>>()
  const instantiate = <T>({ href }: URL): T => {
    let exports = instances.get(href)
    if (!exports) {
      const module = new WebAssembly.Module(readFileSync(new URL(href)))
      exports = new WebAssembly.Instance(module, { env: { memory } }).exports
      instances.set(href, exports)
    }
    return exports as T
  }
  return { memory, buffer, heap, plan, instantiate }
}

/** First byte of record `index` of a region. */
export function recordOffset(arena: Arena, region: string, index: number): number {
  const { offset, stride, count } = arena.plan.regions[region]!
  if (index < 0 || index >= count) {
    throw new RangeError(`arena.${region}: expected an index below ${count}, got ${index}`)
  }
  return offset + stride * index
}

/** Views of record `index` of a region. */
export function bindRecord<C extends Columns>(
  arena: Arena,
  region: string,
  layout: Layout<C>,
  index: number,
): Views<C> {
  return bindViews(layout, arena.buffer, recordOffset(arena, region, index))
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = -1
  do {
    value /= 1024
    unit++
  } while (value >= 1024 && unit < units.length - 1)
  return `${value.toFixed(1)} ${units[unit]}`
}
