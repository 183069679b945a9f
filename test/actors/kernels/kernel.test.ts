import t from 'tap'
import { policySpace } from '../../../actors/host-plan.ts'
import { bindKernel } from '../../../actors/kernels/kernel.ts'
import {
  listOffset,
  programColumns,
  scratchFloats,
  sparseOutputs,
  writeProgram,
} from '../../../actors/kernels/program.ts'
import { stagesOf } from '../../../actors/kernels/stages.ts'
import { openBackend } from '../../../learners/backend.ts'
import { ValueNetwork } from '../../../learners/networks/value-network.ts'
import { tf } from '../../../learners/tf.ts'
import { createArena, planArena, recordOffset } from '../../../runtime/core/memory/arena.ts'
import { planLayout } from '../../../runtime/core/memory/layout.ts'
import type { NetworkSpec } from '../../../runtime/core/network.ts'
import {
  describeObservation,
  NO_INPUT,
  ObservationExpander,
  type ObservationSpace,
} from '../../../runtime/core/observation.ts'
import { initialWeights, layoutParameters, packParameters } from '../../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import type { NamedTensors } from '../../../runtime/core/tensors.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { openInlineHost } from '../../fixtures/hosts.ts'

const TOLERANCE = 1e-4
const OUTPUTS = 21
const HIDDEN = [[], [16], [64, 64], [32, 48, 16]] as const

/** Records of agents that share one set of shared inputs. */
interface Seen {
  readonly space: ObservationSpace
  readonly count: number
  readonly records: Uint8Array
  readonly shared: Float32Array
}

t.before(async () => {
  await openBackend('wasm')
})

function randomWeights(spec: NetworkSpec, seed: number): NamedTensors {
  const random = new Random(seedKey(seed))
  const weights = initialWeights(spec, random)
  for (const [name, { data }] of Object.entries(weights)) {
    if (name.endsWith('bias'))
      for (let i = 0; i < data.length; i++) data[i] = random.normal(99, name.length, i)
  }
  return weights
}

/** Action values [count, outputs] by the WASM kernel. @param chunk agents evaluated together */
function byKernel(
  spec: NetworkSpec,
  weights: NamedTensors,
  { space, count, records, shared }: Seen,
  chunk: number,
): number[][] {
  const padded = layoutParameters(spec).layers.at(-1)!.outputsPadded
  const bytes = (size: number) => ({ layout: planLayout({ data: { dtype: 'u8', shape: [size] } }), count: 1 })
  const program = planLayout(programColumns([spec]))
  const floats = scratchFloats(spec)
  const arena = createArena(
    planArena({
      program: { layout: program, count: 1 },
      parameters: bytes(layoutParameters(spec).floats * 4),
      records: bytes(records.length),
      shared: bytes(shared.byteLength),
      base: bytes(sparseOutputs(spec) * 4),
      scratch: bytes(floats * 4),
      out: bytes(count * padded * 4),
    }),
    2 ** 28,
  )
  const at = (region: string) => recordOffset(arena, region, 0)
  const { words, codes, image } = program.offsets
  const place = { words: at('program') + words, codes: at('program') + codes, image: at('program') + image }
  writeProgram(spec, stagesOf(spec)[0]!, arena.heap, place)
  packParameters(spec, weights, arena.heap.f32.subarray(at('parameters') >> 2))
  arena.heap.u8.set(records, at('records'))
  arena.heap.f32.set(shared, at('shared') >> 2)
  const kernel = bindKernel(arena)
  const scratch = at('scratch')
  kernel.sharedLayer(at('program'), at('parameters'), at('shared'), at('base'))
  for (let from = 0; from < count; from += chunk) {
    kernel.evaluate(
      at('program'),
      at('parameters'),
      at('records') + from * space.recordBytes,
      Math.min(chunk, count - from),
      at('shared'),
      at('base'),
      scratch,
      scratch + listOffset(spec),
      at('out') + from * padded * 4,
    )
  }
  const out = arena.heap.f32.subarray(at('out') >> 2)
  return Array.from({ length: count }, (_, i) => [...out.subarray(i * padded, i * padded + spec.outputs)])
}

