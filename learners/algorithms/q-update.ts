import type { Descent } from '../descent.ts'
import { lossAndGradients } from '../math/gradients.ts'
import { bootstrapTarget, valueOfAction } from '../math/q-targets.ts'
import type { NetworkSet } from '../networks/network-set.ts'
import type { Observations } from '../networks/observations.ts'
import type { ValueNetwork } from '../networks/value-network.ts'
import { tf } from '../tf.ts'
import type { QLearningOptions } from './q-learning.ts'

/** A minibatch of transitions, as tensors that the update may use but does not free. */
export interface TransitionBatch {
  /** B */
  readonly observation: Observations
  /** [B] int32 */
  readonly action: tf.Tensor1D
  /** [B] */
  readonly reward: tf.Tensor1D
  /** [B] 0 where the transition terminated, else 1 */
  readonly continues: tf.Tensor1D
  /** [B] by how much each error counts, at most 1 */
  readonly weight: tf.Tensor1D
  /** B', which is B and row by row where the batch is not joint */
  readonly nextObservation: Observations
  /** Of a batch of whole decisions of a group. */
  readonly joint?: JointRows
}

/** How the rows of whole decisions belong together. */
export interface JointRows {
  /** [B'] number of the decision of each next observation. */
  readonly nextGroup: Uint32Array
  /** [B] int32 place of each agent's next observation */
  readonly next: tf.Tensor1D
}

/** Networks of action values. */
export type QNetworks = NetworkSet<ValueNetwork>

/** Where algorithms differ. */
export interface QObjective {
  /** Q of the actions taken, [B], of the network's outputs, [B, O]. */
  taken(outputs: tf.Tensor2D, batch: TransitionBatch): tf.Tensor1D
  /** v(s') behind each transition, [B]. */
  next(online: QNetworks, target: QNetworks, batch: TransitionBatch): tf.Tensor1D
}

/** What an algorithm makes of the next observation's action values, [B, A] each: its state value [B]. */
export type StateValue = (online: tf.Tensor2D, target: tf.Tensor2D) => tf.Tensor1D

/** The objective of action values that hang on nothing but an agent's own observation and action. */
export function actionValues(stateValue: StateValue): QObjective {
  return {
    taken: (outputs, { action }) => valueOfAction(outputs, action),
    next(online, target, { nextObservation, joint }) {
      const [now, then] = [online, target].map((networks) => networks.forward(nextObservation)) as [
        tf.Tensor2D,
        tf.Tensor2D,
      ]
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
 * An update of deep Q-learning:
 *
 *   y = r + γ · continues · v(s'),   L(φ) = mean w (y − Q(s, a; φ))²,   φ⁻ ← τ φ + (1 − τ) φ⁻
 *
 * The target is a constant of the loss, and so are the weights w; the descent takes as many steps towards it as it does.
 *
 * @returns figures of the update, and the errors y − Q before it, [B]
 * @see Mnih et al. 2015; Schaul et al. 2016 for the weights
 */
export async function updateQ(
  online: QNetworks,
  target: QNetworks,
  descent: Descent,
  batch: TransitionBatch,
  objective: QObjective,
  { gamma, targetTau }: QLearningOptions,
): Promise<QUpdate> {
  const { value, y } = tf.tidy(() => {
    const v = objective.next(online, target, batch) // [B]
    return { value: tf.mean(v) as tf.Scalar, y: bootstrapTarget(batch.reward, batch.continues, v, gamma) }
  })
  const computeGradients = () =>
    tf.tidy(() => {
      let error: tf.Tensor1D | undefined
      const tdLoss = () => {
        const q = objective.taken(online.forward(batch.observation), batch) // [B]
        // Kept: what is made within the loss is freed with it.
        error = tf.keep(tf.sub(y, q))
        return tf.mean(tf.mul(tf.square(error), batch.weight)) as tf.Scalar
      }
      const computed = lossAndGradients(tdLoss, online.parameters)
      return { ...computed, error: error! }
    })
  descent.begin()
  const { loss, error, gradients } = computeGradients()
  // That of the last step: what diverges on the way is none there.
  let gradientNorm = await descent.step(gradients)
  tf.dispose(gradients)
  for (let i = 1; i < descent.iterations; i++) {
    const again = computeGradients()
    gradientNorm.dispose()
    gradientNorm = await descent.step(again.gradients)
    tf.dispose(again)
  }
  y.dispose()
  for (const [i, network] of target.networks.entries()) network.follow(online.networks[i]!, targetTau)
  return { figures: { loss, gradientNorm, value }, error }
}
