import { clipByGlobalNorm, lossAndGradients } from '../math/gradients.ts'
import { bootstrapTarget, valueOfAction } from '../math/q-targets.ts'
import type { ValueNetwork } from '../networks/value-network.ts'
import type { Adam } from '../optimizer.ts'
import { tf } from '../tf.ts'
import type { QLearningOptions } from './q-learning.ts'

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
