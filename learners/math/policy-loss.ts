import { tf } from '../tf.ts'

/** log π(a | o) of the actions taken. @param logits [B, A] @param action [B] int32 @returns [B] */
export function logProbabilityOf(logits: tf.Tensor2D, action: tf.Tensor1D): tf.Tensor1D {
  return tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(action, logits.shape[1])), 1)
}

/** H(π) = −Σₐ π(a) log π(a). @param logits [B, A] @returns [B] */
export function entropyOf(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(tf.softmax(logits), tf.logSoftmax(logits)), 1))
}

/**
 * What a policy is to lower, [B]: from the log-probabilities of the actions now and when they were taken, their advantages and
 * their weights by V-trace, [B] each. Only the first hangs on the parameters.
 */
export type PolicyLoss = (
  now: tf.Tensor1D,
  then: tf.Tensor1D,
  advantage: tf.Tensor1D,
  weight: tf.Tensor1D,
) => tf.Tensor1D

/** The policy gradient: −ρ A log π(a | o). @see Sutton, McAllester, Singh, Mansour 2000; Espeholt et al. 2018, §4.2 */
export const policyGradient: PolicyLoss = (now, _then, advantage, weight) =>
  tf.neg(tf.mul(now, tf.mul(weight, advantage)))

/**
 * PPO's clipped surrogate: −min(ρ A, clip(ρ, 1 − ε, 1 + ε) A) with ρ = π(a | o) / π_old(a | o).
 *
 * @see Schulman, Wolski, Dhariwal, Radford, Klimov 2017, eq. 7
 */
export function clippedSurrogate(epsilon: number): PolicyLoss {
  return (now, then, advantage) => {
    const ratio = tf.exp(tf.sub(now, then))
    const clipped = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilon)
    return tf.neg(tf.minimum(tf.mul(ratio, advantage), tf.mul(clipped, advantage)))
  }
}

/** Advantages of mean 0 and deviation 1. @param advantage [B] */
export function standardized(advantage: tf.Tensor1D): tf.Tensor1D {
  const { mean, variance } = tf.moments(advantage)
  return tf.div(tf.sub(advantage, mean), tf.add(tf.sqrt(variance), 1e-8))
}
