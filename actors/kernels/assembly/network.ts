// AssemblyScript: compiled to WebAssembly SIMD by `npm run build`. All addresses are bytes of the arena.
//
// A network program is a table of i32 words, written by ../program.ts:
//   0 record bytes   1 scalars        2 hot slots     3 hot offset    4 cells       5 cells offset
//   6 channels       7 code table     8 scalars input 9 shared input  10 shared     11 inputs
//   12 operations    13 floats of one output row      14 scratch bytes of one agent
//   15 parameters where rows of whole cells start     16 of those for each cell
// then 12 words for each operation, the first of which says its kind. Places of operands are bytes of
// the scratch area; kernels and biases are bytes of the parameters.
//   SPARSE  1 outputs   2 out  3 kernel  4 bias  5 activation: 0 none, 1 relu; the first layer, straight from the record
//   EXPAND  2 out                                                  all inputs as floats
//   GATHER  1 count     2 out  3 in  4 table                       out[i] = in[table[i]], 0 where −1
//   CONV    1 filters   2 out  3 in  4 kernel  5 bias  6 height  7 width  8 channels  9 size
//   DENSE   1 outputs   2 out  3 in  4 kernel  5 bias  6 inputs  7 activation: 0 none, 1 relu,
//           2 tanh; out −1 is the row of results
//   ATTEND  1 width     2 out  3 target  4 source  5 content  6 heads  7 blocks  8 what says whether the first block
//           is present  9 bytes from there to the next  10 a float for each block
// A code table has 256 entries of (i32 channel, f32 value) × 2, channel −1 meaning nothing. A code whose
// channels are all 1 may stand for one row of whole cells, the sum of its channels' rows: channel −2 − its number.
//
// Kernels are row-major [inputs][outputs]. Sums run over the inputs in one fixed order, so a result
// does not depend on how many agents are evaluated together.

import { word } from '../../../runtime/core/assembly/table'
import { dot, tanhRow } from './rows'

const HEADER_BYTES: usize = 68
const OPERATION_BYTES: usize = 48
const NO_INPUT: u32 = 0xffff
/** Agents whose layers are evaluated side by side. */
const BATCH = 4

const SPARSE = 0
const EXPAND = 1
const GATHER = 2
const CONV = 3
const DENSE = 4
const ATTEND = 5

const RELU = 1
const TANH = 2

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
function listInputs(
  program: usize,
  parameters: usize,
  record: usize,
  kernel: usize,
  rowBytes: usize,
  list: usize,
): usize {
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
  const whole = parameters + <usize>word(program, 15)
  const wholeBytes = <usize>word(program, 16) * rowBytes
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
      if (channelA < -1) {
        store<u32>(end, <u32>(whole + (base + lane) * wholeBytes + <usize>(-2 - channelA) * rowBytes))
        store<f32>(end, 1, 4)
        end += 8
        continue
      }
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

/** out = activation(base + Σ value · row), 32 outputs at a time, then 16, then 4. */
function sparseLayer(list: usize, end: usize, base: usize, outputs: usize, activation: i32, out: usize): void {
  const zero = f32x4.splat(activation == RELU ? 0 : -Infinity)
  const rowBytes = outputs << 2
  let o: usize = 0
  for (; o + 128 <= rowBytes; o += 128) {
    let a = v128.load(base + o)
    let b = v128.load(base + o, 16)
    let c = v128.load(base + o, 32)
    let d = v128.load(base + o, 48)
    let e = v128.load(base + o, 64)
    let f = v128.load(base + o, 80)
    let g = v128.load(base + o, 96)
    let h = v128.load(base + o, 112)
    for (let at = list; at < end; at += 8) {
      const row = <usize>load<u32>(at) + o
      const value = v128.load_splat<f32>(at, 4)
      a = f32x4.add(a, f32x4.mul(value, v128.load(row)))
      b = f32x4.add(b, f32x4.mul(value, v128.load(row, 16)))
      c = f32x4.add(c, f32x4.mul(value, v128.load(row, 32)))
      d = f32x4.add(d, f32x4.mul(value, v128.load(row, 48)))
      e = f32x4.add(e, f32x4.mul(value, v128.load(row, 64)))
      f = f32x4.add(f, f32x4.mul(value, v128.load(row, 80)))
      g = f32x4.add(g, f32x4.mul(value, v128.load(row, 96)))
      h = f32x4.add(h, f32x4.mul(value, v128.load(row, 112)))
    }
    v128.store(out + o, f32x4.max(a, zero))
    v128.store(out + o, f32x4.max(b, zero), 16)
    v128.store(out + o, f32x4.max(c, zero), 32)
    v128.store(out + o, f32x4.max(d, zero), 48)
    v128.store(out + o, f32x4.max(e, zero), 64)
    v128.store(out + o, f32x4.max(f, zero), 80)
    v128.store(out + o, f32x4.max(g, zero), 96)
    v128.store(out + o, f32x4.max(h, zero), 112)
  }
  for (; o + 64 <= rowBytes; o += 64) {
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
  for (; o < rowBytes; o += 16) {
    let a = v128.load(base + o)
    for (let at = list; at < end; at += 8) {
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(at, 4), v128.load(<usize>load<u32>(at) + o)))
    }
    v128.store(out + o, f32x4.max(a, zero))
  }
}

