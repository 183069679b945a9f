import type { Activation } from '../../runtime/core/network.ts'
import { tf } from '../tf.ts'
import { type InputKind, type LinearMap, linearLayer } from './linear-layer.ts'

/**
 * Fully connected layer, y = activation(x · kernel + bias).
 *
 * @param x      `[B, I]`
 * @param kernel `[I, O]`
 * @param bias   `[O]`
 * @param input  `data` spares the gradient of `x`, a third of a first layer's work
 * @returns      `[B, O]`, differentiable in `kernel`, `bias` and, unless `data`, `x`
 */
export function dense(
  x: tf.Tensor2D,
  kernel: tf.Tensor2D,
  bias: tf.Tensor1D,
  activation: Activation,
  input: InputKind = 'hidden',
): tf.Tensor2D {
  return linearLayer(PRODUCT, x, kernel, bias, activation, input)
}

/**
 * All products are of untransposed matrices: on WASM `matMul` with a transpose flag is 10 to 30 times
 * slower than transposing first. `dz` stays the right factor, because that one is packed, and the
 * gradient of the bias uses the same packing.
 */
const PRODUCT: LinearMap<tf.Tensor2D, tf.Tensor2D> = {
  forward: (x, kernel, bias) => tf.fused.matMul({ a: x, b: kernel, bias }) as tf.Tensor2D,
  kernelGradient: (x, dz) => tf.matMul(tf.transpose(x), dz),
  inputGradient: (dz, kernel) => tf.matMul(dz, tf.transpose(kernel)),
}
