/** Marks a row that only serves as the next observation of another. */
export const NO_ACTION = 0xffff

/**
 * One segment's experience of one group, as it travels: a row is one agent in one step, in the
 * order of steps and of the group's list; R rows, `steps` + 1 rows of shared inputs.
 */
export interface Segment {
  /** Parameters that chose the actions. */
  readonly version: number
  readonly rows: number
  /** Rows that have an action. */
  readonly transitions: number
  readonly steps: number
  /** [R, recordBytes] packed observations. */
  readonly observation: Uint8Array
  /** [R] `NO_ACTION` in bootstrap rows. */
  readonly action: Uint16Array
  /** [R] */
  readonly reward: Float32Array
  /** [R] row of the same agent in the next step, or −1 when it terminated. */
  readonly next: Int32Array
  /** [R] step of the segment. */
  readonly time: Uint16Array
  /** [steps + 1, shared] */
  readonly shared: Float32Array
}
