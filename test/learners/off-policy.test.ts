import t from 'tap'
import { fql } from '../../learners/algorithms/fql.ts'
import { iql } from '../../learners/algorithms/iql.ts'
import { mfq } from '../../learners/algorithms/mfq.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import type { Segment } from '../../runtime/core/experience.ts'
import { type AnyAlgorithm, type Learner, networkFor } from '../../runtime/core/learner.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import type { NamedTensors } from '../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace, walkSegment } from '../fixtures/segments.ts'

const STATES = 5
const SPACE = stateSpace(STATES)
const ALGORITHMS: Readonly<Record<string, AnyAlgorithm>> = { iql, mfq, fql }

const QUICK = {
  hidden: [16],
  batchSize: 64,
  learningRate: 0.01,
  learningStarts: 1,
  samplesPerInsert: 1000,
  replayCapacity: 1000,
  targetTau: 0.1,
}
/** With λ = 0, factorised Q-learning is independent Q-learning. */
const QUICK_FQL = { rank: 4, interactionWeight: 0 }

const optionsOf = (algorithm: AnyAlgorithm, more: object = {}) =>
  algorithm.options.parse({ ...QUICK, ...(algorithm === fql && QUICK_FQL), ...more })

t.before(async () => {
  await openBackend('wasm')
})

function create(
  algorithm: AnyAlgorithm,
  options: Record<string, unknown> = {},
  actions = 2,
  seed = 1,
): Promise<Learner> {
  return algorithm.create({ space: SPACE, actions, agents: 1, seed }, optionsOf(algorithm, options))
}

async function learn(learner: Learner, updates: number, progress = 1): Promise<void> {
  for (let i = 0; i < updates; i++) await learner.update(progress)
}

/** Action values of every state, shared inputs being 0. */
async function valuesOf(algorithm: AnyAlgorithm, learner: Learner, actions = 2): Promise<number[][]> {
  const rows: Row[] = Array.from({ length: STATES }, (_, state) => ({ time: 0, state, action: 0 }))
  const { observation } = createSegment(SPACE, rows, 0)
  const inputs = new Float32Array(STATES * SPACE.inputs)
  const expander = new ObservationExpander(SPACE)
  for (let state = 0; state < STATES; state++) {
    expander.expand(
      observation,
      state * SPACE.recordBytes,
      new Float32Array(2),
      0,
      inputs,
      state * SPACE.inputs,
    )
  }
  const spec = networkFor(algorithm.acting(optionsOf(algorithm)), SPACE, actions)
  const network = new ValueNetwork(spec, await learner.weights())
  const values = tf.tidy(() => network.forward(tf.tensor2d(inputs, [STATES, SPACE.inputs])).arraySync())
  network.dispose()
  return values.map((row) => row.slice(0, actions))
}

function bytesOf(tensors: NamedTensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ]),
  )
}

/** A bandit of `STATES` contexts: action state mod 3 pays 1, any other nothing. */
function banditSegment(): Segment {
  const rows: Row[] = Array.from({ length: STATES * 3 }, (_, i) => {
    const [state, action] = [Math.floor(i / 3), i % 3]
    return { time: 0, state, action, reward: action === state % 3 ? 1 : 0 }
  })
  return createSegment(SPACE, rows, 1)
}

