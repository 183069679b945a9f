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
