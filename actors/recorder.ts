import { agentNumber, NO_ACTION } from '../runtime/core/experience.ts'
import { type Arena, recordOffset } from '../runtime/core/memory/arena.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import { Random, Stream, toUniform } from '../runtime/core/rng.ts'
import { type AgentColumns, Clock } from '../runtime/core/scenario.ts'
import type { BoundWorld } from '../runtime/core/world.ts'
import type { FrameColumns, HostPlan, SlabColumns } from './host-plan.ts'

/** Shares `count` items among the threads of a world: this one's part. */
export type Share = (count: number) => readonly [from: number, to: number]

/** Most of a sample that are agents whose experience is rare. */
const RARE_SHARE = 0.5
const NOBODY = new Int32Array()

/** What a recorder works with: one world, as one of its shards. */
export interface RecorderSetup {
  readonly plan: HostPlan
  readonly arena: Arena
  readonly bound: BoundWorld
  readonly frame: Views<FrameColumns>
  readonly share: Share
  /** Does what is not shared out. */
  readonly isFirst: boolean
}

/** A step, as one of a decision. */
export interface RecordedStep {
  /** It is the decision's first one. */
  readonly opens: boolean
  /** It is the decision's last one, be it because the episode ends. */
  readonly closes: boolean
  /** The episode's task is over: nobody goes on. */
  readonly ended: boolean
}

/**
 * Writes a segment's experience of one group into a slab: a row is one decision of one agent.
 *
 * A decision is `observe`, `decide` when all have chosen, and `advance` behind the phases of each of its steps; `bootstrap` ends a
 * segment whose episode goes on. Between these, and before the phases, all shards meet.
 */
export interface Recorder {
  /** Byte of the slab where the observation of agent `index` of the list is packed, or −1 when `observe` does that. */
  placeOf(index: number): number
  /** Chooses whom to record, at the start of a segment. First shard only. */
  start(): void
  /** Packs the observations of this shard's part of who is recorded. @param count agents in the list */
  observe(count: number): void
  /** Who chose what: phases may move agents to other slots. @param decision its number in the segment */
  decide(decision: number): void
  /** What it brought, and where the agents stand next. */
  advance(step: RecordedStep): void
  /** The observations behind the last decision, of which there were so many: rows without an action. */
  bootstrap(decisions: number): void
  /** Rows so far. */
  readonly rows: number
}

interface Target {
  readonly slab: Views<SlabColumns>
  /** First byte of the slab's records. */
  readonly records: number
  readonly recordBytes: number
  readonly group: number
  /** First slot of the group, and its room. */
  readonly first: number
  readonly capacity: number
}

/** @param slab in which the segment is recorded */
export function openRecorder(
  setup: RecorderSetup,
  group: number,
  slab: number,
  views: Views<SlabColumns>,
): Recorder {
  const { plan, arena, bound } = setup
  const { capacity, observation } = plan.world.spec.groups[group]!
  const at = recordOffset(arena, 'slabs', slab)
  const target: Target = {
    slab: views,
    records: at + plan.slab.offsets.observation,
    recordBytes: observation.recordBytes,
    group,
    first: bound.plan.slots[group]!,
    capacity,
  }
  return capacity > plan.sampleAgents ? new SampleRecorder(setup, target) : new GroupRecorder(setup, target)
}

/** Records all agents of a group, in the order of its list. Observations are packed straight into the slab. */
class GroupRecorder implements Recorder {
  readonly #setup: RecorderSetup
  readonly #target: Target
  #acting = 0
  rows = 0

  constructor(setup: RecorderSetup, target: Target) {
    this.#setup = setup
    this.#target = target
  }

  start(): void {}

  placeOf(index: number): number {
    return this.#target.records + (this.rows + index) * this.#target.recordBytes
  }

  observe(count: number): void {
    this.#acting = count
  }

  decide(decision: number): void {
    const { bound, frame, share } = this.#setup
    const { slab, first, capacity } = this.#target
    const [from, to] = share(this.#acting)
    for (let i = from; i < to; i++) {
      recordChoice(bound.agents, frame, slab, this.rows + i, first + i, capacity, decision)
    }
  }

  /** Within a decision, `slab.next` says in which slot an agent stands. */
  advance(step: RecordedStep): void {
    const { agents } = this.#setup.bound
    const { slab, first } = this.#target
    const nextRow = this.rows + this.#acting
    const [from, to] = this.#setup.share(this.#acting)
    for (let i = from; i < to; i++) {
      const row = this.rows + i
      const after = recordStep(agents, slab, row, step.opens ? first + i : slab.next[row]!, step.opens)
      if (!step.closes) slab.next[row] = after
      else slab.next[row] = step.ended || after < 0 ? -1 : nextRow + after - first
    }
    if (step.closes) this.rows = nextRow
  }

  bootstrap(decisions: number): void {
    const { bound, share } = this.#setup
    const { group, slab, first, capacity } = this.#target
    const count = bound.agents.living[group]!
    const [from, to] = share(count)
    bound.world.observe(group, from, to, this.placeOf(from))
    for (let i = from; i < to; i++) recordAgent(bound.agents, slab, this.rows + i, first + i, capacity)
    fillBootstrap(slab, this.rows + from, this.rows + to, decisions)
    this.rows += count
  }
}

/**
 * Records a sample of a large group: m = `sampleAgents` of those alive at the start of a segment, for as
 * long as they live in it.
 *
 * Up to half of the sample are agents whose experience is rare (`World.engaged`), the others come from the
 * whole list. Both are systematic samples: of n agents those at the places ⌊(i + u) · n / m⌋, i = 0 … m − 1,
 * with u drawn in [0, 1) from the episode's key and the step. In each, every agent is as likely as any other,
 * and in a world that keeps its lists near the order of the map it is spread over the map. An agent may be in both.
 */
class SampleRecorder implements Recorder {
  readonly #setup: RecorderSetup
  readonly #target: Target
  readonly #random: Random
  /** Agents recorded in this decision; the shared count is the first shard's to change. */
  #acting = 0
  rows = 0

