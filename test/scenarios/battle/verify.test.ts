import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Difference } from '../../../runtime/core/verify.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { readRecording, recording } from '../../fixtures/recordings.ts'
import { driveInline } from './_battle.ts'

const TRACES = [
  { name: 'battle_20x20_contested', steps: 38, observations: 80 },
  { name: 'battle_20x20_orderfree', steps: 30, observations: 16 },
  { name: 'battle_45x45_contested', steps: 60, observations: 0 },
  { name: 'battle_45x45_orderfree', steps: 60, observations: 0 },
] as const

interface Step {
  readonly ids: number[]
  n0: number
  readonly action: number[]
  readonly attack_order: number[]
  rng_before: number
  readonly x: number[]
  readonly y: number[]
  readonly hp: number[]
  readonly alive: number[]
  readonly reward: number[]
  done: number
}

interface Trace {
  readonly meta: { readonly width: number } & Record<string, unknown>
  readonly initial: { readonly pos0: [number, number][]; readonly pos1: [number, number][] }
  readonly steps: Step[]
}

interface Observations {
  trace: string
  readonly observations: {
    readonly t: number
    readonly when: string
    id: number
    group: number
    readonly view: number[][][]
    readonly feature: number[]
  }[]
}

const CONTESTED = 'battle_20x20_contested'
const verify: NonNullable<typeof battle.verify> = (file, drive) => battle.verify!(file, drive)

async function verifyContent(folder: string, content: unknown, name = 'trace.json') {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return verify(file, driveInline())
}

for (const { name, steps } of TRACES) {
  t.test(`${name} is replayed bit for bit, and so is every observation of it`, async (t) => {
    t.same(await verify(recording(`${name}.json`), driveInline()), { steps, observations: 0 })
    const { observations } = readRecording<Observations>(`${name}_obs.json`)
    const seen = await verify(recording(`${name}_obs.json`), driveInline())
    t.same(seen, { steps, observations: observations.length })
    t.ok(observations.length > 10)
  })
}

t.test('the map above 99 × 99 cells is replayed bit for bit', async (t) => {
  const result = await verify(recording('battle_100x100_largemap.json'), driveInline())
  t.same(result, { steps: 30, observations: 0 })
})

t.test('every situation of one rule is replayed bit for bit', async (t) => {
  const { scenarios } = readRecording<{ scenarios: { steps: unknown[]; observations?: unknown[] }[] }>(
    'battle_micro_scenarios.json',
  )
  const total = (key: 'steps' | 'observations') =>
    scenarios.reduce((sum, scenario) => sum + (scenario[key]?.length ?? 0), 0)
  const result = await verify(recording('battle_micro_scenarios.json'), driveInline())
  t.same(result, { steps: total('steps'), observations: total('observations') })
  t.equal(scenarios.length, 25)
})

t.test('a recording is replayed the same when phases are cut into ranges', async (t) => {
  const result = await verify(recording('battle_45x45_contested_obs.json'), driveInline(5))
  t.match(result, { steps: 60 })
  t.notOk('difference' in result)
})

