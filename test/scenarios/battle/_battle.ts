import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DriveWorld } from '../../../runtime/core/verify.ts'
import { createWorld } from '../../../runtime/core/world.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import type { BattleWorld } from '../../../scenarios/battle/world.ts'
import { SoloWorld, split } from '../../fixtures/solo-world.ts'

const MAGENT = new URL('../../../../test/fixtures/magent/', import.meta.url)

/** Path of a recording of the real MAgent2. */
export function recording(name: string): string {
  return fileURLToPath(new URL(name, MAGENT))
}

export function readRecording<T>(name: string): T {
  return JSON.parse(readFileSync(recording(name), 'utf8')) as T
}

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

export interface SoloBattle {
  readonly solo: SoloWorld
  readonly world: BattleWorld
  readonly width: number
}

export function openBattle(options: Record<string, unknown>): SoloBattle {
  const solo = new SoloWorld(battle, options)
  const [, width] = solo.plan.spec.columns['occupant']!.shape
  return { solo, world: solo.bound.world as BattleWorld, width: width! }
}
