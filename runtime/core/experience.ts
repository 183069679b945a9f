/** An agent's number in a group that has at most so many at once: which network is its own. */
export function agentNumber(id: number, capacity: number): number {
  return id % capacity
}

/** Marks a row that only serves as the next observation of another. */
export const NO_ACTION = 0xffff

/**
 * One segment's experience of one group, as it travels: a row is one decision of one agent, in the
 * order of decisions and of the group's list; R rows, `decisions` + 1 rows of shared inputs.
 */
export interface Segment {
  /** Parameters that chose the actions. */
  readonly version: number
  readonly rows: number
  /** Rows that have an action. */
  readonly transitions: number
  readonly decisions: number
  /** [R, recordBytes] packed observations. */
  readonly observation: Uint8Array
  /** [R] `NO_ACTION` in bootstrap rows. */
  readonly action: Uint16Array
  /** [R] of all steps of the decision. */
  readonly reward: Float32Array
  /**
   * [R] log-probability of the action under the policy that chose it; 0 in bootstrap rows. [0] where the algorithm is no
   * actor-critic.
   */
  readonly logProbability: Float32Array
  /** [R] number of the agent in its group; [0] where one network serves all. */
  readonly agent: Uint16Array
  /** [R] row of the same agent's next decision, or −1 when it terminated. */
  readonly next: Int32Array
  /** [R] number of the decision in the segment. */
  readonly time: Uint16Array
  /** [decisions + 1, shared] */
  readonly shared: Float32Array
}
