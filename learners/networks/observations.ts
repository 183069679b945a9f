import type { DenseRows, PackedRows } from '../dense-rows.ts'
import type { Grouping } from '../math/grouping.ts'
import { tf } from '../tf.ts'

/** Rows that one of a set of networks evaluates. */
export interface RowsOfNetwork {
  /** Number of the network in its set. */
  readonly network: number
  /** [rows, inputs] */
  readonly observation: tf.Tensor2D
}

/** Observations of a batch, B rows in all, as networks take them. */
export class Observations {
  /** One behind the other; a single part where one network serves all. */
  readonly parts: readonly RowsOfNetwork[]
  /** For networks through which agents of a group come to know of each other. */
  readonly grouping: Grouping | undefined

  constructor(parts: readonly RowsOfNetwork[], grouping?: Grouping) {
    this.parts = parts
    this.grouping = grouping
  }

  /** All of one network. @param observation [B, inputs] */
  static ofOne(observation: tf.Tensor2D, grouping?: Grouping): Observations {
    return new Observations([{ network: 0, observation }], grouping)
  }

  /** Of agents that have a network each. @param agentOf number of a row's agent, that of all of an agent's one behind the other */
  static ofEach(
    dense: DenseRows,
    packed: PackedRows,
    rows: Uint32Array | Int32Array,
    agentOf: (row: number) => number,
  ): Observations {
    const parts: RowsOfNetwork[] = []
    for (let from = 0, to: number; from < rows.length; from = to) {
      const network = agentOf(rows[from]!)
      to = from + 1
      while (to < rows.length && agentOf(rows[to]!) === network) to++
      parts.push({ network, observation: dense(packed, rows.subarray(from, to)) })
    }
    return new Observations(parts)
  }

  dispose(): void {
    tf.dispose(this.parts.map(({ observation }) => observation))
    this.grouping?.dispose()
  }
}
