import { tf } from '../tf.ts'
import { sumOverFirst } from './sum-over-first.ts'

/** Groups of about as many agents each, so that room for the largest is no waste: G groups of at most N agents. */
export interface Block {
  readonly groups: number
  readonly most: number
  /** First of its places among all. */
  readonly from: number
  /** [N, G, 1] 1, or 0 for an empty place; left out where all groups have N. */
  readonly present: tf.Tensor3D | undefined
}

/**
 * Rows of a batch as the groups of agents that decided together, R rows in all.
 *
 * Where agents are gone through one after the other, groups lie in blocks, [N, G] places each: agent j of all groups of a block side by
 * side, and empty places behind the last agent of a smaller one. A block has groups of more than half of its largest one's size.
 */
export class Grouping {
  readonly blocks: readonly Block[]
  readonly #places: number
  /** [R] the group of each row, as all blocks count them. */
  readonly #group: tf.Tensor1D
  /** [R] place of each row. */
  readonly #place: tf.Tensor1D
  /** [places] row of each place, R for an empty one. */
  readonly #row: tf.Tensor1D
  /** [R, 1] 1 / (n − 1) in a group of n agents, 0 in one of a single agent. */
  readonly #share: tf.Tensor2D

  /** @param group [R] number of each row's group: rows of one group follow one another */
  constructor(group: ArrayLike<number>) {
    const rows = group.length
    const starts = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => row === 0 || group[row] !== group[row - 1],
    )
    const sizes = starts.map((start, g) => (starts[g + 1] ?? rows) - start)
    const blocks: Block[] = []
    const own = new Int32Array(rows)
    const place = new Int32Array(rows)
    let [placed, from] = [0, 0]
    for (const members of bySize(sizes)) {
      const most = Math.max(...members.map((g) => sizes[g]!))
      for (const [i, g] of members.entries()) {
        for (let rank = 0; rank < sizes[g]!; rank++) {
          own[starts[g]! + rank] = placed + i
          place[starts[g]! + rank] = from + rank * members.length + i
        }
      }
      const isFull = members.every((g) => sizes[g] === most)
      const present = Float32Array.from({ length: most * members.length }, (_, at) =>
        Number(Math.floor(at / members.length) < sizes[members[at % members.length]!]!),
      )
      blocks.push({
        groups: members.length,
        most,
        from,
        present: isFull ? undefined : tf.tensor3d(present, [most, members.length, 1]),
      })
      placed += members.length
      from += most * members.length
    }
    const rowOf = new Int32Array(from).fill(rows)
    for (let row = 0; row < rows; row++) rowOf[place[row]!] = row
    this.blocks = blocks
    this.#places = from
    this.#group = tf.tensor1d(own, 'int32')
    this.#place = tf.tensor1d(place, 'int32')
    this.#row = tf.tensor1d(rowOf, 'int32')
    const share = new Float32Array(rows)
    for (const [g, start] of starts.entries()) {
      share.fill(sizes[g]! > 1 ? 1 / (sizes[g]! - 1) : 0, start, start + sizes[g]!)
    }
    this.#share = tf.tensor2d(share, [rows, 1])
  }

  /** For every row the mean of the other rows of its group, 0 where there are none; [R, W], differentiable. */
  othersMean(x: tf.Tensor2D): tf.Tensor2D {
    return moved(
      x,
      (y) => tf.mul(this.#othersSum(y), this.#share),
      (dy) => this.#othersSum(tf.mul(dy, this.#share)),
    )
  }

  /** A map of agents in their order, [N, G, W] for each block, applied to rows, [R, W]; as differentiable as it is. */
  inOrder(x: tf.Tensor2D, map: (x: tf.Tensor3D, block: Block) => tf.Tensor3D): tf.Tensor2D {
    const width = x.shape[1]
    const places = moved(
      x,
      (y) => this.#spread(y),
      (dy) => this.#collect(dy),
    )
    const mapped = this.blocks.map((block) => {
      const size = block.groups * block.most
      const own = this.blocks.length === 1 ? places : tf.slice(places, block.from, size)
      return tf.reshape(map(tf.reshape(own, [block.most, block.groups, width]), block), [size, width])
    }) as tf.Tensor2D[]
    return moved(
      mapped.length === 1 ? mapped[0]! : tf.concat(mapped),
      (y) => this.#collect(y),
      (dy) => this.#spread(dy),
    )
  }

  /** A map that is its own transpose. */
  #othersSum(x: tf.Tensor2D): tf.Tensor2D {
    const width = x.shape[1]
    const places = this.#spread(x)
    const sums = this.blocks.map(({ groups, most, from }) => {
      const own = this.blocks.length === 1 ? places : tf.slice(places, from, most * groups)
      return sumOverFirst<tf.Rank.R2>(own, most, [groups, width])
    })
    return tf.sub(tf.gather(sums.length === 1 ? sums[0]! : tf.concat(sums), this.#group), x)
  }

  /** Rows to their places, 0 in empty ones: [R, W] to [places, W]. */
  #spread(x: tf.Tensor2D): tf.Tensor2D {
    const isFull = this.#places === x.shape[0]
    return tf.gather(isFull ? x : tf.concat([x, tf.zeros<tf.Rank.R2>([1, x.shape[1]])]), this.#row)
  }

  /** Places to their rows: [places, W] to [R, W]. */
  #collect(x: tf.Tensor2D): tf.Tensor2D {
    return tf.gather(x, this.#place)
  }

  dispose(): void {
    tf.dispose([this.#group, this.#place, this.#row, this.#share])
    for (const { present } of this.blocks) present?.dispose()
  }
}

/** Numbers of the groups, those together that are between two powers of 2 in size. */
function bySize(sizes: readonly number[]): number[][] {
  const blocks = new Map<number, number[]>()
  for (const [g, size] of sizes.entries()) {
    const power = Math.ceil(Math.log2(size))
    const known = blocks.get(power)
    if (known) known.push(g)
    else blocks.set(power, [g])
  }
  return [...blocks.values()]
}

/** A linear map with its transpose: the gradient of `tf.gather` is not there on every backend. */
function moved<X extends tf.Tensor, Y extends tf.Tensor>(x: X, map: (x: X) => Y, transpose: (dy: Y) => X): Y {
  const op = tf.customGrad<Y>((...inputs) => {
    const value = map(inputs[0] as X)
    return { value, gradFunc: (dy: Y) => tf.tidy(() => transpose(dy)) }
  })
  return op(x)
}
