// AssemblyScript: what agents of a group make of each other before they choose. Rows are one agent's floats, in the order of
// the group's list; sums run in that order, so that no result hangs on how agents are split over threads.

import { addRow, dot, tanhRow } from './rows'

/** The sum of `count` rows. @param out [rowBytes / 4] f32, written */
export function sumRows(rows: usize, rowBytes: usize, count: i32, out: usize): void {
  memory.fill(out, 0, rowBytes)
  for (let i = 0; i < count; i++, rows += rowBytes) addRow(rows, rowBytes, 1, out)
}

/**
 * Beside each of `count` rows the mean of all other rows of the group, which has `living` of them with the sum `total`.
 *
 * @param out [count][2 · rowBytes / 4] f32, written: the row, then the mean, 0 for who is alone
 */
export function hearOthers(rows: usize, rowBytes: usize, count: i32, total: usize, living: i32, out: usize): void {
  const share = f32x4.splat(living > 1 ? 1 / <f32>(living - 1) : 0)
  for (let i = 0; i < count; i++, rows += rowBytes, out += 2 * rowBytes) {
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const own = v128.load(rows + at)
      v128.store(out + at, own)
      v128.store(out + rowBytes + at, f32x4.mul(share, f32x4.sub(v128.load(total + at), own)))
    }
  }
}

/**
 * h_i = tanh(x_i + h_{i−1} U + b) over `count` rows, in place; against their order for a `step` below 0.
 *
 * @param first  x of the agent that begins, [width] f32
 * @param step   bytes to the next agent's
 * @param kernel U, [width][width] f32, then b
 */
export function recur(first: usize, step: isize, count: i32, width: usize, kernel: usize): void {
  const bytes = width << 2
  const bias = kernel + width * bytes
  let row = first
  for (let i = 0; i < count; i++, row += <usize>step) {
    addRow(bias, bytes, 1, row)
    if (i > 0) {
      const before = row - <usize>step
      let column = kernel
      for (let at: usize = 0; at < bytes; at += 4, column += bytes) {
        addRow(column, bytes, load<f32>(before + at), row)
      }
    }
    tanhRow(row, bytes)
  }
}

function largest(values: usize, count: i32): i32 {
  let best = 0
  for (let a = 1; a < count; a++) {
    if (load<f32>(values + (<usize>a << 2)) > load<f32>(values + (<usize>best << 2))) best = a
  }
  return best
}

/**
 * The greedy joint action of factorised values by coordinate ascent. A row holds Q [A], V [A, K] and U [A, K], K a multiple of 4;
 *
 *   a_i = argmax Q_i at first, then in each sweep, agent by agent, a_i ← argmax_a Q_i(a) + λ V_i(a) · mean_{j ≠ i} U_j(a_j)
 *
 * The values by which an agent made its last choice take the place of Q.
 *
 * @param actions [count] u16, written
 * @param total   [K] f32, scratch
 */
export function ascend(
  rows: usize,
  rowBytes: usize,
  count: i32,
  actionCount: i32,
  rank: usize,
  weight: f32,
  sweeps: i32,
  actions: usize,
  total: usize,
): void {
  const bytes = rank << 2
  const effects: usize = <usize>actionCount << 2
  const causes = effects + <usize>actionCount * bytes
  memory.fill(total, 0, bytes)
  let row = rows
  for (let i = 0; i < count; i++, row += rowBytes) {
    const action = largest(row, actionCount)
    store<u16>(actions + (<usize>i << 1), <u16>action)
    addRow(row + causes + <usize>action * bytes, bytes, 1, total)
  }
  if (count == 1) return
  const scale = weight / <f32>(count - 1)
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    row = rows
    for (let i = 0; i < count; i++, row += rowBytes) {
      const at = actions + (<usize>i << 1)
      addRow(row + causes + <usize>load<u16>(at) * bytes, bytes, -1, total)
      const action = bestResponse(row, actionCount, row + effects, bytes, scale, total, sweep == sweeps)
      store<u16>(at, <u16>action)
      addRow(row + causes + <usize>action * bytes, bytes, 1, total)
    }
  }
}

/** argmax_a Q(a) + scale · V(a) · total. @param keeps these values take the place of Q */
function bestResponse(
  values: usize,
  count: i32,
  effects: usize,
  bytes: usize,
  scale: f32,
  total: usize,
  keeps: bool,
): i32 {
  let best = 0
  let highest: f32 = -Infinity
  for (let a = 0; a < count; a++, effects += bytes) {
    const at = values + (<usize>a << 2)
    const value = load<f32>(at) + scale * dot(effects, total, bytes)
    if (keeps) store<f32>(at, value)
    if (value > highest) {
      highest = value
      best = a
    }
  }
  return best
}
