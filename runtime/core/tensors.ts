/** Element types of arrays that leave the program: checkpoints, replays, frames. */
export type TensorDType = 'f64' | 'f32' | 'i32' | 'u32' | 'u16' | 'u8'

export type TensorData = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array

/** A typed array with its row-major shape, outermost axis first. */
export interface NamedTensor {
  readonly dtype: TensorDType
  readonly shape: readonly number[]
  readonly data: TensorData
}

export type NamedTensors = Readonly<Record<string, NamedTensor>>

/** The same tensors under longer names. */
export function withPrefix(prefix: string, tensors: NamedTensors): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]))
}

/** Those whose names begin so, under the rest of their names. */
export function withoutPrefix(prefix: string, tensors: NamedTensors): NamedTensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}
