// AssemblyScript: compiled to WebAssembly SIMD by `npm run build`. All addresses are bytes of the arena.
//
// A network program is a table of i32 words, written by ../program.ts:
//   0 record bytes   1 scalars        2 hot slots     3 hot offset    4 cells       5 cells offset
//   6 channels       7 code table     8 scalars input 9 shared input  10 shared     11 inputs
//   12 operations    13 floats of one output row
// then 12 words for each operation, the first of which says its kind. Places of operands are bytes of
// the scratch area; kernels and biases are bytes of the parameters.
//   SPARSE  1 outputs   2 out  3 kernel  4 bias                    first layer, straight from the record
//   EXPAND  2 out                                                  all inputs as floats
//   GATHER  1 count     2 out  3 in  4 table                       out[i] = in[table[i]], 0 where −1
//   CONV    1 filters   2 out  3 in  4 kernel  5 bias  6 height  7 width  8 channels  9 size
//   DENSE   1 outputs   2 out  3 in  4 kernel  5 bias  6 inputs  7 hidden; out −1 is the row of results
// A code table has 256 entries of (i32 channel, f32 value) × 2, channel −1 meaning nothing.
//
// Kernels are row-major [inputs][outputs]. Sums run over the inputs in one fixed order, so a result
// does not depend on how many agents are evaluated together.

const HEADER_BYTES: usize = 56
const OPERATION_BYTES: usize = 48
const NO_INPUT: u32 = 0xffff

const SPARSE = 0
const EXPAND = 1
const GATHER = 2
const CONV = 3
const DENSE = 4

// @ts-ignore: decorator
@inline
function word(table: usize, index: i32): i32 {
  return load<i32>(table + (<usize>index << 2))
}

/** bias + the shared inputs' share of a sparse first layer, once for all agents of a group in a step. */
export function sharedLayer(program: usize, parameters: usize, shared: usize, out: usize): void {
  const first = program + HEADER_BYTES
  if (word(first, 0) != SPARSE) return
  const outputs: usize = word(first, 1)
  const kernel: usize = parameters + <usize>word(first, 3)
  memory.copy(out, parameters + <usize>word(first, 4), outputs << 2)
  const rowBytes = outputs << 2
  let row = kernel + <usize>word(program, 9) * rowBytes
  const end = shared + (<usize>word(program, 10) << 2)
  for (let at = shared; at < end; at += 4, row += rowBytes) {
    const value = load<f32>(at)
    if (value == 0) continue
    const factor = f32x4.splat(value)
    for (let o: usize = 0; o < rowBytes; o += 16) {
      v128.store(out + o, f32x4.add(v128.load(out + o), f32x4.mul(factor, v128.load(row + o))))
    }
  }
}

/** Lists (row address, value) of a record's own inputs at `list`; returns its end. */
function listInputs(program: usize, record: usize, kernel: usize, rowBytes: usize, list: usize): usize {
  let end = list
  const scalars: usize = word(program, 1)
  let row = kernel + <usize>word(program, 8) * rowBytes
  for (let i: usize = 0; i < scalars; i++, row += rowBytes, end += 8) {
    store<u32>(end, <u32>row)
    store<f32>(end, load<f32>(record + (i << 2)), 4)
  }
  const hotEnd = record + <usize>word(program, 3) + (<usize>word(program, 2) << 1)
  for (let at = record + <usize>word(program, 3); at < hotEnd; at += 2) {
    const input: u32 = load<u16>(at)
    if (input == NO_INPUT) continue
    store<u32>(end, <u32>(kernel + <usize>input * rowBytes))
    store<f32>(end, 1, 4)
    end += 8
  }
  const cells: usize = word(program, 4)
  if (cells == 0) return end
  const codes: usize = word(program, 7)
  const cellBytes = <usize>word(program, 6) * rowBytes
  const first = record + <usize>word(program, 5)
  for (let base: usize = 0; base < cells; base += 8) {
    // The last word may reach past the cells into whatever follows: those lanes are masked out.
    let bytes = load<u64>(first + base)
    if (base + 8 > cells) bytes &= (<u64>1 << ((cells - base) << 3)) - 1
    while (bytes != 0) {
      const lane: usize = <usize>(ctz(bytes) >> 3)
      const code: usize = <usize>((bytes >> (<u64>lane << 3)) & 0xff)
      bytes &= ~(<u64>0xff << (<u64>lane << 3))
      const entry = codes + (code << 4)
      const cell = kernel + (base + lane) * cellBytes
      const channelA = load<i32>(entry)
      if (channelA >= 0) {
        store<u32>(end, <u32>(cell + <usize>channelA * rowBytes))
        store<f32>(end, load<f32>(entry, 4), 4)
        end += 8
      }
      const channelB = load<i32>(entry, 8)
      if (channelB >= 0) {
        store<u32>(end, <u32>(cell + <usize>channelB * rowBytes))
        store<f32>(end, load<f32>(entry, 12), 4)
        end += 8
      }
    }
  }
  return end
}

