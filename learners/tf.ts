import { createRequire } from 'node:module'
import type * as tfjs from '@tensorflow/tfjs'

/**
 * The one place where TensorFlow.js is loaded, so that every module, backend and peer package shares one engine. It is the
 * umbrella package: `tfjs-core` alone registers no gradients in Node.
 *
 * Required and not imported: of a CommonJS module that is imported Node first looks through the whole text for what it
 * exports, which in these takes longer than all the rest.
 */
const load = createRequire(import.meta.url)

export const tf = load('@tensorflow/tfjs') as typeof tfjs

/** What is not imported as a namespace has no types of its own: those that are used. */
export declare namespace tf {
  type Tensor<R extends tfjs.Rank = tfjs.Rank> = tfjs.Tensor<R>
  type Tensor1D = tfjs.Tensor1D
  type Tensor2D = tfjs.Tensor2D
  type Tensor3D = tfjs.Tensor3D
  type Tensor4D = tfjs.Tensor4D
  type Scalar = tfjs.Scalar
  type Variable = tfjs.Variable
  type Rank = tfjs.Rank
  type ShapeMap = tfjs.ShapeMap
  type TensorInfo = tfjs.TensorInfo
  type KernelFunc = tfjs.KernelFunc
  type GradSaveFunc = tfjs.GradSaveFunc
  namespace Rank {
    type R1 = tfjs.Rank.R1
    type R2 = tfjs.Rank.R2
    type R4 = tfjs.Rank.R4
  }
}
