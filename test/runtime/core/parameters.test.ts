import t from 'tap'
import type { LinearSpec, NetworkSpec } from '../../../runtime/core/network.ts'
import { describeObservation, type ObservationParts } from '../../../runtime/core/observation.ts'
import {
  biasName,
  initialWeights,
  kernelName,
  layoutParameters,
  packParameters,
  parameterFloats,
} from '../../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { withoutPrefix } from '../../../runtime/core/tensors.ts'
import { perceptron } from '../../fixtures/networks.ts'

const SPEC: NetworkSpec = perceptron(10, [32, 16], 5)
const NAMES = [0, 1, 2].flatMap((layer) => [kernelName(`dense${layer}`), biasName(`dense${layer}`)])

t.test('layers lie one behind the other, with rows padded to whole vectors', async (t) => {
  const { layers, floats } = layoutParameters(SPEC)
  const numbers = layers.map(({ inputs, outputs, outputsPadded, kernelAt, biasAt }) => ({
    inputs,
    outputs,
    outputsPadded,
    kernelAt,
    biasAt,
  }))
  t.same(numbers, [
    { inputs: 10, outputs: 32, outputsPadded: 32, kernelAt: 0, biasAt: 320 },
    { inputs: 32, outputs: 16, outputsPadded: 16, kernelAt: 352, biasAt: 864 },
    { inputs: 16, outputs: 5, outputsPadded: 8, kernelAt: 880, biasAt: 1008 },
  ])
  t.equal(floats, 1016)
})

t.test('weights are named and shaped by layer', async (t) => {
  const weights = initialWeights(SPEC, new Random(seedKey(1)))
  t.same(Object.keys(weights), NAMES)
  t.same(
    NAMES.map((name) => weights[name]!.shape),
    [[10, 32], [32], [32, 16], [16], [16, 5], [5]],
  )
  t.ok(
    Object.values(weights).every(({ dtype, shape, data }) => {
      return dtype === 'f32' && data.length === shape.reduce((product, size) => product * size, 1)
    }),
  )
})

t.test('initial weights follow from the seed alone', async (t) => {
  const bytes = (seed: number) =>
    NAMES.map((name) =>
      Buffer.from(initialWeights(SPEC, new Random(seedKey(seed)))[name]!.data.buffer).toString('hex'),
    )
  t.same(bytes(5), bytes(5))
  t.not(bytes(5)[0], bytes(6)[0])
})

t.test('kernels start with variance 2 / inputs, the last with 1 / inputs, biases with 0', async (t) => {
  const spec: NetworkSpec = perceptron(200, [128, 128], 100)
  const weights = initialWeights(spec, new Random(seedKey(2)))
  for (const [layer, expected] of [2 / 200, 2 / 128, 1 / 128].entries()) {
    const data = [...weights[kernelName(`dense${layer}`)]!.data]
    const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length
    t.ok(Math.abs(variance / expected - 1) < 0.05, `layer ${layer}: ${variance} against ${expected}`)
    t.ok(weights[biasName(`dense${layer}`)]!.data.every((value) => value === 0))
  }
})

t.test('packed parameters hold every weight at its place and 0 in the padding', async (t) => {
  const weights = initialWeights(SPEC, new Random(seedKey(3)))
  const { layers, floats } = layoutParameters(SPEC)
  weights[biasName('dense2')]!.data.set([1, 2, 3, 4, 5])
  const out = new Float32Array(floats + 4).fill(-42)
  packParameters(SPEC, weights, out)
  const wrong = layers.flatMap(({ inputs, outputs, outputsPadded, kernelAt, biasAt }, layer) => {
    const places: string[] = []
    for (let row = 0; row <= inputs; row++) {
      const at = row < inputs ? kernelAt + row * outputsPadded : biasAt
      for (let column = 0; column < outputsPadded; column++) {
        const source =
          row < inputs ? weights[kernelName(`dense${layer}`)]! : weights[biasName(`dense${layer}`)]!
        const index = row < inputs ? row * outputs + column : column
        const expected = column < outputs ? source.data[index] : 0
        if (out[at + column] !== expected) places.push(`layer ${layer} row ${row} column ${column}`)
      }
    }
    return places
  })
  t.same(wrong, [])
  t.same([...out.subarray(floats)], [-42, -42, -42, -42])
})

