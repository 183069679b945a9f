import { ObservationExpander, type ObservationSpace } from '../runtime/core/observation.ts'
import { tf } from './tf.ts'

/** Packed observations, and what all agents of a step see alike. */
export interface PackedRows {
  /** [R, recordBytes] */
  readonly observation: Uint8Array
  /** [steps, shared] */
  readonly shared: Float32Array
  /** [R] row of `shared` */
  readonly step: Uint32Array
}

/** Makes rows of packed observations dense: [rows, inputs]. */
export type DenseRows = (packed: PackedRows, rows: Uint32Array | Int32Array) => tf.Tensor2D

export function denseRowsOf(space: ObservationSpace): DenseRows {
  const { inputs, recordBytes } = space
  const expander = new ObservationExpander(space)
  return ({ observation, shared, step }, rows) => {
    const dense = new Float32Array(rows.length * inputs)
    for (const [i, row] of rows.entries()) {
      const sharedAt = step[row]! * space.shared
      expander.expand(observation, row * recordBytes, shared, sharedAt, dense, i * inputs)
    }
    return tf.tensor2d(dense, [rows.length, inputs])
  }
}
