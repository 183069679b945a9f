import { pathToFileURL } from 'node:url'
import { openBackend } from '../learners/backend.ts'
import type { BackendChoice } from '../learners/backend-names.ts'
import { lossAndGradients, type ParameterSet } from '../learners/math/gradients.ts'
import { dense } from '../learners/networks/dense.ts'
import { Adam } from '../learners/optimizer.ts'
import { tf } from '../learners/tf.ts'

export interface LearnerUpdateOptions {
  readonly backend: BackendChoice
  /** Transitions in an update. */
  readonly batch: number
  /** Widths of the network: observation, hidden layers, actions. */
  readonly widths: readonly number[]
  /** Measured updates of each kind, after one to warm up. */
  readonly repeats: number
}

export const LEARNER_UPDATE_DEFAULTS: LearnerUpdateOptions = Object.freeze({
  backend: 'wasm',
  batch: 4096,
  widths: [512, 256, 256, 21],
  repeats: 7,
})

export interface LearnerUpdateResult {
  readonly bench: 'learner-update'
  readonly backend: string
  readonly device: string
  readonly batch: number
  readonly widths: readonly number[]
  /** Median and 95th percentile of one whole update: forward, loss, gradients, Adam. */
  readonly ours_ms: number
  readonly ours_p95_ms: number
  /** The same with `tf.matMul`, `tf.variableGrads` and `tf.train.adam`. */
  readonly plain_ms: number
  readonly plain_p95_ms: number
  /** ours_ms / plain_ms. */
  readonly ratio: number
  /** Speed of ours, counting the 3 products of a layer (2 in the first). */
  readonly ours_gflops: number
  /** |difference| of the last losses over the loss: that both compute the same. */
  readonly loss_difference: number
}

interface Batch {
  readonly observation: tf.Tensor2D // [B, O]
  readonly action: tf.Tensor2D // [B, A], one-hot
  readonly target: tf.Tensor1D // [B]
}

/** Takes one update and returns its loss. */
type Update = () => tf.Scalar

/** One update of a Q network on a fixed batch: ours and plain TensorFlow.js by turns, in one process. */
export async function benchLearnerUpdate(
  options: Partial<LearnerUpdateOptions> = {},
): Promise<LearnerUpdateResult> {
  const { backend: choice, batch: batchSize, widths, repeats } = { ...LEARNER_UPDATE_DEFAULTS, ...options }
  const backend = await openBackend(choice)
  const batch = createBatch(batchSize, widths)
  const updates = [createOurs(batch, widths), createPlain(batch, widths)] as const
  const times: [number[], number[]] = [[], []]
  const losses: [number, number] = [0, 0]
  for (let turn = 0; turn <= repeats; turn++) {
    for (const kind of [0, 1] as const) {
      const start = performance.now()
      const loss = updates[kind]()
      losses[kind] = (await loss.data())[0] as number
      if (turn > 0) times[kind].push(performance.now() - start)
      loss.dispose()
    }
  }
  const [ours, plain] = [quantiles(times[0]), quantiles(times[1])]
  return {
    bench: 'learner-update',
    backend: backend.name,
    device: backend.device,
    batch: batchSize,
    widths,
    ours_ms: round(ours.median),
    ours_p95_ms: round(ours.p95),
    plain_ms: round(plain.median),
    plain_p95_ms: round(plain.p95),
    ratio: round(ours.median / plain.median, 4),
    ours_gflops: round(countOperations(batchSize, widths) / ours.median / 1e6),
    loss_difference: Math.abs(losses[0] - losses[1]) / losses[1],
  }
}

function createOurs(batch: Batch, widths: readonly number[]): Update {
  const parameters = createParameters(widths)
  const adam = new Adam(parameters)
  const last = widths.length - 2
  const forward = () => {
    let x = batch.observation
    for (let i = 0; i <= last; i++) {
      const [kernel, bias] = [parameters[`kernel${i}`] as tf.Variable, parameters[`bias${i}`] as tf.Variable]
      const activation = i === last ? 'linear' : 'relu'
      x = dense(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, activation, i === 0 ? 'data' : 'hidden')
    }
    return x
  }
  return () =>
    tf.tidy(() => {
      const { loss, gradients } = lossAndGradients(() => squaredError(forward(), batch), parameters)
      adam.step(gradients)
      return loss
    })
}

function createPlain(batch: Batch, widths: readonly number[]): Update {
  const parameters = createParameters(widths)
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
  const last = widths.length - 2
  const forward = () => {
    let x = batch.observation
    for (let i = 0; i <= last; i++) {
      const z = tf.add(
        tf.matMul(x, parameters[`kernel${i}`] as tf.Variable),
        parameters[`bias${i}`] as tf.Variable,
      )
      x = (i === last ? z : tf.relu(z)) as tf.Tensor2D
    }
    return x
  }
  return () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => squaredError(forward(), batch),
        Object.values(parameters),
      )
      adam.applyGradients(grads as Record<string, tf.Variable>) // so its types want it
      return value
    })
}

/** Mean over the batch of (Q(s, a) − target)². */
function squaredError(q: tf.Tensor2D, batch: Batch): tf.Scalar {
  const chosen = tf.sum(tf.mul(q, batch.action), 1)
  return tf.mean(tf.square(tf.sub(chosen, batch.target)))
}

function createBatch(size: number, widths: readonly number[]): Batch {
  const [observationSize, actionCount] = [widths[0] as number, widths.at(-1) as number]
  const observation = tf.randomUniform<tf.Rank.R2>([size, observationSize], -1, 1, 'float32', 1)
  const target = tf.randomUniform<tf.Rank.R1>([size], -1, 1, 'float32', 2)
  const action = tf.tidy(() => {
    const indices = tf.tensor1d(Int32Array.from({ length: size }, (_, row) => row % actionCount))
    return tf.cast(tf.oneHot(indices, actionCount), 'float32') as tf.Tensor2D
  })
  return { observation, action, target }
}

function createParameters(widths: readonly number[]): ParameterSet {
  const parameters: Record<string, tf.Variable> = {}
  for (let i = 0; i + 1 < widths.length; i++) {
    const [rows, columns] = [widths[i] as number, widths[i + 1] as number]
    const spread = Math.sqrt(2 / rows)
    parameters[`kernel${i}`] = tf.variable(tf.randomNormal([rows, columns], 0, spread, 'float32', i + 1))
    parameters[`bias${i}`] = tf.variable(tf.zeros([columns]))
  }
  return parameters
}

/** Multiplications and additions of one update's products. */
function countOperations(batch: number, widths: readonly number[]): number {
  let operations = 0
  for (let i = 0; i + 1 < widths.length; i++) {
    operations += (i === 0 ? 4 : 6) * batch * (widths[i] as number) * (widths[i + 1] as number)
  }
  return operations
}

function quantiles(values: readonly number[]): { median: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
  return { median: at(0.5), p95: at(0.95) }
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await benchLearnerUpdate()))
  process.exit(0)
}
