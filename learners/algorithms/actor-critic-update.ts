import type { Descent } from '../descent.ts'
import { lossAndGradients } from '../math/gradients.ts'
import { entropyOf, logProbabilityOf, type PolicyLoss } from '../math/policy-loss.ts'
import type { NetworkSet, TrainedNetwork } from '../networks/network-set.ts'
import type { Observations } from '../networks/observations.ts'
import { tf } from '../tf.ts'
import type { ActorCriticOptions } from './actor-critic.ts'

/** A minibatch of decisions, as tensors that the update may use but does not free. */
export interface DecisionBatch {
  /** B */
  readonly observation: Observations
  /** [B] int32 */
  readonly action: tf.Tensor1D
  /** [B] log-probability of the action under the policy that chose it. */
  readonly logProbability: tf.Tensor1D
  /** [B] */
  readonly target: tf.Tensor1D
  readonly advantage: tf.Tensor1D
  readonly weight: tf.Tensor1D
}

/** A network's outputs, [B, A + 1], as logits [B, A] and the state's value [B]. */
export function splitOutputs(outputs: tf.Tensor2D): {
  readonly logits: tf.Tensor2D
  readonly value: tf.Tensor1D
} {
  const [B, width] = outputs.shape
  const logits = tf.slice(outputs, [0, 0], [B, width - 1])
  return { logits, value: tf.reshape(tf.slice(outputs, [0, width - 1], [B, 1]), [B]) }
}

/**
 * One gradient step of an actor-critic:
 *
 *   L = mean [ policyLoss + c_V (v − V(o))² − c_H H(π(· | o)) ]
 *
 * `policyLoss` is where algorithms differ. Targets and advantages are constants of the loss.
 */
export async function updateActorCritic(
  network: NetworkSet<TrainedNetwork>,
  descent: Descent,
  batch: DecisionBatch,
  policyLoss: PolicyLoss,
  {
    valueCoefficient,
    entropyCoefficient,
  }: Pick<ActorCriticOptions, 'valueCoefficient' | 'entropyCoefficient'>,
): Promise<Readonly<Record<'loss' | 'policyLoss' | 'valueLoss' | 'entropy' | 'gradientNorm', tf.Scalar>>> {
  const { gradients, ...figures } = tf.tidy(() => {
    const terms = () => {
      const { logits, value } = splitOutputs(network.forward(batch.observation))
      const now = logProbabilityOf(logits, batch.action)
      // Kept: what is made within the loss is freed with it.
      return {
        policyLoss: tf.keep(
          tf.mean(policyLoss(now, batch.logProbability, batch.advantage, batch.weight)) as tf.Scalar,
        ),
        valueLoss: tf.keep(tf.mean(tf.squaredDifference(batch.target, value)) as tf.Scalar),
        entropy: tf.keep(tf.mean(entropyOf(logits)) as tf.Scalar),
      }
    }
    let parts: ReturnType<typeof terms> | undefined
    const total = () => {
      parts = terms()
      const critic = tf.mul(parts.valueLoss, valueCoefficient)
      return tf.sub(tf.add(parts.policyLoss, critic), tf.mul(parts.entropy, entropyCoefficient)) as tf.Scalar
    }
    const computed = lossAndGradients(total, network.parameters)
    return { ...computed, ...parts! }
  })
  const gradientNorm = await descent.step(gradients)
  tf.dispose(gradients)
  return { ...figures, gradientNorm }
}
