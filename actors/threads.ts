import { Piscina } from 'piscina'
import type { Arena } from '../runtime/core/memory/arena.ts'
import type { HostPlan } from './host-plan.ts'
import type { ThreadData } from './segment-task.ts'
import type { RingStorage } from './slab-rings.ts'

/**
 * Starts the worker threads of a host, each bound to its arena.
 *
 * @param task     name of the module beside this one whose default export is the task
 * @param scenario reference under which threads load the plan's scenario
 * @param rings    of each world, when the plan records
 */
export function openThreads(
  task: 'segment-task' | 'phase-task',
  plan: HostPlan,
  arena: Arena,
  scenario: string,
  threads: number,
  rings: readonly RingStorage[],
): Piscina {
  const { world, ...rest } = plan
  const workerData: ThreadData = { memory: arena.memory, plan: rest, scenario, options: world.options, rings }
  return new Piscina({
    filename: new URL(`./${task}.js`, import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    workerData,
  })
}
