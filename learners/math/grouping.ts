import { tf } from '../tf.ts'

/**
 * Rows of a batch as the groups of agents that decided together: R rows, G groups of at most N agents.
 *
 * Agent j of all groups lie side by side where agents are gone through one after the other, [N, G]; a group that has fewer has
 * empty places there.
 */
export class Grouping {
  readonly groups: number
  readonly most: number
  /** [R] the group of each row. */
  readonly #group: tf.Tensor1D
  /** [R] place of each row in [N, G]. */
  readonly #place: tf.Tensor1D
  /** [N · G] row of each place, R for an empty one. */
  readonly #row: tf.Tensor1D
  /** [N, G, 1] 1, or 0 for an empty place. */
  readonly present: tf.Tensor3D
  /** [R, 1] 1 / (n − 1) in a group of n agents, 0 in one of a single agent. */
  readonly #share: tf.Tensor2D

  /** @param group [R] number of each row's group: rows of one group follow one another */
  constructor(group: ArrayLike<number>) {
    const rows = group.length
    const own = new Int32Array(rows)
    const rank = new Int32Array(rows)
    const sizes: number[] = []
    for (let row = 0; row < rows; row++) {
      if (row === 0 || group[row] !== group[row - 1]) sizes.push(0)
      own[row] = sizes.length - 1
      rank[row] = sizes[own[row]!]!++
    }
    this.groups = sizes.length
    this.most = Math.max(1, ...sizes)
    const place = Int32Array.from(own, (g, row) => rank[row]! * this.groups + g)
    const rowOf = new Int32Array(this.most * this.groups).fill(rows)
    for (let row = 0; row < rows; row++) rowOf[place[row]!] = row
    this.#group = tf.tensor1d(own, 'int32')
    this.#place = tf.tensor1d(place, 'int32')
    this.#row = tf.tensor1d(rowOf, 'int32')
    this.present = tf.tensor3d(
      Float32Array.from(rowOf, (row) => Number(row < rows)),
      [this.most, this.groups, 1],
    )
    const share = Float32Array.from(own, (g) => (sizes[g]! > 1 ? 1 / (sizes[g]! - 1) : 0))
    this.#share = tf.tensor2d(share, [rows, 1])
  }

  /** Rows to their places: [R, W] to [N, G, W], 0 in empty ones; differentiable. */
  spread(x: tf.Tensor2D): tf.Tensor3D {
    return moved(
      x,
      (y) => this.#spread(y),
      (dy) => this.#collect(dy),
    )
  }

  /** Places to their rows: [N, G, W] to [R, W]; differentiable. */
  collect(x: tf.Tensor3D): tf.Tensor2D {
    return moved(
      x,
      (y) => this.#collect(y),
      (dy) => this.#spread(dy),
    )
  }

  /** For every row the mean of the other rows of its group, 0 where there are none; [R, W], differentiable. */
  othersMean(x: tf.Tensor2D): tf.Tensor2D {
    return moved(
      x,
      (y) => tf.mul(this.#othersSum(y), this.#share),
      (dy) => this.#othersSum(tf.mul(dy, this.#share)),
    )
  }

  /** A map that is its own transpose. */
  #othersSum(x: tf.Tensor2D): tf.Tensor2D {
    const [N, G, W] = [this.most, this.groups, x.shape[1]]
    // As a product with a row of ones: `tf.sum` over the first axis would transpose first.
    const sums = tf.matMul(tf.ones<tf.Rank.R2>([1, N]), tf.reshape(this.#spread(x), [N, G * W]))
    return tf.sub(tf.gather(tf.reshape(sums, [G, W]), this.#group), x)
  }

  #spread(x: tf.Tensor2D): tf.Tensor3D {
    const width = x.shape[1]
    const padded = tf.concat([x, tf.zeros<tf.Rank.R2>([1, width])])
    return tf.reshape(tf.gather(padded, this.#row), [this.most, this.groups, width])
  }

  #collect(x: tf.Tensor3D): tf.Tensor2D {
    return tf.gather(tf.reshape(x, [-1, x.shape[2]]) as tf.Tensor2D, this.#place)
  }

  dispose(): void {
    tf.dispose([this.#group, this.#place, this.#row, this.present, this.#share])
  }
}

/** A linear map with its transpose: the gradient of `tf.gather` is not there on every backend. */
function moved<X extends tf.Tensor, Y extends tf.Tensor>(x: X, map: (x: X) => Y, transpose: (dy: Y) => X): Y {
  const op = tf.customGrad<Y>((...inputs) => {
    const value = map(inputs[0] as X)
    return { value, gradFunc: (dy: Y) => tf.tidy(() => transpose(dy)) }
  })
  return op(x)
}
