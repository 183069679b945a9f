import type { DenseRows } from './dense-rows.ts'
import { logProbabilityOf } from './math/policy-loss.ts'
import type { NetworkSet } from './networks/network-set.ts'
import { Observations } from './networks/observations.ts'
import type { ValueNetwork } from './networks/value-network.ts'
import type { Experience } from './replay/segment-queue.ts'
import { tf } from './tf.ts'

/** Decisions by which policies of agents that have one each are changed or judged, B of them; those of an agent one behind the other. */
export interface Evidence {
  /** [B] row of the experience. */
  readonly rows: Int32Array
  /** Whose each is. */
  readonly agents: Uint16Array
  readonly observation: Observations
  /** [B] int32 */
  readonly action: tf.Tensor1D
  /** [B] log π of the action, of the current policy. */
  readonly logProbability: tf.Tensor1D
  /** [B] */
  readonly advantage: tf.Tensor1D
}

/** Tensors that are the caller's to free. @param advantage of all rows of the experience @param rows those with an action that count */
export function evidenceOf(
  dense: DenseRows,
  experience: Experience,
  advantage: Float32Array,
  rows: readonly number[],
): Evidence {
  const { agent, action, logProbability } = experience
  const sorted = Int32Array.from(rows).sort((a, b) => agent[a]! - agent[b]! || a - b)
  const column = (values: Float32Array) => tf.tensor1d(Float32Array.from(sorted, (row) => values[row]!))
  return {
    rows: sorted,
    agents: Uint16Array.from(sorted, (row) => agent[row]!),
    observation: Observations.ofEach(dense, experience, sorted, (row) => agent[row]!),
    action: tf.tensor1d(
      Int32Array.from(sorted, (row) => action[row]!),
      'int32',
    ),
    logProbability: column(logProbability),
    advantage: column(advantage),
  }
}

/** π′ / π of what was done, [B]: how much likelier other policies make it. */
export function ratioOf(
  policies: NetworkSet<ValueNetwork>,
  { observation, action, logProbability }: Evidence,
): tf.Tensor1D {
  return tf.exp(tf.sub(logProbabilityOf(policies.forward(observation), action), logProbability))
}

export function disposeEvidence({ observation, action, logProbability, advantage }: Evidence): void {
  observation.dispose()
  tf.dispose([action, logProbability, advantage])
}
