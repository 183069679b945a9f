import type { NamedTensor, NamedTensors } from '../core/tensors.ts'
import {
  decodeHeader,
  decodeHeaderLength,
  elementCount,
  elementTypeOf,
  encodeHeader,
  LENGTH_BYTES,
  type TensorSection,
} from './safetensors-header.ts'

export interface DecodedTensors {
  readonly tensors: NamedTensors
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Encodes tensors as a safetensors file: chunks to be written one after the other.
 *
 * Nothing is copied: all chunks but the first are views of the tensors' own memory, which must not
 * change until they are written. The header keeps the order of the keys; the data lie widest
 * element first, so that every tensor is aligned to its element in the file.
 *
 * @param tensors  arrays over any buffer, shared ones included
 * @param metadata free strings, read back by every safetensors library
 * @throws TypeError for a tensor whose dtype, shape and data do not agree
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const entries = Object.entries(tensors)
  for (const [name, tensor] of entries) requireConsistent(name, tensor)

  const begins = new Map<string, number>()
  const chunks: Uint8Array[] = []
  let position = 0
  for (const [name, { data }] of entries.toSorted((a, b) => elementBytes(b[1]) - elementBytes(a[1]))) {
    begins.set(name, position)
    position += data.byteLength
    if (data.byteLength > 0) chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  const sections = entries.map(([name, { dtype, shape, data }]): TensorSection => {
    const begin = begins.get(name)!
    return { name, type: elementTypeOf(dtype), shape, begin, end: begin + data.byteLength }
  })
  return [encodeHeader({ sections, metadata }), ...chunks]
}

/**
 * Decodes a whole safetensors file after checking all of it but the values.
 *
 * Tensors are views of `bytes` where their place in memory is aligned, copies elsewhere.
 *
 * @param file name for error messages
 * @throws RuntimeError ERR_CHECKPOINT_CORRUPT
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): DecodedTensors {
  const dataStart = LENGTH_BYTES + decodeHeaderLength(bytes, bytes.length, file)
  const json = bytes.subarray(LENGTH_BYTES, dataStart)
  const { sections, metadata } = decodeHeader(json, bytes.length - dataStart, file)
  const tensors = sections.map((section): [string, NamedTensor] => {
    const part = bytes.subarray(dataStart + section.begin, dataStart + section.end)
    return [section.name, bindTensor(section, part)]
  })
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** The tensor of a section over its bytes, which are copied if they are not aligned. */
export function bindTensor({ type, shape }: TensorSection, bytes: Uint8Array): NamedTensor {
  const { buffer, byteOffset } = bytes.byteOffset % type.bytes === 0 ? bytes : Uint8Array.from(bytes)
  return { dtype: type.dtype, shape, data: new type.array(buffer, byteOffset, bytes.length / type.bytes) }
}

function elementBytes(tensor: NamedTensor): number {
  return tensor.data.BYTES_PER_ELEMENT
}

function requireConsistent(name: string, { dtype, shape, data }: NamedTensor): void {
  const { array } = elementTypeOf(dtype)
  if (!(data instanceof array)) {
    throw new TypeError(`tensor ${name}: expected ${array.name} for ${dtype}, got ${data.constructor.name}`)
  }
  if (elementCount(shape) !== data.length || shape.some((axis) => !Number.isSafeInteger(axis) || axis < 0)) {
    throw new TypeError(
      `tensor ${name}: expected shape [${shape.join(', ')}] to hold ${data.length} elements`,
    )
  }
}
