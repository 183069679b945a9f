import type { DriveWorld } from '../../../runtime/core/verify.ts'
import { createWorld } from '../../../runtime/core/world.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import type { GridWorld } from '../../../scenarios/gridworld/world.ts'
import { SoloWorld, split } from '../../fixtures/solo-world.ts'
import type { SoloGrid } from '../gridworld/_grid.ts'

/** Steps worlds on this thread. @param pieces that range phases are cut into */
export function driveInline(pieces = 1): DriveWorld {
  return async (plan) => {
    const bound = createWorld(plan, 2 ** 30)
    return {
      bound,
      async runPhases(from, to) {
        for (const phase of bound.world.phases.slice(from, to)) {
          if (phase.kind === 'serial') phase.run()
          else for (const range of split(phase.size(), pieces)) phase.run(...range)
        }
      },
      async close() {},
    }
  }
}

export function openBattle(options: Record<string, unknown>): SoloGrid {
  const solo = new SoloWorld(battle, options)
  return { solo, world: solo.bound.world as GridWorld }
}