for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
  t.test(`${name} learns which action of a bandit pays in which context`, async (t) => {
    const learner = await create(algorithm, {}, 3)
    learner.ingest(banditSegment())
    await learn(learner, 200)
    const values = await valuesOf(algorithm, learner, 3)
    const far = values.flatMap((row, state) =>
      row.map((value, action) => Math.abs(value - (action === state % 3 ? 1 : 0))),
    )
    t.ok(Math.max(...far) < 0.1, `${Math.max(...far)}`)
    learner.dispose()
  })

  t.test(`${name} learns to walk to the end of a line, and what each place is worth`, async (t) => {
    const learner = await create(algorithm, { gamma: 0.8 })
    learner.ingest(walkSegment(SPACE, STATES))
    await learn(learner, 700)
    const values = await valuesOf(algorithm, learner)
    t.ok(
      values.every(([left, right]) => right! > left!),
      JSON.stringify(values),
    )
    const far = values.map(([, right], state) => Math.abs(right! - 0.8 ** (STATES - 1 - state)))
    t.ok(Math.max(...far) < 0.12, `${JSON.stringify(values)}`)
    learner.dispose()
  })

  t.test(`${name} does not bootstrap where an agent terminated, and does where it was cut off`, async (t) => {
    const learner = await create(algorithm, { gamma: 0.5 })
    const rows: Row[] = [0, 1].flatMap((action) => [
      { time: 0, state: 0, action, reward: 1 },
      { time: 0, state: 1, action, reward: 1, next: 4 },
    ])
    learner.ingest(createSegment(SPACE, [...rows, { time: 1, state: 1 }], 1))
    await learn(learner, 400)
    const [terminated, cutOff] = await valuesOf(algorithm, learner)
    t.ok(
      terminated!.every((value) => Math.abs(value - 1) < 0.05),
      `terminated: ${terminated!.join(' ')}`,
    )
    t.ok(
      cutOff!.every((value) => Math.abs(value - 2) < 0.1),
      `cut off: ${cutOff!.join(' ')}`,
    )
    learner.dispose()
  })

  t.test(`${name}, saved and loaded in the middle, goes on byte for byte`, async (t) => {
    const segments = [walkSegment(SPACE, 5), walkSegment(SPACE, 4), walkSegment(SPACE, 3)]
    const options = { hidden: [32, 16], samplesPerInsert: 100, batchSize: 16 }
    const whole = await create(algorithm, options)
    const [first, second, third] = segments as [Segment, Segment, Segment]
    for (const segment of [first, second]) whole.ingest(segment)
    await learn(whole, 40, 0.3)
    const saved = structuredClone(await whole.save(true))

    const resumed = await create(algorithm, options, 2, 1)
    resumed.load(saved)
    t.same(bytesOf(await resumed.save(true)), bytesOf(saved))
    t.equal(resumed.updates, 40)
    t.equal(resumed.due(), whole.due())
    t.equal(resumed.stored, whole.stored)
    for (const learner of [whole, resumed]) {
      learner.ingest(third)
      await learn(learner, 40, 0.7)
    }
    t.same(bytesOf(await resumed.save(true)), bytesOf(await whole.save(true)))
    whole.dispose()
    resumed.dispose()
  })

  t.test(`${name} leaves no tensor behind, neither by updates nor by its end`, async (t) => {
    const before = tf.memory().numTensors
    const learner = await create(algorithm)
    learner.ingest(walkSegment(SPACE, STATES))
    await learn(learner, 3)
    const working = tf.memory().numTensors
    await learn(learner, 30)
    await learner.weights()
    learner.load(structuredClone(await learner.save(true)))
    t.equal(tf.memory().numTensors, working)
    learner.dispose()
    t.equal(tf.memory().numTensors, before)
  })
}

t.test(
  'sampling by priority learns the rare transition that pays sooner than sampling uniformly',
  async (t) => {
    // One of 200 transitions pays.
    const rows = Array.from({ length: 200 }, (_, i): Row => {
      return { time: 0, state: i === 0 ? 1 : 0, action: 0, reward: i === 0 ? 1 : 0 }
    })
    const errors: number[] = []
    for (const priorityExponent of [0, 1]) {
      const learner = await create(iql, { priorityExponent, importanceExponent: 0, batchSize: 8 })
      learner.ingest(createSegment(SPACE, rows, 1))
      await learn(learner, 60, 0)
      errors.push(Math.abs(1 - (await valuesOf(iql, learner))[1]![0]!))
      learner.dispose()
    }
    t.ok(errors[1]! < 0.2 && errors[0]! > 2 * errors[1]!, errors.join(' '))
  },
)

t.test('with priorities a learner that was saved goes on byte for byte, and leaves no tensor', async (t) => {
  const options = { priorityExponent: 0.6 }
  for (const algorithm of [iql, fql]) {
    const whole = await create(algorithm, options)
    whole.ingest(walkSegment(SPACE, STATES))
    await learn(whole, 3)
    const resumed = await create(algorithm, options)
    resumed.load(structuredClone(await whole.save(true)))
    const before = tf.memory().numTensors
    for (const learner of [whole, resumed]) await learn(learner, 3)
    t.equal(tf.memory().numTensors, before)
    t.same(bytesOf(await resumed.save(true)), bytesOf(await whole.save(true)))
    for (const learner of [whole, resumed]) learner.dispose()
  }
})

