import type { Activation } from '../../runtime/core/network.ts'
import { tf } from '../tf.ts'
import { type InputKind, type LinearMap, linearLayer } from './linear-layer.ts'

/**
 * Convolution without padding at stride 1,
 * y[b, r, c, o] = activation(Σ_{h, w, i} x[b, r+h, c+w, i] · kernel[h, w, i, o] + bias[o]).
 *
 * @param x      `[B, H, W, I]`
 * @param kernel `[KH, KW, I, O]`
 * @param bias   `[O]`
 * @param input  `data` spares the gradient of `x`
 * @returns      `[B, H−KH+1, W−KW+1, O]`, differentiable in `kernel`, `bias` and, unless `data`, `x`
 */
export function conv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D,
  activation: Activation,
  input: InputKind = 'hidden',
): tf.Tensor4D {
  return linearLayer(CONVOLUTION, x, kernel, bias, activation, input)
}

/**
 * Both gradients are convolutions again. That serves WASM best: it lacks `Conv2DBackpropFilter`, its
 * own `Conv2DBackpropInput` is 6 times slower, and gathering patches for a plain product (im2col)
 * costs 3 to 7 times as much as the whole forward convolution.
 */
const CONVOLUTION: LinearMap<tf.Tensor4D, tf.Tensor4D> = {
  forward: (x, kernel, bias) =>
    tf.fused.conv2d({ x, filter: kernel, strides: 1, pad: 'valid', bias }) as tf.Tensor4D,
  // dkernel[h, w, i, o] = Σ_{b, r, c} x[b, r+h, c+w, i] · dz[b, r, c, o]: x slides over dz, batch as channel
  kernelGradient: (x, dz) => {
    const images = tf.transpose(x, [3, 1, 2, 0]) // [I, H, W, B]
    const filters = tf.transpose(dz, [1, 2, 0, 3]) // [R, C, B, O]
    return tf.transpose(tf.conv2d(images, filters, 1, 'valid'), [1, 2, 0, 3])
  },
  // dx[b, r, c, i] = Σ_{h, w, o} dz[b, r−h, c−w, o] · kernel[h, w, i, o]: dz padded, kernel turned around
  inputGradient: (dz, kernel) => {
    const [height, width] = kernel.shape
    const margins: [number, number][] = [
      [0, 0],
      [height - 1, height - 1],
      [width - 1, width - 1],
      [0, 0],
    ]
    const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]) // [KH, KW, O, I]
    return tf.conv2d(tf.pad(dz, margins), turned, 1, 'valid')
  },
}
