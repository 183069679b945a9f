import { type Arena, bindRecord, recordOffset } from '../runtime/core/memory/arena.ts'
import { Barrier } from '../runtime/core/memory/barrier.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import { episodeKey } from '../runtime/core/rng.ts'
import { Clock } from '../runtime/core/scenario.ts'
import { type BoundWorld, bindWorld } from '../runtime/core/world.ts'
import {
  BLOCK_AGENTS,
  CHUNK_AGENTS,
  type FrameColumns,
  type HostPlan,
  type SlabColumns,
  SlabHeader,
} from './host-plan.ts'
import type { Kernel } from './kernels/kernel.ts'
import type { Lane } from './lane.ts'
import { runShare, shareOf } from './phase-share.ts'
import { type BoundPolicy, bindPolicy, type PolicyMemory } from './policy.ts'
import { openRecorder, type Recorder } from './recorder.ts'

/** One segment of one world, as asked for by the orchestrator. The same for all shards of the world. */
export interface SegmentTask {
  /** Index of the world on this host. */
  readonly world: number
  readonly shard: number
  /** Whose memory the segment uses. */
  readonly lane: number
  /** Policy of each group, as an index into the plan's policies. */
  readonly assignment: readonly number[]
  /** Record of the region `parameters` to read for each policy; −1 for policies without. */
  readonly parameters: readonly number[]
  /** Version of the parameters of the recorded group. */
  readonly version: number
  /** Epsilon or temperature of each policy. */
  readonly exploration: readonly number[]
  /** Group whose experience is recorded, or −1. */
  readonly recordGroup: number
  /** The episode that is started when none runs; left out, the world's next one. */
  readonly starts?: EpisodeName
  /**
   * At most this many steps of the world; fewer when the episode ends. A segment that is recorded has whole decisions; any
   * other may stop within one, and the next goes on with it.
   */
  readonly steps: number
}

/** What an episode's key, and with it all draws in it, hangs on beside the seed. Each is below 2³¹. */
export interface EpisodeName {
  readonly world: number
  readonly episode: number
}

export interface EpisodeResult {
  /** Index of the world among all hosts' worlds. */
  readonly world: number
  readonly episode: number
  readonly steps: number
  /** Total reward of each group. */
  readonly groupReward: readonly number[]
  readonly score: readonly number[]
  /** Policy of each group in the last segment. */
  readonly assignment: readonly number[]
  readonly metrics: Readonly<Record<string, number>>
  /** Of each group. */
  readonly groupMetrics: readonly Readonly<Record<string, number>>[]
}

export interface SegmentResult {
  readonly steps: number
  /** Agents that acted, or the world's population, summed over the steps. */
  readonly agentSteps: number
  /** Set when the segment ended an episode. */
  readonly episode?: EpisodeResult
  /** Seconds by phase, of this shard. */
  readonly phases: Readonly<Record<string, number>>
}

/**
 * Runs segments of one world on the current thread, as one of the world's shards. All state lies in
 * the arena: any thread may run the world's next segment.
 *
 * Shard 0 does what is serial; between the parts of a step all shards meet at the world's barrier.
 */
export class SegmentRunner {
  readonly #plan: HostPlan
  readonly #arena: Arena
  readonly #world: number
  readonly #shard: number
  readonly #bound: BoundWorld
  readonly #frame: Views<FrameColumns>
  readonly #kernel: Kernel
  readonly #slabs: readonly Views<SlabColumns>[]
  readonly #barrier: Barrier
  /** [policy][group] */
  readonly #policies: readonly (readonly BoundPolicy[])[]
  readonly #seconds = new Map<string, number>()
  /** Of the running segment. */
  #lane!: Lane
  #since = 0

  /** @param slabs of all lanes, by number */
  constructor(
    plan: HostPlan,
    arena: Arena,
    kernel: Kernel,
    slabs: readonly Views<SlabColumns>[],
    world: number,
    shard: number,
  ) {
    this.#plan = plan
    this.#arena = arena
    this.#world = world
    this.#shard = shard
    this.#bound = bindWorld(plan.world, arena, 'worlds', world, plan.shards)
    this.#frame = bindRecord(arena, 'frames', plan.frame, world)
    this.#kernel = kernel
    this.#slabs = slabs
    this.#barrier = new Barrier(this.#frame.barrier, plan.shards)
    this.#policies = plan.policies.map((spec, index) =>
      plan.world.spec.groups.map((_, group) =>
        bindPolicy(spec, index, group, plan, this.#bound, arena, kernel),
      ),
    )
  }

