/** The compiled kernels of grid worlds; see assembly/. Worlds, columns and records are bytes of the arena. */
export interface GridKernel {
  shuffle(world: number): void
  aim(world: number, group: number, from: number, to: number): void
  strike(world: number, from: number, to: number): void
  upkeep(world: number, group: number, from: number, to: number): void
  claim(world: number, group: number, from: number, to: number): void
  decide(world: number, from: number, to: number): void
  apply(world: number, group: number, from: number, to: number): void
  rank(world: number, group: number, from: number, to: number): void
  moveInTurn(world: number, order: number, count: number): void
  settle(world: number, from: number, to: number): void
  compact(world: number, group: number, first: number, end: number): number
  fillGaps(world: number, group: number, first: number, end: number): number
  sortByTile(world: number, group: number, first: number, end: number, isStart: boolean): void
  renew(world: number, group: number, from: number, to: number): void
  pack(world: number, group: number, from: number, to: number, at: number): void
  packMinimaps(world: number, group: number, at: number): void
  listEngaged(world: number, group: number, from: number, to: number, out: number): number
  dense(
    world: number,
    group: number,
    from: number,
    to: number,
    background: number,
    view: number,
    feature: number,
  ): void
}

export const KERNEL: URL = new URL('./gridworld.wasm', import.meta.url)
