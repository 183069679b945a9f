// AssemblyScript: compiled to WebAssembly SIMD by `npm run build`. All addresses are bytes of the arena.
//
// A network program is a table of i32 words, written by ../program.ts:
//   0 record bytes   1 scalars        2 hot slots     3 hot offset    4 cells       5 cells offset
//   6 channels       7 code table     8 scalars input 9 shared input  10 shared     11 layers
//   then per layer: inputs, outputs (padded), kernel offset, bias offset, in bytes from the parameters
// A code table has 256 entries of (i32 channel, f32 value) × 2, channel −1 meaning nothing.
//
// Kernels are row-major [inputs][outputs]. Sums run over the inputs in one fixed order, so a result
// does not depend on how many agents are evaluated together.

const LAYERS: usize = 48
const LAYER_BYTES: usize = 16
const NO_INPUT: u32 = 0xffff

// @ts-ignore: decorator
@inline
function word(program: usize, index: i32): i32 {
  return load<i32>(program + (<usize>index << 2))
}

/** bias + the shared inputs' share of the first layer, once for all agents of a group in a step. */
export function sharedLayer(program: usize, parameters: usize, shared: usize, out: usize): void {
  const outputs: usize = load<i32>(program + LAYERS + 4)
  const kernel: usize = parameters + <usize>load<i32>(program + LAYERS + 8)
  const bias: usize = parameters + <usize>load<i32>(program + LAYERS + 12)
  memory.copy(out, bias, outputs << 2)
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

/**
 * Evaluates `count` packed records.
 *
 * `base` is what `sharedLayer` wrote; `scratch` has room for the input list and two hidden layers;
 * `out` receives [count][outputs padded].
 */
export function evaluate(
  program: usize,
  parameters: usize,
  records: usize,
  count: i32,
  base: usize,
  scratch: usize,
  list: usize,
  out: usize,
): void {
  const recordBytes: usize = word(program, 0)
  const layers = word(program, 11)
  const firstOutputs: usize = load<i32>(program + LAYERS + 4)
  const firstKernel = parameters + <usize>load<i32>(program + LAYERS + 8)
  const lastOutputs: usize = load<i32>(program + LAYERS + <usize>(layers - 1) * LAYER_BYTES + 4)
  let widest: usize = 0
  for (let layer = 0; layer < layers; layer++) {
    widest = max(widest, <usize>load<i32>(program + LAYERS + <usize>layer * LAYER_BYTES + 4))
  }
  const other = scratch + (widest << 2)
  for (let agent = 0; agent < count; agent++, records += recordBytes, out += lastOutputs << 2) {
    const end = listInputs(program, records, firstKernel, firstOutputs << 2, list)
    sparseLayer(list, end, base, firstOutputs, scratch)
    let from = scratch
    let to = other
    for (let layer = 1; layer < layers; layer++) {
      const entry = program + LAYERS + <usize>layer * LAYER_BYTES
      const last = layer == layers - 1
      denseLayer(
        from,
        load<i32>(entry),
        parameters + <usize>load<i32>(entry, 8),
        parameters + <usize>load<i32>(entry, 12),
        load<i32>(entry, 4),
        !last,
        last ? out : to,
      )
      const swap = from
      from = to
      to = swap
    }
  }
}
