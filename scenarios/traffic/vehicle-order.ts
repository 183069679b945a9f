import type { Views } from '../../runtime/core/memory/layout.ts'
import * as C from './codes.ts'
import type { TrafficColumns } from './plan.ts'

type Vehicles = Pick<Views<TrafficColumns>, 'trip' | 'drivable' | 'priority' | 'isShadow'>

/** Vehicles in CityFlow's order: by priority, without shadows. */
export class VehicleOrder {
  readonly #state: Vehicles
  readonly #slots: Int32Array

  constructor(state: Vehicles) {
    this.#state = state
    this.#slots = new Int32Array(state.trip.length)
  }

  /** Slots of those on lanes and lane links; valid until the next call. */
  running(): Int32Array {
    return this.#list(0)
  }

  /** Slots of those that run or wait; valid until the next call. */
  all(): Int32Array {
    return this.#list(C.NONE)
  }

  #list(leastDrivable: number): Int32Array {
    const { trip, drivable, priority, isShadow } = this.#state
    const slots = this.#slots
    let count = 0
    for (let slot = 0; slot < trip.length; slot++) {
      if (trip[slot] === C.NONE || isShadow[slot] === 1) continue
      if (drivable[slot]! >= leastDrivable) slots[count++] = slot
    }
    return slots.subarray(0, count).sort((a, b) => priority[a]! - priority[b]!)
  }
}