function networkOver(space: ObservationSpace, hidden: readonly number[], outputs: number): NetworkSpec {
  return { shape: { kind: 'perceptron', hidden }, space, meanActions: 0, outputs }
}

/** The same by TensorFlow.js on the expanded inputs. */
function byValueNetwork(
  spec: NetworkSpec,
  weights: NamedTensors,
  { space, count, records, shared }: Seen,
): number[][] {
  const inputs = new Float32Array(count * space.inputs)
  const expander = new ObservationExpander(space)
  for (let i = 0; i < count; i++)
    expander.expand(records, i * space.recordBytes, shared, 0, inputs, i * space.inputs)
  const network = new ValueNetwork(spec, weights)
  const values = tf.tidy(() => network.forward(tf.tensor2d(inputs, [count, space.inputs])).arraySync())
  network.dispose()
  return values
}

function distance(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))))
}

/** What a group of agents sees in the last recorded step of a battle. */
function seeBattle(minimap: boolean, meanAction: boolean): Seen {
  const acting = {
    network: { kind: 'perceptron', hidden: [16] },
    selection: 'boltzmann',
    meanAction,
  } as const
  const host = openInlineHost({
    scenario: battle,
    options: { agents: 150, mapSize: 30, minimap },
    policies: [
      { kind: 'scripted', name: 'nearest-enemy' },
      { kind: 'learned', acting, parameters: 0 },
    ],
    sampleAgents: 4096,
  })
  host.run()
  host.run({ recordGroup: 1 })
  const { observation, shared, time, decisions, recordBytes, sharedStride } = host.take()
  const from = time.indexOf(decisions - 1)
  const to = time.indexOf(decisions)
  const space = policySpace(host.plan.world, 1, acting)
  const at = (decisions - 1) * sharedStride
  return {
    space,
    count: to - from,
    records: observation.slice(from * recordBytes, to * recordBytes),
    shared: shared.slice(at, at + space.shared),
  }
}

for (const hidden of HIDDEN) {
  for (const [minimap, meanAction] of [
    [true, true],
    [true, false],
    [false, false],
    [false, true],
  ] as const) {
    const parts = `${minimap ? 'with' : 'without'} minimap and ${meanAction ? 'with' : 'without'} mean action`
    t.test(
      `hidden layers ${hidden.join('-')}: a battle ${parts} has the values of TensorFlow.js`,
      async (t) => {
        const seen = seeBattle(minimap, meanAction)
        const spec = networkOver(seen.space, hidden, OUTPUTS)
        const weights = randomWeights(spec, 5)
        const got = byKernel(spec, weights, seen, 128)
        const expected = byValueNetwork(spec, weights, seen)
        t.ok(got.length > 10, `${got.length} agents`)
        t.ok(distance(got, expected) < TOLERANCE, `${distance(got, expected)}`)
        t.ok(distance(got.slice(1), got.slice(0, -1)) > 0.01, 'agents differ')
      },
    )
  }
}

const CODES = [
  { channels: [], values: [] },
  { channels: [1], values: [0.5] },
  { channels: [0, 2], values: [1, -2] },
] as const

/** Spaces that lack parts, or whose parts end in the middle of a word. */
const SPACES: Readonly<Record<string, ObservationSpace>> = {
  'scalars alone': describeObservation({ scalars: ['a', 'b', 'c'] }),
  'hot inputs alone': describeObservation({ hot: { inputs: 9, slots: 3 } }),
  'shared inputs alone': describeObservation({ shared: 7 }),
  'five cells': describeObservation({ cells: { count: 5, channels: 3, codes: CODES } }),
  'eight cells': describeObservation({ cells: { count: 8, channels: 3, codes: CODES } }),
  'seventeen cells behind one hot slot': describeObservation({
    cells: { count: 17, channels: 3, codes: CODES },
    hot: { inputs: 4, slots: 1 },
    scalars: ['a'],
    shared: 3,
  }),
}