/** A change to step 12 of the trace, in the row of agent 5 unless it says otherwise, and what must be said of it. */
const STEP = 12
const ROW = 5
const corruptions: readonly {
  readonly what: string
  readonly change: (step: Step) => void
  readonly difference: Omit<Difference, 'step'>
}[] = [
  {
    what: 'hp',
    change: (s) => (s.hp[ROW] = 9.9),
    difference: { agent: 5, field: 'hp', expected: Math.fround(9.9), got: 10 },
  },
  {
    what: 'reward',
    change: (s) => (s.reward[ROW] = -0.005),
    difference: { agent: 5, field: 'reward', expected: Math.fround(-0.005), got: Math.fround(-0.105000004) },
  },
  { what: 'x', change: (s) => (s.x[ROW] = 3), difference: { agent: 5, field: 'x', expected: 3, got: 6 } },
  { what: 'y', change: (s) => (s.y[ROW] = 8), difference: { agent: 5, field: 'y', expected: 8, got: 7 } },
  {
    what: 'death',
    change: (s) => (s.alive[8] = 1),
    difference: { agent: 8, field: 'alive', expected: 1, got: 0 },
  },
  {
    what: 'id',
    change: (s) => (s.ids[9] = 12),
    difference: { agent: 12, field: 'ids', expected: 12, got: 11 },
  },
  {
    what: 'number of red agents',
    change: (s) => (s.n0 = 9),
    difference: { agent: -1, field: 'n0', expected: 9, got: 10 },
  },
  {
    what: 'attack order',
    change: (s) => s.attack_order.splice(1, 2, 16, 14),
    difference: { agent: 16, field: 'attack_order', expected: 16, got: 14 },
  },
  {
    what: 'state of the generator',
    change: (s) => s.rng_before++,
    difference: { agent: -1, field: 'rng_before', expected: 1_083_454_667, got: 1_083_454_666 },
  },
  {
    what: 'end',
    change: (s) => (s.done = 1),
    difference: { agent: -1, field: 'done', expected: true, got: false },
  },
]

for (const { what, change, difference } of corruptions) {
  t.test(`one changed ${what} in a trace is found and named`, async (t) => {
    const trace = readRecording<Trace>(`${CONTESTED}.json`)
    change(trace.steps[STEP]!)
    const result = await verifyContent(t.testdir(), trace)
    t.same(result, { steps: STEP, observations: 0, difference: { step: STEP, ...difference } })
  })
}

t.test('the smallest change of a float32 is a difference', async (t) => {
  const trace = readRecording<Trace>(`${CONTESTED}.json`)
  const hp = Float32Array.of(trace.steps[STEP]!.hp[1]!)
  new Int32Array(hp.buffer)[0]!++
  trace.steps[STEP]!.hp[1] = hp[0]!
  t.match(await verifyContent(t.testdir(), trace), { difference: { step: STEP, agent: 1, field: 'hp' } })
})

t.test('a changed action shows in the first thing that it changes', async (t) => {
  const trace = readRecording<Trace>(`${CONTESTED}.json`)
  const { action, ids, x } = trace.steps[STEP]!
  const row = ids.indexOf(3)
  const before = trace.steps[STEP - 1]!
  action[row] = 6
  t.match(await verifyContent(t.testdir(), trace), {
    difference: { step: STEP, agent: 3, field: 'x', expected: x[row], got: before.x[before.ids.indexOf(3)] },
  })
})

t.test('one changed observation cell is found and named', async (t) => {
  const observed = readRecording<Observations>(`${CONTESTED}_obs.json`)
  const index = observed.observations.findIndex(({ t: step }) => step > 3)
  const { t: step, id, view } = observed.observations[index]!
  const channels = view[6]![6]!.length
  const was = view[6]![6]![1]!
  view[6]![6]![1] = 0.5
  const folder = t.testdir({ [observed.trace]: JSON.stringify(readRecording(observed.trace)) })
  const { difference } = await verifyContent(folder, observed, 'obs.json')
  const field = `view[${(6 * 13 + 6) * channels + 1}]`
  t.same(difference, { step, agent: id, field, expected: 0.5, got: was })
})

t.test('one changed feature is found and named', async (t) => {
  const observed = readRecording<Observations>(`${CONTESTED}_obs.json`)
  const { t: step, id, feature } = observed.observations.at(-1)!
  feature[31] = 0.75
  const folder = t.testdir({ [observed.trace]: JSON.stringify(readRecording(observed.trace)) })
  const { difference } = await verifyContent(folder, observed, 'obs.json')
  t.match(difference, { step, agent: id, field: 'feature[31]', expected: 0.75 })
})

t.test('an observation of another size is a difference', async (t) => {
  const observed = readRecording<Observations>(`${CONTESTED}_obs.json`)
  const expected = observed.observations[0]!.feature.length - 1
  observed.observations[0]!.feature.pop()
  const folder = t.testdir({ [observed.trace]: JSON.stringify(readRecording(observed.trace)) })
  t.match(await verifyContent(folder, observed, 'obs.json'), {
    difference: { field: 'feature.length', expected, got: expected + 1 },
  })
})

