import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { NamedTensor, TensorData, TensorDType } from '../../../runtime/core/tensors.ts'
import { decodeSafetensors, encodeSafetensors } from '../../../runtime/store/safetensors.ts'
import { readTensorsFile, writeTensorsFile } from '../../../runtime/store/tensors-file.ts'
import { runPython, skipWithout } from './_python.ts'
import { plain, SAMPLE } from './_tensors.ts'

const CORRUPT = { code: 'ERR_CHECKPOINT_CORRUPT' }

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike): TensorData
}

const ARRAYS: Readonly<Record<TensorDType, ArrayType>> = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
}

const TENSOR: fc.Arbitrary<NamedTensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(ARRAYS) as TensorDType[])),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
    fill: fc.nat(255),
    shared: fc.boolean(),
  })
  .map(({ dtype, shape, fill, shared }) => {
    const length = shape.reduce((count, axis) => count * axis, 1)
    const bytes = length * ARRAYS[dtype].BYTES_PER_ELEMENT
    const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
    new Uint8Array(buffer).forEach((_, i, all) => {
      all[i] = fill + 31 * i
    })
    return { dtype, shape, data: new ARRAYS[dtype](buffer) }
  })

const NAME = fc.string().filter((name) => name !== '__metadata__')

function encodeWhole(...args: Parameters<typeof encodeSafetensors>): Uint8Array {
  return Buffer.concat(encodeSafetensors(...args))
}

function withHeader(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)])
}

t.test('tensors and metadata come back bit for bit, in the order of their keys', async (t) => {
  const metadata = { algorithm: 'ippo', 'ключ "1"': 'π' }
  const decoded = decodeSafetensors(encodeWhole(SAMPLE, metadata), 'a.safetensors')
  t.same(plain(decoded.tensors), plain(SAMPLE))
  t.same(decoded.metadata, metadata)
})

