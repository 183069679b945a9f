/**
 * What networks cost: nanoseconds of the kernel for each agent, and milliseconds of an update of Q-learning, on one
 * core each:
 *
 *     npm run build && node build/bench/networks.js
 *
 * Prints one JSON line a network: CoLight's over 5 blocks of 40 inputs, perceptrons of the same widths over the agent's
 * own block and over all of them.
 */
import { pathToFileURL } from 'node:url'
import { bindKernel } from '../actors/kernels/kernel.ts'
import {
  listOffset,
  programColumns,
  scratchFloats,
  sparseOutputs,
  writeProgram,
} from '../actors/kernels/program.ts'
import { stagesOf } from '../actors/kernels/stages.ts'
import { qLearningOptions } from '../learners/algorithms/q-learning.ts'
import { actionValues, type QNetworks, updateQ } from '../learners/algorithms/q-update.ts'
import { openBackend } from '../learners/backend.ts'
import { ClippedDescent } from '../learners/descent.ts'
import { doubleQValue } from '../learners/math/q-targets.ts'
import { NetworkSet } from '../learners/networks/network-set.ts'
import { Observations } from '../learners/networks/observations.ts'
import { ValueNetwork } from '../learners/networks/value-network.ts'
import { tf } from '../learners/tf.ts'
import { createArena, planArena, recordOffset } from '../runtime/core/memory/arena.ts'
import { planLayout } from '../runtime/core/memory/layout.ts'
import type { NetworkShape, NetworkSpec } from '../runtime/core/network.ts'
import { describeObservation } from '../runtime/core/observation.ts'
import { initialWeights, layoutParameters, packParameters } from '../runtime/core/parameters.ts'
import { Random, seedKey } from '../runtime/core/rng.ts'
import { median } from './median.ts'

const AGENTS = 128
const BLOCK_INPUTS = 40
const ACTIONS = 8
const INPUT_STREAM = 1000

export interface NetworksOptions {
  /** Transitions in an update. */
  readonly batch: number
  /** Measured evaluations of 128 agents, and updates, after one each to warm up. */
  readonly evaluations: number
  readonly updates: number
}

export const NETWORKS_DEFAULTS: NetworksOptions = Object.freeze({ batch: 256, evaluations: 400, updates: 40 })

export interface NetworkResult {
  readonly bench: 'networks'
  readonly network: string
  readonly inputs: number
  readonly parameters: number
  readonly batch: number
  /** Medians. */
  readonly kernelNsPerAgent: number
  readonly updateMs: number
}

export async function benchNetworks(options: Partial<NetworksOptions> = {}): Promise<NetworkResult[]> {
  const { batch, evaluations, updates } = { ...NETWORKS_DEFAULTS, ...options }
  await openBackend('wasm')
  const perceptron: NetworkShape = { kind: 'perceptron', hidden: [64, 64, 64] }
  const attention: NetworkShape = { kind: 'graph-attention', embedding: [64, 64], heads: 4, hidden: [64] }
  const networks: Readonly<Record<string, NetworkSpec>> = {
    'perceptron 64-64-64, own block': networkOver(1, perceptron),
    'perceptron 64-64-64, 5 blocks': networkOver(5, perceptron),
    'graph attention 64-64, 4 heads, 64, 5 blocks': networkOver(5, attention),
  }
  const results: NetworkResult[] = []
  for (const [network, spec] of Object.entries(networks)) {
    results.push({
      bench: 'networks',
      network,
      inputs: spec.space.inputs,
      parameters: layoutParameters(spec).floats,
      batch,
      kernelNsPerAgent: Math.round(measureKernel(spec, evaluations)),
      updateMs: Number((await measureUpdate(spec, batch, updates)).toFixed(2)),
    })
  }
  return results
}

function networkOver(blocks: number, shape: NetworkShape): NetworkSpec {
  const scalars = Array.from({ length: blocks * BLOCK_INPUTS }, (_, i) => `input ${i}`)
  return { shape, space: describeObservation({ scalars, blocks }), meanActions: 0, outputs: ACTIONS }
}

