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
}

export function bindKernel(arena: Arena): Kernel {
  return arena.instantiate<Kernel>(new URL('./network.wasm', import.meta.url))
}
