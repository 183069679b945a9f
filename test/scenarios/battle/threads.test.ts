import t from 'tap'
import { planHost, sendPlan } from '../../../actors/host-plan.ts'
import { createArena } from '../../../runtime/core/memory/arena.ts'
import type { DriveWorld } from '../../../runtime/core/verify.ts'
import { bindWorld } from '../../../runtime/core/world.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { LIMIT_BYTES } from '../../fixtures/hosts.ts'
import { lendThreads } from '../../fixtures/lent-threads.ts'
import type { LentPhaseTask } from '../../fixtures/phases-task.ts'
import { recording } from '../../fixtures/recordings.ts'

/** Numbers of threads, by turns; one thread replays every recording in verify.test.ts. */
const THREADS = [2, 3, 8]

/** Every recording but those traces that recorded observations name: these replay them too. */
const RECORDINGS = [
  { name: 'battle_20x20_contested_obs', steps: 38, observations: 80 },
  { name: 'battle_20x20_orderfree_obs', steps: 30, observations: 16 },
  { name: 'battle_45x45_contested_obs', steps: 60, observations: 116 },
  { name: 'battle_45x45_orderfree_obs', steps: 60, observations: 32 },
  { name: 'battle_100x100_largemap', steps: 30, observations: 0 },
  { name: 'battle_micro_scenarios', steps: 31, observations: 4 },
] as const

const pool = lendThreads(t, 'phases-task.js', Math.max(...THREADS))
let worlds = 0

/** Steps worlds in as many shards, on threads of the pool. */
function driveOnPool(shards: number): DriveWorld {
  return async (world, scenario) => {
    const plan = planHost({
      world,
      policies: [],
      worldCount: 1,
      firstWorld: 0,
      shards,
      lanes: 1,
      segmentSteps: 1,
      seed: 0,
      sampleAgents: 0,
    })
    const arena = createArena(plan.arena, LIMIT_BYTES)
    const task = { world: worlds++, memory: arena.memory, plan: sendPlan(plan), scenario }
    return {
      bound: bindWorld(world, arena, 'worlds', 0, shards),
      async runPhases(from, to) {
        const tasks = Array.from(
          { length: shards },
          (_, shard): LentPhaseTask => ({ ...task, shard, from, to }),
        )
        await Promise.all(tasks.map((shard) => pool.run(shard)))
      },
      async close() {},
    }
  }
}

for (const [i, { name, ...counts }] of RECORDINGS.entries()) {
  const shards = THREADS[i % THREADS.length]!
  t.test(`${name} is replayed bit for bit on ${shards} threads`, async (t) => {
    t.same(await battle.verify!(recording(`${name}.json`), driveOnPool(shards)), counts)
  })
}
