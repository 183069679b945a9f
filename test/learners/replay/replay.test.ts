import fc from 'fast-check'
import t from 'tap'
import { Replay } from '../../../learners/replay/replay.ts'
import { NO_ACTION, type Segment } from '../../../runtime/core/experience.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import type { NamedTensors } from '../../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../../fixtures/segments.ts'

fc.configureGlobal({ seed: 2026 })

const SPACE = stateSpace(4)
/** The least that a replay keeps of the shared inputs of steps. */
const STEPS_KEPT = 1024

/**
 * A segment of `agents` over `steps`: agent a dies in step `deaths[a]`. Row tags and the shared
 * inputs of steps are numbers of their own, counted on from `start`.
 */
function createEpisode(
  start: number,
  agents: number,
  steps: number,
  deaths: Readonly<Record<number, number>> = {},
) {
  const rows: Row[] = []
  const rowAt = (step: number, agent: number) => {
    let row = 0
    for (let s = 0; s <= step; s++) {
      for (let a = 0; a < agents; a++) {
        if ((deaths[a] ?? Number.POSITIVE_INFINITY) < s) continue
        if (s === step && a === agent) return row
        row++
      }
    }
    return -1
  }
  for (let time = 0; time <= steps; time++) {
    for (let agent = 0; agent < agents; agent++) {
      const death = deaths[agent] ?? Number.POSITIVE_INFINITY
      if (death < time) continue
      const base = { time, state: agent % 4, tag: start + rows.length }
      if (time === steps) rows.push(base)
      else if (death === time) rows.push({ ...base, action: agent, reward: base.tag / 2 })
      else rows.push({ ...base, action: agent, reward: base.tag / 2, next: rowAt(time + 1, agent) })
    }
  }
  const shared = Array.from({ length: steps + 1 }, (_, step) => [start + step, -1] as const)
  return createSegment(SPACE, rows, steps, shared)
}

function tagOf(replay: Replay, row: number): number {
  return new DataView(replay.observation.buffer).getFloat32(row * SPACE.recordBytes, true)
}

/** Copies, as a checkpoint does, for `save` shows the replay's own memory. */
function copyOf(saved: NamedTensors): NamedTensors {
  return structuredClone(saved)
}

t.test(
  'what was inserted is what is sampled: observation, action, reward, shared inputs and successor',
  async (t) => {
    const segment = createEpisode(100, 5, 6, { 1: 2, 4: 0 })
    const replay = new Replay(200, SPACE)
    replay.insert(segment)
    const { row, nextRow, continues } = replay.sample(500, 0, new Random(seedKey(1)))
    const wrong: number[] = []
    for (const [i, at] of row.entries()) {
      const source = tagOf(replay, at) - 100
      const next = segment.next[source]!
      const isRight =
        replay.action[at] === segment.action[source] &&
        replay.reward[at] === segment.reward[source] &&
        replay.shared[replay.step[at]! * 2] === 100 + segment.time[source]! &&
        continues[i] === (next < 0 ? 0 : 1) &&
        (next < 0 || tagOf(replay, nextRow[i]!) === 100 + next) &&
        (next < 0 || replay.shared[replay.step[nextRow[i]!]! * 2] === 100 + segment.time[next]!)
      if (!isRight) wrong.push(source)
    }
    t.same(wrong, [])
    t.equal(replay.stored, segment.transitions)
  },
)

t.test('every transition is sampled equally often, and a bootstrap row never', async (t) => {
  const segment = createEpisode(0, 9, 4, { 2: 1 })
  const replay = new Replay(100, SPACE)
  replay.insert(segment)
  const counts = new Map<number, number>()
  const random = new Random(seedKey(2))
  let bootstraps = 0
  for (let update = 0; update < 40; update++) {
    for (const row of replay.sample(1_000, update, random).row) {
      counts.set(row, (counts.get(row) ?? 0) + 1)
      if (replay.action[row] === NO_ACTION) bootstraps++
    }
  }
  t.equal(bootstraps, 0)
  t.equal(counts.size, segment.transitions)
  const expected = 40_000 / segment.transitions
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.ok(chiSquare < segment.transitions + 4 * Math.sqrt(2 * segment.transitions), `χ² ${chiSquare}`)
})

