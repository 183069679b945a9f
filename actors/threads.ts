import { Piscina } from 'piscina'
import { RuntimeError } from '../runtime/core/errors.ts'
import type { Arena } from '../runtime/core/memory/arena.ts'
import { type HostPlan, sendPlan } from './host-plan.ts'
import type { RingStorage } from './lane.ts'
import type { ThreadData } from './segment-task.ts'

/** The worker threads of a host, which run one kind of task. */
export interface Threads {
  /**
   * Runs a task on a thread that is free.
   *
   * @throws what the task throws; ERR_ROLLOUT_FAILED from then on when a thread has failed outside of a task
   */
  run(task: object): Promise<unknown>
  close(): Promise<void>
}

/**
 * Starts the worker threads of a host, each bound to its arena.
 *
 * @param task     by its name in thread.cts
 * @param scenario reference under which threads load the plan's scenario
 * @param rings    of each lane, when the plan records
 */
export function openThreads(
  task: 'runSegment' | 'runPhases',
  plan: HostPlan,
  arena: Arena,
  scenario: string,
  threads: number,
  rings: readonly RingStorage[],
): Threads {
  const workerData: ThreadData = { memory: arena.memory, plan: sendPlan(plan), scenario, rings }
  const piscina = new Piscina({
    filename: new URL('./thread.cjs', import.meta.url).href,
    name: task,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    workerData,
  })
  let failure: RuntimeError | undefined
  let ended: Promise<void> | undefined
  const close = (): Promise<void> => {
    ended ??= piscina.destroy()
    return ended
  }
  // A thread that cannot start, for one. Tasks would wait for it without end, so all threads go.
  piscina.on('error', (cause: Error) => {
    const message = `worker threads: one failed outside of its tasks (${cause.message})`
    failure ??= new RuntimeError('ERR_ROLLOUT_FAILED', message, { cause })
    void close()
  })
  return {
    async run(task) {
      try {
        if (failure === undefined) return await piscina.run(task)
      } catch (error) {
        if (failure === undefined) throw error
      }
      // Whoever hears of the failure may rely on it that no thread works on the worlds any more.
      await ended
      throw failure
    },
    close,
  }
}
