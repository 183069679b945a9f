import { tf } from '../tf.ts'

/** Trainable parameters by name; the names are ours, not those of TensorFlow.js. */
export type ParameterSet = Readonly<Record<string, tf.Variable>>

/** One tensor for each parameter, of its shape, under its name. */
export type GradientSet = Readonly<Record<string, tf.Tensor>>

/**
 * ∂loss/∂parameter for every parameter, and the loss. The caller disposes of all of them, or calls
 * this inside `tf.tidy`.
 *
 * @throws Error when the loss does not depend on any parameter
 */
export function lossAndGradients(
  loss: () => tf.Scalar,
  parameters: ParameterSet,
): { loss: tf.Scalar; gradients: GradientSet } {
  const { value, grads } = tf.variableGrads(loss, Object.values(parameters))
  const gradients: Record<string, tf.Tensor> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    gradients[name] = grads[parameter.name] ?? tf.zerosLike(parameter)
  }
  return { loss: value, gradients }
}

/**
 * Gradients scaled together so that their norm is at most `maxNorm`:
 *
 *   g ← g · min(1, maxNorm / ‖g‖),  ‖g‖ = √(Σ over all parameters of Σ g²)
 *
 * Computed in tensors alone: nothing is read back. Call it inside `tf.tidy`.
 *
 * @param maxNorm above 0
 * @returns the scaled gradients, and the norm before scaling
 * @see Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", §3.2
 */
export function clipByGlobalNorm(
  gradients: GradientSet,
  maxNorm: number,
): { gradients: GradientSet; norm: tf.Scalar } {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))
    const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar
    const scale = tf.minimum(1, tf.div(maxNorm, norm))
    const clipped: Record<string, tf.Tensor> = {}
    for (const [name, gradient] of Object.entries(gradients)) clipped[name] = tf.mul(gradient, scale)
    return { gradients: clipped, norm }
  })
}