t.test('sampled decisions are whole, and so are those that follow them', async (t) => {
  const replay = new Replay(60, SPACE)
  const segments = [0, 1_000, 2_000].map((start) => createEpisode(start, 4, 6, { 1: 2, 2: 4, 3: 0 }))
  for (const segment of segments) replay.insert(segment)
  const sample = replay.sampleDecisions(200, 0, new Random(seedKey(1)))
  t.ok(sample.row.length >= 200)
  const rowsOf = (segment: Segment, time: number) =>
    [...segment.time.keys()].filter((row) => segment.time[row] === time)
  const seen = new Set<string>()
  for (const number of new Set(sample.group)) {
    const places = [...sample.group.keys()].filter((i) => sample.group[i] === number)
    const tags = places.map((i) => tagOf(replay, sample.row[i]!))
    const start = Math.floor(tags[0]! / 1_000) * 1_000
    const segment = segments[start / 1_000]!
    const own = tags.map((tag) => tag - start)
    const time = segment.time[own[0]!]!
    seen.add(`${start} ${time}`)
    t.same(own, rowsOf(segment, time))
    const next = [...sample.nextRow].filter((_, i) => sample.nextGroup[i] === number)
    t.same(
      next.map((row) => tagOf(replay, row) - start),
      rowsOf(segment, time + 1),
    )
    for (const [i, place] of places.entries()) {
      const successor = segment.next[own[i]!]!
      t.equal(sample.continues[place], Number(successor >= 0))
      if (successor < 0) continue
      t.equal(tagOf(replay, sample.nextRow[sample.next[place]!]!) - start, successor)
      t.equal(sample.nextGroup[sample.next[place]!], number)
    }
  }
  t.ok(seen.size > 10, `${seen.size} different ones`)
})

t.test(
  'a decision of few agents is sampled as often as one of many, or in proportion to its mean priority',
  async (t) => {
    // Two decisions of eight agents, then two of one: the others have died.
    const segment = createEpisode(
      0,
      8,
      4,
      Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((agent) => [agent, 1])),
    )
    for (const priorityExponent of [0, 1]) {
      const replay = new Replay(60, SPACE, { priorityExponent })
      replay.insert(segment)
      const random = new Random(seedKey(4))
      const shareOf = (update: number) => {
        const { row, group } = replay.sampleDecisions(6_000, update, random)
        const small = new Set([...group].filter((_, i) => segment.time[tagOf(replay, row[i]!)]! > 1))
        return small.size / new Set(group).size
      }
      const alike = shareOf(0)
      t.ok(Math.abs(alike - 0.5) < 0.05, `${alike}`)
      if (priorityExponent === 0) continue
      const all = Float64Array.from({ length: 18 }, (_, number) => number)
      replay.report(
        all,
        Float32Array.from(all, (number) => (number < 16 ? 1 : 3)),
      )
      const large = shareOf(1)
      t.ok(Math.abs(large - 0.75) < 0.05, `${large}`)
    }
  },
)

t.test('behind a decision that everybody ended with there is something to point to', async (t) => {
  const replay = new Replay(60, SPACE)
  const rows = [0, 1].map((agent): Row => ({ time: 0, state: agent, action: 0, reward: 1 }))
  replay.insert(createSegment(SPACE, rows, 1))
  const { row, nextRow, next, continues } = replay.sampleDecisions(3, 0, new Random(seedKey(1)))
  t.same([row.length, ...continues], [4, 0, 0, 0, 0])
  t.ok(next.every((place) => place < nextRow.length))
})