/** Inputs of so many agents; everyone has all neighbours. */
function drawInputs({ space }: NetworkSpec, rows: number): Float32Array {
  const random = new Random(seedKey(1))
  return Float32Array.from({ length: rows * space.inputs }, (_, i) =>
    i % BLOCK_INPUTS === 0 ? 1 : random.normal(INPUT_STREAM, 0, i),
  )
}

function measureKernel(spec: NetworkSpec, evaluations: number): number {
  const { space } = spec
  const layout = layoutParameters(spec)
  const floats = (count: number) => ({
    layout: planLayout({ values: { dtype: 'f32', shape: [count] } }),
    count: 1,
  })
  const program = planLayout(programColumns([spec]))
  const arena = createArena(
    planArena({
      program: { layout: program, count: 1 },
      parameters: floats(layout.floats),
      records: floats((AGENTS * space.recordBytes) / 4),
      base: floats(sparseOutputs(spec)),
      scratch: floats(scratchFloats(spec)),
      out: floats(AGENTS * layout.layers.at(-1)!.outputsPadded),
    }),
    2 ** 28,
  )
  const at = (region: string) => recordOffset(arena, region, 0)
  const { words, codes, image } = program.offsets
  const place = { words: at('program') + words, codes: at('program') + codes, image: at('program') + image }
  writeProgram(spec, stagesOf(spec)[0]!, arena.heap, place)
  const weights = initialWeights(spec, new Random(seedKey(2)))
  packParameters(spec, weights, arena.heap.f32.subarray(at('parameters') / 4))
  const inputs = drawInputs(spec, AGENTS)
  for (let agent = 0; agent < AGENTS; agent++) {
    const record = inputs.subarray(agent * space.inputs, (agent + 1) * space.inputs)
    arena.heap.f32.set(record, (at('records') + agent * space.recordBytes) / 4)
  }
  const kernel = bindKernel(arena)
  const [scratch, list] = [at('scratch'), at('scratch') + listOffset(spec)]
  kernel.sharedLayer(at('program'), at('parameters'), 0, at('base'))
  const times: number[] = []
  for (let turn = 0; turn <= evaluations; turn++) {
    const since = performance.now()
    kernel.evaluate(
      at('program'),
      at('parameters'),
      at('records'),
      AGENTS,
      0,
      at('base'),
      scratch,
      list,
      at('out'),
    )
    if (turn > 0) times.push(((performance.now() - since) * 1e6) / AGENTS)
  }
  return median(times)
}

async function measureUpdate(spec: NetworkSpec, batch: number, updates: number): Promise<number> {
  const [online, target] = [0, 1].map(
    () => new NetworkSet(undefined, () => ValueNetwork.initial(spec, new Random(seedKey(3)))),
  ) as [QNetworks, QNetworks]
  const options = qLearningOptions.parse({})
  const descent = new ClippedDescent(online.parameters, options)
  const inputs = drawInputs(spec, batch)
  const random = new Random(seedKey(4))
  const transitions = {
    observation: Observations.ofOne(tf.tensor2d(inputs, [batch, spec.space.inputs])),
    action: tf.tensor1d(
      Int32Array.from({ length: batch }, (_, i) => i % ACTIONS),
      'int32',
    ),
    reward: tf.tensor1d(Float32Array.from({ length: batch }, (_, i) => random.normal(INPUT_STREAM, 1, i))),
    continues: tf.ones<tf.Rank.R1>([batch]),
    weight: tf.ones<tf.Rank.R1>([batch]),
    nextObservation: Observations.ofOne(tf.tensor2d(inputs.slice().reverse(), [batch, spec.space.inputs])),
  }
  const times: number[] = []
  for (let turn = 0; turn <= updates; turn++) {
    const since = performance.now()
    const { figures, error } = await updateQ(
      online,
      target,
      descent,
      transitions,
      actionValues(doubleQValue),
      options,
    )
    await figures.loss.data()
    if (turn > 0) times.push(performance.now() - since)
    tf.dispose([...Object.values(figures), error])
  }
  const { observation, nextObservation, ...tensors } = transitions
  tf.dispose(Object.values(tensors))
  for (const part of [observation, nextObservation, online, target, descent]) part.dispose()
  return median(times)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const result of await benchNetworks()) console.log(JSON.stringify(result))
  process.exit(0)
}