/** out = relu(base + Σ value · row), 16 outputs at a time. */
function sparseLayer(list: usize, end: usize, base: usize, outputs: usize, out: usize): void {
  const zero = f32x4.splat(0)
  for (let o: usize = 0; o < outputs << 2; o += 64) {
    let a = v128.load(base + o)
    let b = v128.load(base + o, 16)
    let c = v128.load(base + o, 32)
    let d = v128.load(base + o, 48)
    for (let at = list; at < end; at += 8) {
      const row = <usize>load<u32>(at) + o
      const value = v128.load_splat<f32>(at, 4)
      a = f32x4.add(a, f32x4.mul(value, v128.load(row)))
      b = f32x4.add(b, f32x4.mul(value, v128.load(row, 16)))
      c = f32x4.add(c, f32x4.mul(value, v128.load(row, 32)))
      d = f32x4.add(d, f32x4.mul(value, v128.load(row, 48)))
    }
    v128.store(out + o, f32x4.max(a, zero))
    v128.store(out + o, f32x4.max(b, zero), 16)
    v128.store(out + o, f32x4.max(c, zero), 32)
    v128.store(out + o, f32x4.max(d, zero), 48)
  }
}

/** out = bias + input · kernel, followed by relu for hidden layers. `outputs` is a multiple of 4. */
function denseLayer(
  input: usize,
  inputs: usize,
  kernel: usize,
  bias: usize,
  outputs: usize,
  hidden: bool,
  out: usize,
): void {
  const rowBytes = outputs << 2
  const inputEnd = input + (inputs << 2)
  const zero = f32x4.splat(hidden ? 0 : -Infinity)
  let o: usize = 0
  for (; o + 64 <= rowBytes; o += 64) {
    let a = v128.load(bias + o)
    let b = v128.load(bias + o, 16)
    let c = v128.load(bias + o, 32)
    let d = v128.load(bias + o, 48)
    let row = kernel + o
    for (let at = input; at < inputEnd; at += 4, row += rowBytes) {
      const value = v128.load_splat<f32>(at)
      a = f32x4.add(a, f32x4.mul(value, v128.load(row)))
      b = f32x4.add(b, f32x4.mul(value, v128.load(row, 16)))
      c = f32x4.add(c, f32x4.mul(value, v128.load(row, 32)))
      d = f32x4.add(d, f32x4.mul(value, v128.load(row, 48)))
    }
    v128.store(out + o, f32x4.max(a, zero))
    v128.store(out + o, f32x4.max(b, zero), 16)
    v128.store(out + o, f32x4.max(c, zero), 32)
    v128.store(out + o, f32x4.max(d, zero), 48)
  }
  for (; o < rowBytes; o += 16) {
    let a = v128.load(bias + o)
    let row = kernel + o
    for (let at = input; at < inputEnd; at += 4, row += rowBytes) {
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(at), v128.load(row)))
    }
    v128.store(out + o, f32x4.max(a, zero))
  }
}

/** All inputs of a record as floats, shared ones included. */
function expand(program: usize, record: usize, shared: usize, out: usize): void {
  memory.fill(out, 0, <usize>word(program, 11) << 2)
  memory.copy(out + (<usize>word(program, 9) << 2), shared, <usize>word(program, 10) << 2)
  memory.copy(out + (<usize>word(program, 8) << 2), record, <usize>word(program, 1) << 2)
  const hotEnd = record + <usize>word(program, 3) + (<usize>word(program, 2) << 1)
  for (let at = record + <usize>word(program, 3); at < hotEnd; at += 2) {
    const input: u32 = load<u16>(at)
    if (input == NO_INPUT) continue
    const place = out + (<usize>input << 2)
    store<f32>(place, load<f32>(place) + 1)
  }
  const cells: usize = word(program, 4)
  const channels: usize = word(program, 6)
  const first = record + <usize>word(program, 5)
  for (let cell: usize = 0; cell < cells; cell++) {
    const code: usize = load<u8>(first + cell)
    if (code == 0) continue
    const entry = <usize>word(program, 7) + (code << 4)
    const place = out + ((cell * channels) << 2)
    const channelA = load<i32>(entry)
    if (channelA >= 0) store<f32>(place + (<usize>channelA << 2), load<f32>(entry, 4))
    const channelB = load<i32>(entry, 8)
    if (channelB >= 0) store<f32>(place + (<usize>channelB << 2), load<f32>(entry, 12))
  }
}

