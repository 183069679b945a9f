import fc from 'fast-check'
import t from 'tap'
import {
  describeObservation,
  NO_INPUT,
  ObservationExpander,
  type ObservationParts,
  type ObservationSpace,
  withShared,
} from '../../../runtime/core/observation.ts'

fc.configureGlobal({ seed: 2026 })

const CODES = [
  { channels: [], values: [] },
  { channels: [0], values: [1] },
  { channels: [1, 2], values: [1, 0.5] },
] as const

const SPACE = describeObservation({
  cells: { count: 3, channels: 3, codes: CODES },
  hot: { inputs: 4, slots: 2 },
  scalars: ['speed', 'age'],
  shared: 2,
})

interface Seen {
  readonly scalars: readonly number[]
  readonly hot: readonly number[]
  readonly cells: readonly number[]
}

/** A record as a scenario packs it. */
function pack(space: ObservationSpace, { scalars, hot, cells }: Seen): Uint8Array {
  const record = new Uint8Array(space.recordBytes)
  const view = new DataView(record.buffer)
  for (const [i, value] of scalars.entries()) view.setFloat32(i * 4, value, true)
  for (const [i, input] of hot.entries()) view.setUint16(space.hotOffset + i * 2, input, true)
  record.set(cells, space.cellsOffset)
  return record
}

/** The dense inputs by their definition. */
function denseOf(
  space: ObservationSpace,
  { scalars, hot, cells }: Seen,
  shared: readonly number[],
): number[] {
  const inputs = Array.from({ length: space.inputs }, () => 0)
  for (const [i, value] of scalars.entries()) inputs[space.scalarsAt + i] = Math.fround(value)
  for (const [i, value] of shared.entries()) inputs[space.sharedAt + i] = Math.fround(value)
  for (const input of hot) if (input !== NO_INPUT) inputs[input]! += 1
  for (const [cell, code] of cells.entries()) {
    const { channels, values } = space.codes[code]!
    for (const [i, channel] of channels.entries()) inputs[cell * space.channels + channel] = values[i]!
  }
  return inputs
}

function expand(space: ObservationSpace, record: Uint8Array, shared: readonly number[]): number[] {
  const out = new Float32Array(space.inputs)
  new ObservationExpander(space).expand(record, 0, Float32Array.from(shared), 0, out, 0)
  return [...out]
}

t.test('inputs stand in the order cells, hot, scalars, shared', async (t) => {
  t.equal(SPACE.inputs, 9 + 4 + 2 + 2)
  t.same([SPACE.hotAt, SPACE.scalarsAt, SPACE.sharedAt], [9, 13, 15])
})

t.test('a record holds scalars, hot slots and cells, and is padded to eight bytes', async (t) => {
  t.same([SPACE.hotOffset, SPACE.cellsOffset, SPACE.recordBytes], [8, 12, 16])
  t.equal(describeObservation({ scalars: ['x'] }).recordBytes, 8)
})

t.test('scalars can be equal blocks', async (t) => {
  const scalars = ['present', 'queue', 'present 1', 'queue 1']
  t.equal(describeObservation({ scalars, blocks: 2 }).blocks, 2)
  t.equal(describeObservation({ scalars }).blocks, 0)
  t.throws(() => describeObservation({ scalars, blocks: 3 }), {
    code: 'ERR_SCENARIO_INVALID',
    details: { field: 'blocks', got: 4 },
  })
})

const HOT = { inputs: 1000, slots: 1 }
const refused: readonly { readonly what: string; readonly parts: ObservationParts }[] = [
  { what: 'hot inputs', parts: { hot: { inputs: NO_INPUT, slots: 1 } } },
  { what: 'cells', parts: { hot: HOT, cells: { count: 21_600, channels: 3, codes: CODES } } },
  { what: 'shared inputs', parts: { hot: HOT, shared: NO_INPUT - 1000 } },
]

for (const { what, parts } of refused) {
  t.test(`more ${what} than a hot slot can name are refused`, async (t) => {
    t.throws(() => describeObservation(parts), { code: 'ERR_SCENARIO_INVALID', details: { field: 'inputs' } })
  })
}

t.test('as many inputs as a hot slot can name are taken, and more where there is none', async (t) => {
  t.equal(describeObservation({ hot: HOT, shared: NO_INPUT - 1001 }).inputs, NO_INPUT - 1)
  t.equal(describeObservation({ shared: 2 * NO_INPUT }).inputs, 2 * NO_INPUT)
})

