import { clipByGlobalNorm, lossAndGradients } from '../math/gradients.ts'
import type { Grouping } from '../math/grouping.ts'
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
  /** [B] by how much each error counts, at most 1 */
  readonly weight: tf.Tensor1D
  /** [B', inputs], B' = B and row by row where the batch is not joint */
  readonly nextObservation: tf.Tensor2D
  /** Of a batch of whole decisions of a group. */
  readonly joint?: JointRows
}

/** How the rows of whole decisions belong together. */
export interface JointRows {
  readonly grouping: Grouping
  /** Of the B' next observations, and the number of each one's decision. */
  readonly nextGrouping: Grouping
  readonly nextGroup: Uint32Array
  /** [B] int32 place of each agent's next observation */
  readonly next: tf.Tensor1D
}

/** Where algorithms differ. */
export interface QObjective {
  /** Q of the actions taken, [B], of the network's outputs, [B, O]. */
  taken(outputs: tf.Tensor2D, batch: TransitionBatch): tf.Tensor1D
  /** v(s') behind each transition, [B]. */
  next(online: ValueNetwork, target: ValueNetwork, batch: TransitionBatch): tf.Tensor1D
}

/** What an algorithm makes of the next observation's action values, [B, A] each: its state value [B]. */
export type StateValue = (online: tf.Tensor2D, target: tf.Tensor2D) => tf.Tensor1D

/** The objective of action values that hang on nothing but an agent's own observation and action. */
export function actionValues(stateValue: StateValue): QObjective {
  return {
    taken: (outputs, { action }) => valueOfAction(outputs, action),
    next(online, target, { nextObservation, joint }) {
      const [now, then] = [online, target].map((network) =>
        network.forward(nextObservation, joint?.nextGrouping),
      ) as [tf.Tensor2D, tf.Tensor2D]
      const values = stateValue(now, then) // [B']
      return joint ? tf.gather(values, joint.next) : values
    },
  }
}

/** What an update leaves, for the caller to free. */
export interface QUpdate {
  readonly figures: Readonly<Record<'loss' | 'value' | 'gradientNorm', tf.Scalar>>
  /** [B] */
  readonly error: tf.Tensor1D
}

/**
 * One step of deep Q-learning:
 *
 *   y = r + γ · continues · v(s'),   L(φ) = mean w (y − Q(s, a; φ))²,   φ⁻ ← τ φ + (1 − τ) φ⁻
 *
 * The target is a constant of the loss, and so are the weights w.
 *
 * @returns figures of the update, and the errors y − Q before it, [B]
 * @see Mnih et al. 2015; Schaul et al. 2016 for the weights
 */
export function updateQ(
  online: ValueNetwork,
  target: ValueNetwork,
  optimizer: Adam,
  batch: TransitionBatch,
  objective: QObjective,
  options: QLearningOptions,
): QUpdate {
  return tf.tidy(() => {
    const v = objective.next(online, target, batch) // [B]
    const y = bootstrapTarget(batch.reward, batch.continues, v, options.gamma) // [B]
    let error: tf.Tensor1D | undefined
    const tdLoss = () => {
      const q = objective.taken(online.forward(batch.observation, batch.joint?.grouping), batch) // [B]
      // Kept: what is made within the loss is freed with it.
      error = tf.keep(tf.sub(y, q))
      return tf.mean(tf.mul(tf.square(error), batch.weight)) as tf.Scalar
    }
    const { loss, gradients } = lossAndGradients(tdLoss, online.parameters)
    const clipped = clipByGlobalNorm(gradients, options.gradientClip)
    optimizer.step(clipped.gradients)
    target.follow(online, options.targetTau)
    return { figures: { loss, value: tf.mean(v) as tf.Scalar, gradientNorm: clipped.norm }, error: error! }
  })
}
