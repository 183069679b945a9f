import type { Selection } from '../../runtime/core/learner.ts'
import type { Arena } from '../../runtime/core/memory/arena.ts'

/** The compiled kernels, bound to an arena. All addresses are bytes of it. */
export interface Kernel {
  /** Adds up what all agents of a group share in the first layer. @param out [outputs of layer 0] */
  sharedLayer(program: number, parameters: number, shared: number, out: number): void
  /** Evaluates packed records one after the other. @param out [count][outputs padded] */
  evaluate(
    program: number,
    parameters: number,
    records: number,
    count: number,
    shared: number,
    base: number,
    scratch: number,
    list: number,
    out: number,
  ): void
  /** The sum of rows of floats, in their order. @param out [rowBytes / 4] */
  sumRows(rows: number, rowBytes: number, count: number, out: number): void
  /** Beside each row the mean of the `living` − 1 others, which sum up to `total` with it. @param out [count][2 · rowBytes / 4] */
  hearOthers(rows: number, rowBytes: number, count: number, total: number, living: number, out: number): void
  /**
   * h_i = tanh(x_i + h_{i−1} U + b) over `count` rows, in place.
   *
   * @param first where the first agent's begins
   * @param step  bytes from there to the next one's, below 0 against their order
   */
  recur(first: number, step: number, count: number, width: number, kernel: number): void
  /**
   * The greedy joint action of factorised values, [count][A + 2 A · rank], by coordinate ascent; the values by which each
   * agent chose last take the place of its first A.
   *
   * @param weight of what the others do
   * @param total  [rank] f32, scratch
   */
  ascend(
    rows: number,
    rowBytes: number,
    count: number,
    actionCount: number,
    rank: number,
    weight: number,
    sweeps: number,
    actions: number,
    total: number,
  ): void
  /**
   * The sum of the rewards of `count` agents; adds to `counts`, [actions] i32, how many of those that go on took
   * each action.
   */
  sumBlock(actions: number, rewards: number, next: number, count: number, counts: number): number
  /** Uniformly random actions. @param ids [count] u32 @param actions [count] u16, written */
  chooseRandomly(
    key: number,
    step: number,
    ids: number,
    count: number,
    actionCount: number,
    actions: number,
  ): void
  /**
   * Actions by their values, [count][rowBytes / 4] f32.
   *
   * @param selection 0 greedy, 1 epsilon-greedy, 2 Boltzmann
   * @param exploration epsilon or temperature
   * @param key of the episode, [2] u32
   * @param scratch [actionCount] f32
   * @param logs [count] f32, written: log π of each action; 0 for none
   */
  choose(
    selection: number,
    exploration: number,
    key: number,
    step: number,
    ids: number,
    count: number,
    values: number,
    rowBytes: number,
    actionCount: number,
    scratch: number,
    actions: number,
    logs: number,
  ): void
}

/** By what number the kernel knows a selection. */
export const SELECTION_CODES: Readonly<Record<Selection, number>> = {
  greedy: 0,
  'epsilon-greedy': 1,
  boltzmann: 2,
}

export function bindKernel(arena: Arena): Kernel {
  return arena.instantiate<Kernel>(new URL('./network.wasm', import.meta.url))
}
