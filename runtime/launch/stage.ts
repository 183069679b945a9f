import { totalmem } from 'node:os'
import { planHost } from '../../actors/host-plan.ts'
import { ParameterStore } from '../../actors/parameter-store.ts'
import { openPool, type RolloutPool } from '../../actors/pool.ts'
import { threading } from '../../actors/rollout-host.ts'
import type { EpisodeName, SegmentResult } from '../../actors/segment.ts'
import type { WorldPlan } from '../core/world.ts'
import { type NamedPolicy, packLearned, toSpecs } from './policies.ts'

export interface StageOptions {
  readonly world: WorldPlan
  /** Reference under which threads load the scenario. */
  readonly scenario: string
  readonly policies: readonly NamedPolicy[]
  readonly worlds: number
  readonly threads: number
  readonly segmentSteps: number
  readonly seed: number
  /** Observations are packed for policies that do not look at them, too. */
  readonly observeAll?: boolean
}

/** Worlds that are played with fixed policies and without learning. */
export interface Stage {
  readonly pool: RolloutPool
  /**
   * Runs at most `steps` steps of one world.
   *
   * @param assignment policy of each group, by index
   * @param starts     the episode that is started when none runs; left out, the world's next one
   */
  play(
    world: number,
    assignment: readonly number[],
    steps: number,
    starts?: EpisodeName,
  ): Promise<SegmentResult>
  close(): Promise<void>
}

/** @throws ERR_ARENA_TOO_LARGE */
export function openStage(options: StageOptions): Stage {
  const { world, policies, worlds, threads, segmentSteps, seed } = options
  const plan = planHost({
    world,
    policies: toSpecs(policies, options.observeAll ?? false),
    worldCount: worlds,
    firstWorld: 0,
    ...threading(world, worlds, threads),
    segmentSteps,
    seed,
    sampleAgents: 0,
  })
  const pool = openPool(plan, options.scenario, threads, memoryLimit())
  const parameters = new ParameterStore(pool.arena, plan)
  parameters.publish(0, packLearned(policies, world))
  const { records } = parameters.hold()
  const exploration = policies.map((policy) => policy.exploration)
  return {
    pool,
    play: (index, assignment, steps, starts) =>
      pool.run({
        world: index,
        assignment,
        parameters: records,
        version: 0,
        exploration,
        recordGroup: -1,
        ...(starts && { starts }),
        steps,
      }),
    close: () => pool.close(),
  }
}

/** Memory that an arena may take: the machine's or the container's, less a share for everything else. */
export function memoryLimit(): number {
  const container = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.floor(Math.min(totalmem(), container) * 0.9)
}
