import fc from 'fast-check'
import t from 'tap'
import {
  alignUp,
  bindViews,
  CACHE_LINE_BYTES,
  type Columns,
  columnBytes,
  columnsOf,
  type DType,
  elementCount,
  planLayout,
} from '../../../../runtime/core/memory/layout.ts'

fc.configureGlobal({ seed: 2026 })

const INVALID = { code: 'ERR_SCENARIO_INVALID' }

/** Layouts of one to eight columns of any type, with empty axes too. */
const anyColumns: fc.Arbitrary<Columns> = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,6}$/),
  fc.record({
    dtype: fc.constantFrom<DType>('f64', 'f32', 'i32', 'u32', 'u16', 'u8'),
    shape: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: 3 }),
  }),
  { minKeys: 1, maxKeys: 8, noNullPrototype: true },
)

t.test('columns start on cache lines, do not overlap and end inside the record', async () => {
  fc.assert(
    fc.property(anyColumns, (columns) => {
      const { offsets, bytes } = planLayout(columns)
      let end = 0
      for (const [name, column] of Object.entries(columns)) {
        const offset = offsets[name]!
        if (offset % CACHE_LINE_BYTES !== 0 || offset < end) return false
        end = offset + columnBytes(column)
      }
      return end <= bytes && bytes % CACHE_LINE_BYTES === 0
    }),
  )
})

t.test('the columns of arrays have their types and lengths', async (t) => {
  const arrays = {
    a: new Float64Array(3),
    b: new Float32Array(0),
    c: new Int32Array(2),
    d: new Uint32Array(1),
    e: new Uint16Array(5),
    f: new Uint8Array(4),
  }
  const columns = columnsOf(arrays)
  t.same(
    Object.values(columns).map(({ dtype, shape }) => [dtype, ...shape]),
    [
      ['f64', 3],
      ['f32', 0],
      ['i32', 2],
      ['u32', 1],
      ['u16', 5],
      ['u8', 4],
    ],
  )
  const layout = planLayout(columns)
  const views = bindViews(layout, new SharedArrayBuffer(layout.bytes))
  for (const [name, array] of Object.entries(arrays)) {
    t.equal(views[name as keyof typeof arrays].constructor, array.constructor)
  }
})

t.test('views have the size and the place that the layout gave before anything was allocated', async () => {
  fc.assert(
    fc.property(anyColumns, fc.integer({ min: 0, max: 3 }), (columns, records) => {
      const layout = planLayout(columns)
      const base = records * CACHE_LINE_BYTES
      const views = bindViews(layout, new SharedArrayBuffer(base + layout.bytes), base)
      return Object.entries(columns).every(([name, column]) => {
        const view = views[name]!
        return (
          view.length === elementCount(column) &&
          view.byteLength === columnBytes(column) &&
          view.byteOffset === base + layout.offsets[name]!
        )
      })
    }),
  )
})

t.test('writing one column changes no other', async (t) => {
  const layout = planLayout({
    a: { dtype: 'u8', shape: [3] },
    b: { dtype: 'f64', shape: [2, 5] },
    c: { dtype: 'u16', shape: [1] },
    d: { dtype: 'i32', shape: [0] },
    e: { dtype: 'u32', shape: [17] },
    f: { dtype: 'f32', shape: [] },
  })
  const buffer = new SharedArrayBuffer(layout.bytes)
  const views = bindViews(layout, buffer)
  views.a.fill(1)
  views.b.fill(2)
  views.c.fill(3)
  views.d.fill(4)
  views.e.fill(5)
  views.f.fill(6)
  t.same(
    Object.values(views).map((view) => new Set(view)),
    [new Set([1]), new Set([2]), new Set([3]), new Set(), new Set([5]), new Set([6])],
  )
})

t.test('a layout survives the way to another thread', async (t) => {
  const layout = planLayout({ x: { dtype: 'f32', shape: [4, 2] } })
  t.same(structuredClone(layout), layout)
})

t.test('sizes that are no whole numbers of at least 0 are refused', async (t) => {
  for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => planLayout({ x: { dtype: 'f32', shape: [2, size] } }), INVALID)
  }
})

t.test('the error for a wrong size names the column and the shape', async (t) => {
  t.throws(() => planLayout({ speed: { dtype: 'f32', shape: [2, -1] } }), {
    message: /layout\.speed.*2, -1/,
    details: { column: 'speed', shape: [2, -1] },
  })
})

t.test('aligning goes up to the next multiple, beyond 32 bits too', async (t) => {
  t.equal(alignUp(0, 64), 0)
  t.equal(alignUp(1, 64), 64)
  t.equal(alignUp(64, 64), 64)
  t.equal(alignUp(2 ** 33 + 1, 65_536), 2 ** 33 + 65_536)
})
