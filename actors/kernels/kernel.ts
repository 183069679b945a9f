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