t.test('equal setups fed alike learn alike, another seed differs', async (t) => {
  const train = async (seed: number) => {
    const learner = await create(mfq, {}, 2, seed)
    learner.ingest(walkSegment(SPACE, STATES))
    await learn(learner, 20, 0.5)
    const bytes = bytesOf(await learner.save(true))
    learner.dispose()
    return bytes
  }
  t.same(await train(3), await train(3))
  t.strictNotSame(await train(3), await train(4))
})

t.test('updates are owed for what was ingested, after enough of it', async (t) => {
  const learner = await create(iql, { learningStarts: 25, samplesPerInsert: 8, batchSize: 16 })
  const segment = walkSegment(SPACE, STATES)
  t.equal(segment.transitions, 10)
  t.equal(learner.due(), 0)
  learner.ingest(segment)
  learner.ingest(segment)
  t.equal(learner.due(), 0)
  learner.ingest(segment)
  t.equal(learner.due(), 15)
  await learn(learner, 4)
  t.equal(learner.due(), 11)
  t.equal(learner.updates, 4)
  t.equal(learner.stored, 30)
  learner.dispose()
})

t.test('what whole decisions have more than a batch is paid for too', async (t) => {
  // Forty agents at a time, where a batch is ten.
  const rows = Array.from({ length: 80 }, (_, i): Row => ({ time: Math.floor(i / 40), state: 0, action: 0 }))
  const learner = await create(fql, { batchSize: 10, samplesPerInsert: 1 })
  learner.ingest(createSegment(SPACE, rows, 2))
  let updates = 0
  while (learner.due() > 0) {
    await learner.update(0)
    updates++
  }
  t.equal(updates, 2, 'as many as there are rows to sample')
  learner.dispose()
})

t.test('a learner without its replay gathers again before it goes on, and owes nothing for it', async (t) => {
  const options = { learningStarts: 25, samplesPerInsert: 8, batchSize: 16 }
  const learner = await create(iql, options)
  const segment = walkSegment(SPACE, STATES)
  for (let i = 0; i < 4; i++) learner.ingest(segment)
  await learn(learner, 18)
  t.equal(learner.due(), 2)
  const saved = structuredClone(await learner.save(false))
  t.notOk(Object.keys(saved).some((name) => name.startsWith('replay/')))

  const resumed = await create(iql, options)
  resumed.load(saved)
  t.same(bytesOf(await resumed.weights()), bytesOf(await learner.weights()))
  t.match(resumed, { stored: 0, updates: 18 })
  const due = [resumed.due()]
  for (let i = 0; i < 4; i++) {
    resumed.ingest(segment)
    due.push(resumed.due())
  }
  t.same(due, [0, 0, 0, 2 + 2, 2 + 7], '5 and then 10 transitions beyond the 25 pay for half an update each')
  learner.dispose()
  resumed.dispose()
})

t.test('a learner that was saved while it gathered goes on where it was, or begins again', async (t) => {
  const options = { learningStarts: 25, samplesPerInsert: 8, batchSize: 16 }
  const learner = await create(iql, options)
  const segment = walkSegment(SPACE, STATES)
  learner.ingest(segment)
  const dueAfter = async (withReplay: boolean) => {
    const resumed = await create(iql, options)
    resumed.load(structuredClone(await learner.save(withReplay)))
    const due = [1, 2, 3].map(() => {
      resumed.ingest(segment)
      return resumed.due()
    })
    resumed.dispose()
    return due
  }
  t.same(await dueAfter(true), [0, 15, 20])
  t.same(await dueAfter(false), [0, 0, 7])
  learner.dispose()
})

t.test('a state of another network is refused', async (t) => {
  const learner = await create(iql)
  const other = await create(iql, { hidden: [32] })
  const saved = structuredClone(await other.save(false))
  t.throws(() => learner.load(saved), { code: 'ERR_CHECKPOINT_MISMATCH' })
  t.throws(() => learner.load({}), { code: 'ERR_CHECKPOINT_MISMATCH' })
  learner.dispose()
  other.dispose()
})

t.test('losses are finite numbers with the names of their curves', async (t) => {
  const learner = await create(mfq)
  learner.ingest(walkSegment(SPACE, STATES))
  const losses = await learner.update(0)
  t.same(Object.keys(losses).sort(), ['gradientNorm', 'loss', 'value'])
  t.ok(Object.values(losses).every(Number.isFinite))
  learner.dispose()
})
