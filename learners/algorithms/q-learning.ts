import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { HIDDEN_MULTIPLE } from '../../runtime/core/network.ts'
import { clipByGlobalNorm, lossAndGradients } from '../math/gradients.ts'
import { bootstrapTarget, valueOfAction } from '../math/q-targets.ts'
import type { ValueNetwork } from '../networks/value-network.ts'
import type { Adam } from '../optimizer.ts'
import { tf } from '../tf.ts'

/** Options that all deep Q-learners share. */
export const qLearningOptions = z.strictObject({
  hidden: z
    .array(z.number().int().min(HIDDEN_MULTIPLE).max(1024).multipleOf(HIDDEN_MULTIPLE))
    .min(1)
    .max(4)
    .default([64, 64])
    .describe('widths of the hidden layers, multiples of 16; of the trunk when the network is a convolution'),
  network: z
    .enum(['perceptron', 'convolution'])
    .default('perceptron')
    .describe("perceptron over all inputs, fast; or the mean-field paper's convolutions over the view"),
  gamma: z.number().min(0).max(1).default(0.95).describe('discount of the next step'),
  learningRate: z.number().positive().max(1).default(1e-3).describe("Adam's step size"),
  batchSize: z.number().int().min(1).max(65_536).default(1024).describe('transitions of one update'),
  samplesPerInsert: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe(
      'how often a transition is sampled on average: updates = transitions × this / batch size; ' +
        'default: 0.5, or 4 where only a sample of a large group is recorded',
    ),
  replayCapacity: z
    .number()
    .int()
    .min(1000)
    .max(50_000_000)
    .default(200_000)
    .describe('rows of the replay; one agent in one step is a row'),
  learningStarts: z
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('transitions to gather before the first update'),
  targetTau: z
    .number()
    .positive()
    .max(1)
    .default(0.01)
    .describe('share of the way the target network goes each update'),
  gradientClip: z.number().positive().default(10).describe('largest global norm of a gradient'),
})

export type QLearningOptions = z.output<typeof qLearningOptions>

const SAMPLES_PER_INSERT = 0.5
/** What is recorded of a large group is little beside what it costs to simulate it, and worth more updates. */
const SAMPLES_PER_INSERT_OF_SAMPLE = 4

/** Fills in what hangs on whether all agents are recorded. */
export function completeQLearning<T extends QLearningOptions>(
  given: T,
  isSampled: boolean,
): T & { readonly samplesPerInsert: number } {
  const standard = isSampled ? SAMPLES_PER_INSERT_OF_SAMPLE : SAMPLES_PER_INSERT
  return { ...given, samplesPerInsert: given.samplesPerInsert ?? standard }
}

/** @throws ERR_CONFIG_INVALID when the replay cannot hold one segment */
export function checkReplay({ replayCapacity }: QLearningOptions, segmentRows: number): void {
  if (segmentRows <= replayCapacity) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--replay-capacity: one segment can have ${segmentRows} rows, got ${replayCapacity}; ` +
      'raise it, or lower --segment-steps',
    { details: { segmentRows, replayCapacity } },
  )
}

/** A minibatch of transitions, as tensors that the update may use but does not free. */
export interface TransitionBatch {
  /** [B, inputs] */
  readonly observation: tf.Tensor2D
  /** [B] int32 */
  readonly action: tf.Tensor1D
  /** [B] */
  readonly reward: tf.Tensor1D
  /** [B] 0 where the transition terminated, else 1 */
  readonly continues: tf.Tensor1D
  /** [B, inputs] */
  readonly nextObservation: tf.Tensor2D
}

/** What an algorithm makes of the next observation's action values, [B, A] each: its state value [B]. */
export type StateValue = (online: tf.Tensor2D, target: tf.Tensor2D) => tf.Tensor1D

/**
 * One step of deep Q-learning:
 *
 *   y = r + γ · continues · v(s'),   L(φ) = mean (y − Q(s, a; φ))²,   φ⁻ ← τ φ + (1 − τ) φ⁻
 *
 * `stateValue` is where algorithms differ. The target is a constant of the loss.
 *
 * @see Mnih et al. 2015
 */
export function updateQ(
  online: ValueNetwork,
  target: ValueNetwork,
  optimizer: Adam,
  batch: TransitionBatch,
  stateValue: StateValue,
  options: QLearningOptions,
): { readonly loss: tf.Scalar; readonly value: tf.Scalar; readonly gradientNorm: tf.Scalar } {
  return tf.tidy(() => {
    const next = batch.nextObservation
    const v = stateValue(online.forward(next), target.forward(next)) // [B]
    const y = bootstrapTarget(batch.reward, batch.continues, v, options.gamma) // [B]
    const tdLoss = () => {
      const q = valueOfAction(online.forward(batch.observation), batch.action) // [B]
      return tf.mean(tf.squaredDifference(y, q)) as tf.Scalar
    }
    const { loss, gradients } = lossAndGradients(tdLoss, online.parameters)
    const clipped = clipByGlobalNorm(gradients, options.gradientClip)
    optimizer.step(clipped.gradients)
    target.follow(online, options.targetTau)
    return { loss, value: tf.mean(v) as tf.Scalar, gradientNorm: clipped.norm }
  })
}