/**
 * A dense layer for four agents at once, so that each row of the kernel is loaded once for all of them.
 * Sums run in the same order as in `denseLayer`.
 *
 * @param inStep, outStep bytes from one agent's row to the next
 */
function denseLayers(
  input: usize,
  inStep: usize,
  inputs: usize,
  kernel: usize,
  bias: usize,
  outputs: usize,
  activation: i32,
  out: usize,
  outStep: usize,
): void {
  const rowBytes = outputs << 2
  const bytes = inputs << 2
  const input1 = input + inStep
  const input2 = input1 + inStep
  const input3 = input2 + inStep
  const out1 = out + outStep
  const out2 = out1 + outStep
  const out3 = out2 + outStep
  const zero = f32x4.splat(activation == RELU ? 0 : -Infinity)
  let o: usize = 0
  for (; o + 32 <= rowBytes; o += 32) {
    let a0 = v128.load(bias + o)
    let b0 = v128.load(bias + o, 16)
    let a1 = a0
    let b1 = b0
    let a2 = a0
    let b2 = b0
    let a3 = a0
    let b3 = b0
    let row = kernel + o
    for (let at: usize = 0; at < bytes; at += 4, row += rowBytes) {
      const a = v128.load(row)
      const b = v128.load(row, 16)
      const value0 = v128.load_splat<f32>(input + at)
      a0 = f32x4.add(a0, f32x4.mul(value0, a))
      b0 = f32x4.add(b0, f32x4.mul(value0, b))
      const value1 = v128.load_splat<f32>(input1 + at)
      a1 = f32x4.add(a1, f32x4.mul(value1, a))
      b1 = f32x4.add(b1, f32x4.mul(value1, b))
      const value2 = v128.load_splat<f32>(input2 + at)
      a2 = f32x4.add(a2, f32x4.mul(value2, a))
      b2 = f32x4.add(b2, f32x4.mul(value2, b))
      const value3 = v128.load_splat<f32>(input3 + at)
      a3 = f32x4.add(a3, f32x4.mul(value3, a))
      b3 = f32x4.add(b3, f32x4.mul(value3, b))
    }
    v128.store(out + o, f32x4.max(a0, zero))
    v128.store(out + o, f32x4.max(b0, zero), 16)
    v128.store(out1 + o, f32x4.max(a1, zero))
    v128.store(out1 + o, f32x4.max(b1, zero), 16)
    v128.store(out2 + o, f32x4.max(a2, zero))
    v128.store(out2 + o, f32x4.max(b2, zero), 16)
    v128.store(out3 + o, f32x4.max(a3, zero))
    v128.store(out3 + o, f32x4.max(b3, zero), 16)
  }
  for (; o < rowBytes; o += 16) {
    let a0 = v128.load(bias + o)
    let a1 = a0
    let a2 = a0
    let a3 = a0
    let row = kernel + o
    for (let at: usize = 0; at < bytes; at += 4, row += rowBytes) {
      const a = v128.load(row)
      a0 = f32x4.add(a0, f32x4.mul(v128.load_splat<f32>(input + at), a))
      a1 = f32x4.add(a1, f32x4.mul(v128.load_splat<f32>(input1 + at), a))
      a2 = f32x4.add(a2, f32x4.mul(v128.load_splat<f32>(input2 + at), a))
      a3 = f32x4.add(a3, f32x4.mul(v128.load_splat<f32>(input3 + at), a))
    }
    v128.store(out + o, f32x4.max(a0, zero))
    v128.store(out1 + o, f32x4.max(a1, zero))
    v128.store(out2 + o, f32x4.max(a2, zero))
    v128.store(out3 + o, f32x4.max(a3, zero))
  }
  if (activation != TANH) return
  for (let agent = 0; agent < BATCH; agent++, out += outStep) tanhRow(out, rowBytes)
}

