/** The compiled kernels of traffic; see assembly/. A world is the address of its description, `words.ts`. */
export interface TrafficKernel {
  /** An empty network at step 0. @param seed of the generator */
  clear(world: number, seed: number): void
  /** Vehicles start and enter their first lanes; lists the drivables that have vehicles. */
  spawn(world: number): void
  /** Where vehicles change lanes: who wants to. Range over the listed drivables. */
  wish(world: number, from: number, to: number): void
  /** Those who want to change lanes do so if they can. Lists the drivables again, and vehicles to settle. */
  changeLanes(world: number): void
  /** Works out where the listed vehicles go whose speed depends on changes of lanes; after `drive`. */
  settle(world: number, from: number, to: number): void
  /** Notes the lane links that may be claimed. Range over the listed drivables, as the next two. */
  mark(world: number, from: number, to: number): void
  /** Works out where every vehicle goes. */
  drive(world: number, from: number, to: number): void
  /** Makes that the present state. */
  commit(world: number, from: number, to: number): void
  /** Vehicles come to their next drivables, or finish; ends the step. */
  transfer(world: number): void
  /** Packs what the signals `[from, to)` see, `bytes` each, from byte `out` of the arena. */
  observeSignals(world: number, from: number, to: number, out: number, bytes: number): void
  /** Sets what the signals `[from, to)` earned since they last decided, `steps` ago, from byte `out` for signal 0. */
  paySignals(world: number, from: number, to: number, out: number, steps: number): void
  /** Standing vehicles before a phase's movements less those behind them. @param phase of all intersections' phases */
  pressure(world: number, phase: number): number
  /** An intersection shows a phase, or red for all: `NONE`. */
  show(world: number, intersection: number, phase: number): void
  /** Sets the generator anew. @param state address of `generator` */
  seedGenerator(state: number, seed: number): void
  /** A vehicle from outside, which enters after the next step's start; there must be a free slot. Returns its slot. */
  push(world: number, trip: number, type: number, speed: number, routeAt: number, routeLast: number): number
  /** Takes a vehicle out of the world. */
  remove(world: number, vehicle: number): void
  /** The lane at which a vehicle waits to enter, `NONE` before it has one. */
  waitsAt(world: number, vehicle: number): number
  /** The next vehicle ahead of one that runs, or `NONE`. */
  leaderOf(world: number, vehicle: number): number
  /** Writes a number as CityFlow does, and returns how many characters it takes; they are at `formatted`. */
  formatNumber(value: number): number
  formatted(): number
  /** Enters a vehicle whose columns are written into the tables of a world that is made anew. */
  adopt(world: number, vehicle: number): void
}

export const KERNEL: URL = new URL('./traffic.wasm', import.meta.url)