function gather(count: usize, table: usize, input: usize, out: usize): void {
  for (let i: usize = 0; i < count << 2; i += 4) {
    const index = load<i32>(table + i)
    store<f32>(out + i, index < 0 ? 0 : load<f32>(input + (<usize>index << 2)))
  }
}

/** out = relu(bias + image * kernel), VALID, stride 1; image [height][width][channels], filters a multiple of 16. */
function convolve(operation: usize, parameters: usize, image: usize, out: usize): void {
  const filterBytes: usize = <usize>word(operation, 1) << 2
  const kernel = parameters + <usize>word(operation, 4)
  const bias = parameters + <usize>word(operation, 5)
  const width: usize = word(operation, 7)
  const pixelBytes: usize = <usize>word(operation, 8) << 2
  const size: usize = word(operation, 9)
  const outHeight: usize = <usize>word(operation, 6) - size + 1
  const outWidth: usize = width - size + 1
  const windowBytes = size * pixelBytes
  const zero = f32x4.splat(0)
  for (let y: usize = 0; y < outHeight; y++) {
    for (let x: usize = 0; x < outWidth; x++, out += filterBytes) {
      const corner = image + (y * width + x) * pixelBytes
      for (let f: usize = 0; f < filterBytes; f += 64) {
        let a = v128.load(bias + f)
        let b = v128.load(bias + f, 16)
        let c = v128.load(bias + f, 32)
        let d = v128.load(bias + f, 48)
        let row = kernel + f
        for (let ky: usize = 0; ky < size; ky++) {
          // The window's pixels of one row lie side by side, as do the kernel's rows for them.
          const start = corner + ky * width * pixelBytes
          for (let at = start; at < start + windowBytes; at += 4, row += filterBytes) {
            if (load<f32>(at) == 0) continue
            const value = v128.load_splat<f32>(at)
            a = f32x4.add(a, f32x4.mul(value, v128.load(row)))
            b = f32x4.add(b, f32x4.mul(value, v128.load(row, 16)))
            c = f32x4.add(c, f32x4.mul(value, v128.load(row, 32)))
            d = f32x4.add(d, f32x4.mul(value, v128.load(row, 48)))
          }
        }
        v128.store(out + f, f32x4.max(a, zero))
        v128.store(out + f, f32x4.max(b, zero), 16)
        v128.store(out + f, f32x4.max(c, zero), 32)
        v128.store(out + f, f32x4.max(d, zero), 48)
      }
    }
  }
}

/**
 * Evaluates `count` packed records.
 *
 * `base` is what `sharedLayer` wrote, `shared` the shared inputs themselves; `scratch` holds what the
 * operations pass on, `list` the record's inputs; `out` receives [count][outputs padded].
 */
export function evaluate(
  program: usize,
  parameters: usize,
  records: usize,
  count: i32,
  shared: usize,
  base: usize,
  scratch: usize,
  list: usize,
  out: usize,
): void {
  const recordBytes: usize = word(program, 0)
  const rowBytes: usize = <usize>word(program, 13) << 2
  const operationsEnd = program + HEADER_BYTES + <usize>word(program, 12) * OPERATION_BYTES
  for (let agent = 0; agent < count; agent++, records += recordBytes, out += rowBytes) {
    for (let operation = program + HEADER_BYTES; operation < operationsEnd; operation += OPERATION_BYTES) {
      const kind = word(operation, 0)
      const size: usize = word(operation, 1)
      const to = word(operation, 2) < 0 ? out : scratch + <usize>word(operation, 2)
      const from = scratch + <usize>word(operation, 3)
      if (kind == DENSE) {
        denseLayer(
          from,
          word(operation, 6),
          parameters + <usize>word(operation, 4),
          parameters + <usize>word(operation, 5),
          size,
          word(operation, 7) == 1,
          to,
        )
      } else if (kind == SPARSE) {
        const kernel = parameters + <usize>word(operation, 3)
        sparseLayer(list, listInputs(program, records, kernel, size << 2, list), base, size, to)
      } else if (kind == CONV) {
        convolve(operation, parameters, from, to)
      } else if (kind == GATHER) {
        gather(size, word(operation, 4), from, to)
      } else {
        expand(program, records, shared, to)
      }
    }
  }
}
