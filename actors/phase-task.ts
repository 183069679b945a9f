import { Piscina } from 'piscina'
import { bindArena, bindRecord } from '../runtime/core/memory/arena.ts'
import { Barrier } from '../runtime/core/memory/barrier.ts'
import { type BoundWorld, bindWorld } from '../runtime/core/world.ts'
import { loadScenario } from '../scenarios/registry.ts'
import { receivePlan } from './host-plan.ts'
import { runShare } from './phase-share.ts'
import type { ThreadData } from './segment-task.ts'

/** Runs the phases `[from, to)` of world 0 as one of its shards. */
export interface PhaseTask {
  readonly shard: number
  readonly from: number
  readonly to: number
}

/** A world as one of its shards steps it. */
export interface SharedWorld {
  readonly world: BoundWorld
  readonly barrier: Barrier
  readonly shards: number
}

export async function bindShared(data: Omit<ThreadData, 'rings'>): Promise<SharedWorld> {
  const plan = receivePlan(data.plan, await loadScenario(data.scenario))
  const arena = bindArena(data.memory, plan.arena)
  const world = bindWorld(plan.world, arena, 'worlds', 0, plan.shards)
  const { barrier } = bindRecord(arena, 'frames', plan.frame, 0)
  return { world, barrier: new Barrier(barrier, plan.shards), shards: plan.shards }
}

/** @throws what a phase throws, after releasing the other shards */
export function runShard({ world, barrier, shards }: SharedWorld, { shard, from, to }: PhaseTask): void {
  try {
    for (const phase of world.world.phases.slice(from, to)) {
      runShare(phase, shard, shards)
      barrier.wait()
    }
  } catch (error) {
    barrier.abort()
    throw error
  }
}

let bound: Promise<SharedWorld> | undefined

/** A piscina task. */
export default async function runPhases(task: PhaseTask): Promise<void> {
  bound ??= bindShared(Piscina.workerData as ThreadData)
  runShard(await bound, task)
}