  constructor(setup: RecorderSetup, target: Target) {
    this.#setup = setup
    this.#target = target
    this.#random = new Random(setup.bound.agents.key)
  }

  start(): void {
    const { bound, frame, plan } = this.#setup
    const { group, first } = this.#target
    const living = bound.agents.living[group]!
    const size = Math.min(plan.sampleAgents, living)
    const engaged = bound.world.engaged?.(group) ?? NOBODY
    const rare = Math.min(Math.floor(size * RARE_SHARE), engaged.length)
    this.#random.draw(Stream.sample, bound.agents.clock[Clock.step]!, group)
    const [u, v] = [toUniform(this.#random.words[0]!), toUniform(this.#random.words[1]!)]
    frame.sample[0] = size
    for (let i = 0; i < rare; i++) {
      frame.sample[1 + i] = engaged[Math.floor(((i + u) * engaged.length) / rare)]!
    }
    for (let i = 0; i < size - rare; i++) {
      frame.sample[1 + rare + i] = first + Math.floor(((i + v) * living) / (size - rare))
    }
  }

  placeOf(): number {
    return -1
  }

  observe(): void {
    const { bound, frame, share } = this.#setup
    const { group, first, records, recordBytes } = this.#target
    this.#acting = frame.sample[0]!
    const [from, to] = share(this.#acting)
    for (let i = from; i < to; i++) {
      const index = frame.sample[1 + i]! - first
      bound.world.observe(group, index, index + 1, records + (this.rows + i) * recordBytes)
    }
  }

  decide(decision: number): void {
    const { bound, frame, share } = this.#setup
    const { slab, capacity } = this.#target
    const [from, to] = share(this.#acting)
    for (let i = from; i < to; i++) {
      recordChoice(bound.agents, frame, slab, this.rows + i, frame.sample[1 + i]!, capacity, decision)
    }
  }

  /** Within a decision, the sample keeps its places, of those that terminated too. */
  advance(step: RecordedStep): void {
    const { bound, frame } = this.#setup
    const { slab } = this.#target
    const { sample } = frame
    const size = this.#acting
    const nextRow = this.rows + size
    if (this.#setup.isFirst) {
      let going = 0
      for (let i = 0; i < size; i++) {
        const row = this.rows + i
        const after = recordStep(bound.agents, slab, row, sample[1 + i]!, step.opens)
        if (!step.closes) {
          sample[1 + i] = after
          continue
        }
        slab.next[row] = step.ended || after < 0 ? -1 : nextRow + going
        if (after >= 0) sample[1 + going++] = after
      }
      if (step.closes) sample[0] = going
    }
    if (step.closes) this.rows = nextRow
  }

  bootstrap(decisions: number): void {
    this.observe()
    const { bound, frame, share } = this.#setup
    const { slab, capacity } = this.#target
    const [from, to] = share(this.#acting)
    for (let i = from; i < to; i++) {
      recordAgent(bound.agents, slab, this.rows + i, frame.sample[1 + i]!, capacity)
    }
    fillBootstrap(slab, this.rows + from, this.rows + to, decisions)
    this.rows += this.#acting
  }
}

/** Whose row it is, where that is recorded. */
function recordAgent(
  { id }: Views<AgentColumns>,
  { agent }: Views<SlabColumns>,
  row: number,
  slot: number,
  capacity: number,
): void {
  if (agent.length > 0) agent[row] = agentNumber(id[slot]!, capacity)
}

/** What the agent of a row chose. @param slot where it stands */
function recordChoice(
  agents: Views<AgentColumns>,
  { logProbability }: Views<FrameColumns>,
  slab: Views<SlabColumns>,
  row: number,
  slot: number,
  capacity: number,
  decision: number,
): void {
  slab.action[row] = agents.action[slot]!
  slab.time[row] = decision
  if (logProbability.length > 0) slab.logProbability[row] = logProbability[slot]!
  recordAgent(agents, slab, row, slot, capacity)
}

/**
 * What a step brought the agent of a row.
 *
 * @param slot  where it stood before the step, or −1 when it has terminated
 * @param opens it is the decision's first step
 * @returns where it stands now, or −1
 */
function recordStep(
  { reward, next }: Views<AgentColumns>,
  slab: Views<SlabColumns>,
  row: number,
  slot: number,
  opens: boolean,
): number {
  if (slot < 0) return -1
  if (opens) slab.reward[row] = reward[slot]!
  else slab.reward[row]! += reward[slot]!
  return next[slot]!
}

/** Nothing of an earlier segment stays in the slab: what is stored is a function of this one alone. */
function fillBootstrap(slab: Views<SlabColumns>, from: number, to: number, decisions: number): void {
  slab.action.fill(NO_ACTION, from, to)
  slab.time.fill(decisions, from, to)
  slab.reward.fill(0, from, to)
  slab.logProbability.fill(0, from, to)
  slab.next.fill(-1, from, to)
}
