import { RuntimeError } from '../core/errors.ts'
import type { TensorData, TensorDType } from '../core/tensors.ts'

/** Bytes of the little-endian u64 that opens the file and gives the length of the JSON header. */
export const LENGTH_BYTES = 8

/** The reference reader's own limit; a longer header means that the length field is damaged. */
const MAX_HEADER_BYTES = 100_000_000

const METADATA_KEY = '__metadata__'

type TensorArray = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorData

interface ElementType {
  readonly dtype: TensorDType
  readonly code: string
  readonly bytes: number
  readonly array: TensorArray
}

const ELEMENT_TYPES: readonly ElementType[] = [
  { dtype: 'f64', code: 'F64', bytes: 8, array: Float64Array },
  { dtype: 'f32', code: 'F32', bytes: 4, array: Float32Array },
  { dtype: 'i32', code: 'I32', bytes: 4, array: Int32Array },
  { dtype: 'u32', code: 'U32', bytes: 4, array: Uint32Array },
  { dtype: 'u16', code: 'U16', bytes: 2, array: Uint16Array },
  { dtype: 'u8', code: 'U8', bytes: 1, array: Uint8Array },
]

const BY_DTYPE: ReadonlyMap<string, ElementType> = new Map(ELEMENT_TYPES.map((type) => [type.dtype, type]))
const BY_CODE: ReadonlyMap<string, ElementType> = new Map(ELEMENT_TYPES.map((type) => [type.code, type]))

/** One tensor's place in the file; `begin` and `end` count bytes from the end of the header. */
export interface TensorSection {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  /** In the order of the header's keys. */
  readonly sections: readonly TensorSection[]
  readonly metadata: Readonly<Record<string, string>>
}

export function elementTypeOf(dtype: TensorDType): ElementType {
  const type = BY_DTYPE.get(dtype)
  if (type === undefined) throw new TypeError(`tensor dtype: expected ${names(BY_DTYPE)}, got ${dtype}`)
  return type
}

/** Elements of a row-major shape; the empty shape is a scalar and holds one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, axis) => count * axis, 1)
}

/**
 * Encodes the length field and the JSON header, padded with spaces so that the data begin at a
 * multiple of 8 bytes.
 *
 * @throws TypeError for a tensor named `__metadata__`, which the format keeps for itself
 */
export function encodeHeader({ sections, metadata }: SafetensorsHeader): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA_KEY, metadata]] : []
  for (const { name, type, shape, begin, end } of sections) {
    if (name === METADATA_KEY) throw new TypeError(`tensor name ${METADATA_KEY} is reserved by safetensors`)
    entries.push([name, { dtype: type.code, shape, data_offsets: [begin, end] }])
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const jsonBytes = Math.ceil(json.length / 8) * 8
  const header = Buffer.alloc(LENGTH_BYTES + jsonBytes, ' ')
  header.writeBigUInt64LE(BigInt(jsonBytes))
  header.set(json, LENGTH_BYTES)
  return header
}

/**
 * Reads the length field.
 *
 * @param start at least the file's first 8 bytes, or all of a shorter file
 * @param fileBytes size of the whole file
 * @returns bytes of the JSON header
 * @throws RuntimeError ERR_CHECKPOINT_CORRUPT
 */
export function decodeHeaderLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes < LENGTH_BYTES || start.length < LENGTH_BYTES) {
    throw corrupt(file, `expected at least ${LENGTH_BYTES} bytes of header length, got ${fileBytes}`)
  }
  const declared = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw corrupt(file, `expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${declared}`)
  }
  const jsonBytes = Number(declared)
  if (LENGTH_BYTES + jsonBytes > fileBytes) {
    throw corrupt(file, `expected a header of ${jsonBytes} bytes, got ${fileBytes - LENGTH_BYTES}`)
  }
  return jsonBytes
}

/**
 * Reads and checks the JSON header: known dtypes, whole shapes, sizes that match shape × dtype, and
 * sections that cover the data without hole, overlap or remainder.
 *
 * @param dataBytes bytes of the file after the header
 * @throws RuntimeError ERR_CHECKPOINT_CORRUPT
 */
export function decodeHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const header = parseObject(json, file)
  const sections = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => decodeSection(name, value, file))
  requireContiguous(sections, dataBytes, file)
  const metadata = Object.hasOwn(header, METADATA_KEY) ? header[METADATA_KEY] : {}
  return { sections, metadata: decodeMetadata(metadata, file) }
}

function parseObject(json: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    if (isRecord(header)) return header
  } catch (cause) {
    throw corrupt(file, `expected a JSON header of ${json.length} bytes, got bytes that do not parse`, cause)
  }
  throw corrupt(file, 'expected the JSON header to be an object')
}

function decodeSection(name: string, value: unknown, file: string): TensorSection {
  const where = `tensor ${JSON.stringify(name)}`
  if (!isRecord(value)) throw corrupt(file, `${where}: expected an object, got ${JSON.stringify(value)}`)
  const { dtype, shape, data_offsets: offsets } = value
  const type = typeof dtype === 'string' ? BY_CODE.get(dtype) : undefined
  if (type === undefined) {
    throw corrupt(file, `${where}: expected dtype ${names(BY_CODE)}, got ${JSON.stringify(dtype)}`)
  }
  if (!isCounts(shape)) {
    throw corrupt(file, `${where}: expected a shape of whole numbers, got ${JSON.stringify(shape)}`)
  }
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : []
  if (begin === undefined || end === undefined) {
    throw corrupt(file, `${where}: expected data_offsets [begin, end], got ${JSON.stringify(offsets)}`)
  }
  const expected = elementCount(shape) * type.bytes
  if (end - begin !== expected) {
    const what = `${expected} bytes for ${type.code} [${shape.join(', ')}]`
    throw corrupt(file, `${where}: expected ${what}, got data_offsets [${begin}, ${end}]`)
  }
  return { name, type, shape, begin, end }
}

function requireContiguous(sections: readonly TensorSection[], dataBytes: number, file: string): void {
  let position = 0
  for (const { name, begin, end } of sections.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      throw corrupt(file, `tensor ${JSON.stringify(name)}: expected to begin at ${position}, got ${begin}`)
    }
    position = end
  }
  if (position !== dataBytes) throw corrupt(file, `expected ${position} bytes of data, got ${dataBytes}`)
}

function decodeMetadata(metadata: unknown, file: string): Readonly<Record<string, string>> {
  if (isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) {
    return metadata as Readonly<Record<string, string>>
  }
  throw corrupt(file, `${METADATA_KEY}: expected strings, got ${JSON.stringify(metadata)}`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

function names(types: ReadonlyMap<string, ElementType>): string {
  return [...types.keys()].join(', ')
}

function corrupt(file: string, what: string, cause?: unknown): RuntimeError {
  const message = `${file}: ${what}; use another copy of the file or an older checkpoint`
  return new RuntimeError('ERR_CHECKPOINT_CORRUPT', message, { details: { file }, cause })
}
