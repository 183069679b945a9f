import fc from 'fast-check'
import t from 'tap'
import {
  bindArena,
  bindRecord,
  createArena,
  formatBytes,
  planArena,
  recordOffset,
} from '../../../../runtime/core/memory/arena.ts'
import { planLayout } from '../../../../runtime/core/memory/layout.ts'

fc.configureGlobal({ seed: 2026 })

const TOO_LARGE = 'ERR_ARENA_TOO_LARGE'
const PAGE = 65_536
const bytesOf = (size: number) => planLayout({ bytes: { dtype: 'u8', shape: [size] } })

t.test('records start on cache lines, do not overlap and leave the first page to the kernels', async () => {
  const request = fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 5 }))
  fc.assert(
    fc.property(fc.array(request, { maxLength: 6 }), (sizes) => {
      const requests = sizes.map(([size, count], i) => [`r${i}`, { layout: bytesOf(size), count }] as const)
      const plan = planArena(Object.fromEntries(requests))
      let end = PAGE
      for (const [name, { layout, count }] of requests) {
        const { offset, stride } = plan.regions[name]!
        if (offset % 64 !== 0 || offset < end || stride < layout.bytes || stride % 64 !== 0) return false
        end = offset + stride * count
      }
      return end <= plan.bytes && plan.bytes % PAGE === 0
    }),
  )
})

t.test('the allocated arena has exactly the planned bytes, all zero', async (t) => {
  const plan = planArena({ worlds: { layout: bytesOf(100_000), count: 3 } })
  const { buffer, heap } = createArena(plan, 2 ** 24)
  t.equal(buffer.byteLength, plan.bytes)
  t.equal(heap.u8.length, plan.bytes)
  t.equal(heap.f32.length, plan.bytes / 4)
  t.ok(heap.f32.every((value) => value === 0))
})

t.test('a record is written where its offset says and nowhere else', async (t) => {
  const layout = bytesOf(100)
  const arena = createArena(planArena({ a: { layout, count: 4 }, b: { layout, count: 1 } }), 2 ** 24)
  bindRecord(arena, 'a', layout, 2).bytes.fill(7)
  const first = recordOffset(arena, 'a', 2)
  const written = [...arena.heap.u8.entries()].filter(([, byte]) => byte === 7).map(([at]) => at)
  t.same(
    written,
    Array.from({ length: 100 }, (_, i) => first + i),
  )
})

t.test('two threads that bind one memory see the same bytes', async (t) => {
  const layout = bytesOf(10)
  const arena = createArena(planArena({ a: { layout, count: 1 } }), 2 ** 24)
  const other = bindArena(arena.memory, structuredClone(arena.plan))
  bindRecord(arena, 'a', layout, 0).bytes[3] = 9
  t.equal(bindRecord(other, 'a', layout, 0).bytes[3], 9)
})

t.test('a record outside its region is refused', async (t) => {
  const arena = createArena(planArena({ a: { layout: bytesOf(1), count: 2 } }), 2 ** 24)
  t.throws(() => recordOffset(arena, 'a', 2), RangeError)
  t.throws(() => recordOffset(arena, 'a', -1), RangeError)
})

t.test('a plan above the limit is refused with both numbers, its largest parts and what helps', async (t) => {
  for (const [large, small, mend] of [
    ['worlds', 'slabs', 'take fewer agents, a smaller map, shorter episodes or fewer worlds'],
    ['slabs', 'worlds', 'lower --segment-steps or --sample-agents'],
  ] as const) {
    const plan = planArena({
      [small]: { layout: bytesOf(2 ** 20), count: 16 },
      [large]: { layout: bytesOf(2 ** 20), count: 64 },
      frames: { layout: bytesOf(64), count: 1 },
    })
    t.throws(() => createArena(plan, 2 ** 24), {
      code: TOO_LARGE,
      message:
        'arena: this run needs 80.1 MiB of shared memory and the limit here is 16.0 MiB ' +
        `(largest parts: ${large} 64.0 MiB, ${small} 16.0 MiB, frames 64 B); ${mend}`,
      details: { bytes: plan.bytes, limit: 2 ** 24 },
    })
  }
})

t.test('no limit lets an arena grow beyond what WebAssembly can address', async (t) => {
  const plan = planArena({ worlds: { layout: bytesOf(2 ** 30), count: 5 } })
  t.ok(plan.bytes > 5 * 2 ** 30)
  t.throws(() => createArena(plan, Number.POSITIVE_INFINITY), {
    code: TOO_LARGE,
    details: { bytes: plan.bytes, limit: 2 ** 32 },
  })
})

t.test('sizes are told in the unit that suits them', async (t) => {
  t.same([0, 1023, 1024, 1_572_864, 2 ** 32, 2 ** 62].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '4.0 GiB',
    '4096.0 PiB',
  ])
})
