import type { BoundWorld, WorldPlan } from './world.ts'

/** The first place where a world departs from a recorded trace. */
export interface Difference {
  readonly step: number
  /** Id of the agent, or −1 for a fact of the whole world. */
  readonly agent: number
  readonly field: string
  readonly expected: unknown
  readonly got: unknown
}

export interface Verification {
  readonly steps: number
  readonly observations: number
  readonly difference?: Difference
}

/** A world that is stepped phase by phase, on one thread or on several. */
export interface DrivenWorld {
  readonly bound: BoundWorld
  /** Runs the phases `[from, to)` of the world's list. */
  runPhases(from: number, to: number): Promise<void>
  close(): Promise<void>
}

/** Allocates a world; `module` is the URL of the module that exports its scenario as `scenario`. */
export type DriveWorld = (plan: WorldPlan, module: string) => Promise<DrivenWorld>
