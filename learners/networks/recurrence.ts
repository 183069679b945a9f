import { sumOverFirst } from '../math/sum-over-first.ts'
import { tf } from '../tf.ts'

/**
 * A recurrent layer over the agents of each group, h_i = tanh(x_i + h_{i−1} U + b), with h_{−1} = 0; empty places are 0 and
 * pass nothing on.
 *
 * @param x       `[N, G, W]`, agents one after the other
 * @param kernel  U, `[W, W]`
 * @param bias    `[W]`
 * @param present `[N, G, 1]` 1, or 0 for an empty place; left out where there are none
 * @param reverse from the last agent to the first: h_i from h_{i+1}
 * @returns       `[N, G, W]`, differentiable in `x`, `kernel` and `bias`
 */
export function recurrence(
  x: tf.Tensor3D,
  kernel: tf.Tensor2D,
  bias: tf.Tensor1D,
  present: tf.Tensor3D | undefined,
  reverse: boolean,
): tf.Tensor3D {
  const [N, G, W] = x.shape
  const order = Array.from({ length: N }, (_, i) => (reverse ? N - 1 - i : i))
  const layer = tf.customGrad<tf.Tensor3D>((...inputs) => {
    const [x, kernel, bias, save] = inputs as unknown as [
      tf.Tensor3D,
      tf.Tensor2D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ]
    const states = unroll(x, present, order, (z, before) => {
      const sum = before ? tf.add(z, tf.fused.matMul({ a: before, b: kernel, bias })) : tf.add(z, bias)
      return tf.tanh(sum as tf.Tensor2D)
    })
    const value = tf.stack(states) as tf.Tensor3D
    save([kernel, value])
    const gradFunc = (dy: tf.Tensor3D, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const [kernel, h] = saved as [tf.Tensor2D, tf.Tensor3D]
        const slope = tf.sub(1, tf.square(h)) as tf.Tensor3D
        // On WASM `matMul` with a transpose flag is many times slower than transposing first.
        const transposed = tf.transpose(kernel)
        const dz = unroll(dy, present, [...order].reverse(), (d, after, i) => {
          const sum = after ? tf.add(d, tf.matMul(after, transposed)) : d
          return tf.mul(sum, agentOf(slope, i)) as tf.Tensor2D
        })
        const dx = tf.stack(dz) as tf.Tensor3D
        return [dx, kernelGradient(h, dx, reverse), sumOverFirst<tf.Rank.R1>(dx, N * G, [W])]
      })
    return { value, gradFunc }
  })
  return layer(x, kernel, bias)
}

/** Σ_i h_{i−1}ᵀ dz_i */
function kernelGradient(h: tf.Tensor3D, dz: tf.Tensor3D, reverse: boolean): tf.Tensor2D {
  const [N, G, W] = h.shape
  if (N === 1) return tf.zeros([W, W])
  const [from, to] = reverse ? [1, 0] : [0, 1]
  const rows = (y: tf.Tensor3D, start: number) =>
    tf.reshape<tf.Rank.R2>(tf.slice(y, start, N - 1), [(N - 1) * G, W])
  return tf.matMul(tf.transpose(rows(h, from)), rows(dz, to))
}

/** Steps through agents in an order, each with what came of the one before; empty places come to 0. */
function unroll(
  x: tf.Tensor3D,
  present: tf.Tensor3D | undefined,
  order: readonly number[],
  step: (x: tf.Tensor2D, before: tf.Tensor2D | undefined, i: number) => tf.Tensor2D,
): tf.Tensor2D[] {
  const results: tf.Tensor2D[] = []
  let before: tf.Tensor2D | undefined
  for (const i of order) {
    const result = step(agentOf(x, i), before, i)
    before = present ? (tf.mul(result, agentOf(present, i)) as tf.Tensor2D) : result
    results[i] = before
  }
  return results
}

/** What agent i of all groups has, [G, …]. `tf.slice`, and so `tf.unstack`, reads the whole tensor for each part of it on WASM. */
function agentOf(x: tf.Tensor3D, i: number): tf.Tensor2D {
  const [N, G, W] = x.shape
  const rows = tf.gather(tf.reshape(x, [N, G * W]), tf.tensor1d([i], 'int32'))
  return tf.reshape(rows, [G, W])
}
