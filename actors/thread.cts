import type { PhaseTask } from './phase-task.ts'
import type { SegmentTask } from './segment.ts'
import type { TaskOutcome } from './segment-task.ts'

// Piscina requires the module of its tasks, and a thread that is stopped while Node requires an ES module
// takes the whole process with it (v8::Module::IsGraphAsync). So this one is none, and imports the others.

/** The tasks of worker threads. */
module.exports = {
  async runSegment(task: SegmentTask): Promise<TaskOutcome> {
    return (await import('./segment-task.ts')).default(task)
  },
  async runPhases(task: PhaseTask): Promise<void> {
    return (await import('./phase-task.ts')).default(task)
  },
}