t.test('any tensors come back at any place in memory', async (t) => {
  const property = fc.property(fc.dictionary(NAME, TENSOR), fc.nat(7), (tensors, shift) => {
    const whole = encodeWhole(tensors)
    const moved = new Uint8Array(whole.length + shift).subarray(shift)
    moved.set(whole)
    const decoded = decodeSafetensors(moved, 'a.safetensors')
    return JSON.stringify(plain(decoded.tensors)) === JSON.stringify(plain(tensors))
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('the header is padded to 8 bytes and every tensor is aligned to its element', async (t) => {
  const [header, ...data] = encodeSafetensors(SAMPLE)
  t.equal(header!.length % 8, 0)
  let position = 0
  const misaligned = data.filter((chunk) => {
    const tensor = Object.values(SAMPLE).find(({ data }) => data.buffer === chunk.buffer)!
    const start = position
    position += chunk.length
    return start % tensor.data.BYTES_PER_ELEMENT !== 0
  })
  t.same(misaligned, [])
})

t.test('encoding copies no tensor', async (t) => {
  const data = new Float32Array(new SharedArrayBuffer(64), 16, 4)
  const [, chunk] = encodeSafetensors({ weight: { dtype: 'f32', shape: [4], data } })
  t.equal(chunk!.buffer, data.buffer)
  t.equal(chunk!.byteOffset, 16)
})

t.test('decoding copies no tensor that is aligned', async (t) => {
  const bytes = new Uint8Array(encodeWhole({ weight: SAMPLE['weight']! }))
  t.equal(decodeSafetensors(bytes, 'a.safetensors').tensors['weight']!.data.buffer, bytes.buffer)
})

t.test('a file cut off at any byte is refused', async (t) => {
  const whole = encodeWhole(SAMPLE, { a: 'b' })
  const accepted: number[] = []
  for (let length = 0; length < whole.length; length++) {
    try {
      decodeSafetensors(whole.subarray(0, length), 'a.safetensors')
      accepted.push(length)
    } catch (error) {
      if (!t.match(error, CORRUPT)) break
    }
  }
  t.same(accepted, [])
})

t.test('the message names the file and the numbers', async (t) => {
  const whole = encodeWhole(SAMPLE)
  const message = /^runs\/a\/w\.safetensors: expected 73 bytes of data, got 72;/
  t.throws(() => decodeSafetensors(whole.subarray(0, -1), 'runs/a/w.safetensors'), { message })
})

const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
const refused = [
  { name: 'bytes after the last tensor', bytes: withHeader({ a: tensor }, 9) },
  { name: 'a header length beyond all memory', bytes: Buffer.alloc(64, 255) },
  { name: 'a header that is no JSON', bytes: withHeader('{"a":', 0) },
  { name: 'a header that is no UTF-8', bytes: Buffer.concat([withHeader('  ', 0).fill(255, 8)]) },
  { name: 'a header that is a list', bytes: withHeader([], 0) },
  { name: 'a tensor that is no object', bytes: withHeader({ a: 1 }, 0) },
  { name: 'an unknown dtype', bytes: withHeader({ a: { ...tensor, dtype: 'BF16' } }, 8) },
  { name: 'a dtype named like a method', bytes: withHeader({ a: { ...tensor, dtype: 'toString' } }, 8) },
  { name: 'a negative axis', bytes: withHeader({ a: { ...tensor, shape: [-2] } }, 8) },
  { name: 'a fractional axis', bytes: withHeader({ a: { ...tensor, shape: [0.5, 4] } }, 8) },
  { name: 'a shape that needs more bytes', bytes: withHeader({ a: { ...tensor, shape: [3] } }, 8) },
  {
    name: 'a shape too large to multiply',
    bytes: withHeader({ a: { ...tensor, shape: [2 ** 53 - 1, 2 ** 53 - 1] } }, 8),
  },
  { name: 'offsets that run backwards', bytes: withHeader({ a: { ...tensor, data_offsets: [8, 0] } }, 8) },
  { name: 'a single offset', bytes: withHeader({ a: { ...tensor, data_offsets: [0] } }, 8) },
  { name: 'a hole before a tensor', bytes: withHeader({ a: { ...tensor, data_offsets: [4, 12] } }, 12) },
  {
    name: 'tensors that overlap',
    bytes: withHeader({ a: tensor, b: { ...tensor, data_offsets: [4, 12] } }, 12),
  },
  { name: 'metadata that are no strings', bytes: withHeader({ __metadata__: { a: 1 } }, 0) },
]
for (const { name, bytes } of refused) {
  t.test(`${name} is refused`, async (t) => {
    t.throws(() => decodeSafetensors(bytes, 'a.safetensors'), CORRUPT)
  })
}

t.test('a tensor that contradicts itself is not encoded', async (t) => {
  const data = new Float32Array(4)
  t.throws(() => encodeSafetensors({ a: { dtype: 'i32', shape: [4], data } }), TypeError)
  t.throws(() => encodeSafetensors({ a: { dtype: 'f32', shape: [5], data } }), TypeError)
  t.throws(() => encodeSafetensors({ __metadata__: { dtype: 'f32', shape: [4], data } }), TypeError)
})

t.test('a file on disk comes back as it was written, from shared memory too', async (t) => {
  const file = join(t.testdir(), 'weights.safetensors')
  const data = new Uint16Array(new SharedArrayBuffer(10))
  data.set([1, 2, 3, 4, 65535])
  const tensors = { ...SAMPLE, shared: { dtype: 'u16', shape: [5], data } } as const
  await writeTensorsFile(file, tensors, { a: 'b' })
  const read = await readTensorsFile(file)
  t.same(plain(read.tensors), plain(tensors))
  t.same(read.metadata, { a: 'b' })
})

t.test('a file cut off at any byte is refused when read from disk', async (t) => {
  const file = join(t.testdir(), 'weights.safetensors')
  const whole = encodeWhole({ weight: SAMPLE['weight']!, alive: SAMPLE['alive']! })
  const codes = new Set<string>()
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length))
    codes.add(
      await readTensorsFile(file).then(
        () => `read ${length}`,
        (error: { code: string }) => error.code,
      ),
    )
  }
  t.same([...codes], ['ERR_CHECKPOINT_CORRUPT'])
})

t.test('a file that is not there is missing, and a folder is no file', async (t) => {
  const folder = t.testdir()
  await t.rejects(readTensorsFile(join(folder, 'a')), { code: 'ERR_CHECKPOINT_MISSING' })
  await t.rejects(readTensorsFile(folder), { code: 'ERR_FILE_INVALID' })
})

const WRITE = `
import sys, numpy as np
from safetensors.numpy import save_file
save_file({
  'alive': np.array([1, 0, 255], np.uint8),
  'position': np.array([[-0.0], [np.pi]], np.float64),
  'weight': np.array([[1, -2.5, 3], [4, 1e-40, np.inf]], np.float32),
  'action': np.array([-2147483648, 7], np.int32),
  'cell': np.array([[4294967295, 1]], np.uint32),
  'health': np.array([65535, 2, 3], np.uint16),
  'none': np.zeros((0, 4), np.float32),
  'step': np.array(42, np.float64),
}, sys.argv[1], {'algorithm': 'ippo'})
print('null')
`
const READ = `
import sys, json
from safetensors import safe_open
from safetensors.numpy import load_file
tensors = load_file(sys.argv[1])
with safe_open(sys.argv[1], 'np') as f: metadata = f.metadata()
print(json.dumps([metadata, {k: [str(v.dtype), list(v.shape), v.tobytes().hex()] for k, v in tensors.items()}]))
`
const skip = skipWithout('safetensors.numpy')

t.test('the python package reads what is written here', { skip }, async (t) => {
  const file = join(t.testdir(), 'ours.safetensors')
  await writeTensorsFile(file, SAMPLE, { algorithm: 'ippo' })
  const dtypes = { f64: 'float64', f32: 'float32', i32: 'int32', u32: 'uint32', u16: 'uint16', u8: 'uint8' }
  const expected = Object.entries(SAMPLE).map(([name, { dtype, shape, data }]) => {
    const hex = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')
    return [name, [dtypes[dtype], shape, hex]]
  })
  t.same(runPython(READ, [file]), [{ algorithm: 'ippo' }, Object.fromEntries(expected)])
})

t.test('what the python package writes is read here', { skip }, async (t) => {
  const file = join(t.testdir(), 'theirs.safetensors')
  runPython(WRITE, [file])
  const { tensors, metadata } = await readTensorsFile(file)
  const weight = { ...SAMPLE['weight']!, data: Float32Array.of(1, -2.5, 3, 4, 1e-40, Infinity) }
  const expected = { ...SAMPLE, weight }
  const inOrder = Object.keys(expected).map((name) => [name, tensors[name]!] as const)
  t.equal(Object.keys(tensors).length, inOrder.length)
  t.same(plain(Object.fromEntries(inOrder)), plain(expected))
  t.same(metadata, { algorithm: 'ippo' })
})