t.test('parameters packed twice into one block are those of the second time', async (t) => {
  const pack = (seeds: readonly number[]) => {
    const out = new Float32Array(layoutParameters(SPEC).floats)
    for (const seed of seeds) packParameters(SPEC, initialWeights(SPEC, new Random(seedKey(seed))), out)
    return out
  }
  t.same(pack([1, 2]), pack([2]))
})

t.test('a convolution over a view of fewer than 5 × 5 cells is refused', async (t) => {
  const specOf = (side: number): NetworkSpec => ({
    ...perceptron(side * side, [16], 4),
    shape: { kind: 'convolution', hidden: [16] },
    space: describeObservation({
      cells: { count: side * side, channels: 1, codes: [] },
      image: {
        height: side,
        width: side,
        channels: 1,
        inputs: Array.from({ length: side * side }, (_, i) => i),
      },
    }),
  })
  t.throws(() => layoutParameters(specOf(3)), { code: 'ERR_CONFIG_INVALID' })
  t.throws(() => layoutParameters(specOf(4)), { code: 'ERR_CONFIG_INVALID' })
  t.equal(layoutParameters(specOf(5)).layers[0]!.layer.kind, 'conv')
})

/** Attention over three blocks of four inputs. */
function attentionSpec(parts: ObservationParts, heads = 4): NetworkSpec {
  return {
    shape: { kind: 'graph-attention', embedding: [48, 32], heads, hidden: [16] },
    space: describeObservation(parts),
    meanActions: 0,
    outputs: 5,
  }
}

const TWELVE = Array.from({ length: 12 }, (_, i) => `input ${i}`)

t.test('layers that read every block have their parameters once, and attention has none', async (t) => {
  const spec = attentionSpec({ scalars: TWELVE, blocks: 3 })
  const { layers, floats } = layoutParameters(spec)
  t.same(
    layers.map(({ layer, inputs, outputs }) => [layer.name, (layer as LinearSpec).repeat, inputs, outputs]),
    [
      ['embed0', 3, 4, 48],
      ['embed1', 3, 48, 32],
      ['target', 1, 32, 32],
      ['source', 3, 32, 32],
      ['content', 3, 32, 32],
      ['trunk0', 1, 32, 16],
      ['trunk1', 1, 16, 5],
    ],
  )
  const ends = layers.map(({ biasAt, outputsPadded }) => biasAt + outputsPadded)
  t.same(
    layers.map(({ kernelAt }) => kernelAt),
    [0, ...ends.slice(0, -1)],
  )
  t.equal(floats, ends.at(-1))
  t.same(
    Object.keys(initialWeights(spec, new Random(seedKey(1)))),
    layers.flatMap(({ layer }) => [kernelName(layer.name), biasName(layer.name)]),
  )
})

t.test(
  'attention is refused where nobody is seen, where other inputs are, and for uneven heads',
  async (t) => {
    const refused = {
      'no blocks': attentionSpec({ scalars: TWELVE }),
      'one block': attentionSpec({ scalars: TWELVE, blocks: 1 }),
      'shared inputs': attentionSpec({ scalars: TWELVE, blocks: 3, shared: 2 }),
      'heads of 32 / 3': attentionSpec({ scalars: TWELVE, blocks: 3 }, 3),
      'heads of 2': attentionSpec({ scalars: TWELVE, blocks: 3 }, 16),
    }
    for (const [what, spec] of Object.entries(refused)) {
      t.throws(() => layoutParameters(spec), { code: 'ERR_CONFIG_INVALID' }, what)
    }
  },
)

t.test("networks of several agents lie one behind the other, each under its agent's name", async (t) => {
  const spec: NetworkSpec = { ...SPEC, agents: 3 }
  const weights = initialWeights(spec, new Random(seedKey(4)))
  t.same(
    Object.keys(weights),
    [0, 1, 2].flatMap((agent) => NAMES.map((name) => `agent${agent}/${name}`)),
  )
  const { floats } = layoutParameters(SPEC)
  t.equal(parameterFloats(SPEC), floats)
  t.equal(parameterFloats(spec), 3 * floats)
  const all = new Float32Array(3 * floats)
  packParameters(spec, weights, all)
  for (let agent = 0; agent < 3; agent++) {
    const own = new Float32Array(floats)
    packParameters(SPEC, withoutPrefix(`agent${agent}/`, weights), own)
    t.same(all.subarray(agent * floats, (agent + 1) * floats), own, `agent ${agent}`)
  }
  t.strictNotSame(all.subarray(0, floats), all.subarray(floats, 2 * floats))
})