const strangers: readonly {
  readonly what: string
  readonly change: (seen: Observations['observations'][number], trace: Trace) => void
}[] = [
  { what: 'an id that nobody has', change: (seen) => (seen.id = 1000) },
  { what: 'a negative id', change: (seen) => (seen.id = -1) },
  { what: 'a group that is not there', change: (seen) => (seen.group = 2) },
  { what: 'an agent of the other group', change: (seen) => (seen.group = 1 - seen.group) },
  {
    what: 'an agent that died before',
    change: (seen, { steps }) => {
      const alive = new Set(steps[seen.t]!.ids)
      seen.id = steps[0]!.ids.find((id) => !alive.has(id))!
      seen.group = seen.id < steps[0]!.n0 ? 0 : 1
    },
  },
]

for (const { what, change } of strangers) {
  t.test(`the observation of ${what} is refused with its recording, step and id`, async (t) => {
    const observed = readRecording<Observations>(`${CONTESTED}_obs.json`)
    const trace = readRecording<Trace>(observed.trace)
    const seen = observed.observations.at(-1)!
    change(seen, trace)
    const { t: step, id, group } = seen
    const folder = t.testdir({ [observed.trace]: JSON.stringify(trace) })
    await t.rejects(verifyContent(folder, observed, 'obs.json'), {
      code: 'ERR_FILE_INVALID',
      details: { recording: 'obs.json', step, group, id },
    })
  })
}

for (const { what, cellOf } of [
  { what: "on another one's cell", cellOf: ({ initial }: Trace) => initial.pos0[2]! },
  { what: 'in the wall', cellOf: () => [0, 4] },
  { what: 'off the map', cellOf: ({ meta }: Trace) => [meta.width + 30, 4] },
] as const) {
  t.test(`an agent that starts ${what} is refused with its file, number and cell`, async (t) => {
    const trace = readRecording<Trace>(`${CONTESTED}.json`)
    const [x, y] = cellOf(trace) as [number, number]
    trace.initial.pos1[1] = [x, y]
    const file = join(t.testdir(), 'trace.json')
    const agent = trace.initial.pos0.length + 1
    await t.rejects(verifyContent(t.testdir(), trace), {
      code: 'ERR_FILE_INVALID',
      message: new RegExp(`trace.json: .* agent ${agent} .* got \\(${x}, ${y}\\)$`),
      details: { file, recording: 'trace.json', agent, x, y },
    })
  })
}

const INVALID = { code: 'ERR_FILE_INVALID' }
const MISSING = { code: 'ERR_FILE_MISSING' }

const refused: readonly {
  readonly what: string
  readonly content: () => unknown
  readonly error: { code: string }
}[] = [
  { what: 'text that is no JSON', content: () => '{"meta": ', error: INVALID },
  { what: 'JSON that is no recording', content: () => ({ meta: {}, hello: 'world' }), error: INVALID },
  { what: 'a list', content: () => [], error: INVALID },
  {
    what: 'an action that does not exist',
    content: () => {
      const trace = readRecording<Trace>(`${CONTESTED}.json`)
      trace.steps[0]!.action[0] = 21
      return trace
    },
    error: INVALID,
  },
  {
    what: 'a trace without steps',
    content: () => ({ ...readRecording<Trace>(`${CONTESTED}.json`), steps: [] }),
    error: INVALID,
  },
  {
    what: 'observations whose trace is not beside them',
    content: () => readRecording<Observations>(`${CONTESTED}_obs.json`),
    error: MISSING,
  },
]

for (const { what, content, error } of refused) {
  t.test(`${what} is refused`, async (t) => {
    await t.rejects(verifyContent(t.testdir(), content()), error)
  })
}

t.test('a file that is not there is refused with its path', async (t) => {
  const file = join(t.testdir(), 'nothing.json')
  await t.rejects(verify(file, driveInline()), { ...MISSING, details: { file } })
})