function seeRandom(space: ObservationSpace, count: number): Seen {
  const random = new Random(seedKey(17))
  const records = new Uint8Array(count * space.recordBytes).fill(0xff)
  const view = new DataView(records.buffer)
  for (let agent = 0; agent < count; agent++) {
    const at = agent * space.recordBytes
    for (let i = 0; i < space.scalars.length; i++)
      view.setFloat32(at + i * 4, random.normal(1, agent, i), true)
    for (let slot = 0; slot < space.hotSlots; slot++) {
      const input = space.hotAt + random.below(space.scalarsAt - space.hotAt + 1, 2, agent, slot)
      view.setUint16(at + space.hotOffset + slot * 2, input === space.scalarsAt ? NO_INPUT : input, true)
    }
    for (let cell = 0; cell < space.cells; cell++) {
      records[at + space.cellsOffset + cell] = random.below(CODES.length, 3, agent, cell)
    }
  }
  return {
    space,
    count,
    records,
    shared: Float32Array.from({ length: space.shared }, (_, i) => random.normal(4, 0, i)),
  }
}

for (const [name, space] of Object.entries(SPACES)) {
  t.test(`observations of ${name} have the values of TensorFlow.js`, async (t) => {
    const seen = seeRandom(space, 40)
    for (const [hidden, outputs] of [
      [[16], 3],
      [[32, 16], 4],
      [[80, 16], 5],
    ] as const) {
      const spec = networkOver(space, hidden, outputs)
      const weights = randomWeights(spec, 6)
      const far = distance(byKernel(spec, weights, seen, 40), byValueNetwork(spec, weights, seen))
      t.ok(far < TOLERANCE, `${hidden.join('-')} to ${outputs}: ${far}`)
    }
  })
}

t.test('values do not depend on how many agents are evaluated together', async (t) => {
  const seen = seeBattle(true, true)
  const spec = networkOver(seen.space, [64, 64], OUTPUTS)
  const weights = randomWeights(spec, 7)
  const together = byKernel(spec, weights, seen, 128)
  for (const chunk of [1, 7]) t.same(byKernel(spec, weights, seen, chunk), together, `${chunk} at a time`)
})

for (const minimap of [false, true]) {
  for (const meanAction of [false, true]) {
    const parts = `${minimap ? 'with' : 'without'} minimap and ${meanAction ? 'with' : 'without'} mean action`
    t.test(
      `the convolutions of the mean-field paper, ${parts}, have the values of TensorFlow.js`,
      async (t) => {
        const seen = seeBattle(minimap, meanAction)
        const spec: NetworkSpec = {
          shape: { kind: 'convolution', hidden: [128, 64] },
          space: seen.space,
          meanActions: meanAction ? OUTPUTS : 0,
          outputs: OUTPUTS,
        }
        const weights = initialWeights(spec, new Random(seedKey(11)))
        const few = { ...seen, count: Math.min(seen.count, 20) }
        const got = byKernel(spec, weights, few, 7)
        const far = distance(got, byValueNetwork(spec, weights, few))
        t.ok(far < TOLERANCE, `${far}`)
        t.ok(distance(got.slice(1), got.slice(0, -1)) > 0.01, 'agents differ')
      },
    )
  }
}

const BLOCK = 6

function attentionOver(blocks: number, heads: number, embedding: readonly number[]): NetworkSpec {
  const scalars = Array.from({ length: blocks * BLOCK }, (_, i) => `input ${i}`)
  return {
    shape: { kind: 'graph-attention', embedding, heads, hidden: [32] },
    space: describeObservation({ scalars, blocks }),
    meanActions: 0,
    outputs: 5,
  }
}

