import type { NamedTensors } from '../../../runtime/core/tensors.ts'

/** One tensor of every dtype, among them a scalar, an empty one, and an odd number of bytes before wider elements. */
export const SAMPLE: NamedTensors = {
  alive: { dtype: 'u8', shape: [3], data: Uint8Array.of(1, 0, 255) },
  position: { dtype: 'f64', shape: [2, 1], data: Float64Array.of(-0, Math.PI) },
  weight: { dtype: 'f32', shape: [2, 3], data: Float32Array.of(1, -2.5, Number.NaN, 4, 1e-40, Infinity) },
  action: { dtype: 'i32', shape: [2], data: Int32Array.of(-2147483648, 7) },
  cell: { dtype: 'u32', shape: [1, 2], data: Uint32Array.of(4294967295, 1) },
  health: { dtype: 'u16', shape: [3], data: Uint16Array.of(65535, 2, 3) },
  none: { dtype: 'f32', shape: [0, 4], data: new Float32Array(0) },
  step: { dtype: 'f64', shape: [], data: Float64Array.of(42) },
}

/** Tensors as plain data with their bytes in hex, so that -0 and NaN compare by their bits. */
export function plain(tensors: NamedTensors): unknown {
  return Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    return { name, dtype, shape: [...shape], array: data.constructor.name, hex: bytes.toString('hex') }
  })
}
