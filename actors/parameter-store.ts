import { type Arena, bindRecord } from '../runtime/core/memory/arena.ts'
import type { HostPlan } from './host-plan.ts'

/** Parameters as segments use them: record of the arena's region for each policy, and their version. */
export interface HeldParameters {
  readonly records: readonly number[]
  readonly version: number
  release(): void
}

/**
 * The double-buffered parameters of a host's learned policies. Owned by the thread that runs the host.
 *
 * A new set is written into the half that no running segment reads, so no one ever reads a
 * half-written set; while both halves are in use the newest set waits.
 */
export class ParameterStore {
  readonly #arena: Arena
  readonly #plan: HostPlan
  readonly #readers = [0, 0]
  #half = 0
  #version = -1
  #waiting: { readonly version: number; readonly sets: readonly Float32Array[] } | undefined

  constructor(arena: Arena, plan: HostPlan) {
    this.#arena = arena
    this.#plan = plan
  }

  /** Version that segments started now would use; −1 before the first. */
  get version(): number {
    return this.#version
  }

  /** @param sets packed parameters of each learned policy, in the order of the plan */
  publish(version: number, sets: readonly Float32Array[]): void {
    this.#waiting = { version, sets }
    this.#writeWaiting()
  }

  /** The current set, for one segment. */
  hold(): HeldParameters {
    const half = this.#half
    this.#readers[half]!++
    const records = this.#plan.policies.map((policy) =>
      policy.kind === 'learned' ? policy.parameters + half : -1,
    )
    return {
      records,
      version: this.#version,
      release: () => {
        this.#readers[half]!--
        this.#writeWaiting()
      },
    }
  }

  #writeWaiting(): void {
    const other = 1 - this.#half
    if (this.#waiting === undefined || this.#readers[other]! > 0) return
    const { version, sets } = this.#waiting
    this.#waiting = undefined
    const learned = this.#plan.policies.filter((policy) => policy.kind === 'learned')
    for (const [i, policy] of learned.entries()) {
      bindRecord(this.#arena, 'parameters', this.#plan.parameters, policy.parameters + other)['values']!.set(
        sets[i]!,
      )
    }
    this.#half = other
    this.#version = version
  }
}
