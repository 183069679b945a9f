import type { Activation } from '../../runtime/core/network.ts'
import { tf } from '../tf.ts'

/** y = activation(z), any shape. */
export function activate<T extends tf.Tensor>(z: T, activation: Activation): T {
  switch (activation) {
    case 'linear':
      return z
    case 'relu':
      return tf.relu(z)
    case 'tanh':
      return tf.tanh(z)
  }
}

/** ∂L/∂z from ∂L/∂y and y = activation(z), all of one shape. The slope of relu at 0 is 0. */
export function activationGradient<T extends tf.Tensor>(dy: T, y: T, activation: Activation): T {
  switch (activation) {
    case 'linear':
      return dy
    case 'relu':
      return tf.mul(dy, tf.step(y))
    case 'tanh':
      return tf.mul(dy, tf.sub(1, tf.square(y)))
  }
}