t.test('a record expands to what it says, number by number', async (t) => {
  const record = pack(SPACE, { scalars: [0.25, -3], hot: [10, 15], cells: [1, 0, 2] })
  const cells = [1, 0, 0, 0, 0, 0, 0, 1, 0.5] // wall, nothing, someone
  const hot = [0, 1, 0, 0] // the second of the hot inputs
  const shared = [6, 7] // a hot slot adds 1 to a shared input as well
  t.same(expand(SPACE, record, [5, 7]), [...cells, ...hot, 0.25, -3, ...shared])
})

t.test('an empty hot slot adds nothing', async (t) => {
  const record = pack(SPACE, { scalars: [0, 0], hot: [NO_INPUT, NO_INPUT], cells: [0, 0, 0] })
  t.same(
    expand(SPACE, record, [0, 0]),
    Array.from({ length: 17 }, () => 0),
  )
})

t.test('any record of any space expands to its definition', async () => {
  const anySeen = fc
    .record({
      cells: fc.integer({ min: 0, max: 12 }),
      hot: fc.integer({ min: 0, max: 5 }),
      scalars: fc.integer({ min: 0, max: 3 }),
      shared: fc.integer({ min: 0, max: 4 }),
    })
    .chain(({ cells, hot, scalars, shared }) => {
      const space = describeObservation({
        cells: { count: cells, channels: 3, codes: CODES },
        hot: { inputs: 6, slots: hot },
        scalars: Array.from({ length: scalars }, (_, i) => `s${i}`),
        shared,
      })
      const float = fc.float({ noNaN: true, min: -100, max: 100 })
      const input = fc.oneof(fc.constant(NO_INPUT), fc.integer({ min: space.hotAt, max: space.hotAt + 5 }))
      const exactly = (size: number) => ({ minLength: size, maxLength: size })
      return fc.record({
        space: fc.constant(space),
        seen: fc.record({
          scalars: fc.array(float, exactly(scalars)),
          hot: fc.array(input, exactly(hot)),
          cells: fc.array(fc.integer({ min: 0, max: 2 }), exactly(cells)),
        }),
        shared: fc.array(float, exactly(shared)),
      })
    })
  fc.assert(
    fc.property(anySeen, ({ space, seen, shared }) => {
      const got = expand(space, pack(space, seen), shared)
      const expected = denseOf(space, seen, shared)
      return got.length === expected.length && got.every((value, i) => value === expected[i])
    }),
  )
})

t.test('a row is written only where it was asked for', async (t) => {
  const record = pack(SPACE, { scalars: [1, 2], hot: [9, 12], cells: [2, 2, 2] })
  const records = new Uint8Array(3 * SPACE.recordBytes).fill(2)
  records.set(record, SPACE.recordBytes)
  const shared = Float32Array.of(9, 9, 3, 4, 9, 9)
  const out = new Float32Array(3 * SPACE.inputs)
  new ObservationExpander(SPACE).expand(records, SPACE.recordBytes, shared, 2, out, SPACE.inputs)
  t.same([...out.subarray(SPACE.inputs, 2 * SPACE.inputs)], expand(SPACE, record, [3, 4]))
  t.ok(out.subarray(0, SPACE.inputs).every((value) => value === 0))
  t.ok(out.subarray(2 * SPACE.inputs).every((value) => value === 0))
})

t.test('records that lie anywhere in a shared buffer are read', async (t) => {
  const record = pack(SPACE, { scalars: [1.5, 2.5], hot: [9, NO_INPUT], cells: [0, 1, 0] })
  const memory = new Uint8Array(new SharedArrayBuffer(64)).subarray(8)
  memory.set(record, 16)
  const out = new Float32Array(SPACE.inputs)
  new ObservationExpander(SPACE).expand(memory, 16, new Float32Array(2), 0, out, 0)
  t.same([...out], expand(SPACE, record, [0, 0]))
})

t.test('more shared inputs go to the end and move nothing else', async (t) => {
  const wider = withShared(SPACE, 21)
  t.equal(wider.inputs, SPACE.inputs + 21)
  t.equal(wider.shared, 23)
  t.same({ ...wider, inputs: SPACE.inputs, shared: SPACE.shared }, SPACE)
})
