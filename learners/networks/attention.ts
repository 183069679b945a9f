import { sumOverFirst } from '../math/sum-over-first.ts'
import { tf } from '../tf.ts'

/** Added to the score of a block that is not there: its weight is 0 to the last bit. */
const ABSENT = -1e9

/**
 * Multi-head attention of agents over n blocks, their own first; n, B agents, H heads, each d wide:
 *
 *   α[j, b, h] = softmax over the present j of Σ_i target[b, h, i] · source[j, b, h, i] / √d
 *   y[b, h, i] = Σ_j α[j, b, h] · content[j, b, h, i]
 *
 * @param target  `[B, H·d]`
 * @param source  `[n·B, H·d]`, the blocks of all agents one behind the other
 * @param content `[n·B, H·d]`
 * @param present `[n, B]` 1, or 0 for a block that does not count; the first always does
 * @returns       `[B, H·d]`, differentiable in `target`, `source` and `content`
 * @see Vaswani et al. 2017, §3.2; Wei et al. 2019, §4.2
 */
export function attention(
  target: tf.Tensor2D,
  source: tf.Tensor2D,
  content: tf.Tensor2D,
  present: tf.Tensor2D,
  heads: number,
): tf.Tensor2D {
  const [B, width] = target.shape
  const n = present.shape[0]
  const depth = width / heads
  const scale = 1 / Math.sqrt(depth)
  const split = (x: tf.Tensor) => tf.reshape<tf.Rank.R4>(x, [-1, B, heads, depth])
  /** Σ over d of products, [n, B, H]. */
  const dots = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(split(a), split(b)), 3)
  /** [n, B, H] as a factor of [n, B, H, d]. */
  const wide = (x: tf.Tensor) => tf.reshape(x, [n, B, heads, 1])
  const weigh = tf.customGrad<tf.Tensor2D>((...inputs) => {
    const [t, s, c, save] = inputs as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc]
    const alpha = softmaxOverBlocks(tf.mul(dots(t, s), scale), present)
    save([t, s, c, alpha])
    const value = sumOverFirst<tf.Rank.R2>(tf.mul(wide(alpha), split(c)), n, [B, width])
    const gradFunc = (dy: tf.Tensor2D, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const [savedT, savedS, savedC, alpha] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
        const dAlpha = dots(dy, savedC)
        const mean = sumOverFirst(tf.mul(alpha, dAlpha), n, [1, B, heads])
        const dScores = wide(tf.mul(tf.mul(alpha, tf.sub(dAlpha, mean)), scale)) // before their scale
        return [
          sumOverFirst(tf.mul(dScores, split(savedS)), n, [B, width]),
          tf.reshape(tf.mul(dScores, split(savedT)), [n * B, width]),
          tf.reshape(tf.mul(wide(alpha), split(dy)), [n * B, width]),
        ]
      })
    return { value, gradFunc }
  })
  return weigh(target, source, content)
}

/** @param scores [n, B, H] @param present [n, B] @returns [n, B, H] */
function softmaxOverBlocks(scores: tf.Tensor, present: tf.Tensor2D): tf.Tensor {
  const [n, B] = present.shape
  const others = tf.slice(present, 1)
  const counts = tf.concat([tf.ones<tf.Rank.R2>([1, B]), others])
  const masked = tf.add(scores, tf.reshape(tf.mul(tf.sub(1, counts), ABSENT), [n, B, 1]))
  // Softmax is over the last axis.
  return tf.transpose(tf.softmax(tf.transpose(masked, [1, 2, 0])), [2, 0, 1])
}