t.test('prioritised transitions are drawn in proportion to the power of their last error', async (t) => {
  const replay = new Replay(60, SPACE, { priorityExponent: 0.5 })
  replay.insert(createEpisode(0, 4, 3))
  const random = new Random(seedKey(1))
  const all = replay.sample(200, 0, random)
  t.ok(
    all.ratio.every((ratio) => Math.abs(ratio - 1) < 1e-6),
    'at first any is as likely as any other',
  )
  const numbers = [...new Set(all.number)]
  t.equal(numbers.length, 12)
  // Errors of 1 and 9: their roots are 1 to 3.
  const errorOf = (number: number) => (number % 2 === 0 ? 9 : 1) - 1e-3
  replay.report(Float64Array.from(numbers), Float32Array.from(numbers, errorOf))
  const { number, ratio, row } = replay.sample(4_000, 1, random)
  const share = number.filter((own) => own % 2 === 0).length / number.length
  t.ok(Math.abs(share - 0.75) < 0.02, `${share}`)
  t.ok(ratio.every((own, i) => Math.abs(own - (number[i]! % 2 === 0 ? 1.5 : 0.5)) < 1e-3))
  t.ok([...row].every((at) => replay.action[at] !== NO_ACTION))
  replay.insert(createEpisode(100, 4, 3))
  const { number: later } = replay.sample(4_000, 2, random)
  const fresh = later.filter((own) => own >= 16).length / later.length
  t.ok(Math.abs(fresh - 36 / (36 + 24)) < 0.03, `new ones count as much as the largest so far: ${fresh}`)
})

t.test('errors of what has been overwritten since are forgotten', async (t) => {
  const replay = new Replay(60, SPACE, { priorityExponent: 1 })
  for (let segment = 0; segment < 12; segment++) {
    replay.insert(createEpisode(segment * 100, 4, 2))
    const sample = replay.sample(20, segment, new Random(seedKey(2)))
    replay.insert(createEpisode(segment * 100 + 50, 4, 2))
    replay.report(sample.number, new Float32Array(20).fill(5))
    const again = replay.sample(500, 100 + segment, new Random(seedKey(3)))
    t.ok([...again.row].every((at) => replay.action[at] !== NO_ACTION))
    const held = again.ratio.reduce((sum, ratio) => sum + 1 / ratio, 0) / 500
    t.ok(Math.abs(held - 1) < 0.25, `${held}`)
  }
})

t.test(
  'a prioritised replay is restored with its priorities, and a uniform one is no such replay',
  async (t) => {
    const create = () => new Replay(60, SPACE, { priorityExponent: 0.7 })
    const replay = create()
    replay.insert(createEpisode(0, 4, 3))
    const { number } = replay.sample(8, 0, new Random(seedKey(1)))
    replay.report(
      number,
      Float32Array.from(number, (own) => own),
    )
    const restored = create()
    restored.load(copyOf(replay.save()))
    t.same(restored.sample(50, 1, new Random(seedKey(2))), replay.sample(50, 1, new Random(seedKey(2))))
    const uniform = new Replay(60, SPACE)
    uniform.insert(createEpisode(0, 4, 3))
    t.throws(() => create().load(copyOf(uniform.save())), { code: 'ERR_CHECKPOINT_MISMATCH' })
  },
)

t.test('the same update of the same seed has the same sample, another another', async (t) => {
  const replay = new Replay(100, SPACE)
  replay.insert(createEpisode(0, 9, 4))
  const rows = (update: number, seed: number) => [...replay.sample(50, update, new Random(seedKey(seed))).row]
  t.same(rows(3, 1), rows(3, 1))
  t.strictNotSame(rows(3, 1), rows(4, 1))
  t.strictNotSame(rows(3, 1), rows(3, 2))
})

t.test('the oldest rows go first, and none before the room is used up', async (t) => {
  const replay = new Replay(60, SPACE)
  const segment = (start: number) => createEpisode(start, 5, 3)
  for (const start of [0, 1_000, 2_000]) replay.insert(segment(start))
  t.equal(replay.stored, 45)
  replay.insert(segment(3_000))
  const tags = [...replay.sample(2_000, 0, new Random(seedKey(3))).row].map((row) => tagOf(replay, row))
  t.equal(Math.min(...tags), 1_000)
  t.equal(replay.stored, 45)
})