/** Agents of whom some lack some neighbours; whatever stands in the blocks of those is drawn, too. */
function seeNeighbours({ space }: NetworkSpec, count: number): Seen {
  const seen = seeRandom(space, count)
  const floats = new Float32Array(seen.records.buffer)
  const stride = space.recordBytes / 4
  for (let agent = 0; agent < count; agent++) {
    for (let block = 0; block < space.blocks; block++) {
      floats[agent * stride + block * BLOCK] = block === 0 || (agent >> (block - 1)) % 2 === 1 ? 1 : 0
    }
  }
  return seen
}

/** The same agents, with blocks as `change` leaves them. @param change gets the blocks of one agent */
function withBlocks(seen: Seen, change: (blocks: Float32Array[]) => void): Seen {
  const records = seen.records.slice()
  const floats = new Float32Array(records.buffer)
  const stride = seen.space.recordBytes / 4
  for (let agent = 0; agent < seen.count; agent++) {
    const row = agent * stride
    const blocks = Array.from({ length: seen.space.blocks }, (_, block) =>
      floats.slice(row + block * BLOCK, row + (block + 1) * BLOCK),
    )
    change(blocks)
    for (const [i, block] of blocks.entries()) floats.set(block, row + i * BLOCK)
  }
  return { ...seen, records }
}

for (const [blocks, heads, embedding] of [
  [2, 1, [16]],
  [5, 4, [32, 64]],
  [17, 2, [16, 32, 16]],
] as const) {
  t.test(
    `attention over ${blocks} blocks in ${heads} heads of a ${embedding.at(-1)} wide embedding has the values of TensorFlow.js`,
    async (t) => {
      const spec = attentionOver(blocks, heads, embedding)
      const weights = randomWeights(spec, 13)
      const seen = seeNeighbours(spec, 43)
      const got = byKernel(spec, weights, seen, 43)
      const far = distance(got, byValueNetwork(spec, weights, seen))
      t.ok(far < TOLERANCE, `${far}`)
      t.ok(distance(got.slice(1), got.slice(0, -1)) > 0.01, 'agents differ')
      for (const chunk of [1, 7]) t.same(byKernel(spec, weights, seen, chunk), got, `${chunk} at a time`)
    },
  )
}

t.test('a neighbour that is not there changes nothing, in the kernel and in TensorFlow.js', async (t) => {
  const spec = attentionOver(5, 4, [32])
  const weights = randomWeights(spec, 14)
  const seen = seeNeighbours(spec, 40)
  const others = withBlocks(seen, (blocks) => {
    for (const block of blocks) if (block[0] === 0) block.fill(1000, 1)
  })
  t.same(byKernel(spec, weights, others, 40), byKernel(spec, weights, seen, 40))
  t.same(byValueNetwork(spec, weights, others), byValueNetwork(spec, weights, seen))
  const present = withBlocks(seen, (blocks) => {
    for (const block of blocks) block[0] = 1
  })
  const far = distance(byKernel(spec, weights, present, 40), byKernel(spec, weights, seen, 40))
  t.ok(far > 0.01, 'those that are there change something')
})

t.test('the order of neighbours, and of gaps between them, does not matter', async (t) => {
  const spec = attentionOver(5, 2, [32])
  const weights = randomWeights(spec, 15)
  const seen = seeNeighbours(spec, 40)
  const turned = withBlocks(seen, (blocks) => {
    blocks.splice(1, 4, ...blocks.slice(1).reverse())
  })
  const values = byKernel(spec, weights, seen, 40)
  const far = [byKernel(spec, weights, turned, 40), byValueNetwork(spec, weights, turned)].map((others) =>
    distance(others, values),
  )
  t.ok(Math.max(...far) < TOLERANCE, `${Math.max(...far)}`)
  const own = withBlocks(seen, (blocks) => {
    blocks.splice(0, 2, blocks[1]!, blocks[0]!)
  })
  t.ok(distance(byKernel(spec, weights, own, 40), values) > 0.01, "the agent's own block is another matter")
})
