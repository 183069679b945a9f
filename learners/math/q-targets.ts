import { tf } from '../tf.ts'

/** Q(s, a) of the actions taken. @param values [B, A] @param action [B] int32 @returns [B] */
export function valueOfAction(values: tf.Tensor2D, action: tf.Tensor1D): tf.Tensor1D {
  return tf.sum(tf.mul(values, tf.oneHot(action, values.shape[1])), 1)
}

/**
 * Double Q-learning's state value: Q⁻(s', argmaxₐ Q(s', a)).
 *
 * @param online [B, A] @param target [B, A] @returns [B]
 * @see van Hasselt, Guez, Silver 2016
 */
export function doubleQValue(online: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D {
  return valueOfAction(target, tf.argMax(online, 1))
}

/**
 * The mean-field value: v(s') = Σₐ π(a | s', ā') Q⁻(s', a, ā') with the Boltzmann policy
 * π(a) ∝ exp(Q(a) / temperature) of the online network.
 *
 * @param online [B, A] @param target [B, A] @returns [B]
 * @see Yang et al. 2018, equations 10 and 12, with the sign that maximises reward
 */
export function meanFieldValue(online: tf.Tensor2D, target: tf.Tensor2D, temperature: number): tf.Tensor1D {
  return tf.sum(tf.mul(tf.softmax(tf.div(online, temperature)), target), 1)
}

/** y = r + γ · continues · v(s'), all [B]; `continues` is 0 exactly where the transition terminated. */
export function bootstrapTarget(
  reward: tf.Tensor1D,
  continues: tf.Tensor1D,
  value: tf.Tensor1D,
  gamma: number,
): tf.Tensor1D {
  return tf.add(reward, tf.mul(tf.mul(continues, gamma), value))
}