t.test('a row whose shared inputs were overwritten is given up', async (t) => {
  const replay = new Replay(5_000, SPACE)
  for (let segment = 0; segment < 150; segment++) replay.insert(createEpisode(segment * 100, 2, 9))
  // 150 segments of 10 steps are more than are kept, although their 3,000 rows have room.
  const kept = Math.floor(STEPS_KEPT / 10)
  const { row } = replay.sample(5_000, 0, new Random(seedKey(4)))
  const stale = [...row].filter((at) => {
    const tag = tagOf(replay, at)
    return replay.shared[replay.step[at]! * 2] !== Math.floor(tag / 100) * 100 + Math.floor((tag % 100) / 2)
  })
  t.same(stale, [])
  t.ok(replay.stored >= kept * 18 && replay.stored <= (kept + 1) * 18, `${replay.stored} transitions`)
})

t.test('after any sequence of segments it holds the newest that have room, and they are whole', async () => {
  const anySegment = fc.record({
    agents: fc.integer({ min: 0, max: 6 }),
    steps: fc.integer({ min: 1, max: 8 }),
    deaths: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 200 }),
      fc.array(anySegment, { minLength: 1, maxLength: 60 }),
      (capacity, list) => {
        const replay = new Replay(capacity, SPACE)
        const all: { tag: number; step: number; isTransition: boolean }[] = []
        let [start, steps] = [0, 0]
        for (const { agents, steps: length, deaths } of list) {
          const segment = createEpisode(start, agents, length, deaths)
          replay.insert(segment)
          for (const [row, action] of segment.action.entries()) {
            all.push({
              tag: start + row,
              step: steps + segment.time[row]!,
              isTransition: action !== NO_ACTION,
            })
          }
          start += 100
          steps += length + 1
        }
        // A decision that has no room for all of its rows is given up.
        const cut = all.length > capacity ? all.at(-capacity - 1)!.step : -1
        const held = all.slice(-capacity).filter(({ step, isTransition }) => isTransition && step > cut)
        if (steps > STEPS_KEPT || replay.stored !== held.length) return false
        if (held.length === 0) return true
        const tags = new Set(held.map(({ tag }) => tag))
        return [...replay.sample(200, 0, new Random(seedKey(5))).row].every((row) =>
          tags.has(tagOf(replay, row)),
        )
      },
    ),
    { numRuns: 60 },
  )
})

t.test('a saved replay is restored exactly, in the middle of its ring too', async (t) => {
  const replay = new Replay(60, SPACE)
  for (let segment = 0; segment < 7; segment++) replay.insert(createEpisode(segment * 100, 5, 3, { 0: 1 }))
  const saved = copyOf(replay.save())
  const other = new Replay(60, SPACE)
  other.insert(createEpisode(9_000, 3, 3))
  other.load(saved)
  t.same(copyOf(other.save()), saved)
  t.equal(other.stored, replay.stored)
  const next: Segment = createEpisode(7_000, 4, 5)
  for (const each of [replay, other]) each.insert(next)
  t.same(copyOf(other.save()), copyOf(replay.save()))
  t.same(other.sample(100, 8, new Random(seedKey(6))), replay.sample(100, 8, new Random(seedKey(6))))
})

t.test('a replay of another capacity, another space or with a missing part is refused', async (t) => {
  const saved = copyOf(new Replay(60, SPACE).save())
  const mismatch = { code: 'ERR_CHECKPOINT_MISMATCH' }
  t.throws(() => new Replay(61, SPACE).load(saved), mismatch)
  t.throws(() => new Replay(60, { ...SPACE, shared: 3 }).load(saved), mismatch)
  for (const name of Object.keys(saved)) {
    const { [name]: _, ...rest } = saved
    t.throws(() => new Replay(60, SPACE).load(rest), mismatch, name)
  }
})

t.test('a segment larger than the whole replay is refused with both numbers', async (t) => {
  t.throws(() => new Replay(20, SPACE).insert(createEpisode(0, 7, 2)), {
    code: 'ERR_CONFIG_INVALID',
    details: { rows: 21, capacity: 20 },
  })
  const full = new Replay(21, SPACE)
  full.insert(createEpisode(0, 7, 2))
  t.equal(full.stored, 14)
})