  /** @throws whatever the scenario throws, after releasing the other shards */
  run(task: SegmentTask, lane: Lane): SegmentResult {
    this.#lane = lane
    this.#seconds.clear()
    this.#since = performance.now()
    try {
      return this.#run(task)
    } catch (error) {
      this.#barrier.abort()
      throw error
    }
  }

  #run(task: SegmentTask): SegmentResult {
    const { clock } = this.#bound.agents
    const { world, plan } = this.#bound
    if (this.#shard === 0) {
      this.#frame.slab[0] = task.recordGroup < 0 ? -1 : this.#lane.rings!.free.tryPop()
      if (clock[Clock.running] === 0) this.#startEpisode(task.starts)
      this.#openRecorder(task)?.start()
    }
    this.#meet('reset')
    const recorder = this.#openRecorder(task)
    // Shard 0 moves the clock on while others still record: each counts for itself.
    const startStep = clock[Clock.step]!
    let acting = plan.spec.groups.map(() => 0)
    let next = [...acting]
    let count = this.#countActing(acting)
    this.#meet('reset')
    let steps = 0
    let decisions = 0
    let agentSteps = 0
    let ended = false
    let over = false
    while (steps < task.steps && !over) {
      const opens = (startStep + steps) % plan.decisionSteps === 0
      // Shard 0 may still move the clock on. Where nobody decides and the first phase is shared, nothing else keeps the
      // others from reading it.
      if (opens) {
        this.#observeShared(task, recorder, decisions)
        this.#act(task, recorder, acting, decisions)
      } else if (world.phases[0]?.kind === 'range') this.#meet('record')
      this.#step()
      steps++
      agentSteps += world.population?.() ?? count
      ended = world.ended()
      over = ended || startStep + steps >= plan.spec.maxSteps
      const closes = over || (startStep + steps) % plan.decisionSteps === 0
      recorder?.advance({ opens, closes, ended })
      if (closes) decisions++
      this.#sum(acting)
      count = this.#countActing(next)
      this.#meet('record')
      if (this.#shard === 0) this.#account(acting, over)
      this.#lap('record')
      ;[acting, next] = [next, acting]
    }
    this.#meet('record')
    const transitions = recorder?.rows ?? 0
    if (!ended && recorder) {
      if (this.#shard === 0)
        this.#writeShared(
          task.recordGroup,
          this.#policyMemory(task, recorder, task.recordGroup, decisions).shared,
        )
      recorder.bootstrap(decisions)
      this.#lap('observe')
    }
    const episode = over && this.#shard === 0 ? this.#describeEpisode(task) : undefined
    if (this.#shard === 0 && recorder) this.#closeSlab(task, recorder.rows, decisions, transitions)
    this.#meet('record')
    const phases = Object.fromEntries(this.#seconds)
    return { steps, agentSteps, phases, ...(episode && { episode }) }
  }

  /** Agents that act, by group into `out` and in all. While no shard is stepping: phases change the lists. */
  #countActing(out: number[]): number {
    const { living } = this.#bound.agents
    const { groups } = this.#bound.plan.spec
    let count = 0
    for (let group = 0; group < out.length; group++) {
      out[group] = groups[group]!.passive ? 0 : living[group]!
      count += out[group]!
    }
    return count
  }

  /** The recorder of a segment; none when nothing is to be recorded, or no slab was free. */
  #openRecorder(task: SegmentTask): Recorder | undefined {
    const slab = this.#frame.slab[0]!
    if (slab < 0) return undefined
    const setup = {
      plan: this.#plan,
      arena: this.#arena,
      bound: this.#bound,
      frame: this.#frame,
      share: (count: number) => this.#share(count),
      isFirst: this.#shard === 0,
    }
    return openRecorder(setup, task.recordGroup, slab, this.#slabs[slab]!)
  }

  #startEpisode(starts: EpisodeName | undefined): void {
    const { clock, key } = this.#bound.agents
    const { plan } = this.#bound
    clock[Clock.world] = starts?.world ?? this.#plan.firstWorld + this.#world
    if (starts) clock[Clock.episode] = starts.episode
    clock[Clock.step] = 0
    clock[Clock.running] = 1
    episodeKey(this.#plan.seed, clock[Clock.world]!, clock[Clock.episode]!, key)
    this.#frame.groupReward.fill(0)
    // Before anyone has acted, every action is as likely as any other.
    const stride = this.#frame.meanAction.length / plan.spec.groups.length
    for (const [group, { actions }] of plan.spec.groups.entries()) {
      this.#frame.meanAction.fill(1 / actions, group * stride, group * stride + actions)
    }
    this.#bound.world.reset()
  }

  /** What a whole group sees alike, and its share of the first layer: by shard 0. */
  #observeShared(task: SegmentTask, recorder: Recorder | undefined, decision: number): void {
    if (this.#shard === 0) {
      for (let group = 0; group < task.assignment.length; group++) {
        const policy = this.#policies[task.assignment[group]!]![group]!
        const isRecorded = recorder !== undefined && group === task.recordGroup
        const isAsked = policy.observes && !this.#plan.world.spec.groups[group]!.passive
        if (!isAsked && !isRecorded) continue
        const memory = this.#policyMemory(task, recorder, group, decision)
        this.#writeShared(group, memory.shared)
        if (policy.observes) policy.prepare(memory, this.#parametersOf(task, group))
      }
    }
    this.#meet('observe')
  }

  #writeShared(group: number, at: number): void {
    const { meanAction } = this.#frame
    const { groups } = this.#bound.plan.spec
    this.#bound.world.observeShared?.(group, at)
    const first = at / 4 + groups[group]!.observation.shared
    const stride = meanAction.length / groups.length
    const room = Math.min(groups[group]!.actions, this.#sharedStride() - groups[group]!.observation.shared)
    for (let a = 0; a < room; a++) this.#arena.heap.f32[first + a] = meanAction[group * stride + a]!
  }

  #sharedStride(): number {
    return this.#frame.shared.length / this.#bound.plan.spec.groups.length
  }

