import { tf } from '../tf.ts'

/** What a layer applies after its bias. */
export type Activation = 'relu' | 'linear'

/** y = activation(z), any shape. */
export function activate<T extends tf.Tensor>(z: T, activation: Activation): T {
  return activation === 'relu' ? tf.relu(z) : z
}

/** ∂L/∂z from ∂L/∂y and y = activation(z), all of one shape. The slope of relu at 0 is 0. */
export function activationGradient<T extends tf.Tensor>(dy: T, y: T, activation: Activation): T {
  return activation === 'relu' ? tf.mul(dy, tf.step(y)) : dy
}
