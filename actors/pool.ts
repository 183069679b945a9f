import { RuntimeError } from '../runtime/core/errors.ts'
import { Fifo } from '../runtime/core/fifo.ts'
import { type Arena, bindRecord, createArena, recordOffset } from '../runtime/core/memory/arena.ts'
import { Barrier } from '../runtime/core/memory/barrier.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import { actingGroups, Clock } from '../runtime/core/scenario.ts'
import { type BoundWorld, bindWorld, writeConstants } from '../runtime/core/world.ts'
import { type HostPlan, networkOf, programIndex, SLABS_PER_LANE, type SlabColumns } from './host-plan.ts'
import { writeProgram } from './kernels/program.ts'
import { stagesOf } from './kernels/stages.ts'
import { allocateRings, bindRings, bindSlabs } from './lane.ts'
import type { SegmentResult, SegmentTask } from './segment.ts'
import type { TaskOutcome } from './segment-task.ts'
import { openThreads } from './threads.ts'

export interface RolloutPool {
  readonly plan: HostPlan
  readonly arena: Arena
  /** A world as the orchestrator sees it, between its segments. */
  world(index: number): BoundWorld
  /**
   * Runs one segment of one world, on as many threads as it has shards, once a lane is free.
   *
   * @param request a function is asked when the lane is free, for what should be the newest then
   * @throws the error of the shard that failed first; the world must then be restarted
   */
  run(request: SegmentRequest | (() => SegmentRequest)): Promise<PlayedSegment>
  /** Gives up the current episode of a world after a failure: its next segment starts a new one. */
  restart(world: number): void
  close(): Promise<void>
}

/** A segment as it is asked for. Its place among shards and lanes is the pool's to choose. */
export type SegmentRequest = Omit<SegmentTask, 'shard' | 'lane'>

export interface PlayedSegment extends SegmentResult {
  /** What was recorded, if anything. While a lane has no free slab, its segments are not recorded. */
  readonly slab?: FilledSlab
}

/** Give it back with `release` once its content is copied. */
export interface FilledSlab {
  readonly views: Views<SlabColumns>
  release(): void
}

/**
 * Allocates the arena of a host and starts its threads.
 *
 * @param scenario reference under which threads load the plan's scenario
 * @param limitBytes memory that may be taken
 * @throws ERR_ARENA_TOO_LARGE
 */
export function openPool(plan: HostPlan, scenario: string, threads: number, limitBytes: number): RolloutPool {
  // The shards of a world start together or not at all.
  if (plan.shards > threads) {
    throw new RangeError(`pool: expected at least ${plan.shards} threads for as many shards, got ${threads}`)
  }
  const arena = createArena(plan.arena, limitBytes)
  writeConstants(plan.world, arena)
  writePrograms(plan, arena)
  const rings = plan.recording ? Array.from({ length: plan.lanes }, (_, lane) => allocateRings(lane)) : []
  const couriers = rings.map(bindRings)
  const slabs = bindSlabs(plan, arena)
  const release = (slab: number) => couriers[Math.floor(slab / SLABS_PER_LANE)]!.free.tryPush(slab)
  const lanes = new Turns(plan.lanes)
  const workers = openThreads('runSegment', plan, arena, scenario, threads, rings)
  const bound = Array.from({ length: plan.worldCount }, (_, i) =>
    bindWorld(plan.world, arena, 'worlds', i, plan.shards),
  )
  const frames = bound.map((_, i) => bindRecord(arena, 'frames', plan.frame, i))
  for (const { slab } of frames) slab[0] = -1
  const barriers = frames.map(({ barrier }) => new Barrier(barrier, plan.shards))

  return {
    plan,
    arena,
    world: (index) => bound[index]!,

    async run(request) {
      const lane = await lanes.take()
      const task = typeof request === 'function' ? request() : request
      const shards = Array.from({ length: plan.shards }, async (_, shard): Promise<SegmentResult> => {
        try {
          return resultOf((await workers.run({ ...task, shard, lane })) as TaskOutcome)
        } catch (error) {
          // A thread that died could not release the others itself.
          barriers[task.world]!.abort()
          throw error
        }
      })
      const settled = await Promise.allSettled(shards)
      const failed = settled
        .filter((result) => result.status === 'rejected')
        .map((result) => result.reason as unknown)
      const filled = couriers[lane]?.filled.tryPop() ?? -1
      if (failed.length > 0) {
        const { slab } = frames[task.world]!
        for (const lost of [filled, slab[0]!]) if (lost >= 0) release(lost)
        slab[0] = -1
      }
      lanes.give(lane)
      if (failed.length > 0) {
        throw failed.find((reason) => !isBarrierError(reason)) ?? failed[0]
      }
      const result = mergeShards(
        settled.map((shard) => (shard as PromiseFulfilledResult<SegmentResult>).value),
      )
      if (filled < 0) return result
      return { ...result, slab: { views: slabs[filled]!, release: () => release(filled) } }
    },

    restart(world) {
      const { clock } = bound[world]!.agents
      barriers[world]!.reset()
      if (clock[Clock.running] === 1) {
        clock[Clock.running] = 0
        clock[Clock.episode]!++
      }
    },

    close: () => workers.close(),
  }
}

/** Whose turn it is on a few lanes: first come, first served. */
class Turns {
  readonly #free: number[]
  readonly #waiting = new Fifo<(lane: number) => void>()

  constructor(lanes: number) {
    this.#free = Array.from({ length: lanes }, (_, lane) => lanes - 1 - lane)
  }

  async take(): Promise<number> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(lane: number): void {
    const next = this.#waiting.shift()
    if (next) next(lane)
    else this.#free.push(lane)
  }
}

/** @throws the error that ended the task, as it was thrown there */
function resultOf(outcome: TaskOutcome): SegmentResult {
  if (outcome.kind === 'done') return outcome.result
  const { code, message, stack, details } = outcome
  const error = code ? new RuntimeError(code, message, details && { details }) : new Error(message)
  if (stack !== undefined) error.stack = stack
  throw error
}

function isBarrierError(reason: unknown): boolean {
  return (reason as { readonly code?: unknown }).code === 'ERR_BARRIER_ABORTED'
}

/** Counts are the same in every shard; times are the slowest shard's. */
function mergeShards(results: readonly SegmentResult[]): SegmentResult {
  const [first, ...others] = results as [SegmentResult, ...SegmentResult[]]
  const phases: Record<string, number> = { ...first.phases }
  for (const { phases: seconds } of others) {
    for (const [name, value] of Object.entries(seconds)) phases[name] = Math.max(phases[name] ?? 0, value)
  }
  return { ...first, phases }
}

/** Writes what the kernel needs to know of the plan's networks. */
export function writePrograms(plan: HostPlan, arena: Arena): void {
  const { groups } = plan.world.spec
  for (const [index, policy] of plan.policies.entries()) {
    if (policy.kind !== 'learned') continue
    for (const group of actingGroups(groups)) {
      const network = networkOf(plan.world, group, policy.acting)
      for (const [number, stage] of stagesOf(network).entries()) {
        const at = recordOffset(arena, 'programs', programIndex(plan, index, group, number))
        const { words, codes, image } = plan.program.offsets
        const place = { words: at + words, codes: at + codes, image: at + image }
        writeProgram(network, stage, arena.heap, place)
      }
    }
  }
}
