import { createArena } from '../runtime/core/memory/arena.ts'
import type { DrivenWorld, DriveWorld } from '../runtime/core/verify.ts'
import { bindWorld, createWorld, writeConstants } from '../runtime/core/world.ts'
import { planHost } from './host-plan.ts'
import { runShare } from './phase-share.ts'
import { openThreads } from './threads.ts'

/** Worlds that are stepped phase by phase: on the calling thread, or in shards on worker threads. */
export function driveOn(threads: number, limitBytes: number): DriveWorld {
  return async (plan, module) => {
    if (threads === 1) return driveInline(createWorld(plan, limitBytes))
    const host = planHost({
      world: plan,
      policies: [],
      worldCount: 1,
      firstWorld: 0,
      shards: threads,
      lanes: 1,
      segmentSteps: 1,
      seed: 0,
      sampleAgents: 0,
    })
    const arena = createArena(host.arena, limitBytes)
    writeConstants(plan, arena)
    const workers = openThreads('runPhases', host, arena, module, threads, [])
    return {
      bound: bindWorld(plan, arena, 'worlds', 0, threads),
      async runPhases(from, to) {
        const shards = Array.from({ length: threads }, (_, shard) => workers.run({ shard, from, to }))
        await Promise.all(shards)
      },
      close: () => workers.close(),
    }
  }
}

function driveInline(bound: DrivenWorld['bound']): DrivenWorld {
  return {
    bound,
    async runPhases(from, to) {
      for (const phase of bound.world.phases.slice(from, to)) runShare(phase, 0, 1)
    },
    async close() {},
  }
}
