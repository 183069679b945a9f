import { stateHash } from '../../actors/state-hash.ts'
import { type AnyScenario, actingCapacity, actingGroups, type Replay, type World } from '../core/scenario.ts'
import type { BoundWorld } from '../core/world.ts'
import { openStage, type StageOptions } from './stage.ts'

/** What `run` and `bench` end with. */
export interface Measurement {
  readonly scenario: string
  /** Agents of all worlds that can act at once; of worlds with a population, its mean over the steps. */
  readonly agents: number
  readonly threads: number
  readonly hosts: number
  readonly policy: string
  readonly seed: number
  /** Steps of all worlds together. */
  readonly steps: number
  readonly agentSteps: number
  readonly seconds: number
  readonly agentStepsPerSecond: number
  /** Seconds by phase, summed over the worlds; of shards that work side by side the slowest counts. */
  readonly phases: Readonly<Record<string, number>>
  readonly peakRssBytes: number
  readonly stateHash: string
  readonly metrics: Readonly<Record<string, number>>
}

export interface MeasureOptions extends StageOptions {
  /** Policy of each group, by index. */
  readonly assignment: readonly number[]
  /** Steps of each world. */
  readonly steps: number
  /** Steps of each world before the clock starts. */
  readonly warmup: number
  /** Each world stops at the end of its first episode. */
  readonly untilEpisodeEnds: boolean
  /** Starts what is written of the first world, step by step. */
  readonly openReplay?: (world: World) => Replay | undefined
  readonly onProgress: (stepsDone: number, agentSteps: number) => void
  readonly signal: AbortSignal
}

/** Plays all worlds for a number of steps and measures it. @throws ERR_ARENA_TOO_LARGE */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { groups, population } = options.world.spec
  const acting = actingGroups(groups)
  const stage = openStage(options)
  let replay: Replay | undefined
  try {
    replay = options.openReplay?.(stage.pool.world(0).world)
    const segmentSteps = replay ? 1 : options.segmentSteps
    const advance = (steps: number, total: Totals) =>
      Promise.all(Array.from({ length: options.worlds }, (_, world) => advanceWorld(world, steps, total)))
    const advanceWorld = async (world: number, steps: number, total: Totals): Promise<void> => {
      for (let done = 0; done < steps && !options.signal.aborted; ) {
        const result = await stage.play(world, options.assignment, Math.min(segmentSteps, steps - done))
        replay?.write()
        done += result.steps
        total.add(result)
        options.onProgress(total.steps, total.agentSteps)
        if (result.episode && options.untilEpisodeEnds) return
      }
    }
    // Threads start and worlds are set up before the clock does.
    await Promise.all(
      Array.from({ length: options.worlds }, (_, world) => stage.play(world, options.assignment, 0)),
    )
    await advance(options.warmup, new Totals())
    const worlds = Array.from({ length: options.worlds }, (_, world) => stage.pool.world(world))
    const total = new Totals()
    const since = performance.now()
    await advance(options.steps, total)
    const seconds = (performance.now() - since) / 1000
    return {
      scenario: options.world.scenario.name,
      agents:
        population === undefined
          ? options.worlds * actingCapacity(groups)
          : Math.round((options.worlds * total.agentSteps) / Math.max(1, total.steps)),
      threads: options.threads,
      hosts: 1,
      policy: acting.map((group) => options.policies[options.assignment[group]!]!.name).join(' vs '),
      seed: options.seed,
      steps: total.steps,
      agentSteps: total.agentSteps,
      seconds,
      agentStepsPerSecond: Math.round(total.agentSteps / seconds),
      phases: total.phases,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      stateHash: stateHash(worlds),
      metrics: { ...joinMetrics(worlds, options.world.scenario.averages), episodes: total.episodes },
    }
  } finally {
    replay?.close()
    await stage.close()
  }
}

class Totals {
  steps = 0
  agentSteps = 0
  episodes = 0
  readonly phases: Record<string, number> = {}

  add(result: {
    readonly steps: number
    readonly agentSteps: number
    readonly episode?: unknown
    readonly phases: Readonly<Record<string, number>>
  }): void {
    this.steps += result.steps
    this.agentSteps += result.agentSteps
    if (result.episode) this.episodes++
    for (const [name, seconds] of Object.entries(result.phases)) {
      this.phases[name] = (this.phases[name] ?? 0) + seconds
    }
  }
}

/** The worlds' own figures at the end: means of those that are averages, sums of all others. */
function joinMetrics(
  worlds: readonly BoundWorld[],
  averages: AnyScenario['averages'] = [],
): Record<string, number> {
  const joined: Record<string, number> = {}
  for (const { world } of worlds) {
    for (const [name, value] of Object.entries(world.metrics())) joined[name] = (joined[name] ?? 0) + value
  }
  for (const name of averages === 'all' ? Object.keys(joined) : averages) joined[name]! /= worlds.length
  return joined
}
