import { Piscina } from 'piscina'
import { type ErrorCode, RuntimeError } from '../runtime/core/errors.ts'
import { type Arena, bindArena } from '../runtime/core/memory/arena.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import { loadScenario } from '../scenarios/registry.ts'
import { type HostPlan, receivePlan, type SentHostPlan, type SlabColumns } from './host-plan.ts'
import { bindKernel, type Kernel } from './kernels/kernel.ts'
import { bindLane, bindRings, bindSlabs, type RingStorage, type SlabRings } from './lane.ts'
import { type SegmentResult, SegmentRunner, type SegmentTask } from './segment.ts'

/** What a thread is given at its start. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory
  readonly plan: SentHostPlan
  /** Reference under which the thread loads the plan's scenario: functions do not travel. */
  readonly scenario: string
  /** Of each lane, when the plan records. */
  readonly rings: readonly RingStorage[]
}

interface Bound {
  readonly plan: HostPlan
  readonly arena: Arena
  readonly kernel: Kernel
  readonly slabs: readonly Views<SlabColumns>[]
  readonly rings: readonly SlabRings[]
}

let bound: Promise<Bound> | undefined
const runners = new Map<number, SegmentRunner>()

/** Binds the thread to the arena once; nothing but views is kept between tasks. */
async function bind(): Promise<Bound> {
  const { memory, plan: sent, scenario, rings } = Piscina.workerData as ThreadData
  const plan = receivePlan(sent, await loadScenario(scenario))
  const arena = bindArena(memory, plan.arena)
  return {
    plan,
    arena,
    kernel: bindKernel(arena),
    slabs: bindSlabs(plan, arena),
    rings: rings.map(bindRings),
  }
}

/** How a task ended. A failure travels as data: a cloned error keeps no code. */
export type TaskOutcome =
  | { readonly kind: 'done'; readonly result: SegmentResult }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly stack: string | undefined
      /** Of a `RuntimeError`. */
      readonly code?: ErrorCode
      readonly details?: RuntimeError['details']
    }

/** A piscina task: one segment of one shard of one world. */
export default async function runTask(task: SegmentTask): Promise<TaskOutcome> {
  try {
    return { kind: 'done', result: await runSegment(task) }
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    const facts = error instanceof RuntimeError ? { code: error.code, details: error.details } : {}
    return { kind: 'failed', message, stack, ...facts }
  }
}

async function runSegment(task: SegmentTask): Promise<SegmentResult> {
  bound ??= bind()
  const { plan, arena, kernel, slabs, rings } = await bound
  const key = task.world * plan.shards + task.shard
  let runner = runners.get(key)
  if (!runner) {
    runner = new SegmentRunner(plan, arena, kernel, slabs, task.world, task.shard)
    runners.set(key, runner)
  }
  return runner.run(task, bindLane(plan, arena, task.lane, task.shard, rings[task.lane]))
}
