import t from 'tap'
import { colight } from '../../../learners/algorithms/colight.ts'
import { openBackend } from '../../../learners/backend.ts'
import { ValueNetwork } from '../../../learners/networks/value-network.ts'
import { tf } from '../../../learners/tf.ts'
import type { Segment } from '../../../runtime/core/experience.ts'
import { networkFor } from '../../../runtime/core/learner.ts'
import { describeObservation } from '../../../runtime/core/observation.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'

const [BLOCKS, COLOURS] = [4, 3] as const
/** Present, calling, and a colour. */
const BLOCK = 2 + COLOURS
const SPACE = describeObservation({
  scalars: Array.from({ length: BLOCKS * BLOCK }, (_, i) => `input ${i}`),
  blocks: BLOCKS,
})
const ROWS = 512
const STREAM = 1000

t.before(async () => {
  await openBackend('wasm')
})

interface Case {
  readonly inputs: Float32Array
  /** Colour of the one that calls: the action that pays. */
  readonly colour: number
}

/** An agent and its neighbours, each of a colour; one of those present calls. */
function drawCase(random: Random, number: number): Case {
  const inputs = new Float32Array(BLOCKS * BLOCK)
  const below = (n: number, what: number) => random.below(n, STREAM, number, what)
  const present = Array.from({ length: BLOCKS }, (_, block) => block === 0 || below(4, block) > 0)
  const there = [...present.keys()].filter((block) => present[block])
  const caller = there[below(there.length, 10)]!
  let colour = -1
  for (const block of there) {
    const own = below(COLOURS, 20 + block)
    if (block === caller) colour = own
    inputs[block * BLOCK] = 1
    inputs[block * BLOCK + 1] = block === caller ? 1 : 0
    inputs[block * BLOCK + 2 + own] = 1
  }
  return { inputs, colour }
}

/** Every agent tries one action, and has nothing to do after that. */
function tell(cases: readonly Case[]): Segment {
  const observation = new Uint8Array(cases.length * SPACE.recordBytes)
  for (const [row, { inputs }] of cases.entries()) {
    new Float32Array(observation.buffer, row * SPACE.recordBytes).set(inputs)
  }
  return {
    version: 0,
    rows: cases.length,
    transitions: cases.length,
    decisions: 1,
    observation,
    action: Uint16Array.from(cases, (_, row) => row % COLOURS),
    reward: Float32Array.from(cases, ({ colour }, row) => (row % COLOURS === colour ? 1 : 0)),
    logProbability: new Float32Array(cases.length),
    agent: new Uint16Array(),
    next: new Int32Array(cases.length).fill(-1),
    time: new Uint16Array(cases.length),
    shared: new Float32Array(),
  }
}

t.test('it learns to heed whichever neighbour calls, and does so for others than it saw', async (t) => {
  const options = colight.options.parse({
    embedding: [32],
    heads: 2,
    hidden: [32],
    batchSize: 128,
    learningRate: 0.005,
    learningStarts: 1,
    samplesPerInsert: 1000,
    replayCapacity: 20_000,
  })
  const setup = { space: SPACE, actions: COLOURS, agents: 1, seed: 1 }
  const learner = await colight.create(setup, options)
  const random = new Random(seedKey(5))
  learner.ingest(tell(Array.from({ length: 20 * ROWS }, (_, i) => drawCase(random, i))))
  for (let i = 0; i < 300; i++) await learner.update(1)

  const unseen = Array.from({ length: ROWS }, (_, i) => drawCase(random, 1_000_000 + i))
  const network = new ValueNetwork(
    networkFor(colight.acting(options), SPACE, COLOURS),
    await learner.weights(),
  )
  const chosen = tf.tidy(() => {
    const inputs = tf.tensor2d(
      unseen.map((one) => [...one.inputs]),
      [ROWS, SPACE.inputs],
    )
    return [...tf.argMax(network.forward(inputs), 1).dataSync()]
  })
  const right = unseen.filter(({ colour }, i) => colour === chosen[i]).length / ROWS
  t.ok(right > 0.95, `${right} of those unseen`)
  network.dispose()
  learner.dispose()
})

t.test('an option for each part of the network, and none for another network', async (t) => {
  const options = colight.options.parse({ embedding: [32, 48], heads: 3, hidden: [16] })
  t.same(colight.acting(options), {
    network: { kind: 'graph-attention', embedding: [32, 48], heads: 3, hidden: [16] },
    selection: 'epsilon-greedy',
    meanAction: false,
  })
  t.notOk(colight.options.safeParse({ network: 'convolution' }).success)
  t.equal(colight.exploration(options, 1), 0.05)
})
