import type { Activation } from '../../runtime/core/network.ts'
import { sumOverFirst } from '../math/sum-over-first.ts'
import { tf } from '../tf.ts'
import { activate, activationGradient } from './activation.ts'

/**
 * Where a layer's input comes from. Through `hidden` the gradient flows on; `data` is a constant of
 * the update (observations): nobody reads its gradient, so it is not computed.
 */
export type InputKind = 'hidden' | 'data'

/** A map that is linear in its input and in its kernel; z = map(x, kernel) + bias, channels last. */
export interface LinearMap<X extends tf.Tensor, K extends tf.Tensor> {
  /** z from x, kernel and bias. */
  forward(x: X, kernel: K, bias: tf.Tensor1D): X
  /** ∂L/∂kernel from x and dz = ∂L/∂z. */
  kernelGradient(x: X, dz: X): K
  /** ∂L/∂x from dz and the kernel. */
  inputGradient(dz: X, kernel: K): X
}

/** y = activation(map(x, kernel) + bias), differentiated by the map's own rules and not op by op. */
export function linearLayer<X extends tf.Tensor, K extends tf.Tensor>(
  map: LinearMap<X, K>,
  x: X,
  kernel: K,
  bias: tf.Tensor1D,
  activation: Activation,
  input: InputKind,
): X {
  const layer = tf.customGrad<X>((...inputs) => {
    const save = inputs.at(-1) as tf.GradSaveFunc
    const y = activate(map.forward(x, kernel, bias), activation)
    save([x, kernel, y])
    const gradFunc = (dy: X, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const [savedX, savedKernel, savedY] = saved as [X, K, X]
        const dz = activationGradient(dy, savedY, activation)
        const ofParameters = [map.kernelGradient(savedX, dz), biasGradient(dz)]
        return input === 'data' ? ofParameters : [map.inputGradient(dz, savedKernel), ...ofParameters]
      })
    return { value: y, gradFunc }
  })
  return input === 'data' ? layer(kernel, bias) : layer(x, kernel, bias)
}

/** Sum of `dz` `[…, O]` over all but the last axis. */
function biasGradient(dz: tf.Tensor): tf.Tensor1D {
  const columns = dz.shape.at(-1) as number
  return sumOverFirst<tf.Rank.R1>(dz, dz.size / columns, [columns])
}