/** out = activation(bias + input · kernel). `outputs` is a multiple of 4. */
function denseLayer(
  input: usize,
  inputs: usize,
  kernel: usize,
  bias: usize,
  outputs: usize,
  activation: i32,
  out: usize,
): void {
  const rowBytes = outputs << 2
  const inputEnd = input + (inputs << 2)
  const zero = f32x4.splat(activation == RELU ? 0 : -Infinity)
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
  if (activation == TANH) tanhRow(out, rowBytes)
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
 * For each head out = Σ_j α_j content_j, α = softmax over the blocks that are present of target · source_j / √d.
 * The first block, the agent's own, always counts. A head's share of the width is a multiple of 4.
 */
function attend(operation: usize, scratch: usize, out: usize): void {
  const rowBytes: usize = <usize>word(operation, 1) << 2
  const heads = word(operation, 6)
  const blocks = word(operation, 7)
  const present = scratch + <usize>word(operation, 8)
  const presentStep: usize = word(operation, 9)
  const weights = scratch + <usize>word(operation, 10)
  const bytes = rowBytes / <usize>heads
  const scale: f32 = 1 / Mathf.sqrt(<f32>(bytes >> 2))
  let target = scratch + <usize>word(operation, 3)
  let source = scratch + <usize>word(operation, 4)
  let content = scratch + <usize>word(operation, 5)
  for (let head = 0; head < heads; head++) {
    let highest: f32 = -Infinity
    for (let block: usize = 0; block < <usize>blocks; block++) {
      const counts = block == 0 || load<f32>(present + block * presentStep) != 0
      const score: f32 = counts ? scale * dot(target, source + block * rowBytes, bytes) : -Infinity
      store<f32>(weights + (block << 2), score)
      highest = max(highest, score)
    }
    let total: f32 = 0
    for (let block: usize = 0; block < <usize>blocks; block++) {
      const score = load<f32>(weights + (block << 2))
      const weight: f32 = score == -Infinity ? 0 : Mathf.exp(score - highest)
      store<f32>(weights + (block << 2), weight)
      total += weight
    }
    for (let at: usize = 0; at < bytes; at += 16) {
      let sum = f32x4.splat(0)
      for (let block: usize = 0; block < <usize>blocks; block++) {
        const weight = v128.load_splat<f32>(weights + (block << 2))
        sum = f32x4.add(sum, f32x4.mul(weight, v128.load(content + block * rowBytes + at)))
      }
      v128.store(out + at, f32x4.div(sum, f32x4.splat(total)))
    }
    target += bytes
    source += bytes
    content += bytes
    out += bytes
  }
}

/**
 * Evaluates `count` packed records.
 *
 * `base` is what `sharedLayer` wrote, `shared` the shared inputs themselves; `scratch` holds what the
 * operations pass on, for a batch of agents, `list` one record's inputs; `out` receives [count][outputs padded].
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
  for (let agent = 0; agent < count; agent += BATCH) {
    evaluateBatch(program, parameters, records, min(BATCH, count - agent), shared, base, scratch, list, out)
    records += <usize>BATCH * recordBytes
    out += <usize>BATCH * rowBytes
  }
}

/** The operations one after the other, each for all agents of a batch. */
function evaluateBatch(
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
  const scratchBytes: usize = word(program, 14)
  const operationsEnd = program + HEADER_BYTES + <usize>word(program, 12) * OPERATION_BYTES
  for (let operation = program + HEADER_BYTES; operation < operationsEnd; operation += OPERATION_BYTES) {
    const kind = word(operation, 0)
    const size: usize = word(operation, 1)
    const isResult = word(operation, 2) < 0
    const step = isResult ? rowBytes : scratchBytes
    let to = isResult ? out : scratch + <usize>word(operation, 2)
    let from = scratch + <usize>word(operation, 3)
    if (kind == DENSE && count == BATCH) {
      const kernel = parameters + <usize>word(operation, 4)
      const bias = parameters + <usize>word(operation, 5)
      denseLayers(from, scratchBytes, word(operation, 6), kernel, bias, size, word(operation, 7), to, step)
      continue
    }
    let record = records
    for (let agent = 0; agent < count; agent++, to += step, from += scratchBytes, record += recordBytes) {
      if (kind == SPARSE) {
        const kernel = parameters + <usize>word(operation, 3)
        const end = listInputs(program, parameters, record, kernel, size << 2, list)
        sparseLayer(list, end, base, size, word(operation, 5), to)
      } else if (kind == DENSE) {
        const kernel = parameters + <usize>word(operation, 4)
        const bias = parameters + <usize>word(operation, 5)
        denseLayer(from, word(operation, 6), kernel, bias, size, word(operation, 7), to)
      } else if (kind == CONV) {
        convolve(operation, parameters, from, to)
      } else if (kind == GATHER) {
        gather(size, word(operation, 4), from, to)
      } else if (kind == ATTEND) {
        attend(operation, scratch + <usize>agent * scratchBytes, to)
      } else {
        expand(program, record, shared, to)
      }
    }
  }
}