  #policyMemory(
    task: SegmentTask,
    recorder: Recorder | undefined,
    group: number,
    decision: number,
  ): PolicyMemory {
    const { frame, shard, slab } = this.#plan
    const frameAt = recordOffset(this.#arena, 'frames', this.#world)
    const shardAt = this.#lane.scratchAt
    const sharedBytes = this.#sharedStride() * 4
    const baseBytes = (this.#frame.base.length / task.assignment.length) * 4
    const isRecorded = recorder !== undefined && group === task.recordGroup
    const isLogged = isRecorded && this.#frame.logProbability.length > 0
    const keptBytes = 4 * this.#plan.keptFloats
    return {
      records: shardAt + shard.offsets.observation,
      values: shardAt + shard.offsets.values,
      scratch: shardAt + shard.offsets.scratch,
      base: frameAt + frame.offsets.base + group * baseBytes,
      kept: this.#lane.keptAt + this.#bound.plan.slots[group]! * keptBytes,
      keptHalf: (this.#bound.plan.spec.groups[group]!.capacity * keptBytes) / 2,
      heard: shardAt + shard.offsets.heard,
      total: shardAt + shard.offsets.total,
      logs: isLogged ? frameAt + frame.offsets.logProbability + 4 * this.#bound.plan.slots[group]! : 0,
      shared: isRecorded
        ? this.#slabAt() + slab.offsets.shared + decision * sharedBytes
        : frameAt + frame.offsets.shared + group * sharedBytes,
    }
  }

  #slabAt(): number {
    return recordOffset(this.#arena, 'slabs', this.#frame.slab[0]!)
  }

  #parametersOf(task: SegmentTask, group: number): number {
    const record = task.parameters[task.assignment[group]!]!
    return record < 0 ? 0 : recordOffset(this.#arena, 'parameters', record)
  }

  #act(task: SegmentTask, recorder: Recorder | undefined, acting: readonly number[], decision: number): void {
    for (let group = 0; group < acting.length; group++) {
      const index = task.assignment[group]!
      const policy = this.#policies[index]![group]!
      const [from, to] = this.#share(acting[group]!)
      const memory = this.#policyMemory(task, recorder, group, decision)
      const isRecorded = recorder !== undefined && group === task.recordGroup
      if (isRecorded) recorder.observe(acting[group]!)
      for (let start = from; start < to; start += CHUNK_AGENTS) {
        const end = Math.min(to, start + CHUNK_AGENTS)
        const place = isRecorded ? recorder.placeOf(start) : -1
        const records = place < 0 ? memory.records : place
        if (policy.observes || place >= 0) this.#bound.world.observe(group, start, end, records)
        this.#lap('observe')
        policy.act(
          start,
          end,
          { ...memory, records },
          this.#parametersOf(task, group),
          task.exploration[index]!,
        )
        this.#lap('policy')
      }
      for (const round of policy.rounds) {
        this.#meet('policy')
        const share = { from, to, count: acting[group]!, shard: this.#shard, shards: this.#plan.shards }
        round(share, memory, this.#parametersOf(task, group), task.exploration[index]!)
      }
    }
    this.#meet('policy')
    if (!recorder) return
    recorder.decide(decision)
    this.#meet('record')
  }

  #step(): void {
    for (const phase of this.#bound.world.phases) {
      runShare(phase, this.#shard, this.#plan.shards)
      this.#meet(phase.name)
    }
  }

  /** Adds up this shard's blocks of agents: rewards by block, actions of the whole group. */
  #sum(acting: readonly number[]): void {
    const { action, reward, next } = this.#bound.agents
    const { blockReward, actionCount } = this.#frame
    const own = this.#lane.scratch.actionCount
    const blocks = blockReward.length / acting.length
    const stride = actionCount.length / acting.length
    for (let group = 0; group < acting.length; group++) {
      own.fill(0)
      const [from, to] = this.#share(Math.ceil(acting[group]! / BLOCK_AGENTS))
      for (let block = from; block < to; block++) {
        const slot = this.#bound.plan.slots[group]! + block * BLOCK_AGENTS
        const count = Math.min(BLOCK_AGENTS, acting[group]! - block * BLOCK_AGENTS)
        blockReward[group * blocks + block] = this.#kernel.sumBlock(
          action.byteOffset + 2 * slot,
          reward.byteOffset + 4 * slot,
          next.byteOffset + 4 * slot,
          count,
          own.byteOffset,
        )
      }
      if (from === to) continue
      for (let a = 0; a < stride; a++) {
        if (own[a] !== 0) Atomics.add(actionCount, group * stride + a, own[a]!)
      }
    }
  }

  /** What shard 0 keeps for the whole world: rewards of the groups, mean actions, the clock. */
  #account(acting: readonly number[], over: boolean): void {
    const { clock } = this.#bound.agents
    const { groupReward, meanAction, blockReward, actionCount } = this.#frame
    const stride = meanAction.length / acting.length
    const blocks = blockReward.length / acting.length
    for (let group = 0; group < acting.length; group++) {
      let total = 0
      const end = group * blocks + Math.ceil(acting[group]! / BLOCK_AGENTS)
      for (let block = group * blocks; block < end; block++) total += blockReward[block]!
      groupReward[group]! += total
      let survivors = 0
      for (let a = group * stride; a < (group + 1) * stride; a++) survivors += actionCount[a]!
      for (let a = group * stride; a < (group + 1) * stride; a++) {
        meanAction[a] = survivors === 0 ? 0 : actionCount[a]! / survivors
        actionCount[a] = 0
      }
    }
    clock[Clock.step]!++
    if (over) {
      clock[Clock.running] = 0
      clock[Clock.episode]!++
    }
  }

  #closeSlab(task: SegmentTask, rows: number, decisions: number, transitions: number): void {
    const slab = this.#frame.slab[0]!
    const { header } = this.#slabs[slab]!
    header[SlabHeader.rows] = rows
    header[SlabHeader.decisions] = decisions
    header[SlabHeader.group] = task.recordGroup
    header[SlabHeader.transitions] = transitions
    header[SlabHeader.version] = task.version
    this.#frame.slab[0] = -1
    this.#lane.rings!.filled.tryPush(slab)
  }

  #describeEpisode(task: SegmentTask): EpisodeResult {
    const { clock } = this.#bound.agents
    const { world, plan } = this.#bound
    return {
      world: clock[Clock.world]!,
      episode: clock[Clock.episode]! - 1,
      steps: clock[Clock.step]!,
      groupReward: [...this.#frame.groupReward],
      score: plan.spec.groups.map((_, group) => world.score(group)),
      assignment: task.assignment,
      metrics: world.metrics(),
      groupMetrics: plan.spec.groups.map((_, group) => world.groupMetrics?.(group) ?? {}),
    }
  }

  /** This shard's part of `count` items. */
  #share(count: number): readonly [from: number, to: number] {
    return shareOf(count, this.#shard, this.#plan.shards)
  }

  /** Books the time since the last lap, then waits for the other shards. */
  #meet(phase: string): void {
    this.#lap(phase)
    this.#barrier.wait()
    if (this.#plan.shards > 1) this.#lap('barrier')
  }

  #lap(phase: string): void {
    const now = performance.now()
    this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + (now - this.#since) / 1000)
    this.#since = now
  }
}
