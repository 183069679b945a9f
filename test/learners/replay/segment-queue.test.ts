import t from 'tap'
import { SegmentQueue } from '../../../learners/replay/segment-queue.ts'
import { describeObservation } from '../../../runtime/core/observation.ts'
import type { NamedTensors } from '../../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../../fixtures/segments.ts'

const SPACE = stateSpace(3)

/** Two decisions of one agent and the observation behind them, marked by its rewards. */
function segment(mark: number) {
  const rows: Row[] = [
    { time: 0, state: 0, action: 1, reward: mark, log: -0.5, next: 1 },
    { time: 1, state: 1, action: 0, reward: mark + 1, log: -1, next: 2 },
    { time: 2, state: 2 },
  ]
  const shared = [0, 1, 2].map((i) => [mark, i] as const)
  return createSegment(SPACE, rows, 2, shared)
}

function fill(queue: SegmentQueue, marks: readonly number[]): SegmentQueue {
  for (const mark of marks) queue.push(segment(mark))
  return queue
}

t.test('the oldest segments are taken, whole, until there are enough transitions', async (t) => {
  const queue = fill(new SegmentQueue(SPACE), [10, 20, 30])
  t.equal(queue.transitions, 6)
  const { reward, next, step, shared, action } = queue.take(3)
  t.equal(queue.transitions, 2)
  t.same([...reward], [10, 11, 0, 20, 21, 0])
  t.same([...next], [1, 2, -1, 4, 5, -1])
  t.same([...step], [0, 1, 2, 3, 4, 5])
  t.same([...shared], [10, 0, 10, 1, 10, 2, 20, 0, 20, 1, 20, 2])
  t.same([...action], [1, 0, 65_535, 1, 0, 65_535])
  t.same([...queue.take(100).reward], [30, 31, 0])
  t.equal(queue.transitions, 0)
})

t.test('it says how often there is enough to take, of segments that are taken whole', async (t) => {
  for (const least of [1, 2, 3, 4, 6, 7]) {
    const queue = fill(new SegmentQueue(SPACE), [1, 2, 3])
    const says = queue.takes(least)
    let found = 0
    while (queue.transitions >= least) {
      queue.take(least)
      found++
    }
    t.equal(says, found, `${least} at a time`)
  }
})

t.test('a queue that was saved and loaded gives the same experience', async (t) => {
  const saved = fill(new SegmentQueue(SPACE), [1, 2, 3]).save()
  const loaded = fill(new SegmentQueue(SPACE), [99])
  loaded.load(saved)
  const same = fill(new SegmentQueue(SPACE), [1, 2, 3])
  t.equal(loaded.transitions, 6)
  for (let i = 0; i < 3; i++) t.strictSame(loaded.take(1), same.take(1))
  loaded.load(new SegmentQueue(SPACE).save())
  t.equal(loaded.transitions, 0)
})

t.test('what another observation left behind, or has parts that do not fit, is not loaded', async (t) => {
  const saved = fill(new SegmentQueue(SPACE), [1, 2, 3]).save()
  const counts = (...values: readonly number[]) => {
    const data = Float64Array.from([...saved['counts']!.data.slice(0, 8), ...values])
    return { counts: { dtype: 'f64', shape: [3, 4], data } } as const
  }
  const refused: readonly (readonly [string, NamedTensors])[] = [
    ...Object.keys(saved).map((name) => [name, omit(saved, name)] as const),
    ['action', { ...saved, action: saved['next']! }],
    ['reward', { ...saved, reward: { ...saved['reward']!, data: new Float32Array(8) } }],
    ['counts', { ...saved, ...counts(0, 3, 4, 2) }],
    ['counts', { ...saved, ...counts(0, 3, 2.5, 2) }],
    ['counts', { ...saved, ...counts(0, 3, 2, Number.NaN) }],
    ['counts', { ...saved, ...counts(0, 3) }],
    ['observation', { ...saved, ...counts(0, 4, 2, 2) }],
    ['shared', { ...saved, ...counts(0, 3, 2, 3) }],
  ]
  const queue = fill(new SegmentQueue(SPACE), [7])
  for (const [name, tensors] of refused) {
    const message = new RegExp(`^waiting ${name}: expected .*; resume with`)
    t.throws(() => queue.load(tensors), { code: 'ERR_CHECKPOINT_MISMATCH', message }, name)
  }
  const wider = describeObservation({ hot: { inputs: 3, slots: 1 }, scalars: ['a', 'b', 'c'], shared: 2 })
  t.throws(() => new SegmentQueue(wider).load(saved), { message: /^waiting observation/ })
  t.equal(queue.transitions, 2, 'it keeps what it had')
})

function omit(tensors: NamedTensors, name: string): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name))
}
