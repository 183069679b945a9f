import type { FactorSpec } from '../../runtime/core/learner.ts'
import { tf } from '../tf.ts'
import type { Grouping } from './grouping.ts'

/**
 * Factorised values of the actions that the agents of each group took together,
 *
 *   Q_i(a_1 … a_n) = Q_i(a_i) + λ V_i(a_i) · 1 / (n − 1) Σ_{j ≠ i} U_j(a_j)
 *
 * Differentiable in all of Q, V and U: an agent's U counts in the values of the others, never in its own.
 *
 * @param outputs [B, A + 2 A K], Q, V and U of each row, one behind the other
 * @param action  [B] int32
 * @returns       [B]
 */
export function factorisedValue(
  outputs: tf.Tensor2D,
  action: tf.Tensor1D,
  grouping: Grouping,
  { rank, weight }: FactorSpec,
): tf.Tensor1D {
  const B = outputs.shape[0]
  const actions = outputs.shape[1] / (1 + 2 * rank)
  const chosen = tf.reshape(tf.oneHot(action, actions), [B, actions, 1])
  /** What stands for the action taken in a part of the outputs that has `width` numbers for each: [B, width]. */
  const ofAction = (from: number, width: number) => {
    const part = tf.reshape(tf.slice(outputs, [0, from], [B, actions * width]), [B, actions, width])
    return tf.sum(tf.mul(part, chosen), 1) as tf.Tensor2D
  }
  const q = tf.reshape(ofAction(0, 1), [B]) as tf.Tensor1D
  const v = ofAction(actions, rank)
  const u = ofAction(actions * (1 + rank), rank)
  return tf.add(q, tf.mul(tf.sum(tf.mul(v, grouping.othersMean(u)), 1), weight))
}

/**
 * The greedy joint action of each group by coordinate ascent: a_i = argmax Q_i at first; then in each sweep, agent after agent,
 * the best answer to what the others have chosen.
 *
 * @param outputs [B, A + 2 A K], as above
 * @param group   [B] number of each row's group: rows of one group follow one another
 * @returns       [B] int32
 */
export function greedyJointAction(
  outputs: Float32Array,
  group: ArrayLike<number>,
  actions: number,
  { rank, weight, sweeps }: FactorSpec,
): Int32Array {
  const width = actions * (1 + 2 * rank)
  const joint = new Int32Array(group.length)
  const total = new Float64Array(rank)
  /** total += sign · U of what an agent has chosen */
  const count = (row: number, sign: number): void => {
    const at = row * width + actions * (1 + rank) + joint[row]! * rank
    for (let k = 0; k < rank; k++) total[k]! += sign * outputs[at + k]!
  }
  const choose = (row: number, scale: number): void => {
    let highest = -Infinity
    for (let a = 0; a < actions; a++) {
      const at = row * width + actions + a * rank
      let value = outputs[row * width + a]!
      if (scale !== 0) for (let k = 0; k < rank; k++) value += scale * outputs[at + k]! * total[k]!
      if (!(value > highest)) continue
      highest = value
      joint[row] = a
    }
  }
  for (let from = 0, to: number; from < group.length; from = to) {
    to = from + 1
    while (to < group.length && group[to] === group[from]) to++
    total.fill(0)
    for (let row = from; row < to; row++) {
      choose(row, 0)
      count(row, 1)
    }
    for (let sweep = 0; sweep < sweeps && to - from > 1; sweep++) {
      for (let row = from; row < to; row++) {
        count(row, -1)
        choose(row, weight / (to - from - 1))
        count(row, 1)
      }
    }
  }
  return joint
}
