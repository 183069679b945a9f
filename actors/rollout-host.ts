import type { Segment } from '../runtime/core/experience.ts'
import type { ActingSpec } from '../runtime/core/learner.ts'
import type { Views } from '../runtime/core/memory/layout.ts'
import type { ObservationSpace } from '../runtime/core/observation.ts'
import { Random, Stream, seedKey } from '../runtime/core/rng.ts'
import { Clock, playersOf } from '../runtime/core/scenario.ts'
import type { WorldPlan } from '../runtime/core/world.ts'
import {
  type HostPlan,
  type PolicySpec,
  planHost,
  policySpace,
  type SlabColumns,
  SlabHeader,
} from './host-plan.ts'
import { type HeldParameters, ParameterStore } from './parameter-store.ts'
import { type FilledSlab, openPool, type RolloutPool } from './pool.ts'
import type { EpisodeResult, SegmentResult } from './segment.ts'

/** Policies of a training host, by their place in its plan. */
const MAIN = 0
const OPPONENT = 1
const BYSTANDER = 2
/** First record of the opponent's parameters. */
export const OPPONENT_RECORD = 2

/** Bounds what a host keeps in memory, however many worlds it has: each may hold a segment. */
const UNDER_WAY_PER_LANE = 4

export interface RolloutHostOptions {
  readonly world: WorldPlan
  /** Reference under which threads load the scenario. */
  readonly scenario: string
  readonly acting: ActingSpec
  /** Group that learns, and with it those of its kind. */
  readonly learningGroup: number
  /** Left out, groups of its kind play what is learned, of late, and others at random. */
  readonly opponent?: FixedOpponent
  readonly threads: number
  readonly worlds: number
  readonly firstWorld: number
  /** Decisions of a whole segment. */
  readonly segmentSteps: number
  /** Most agents of the learning group whose experience is recorded. */
  readonly sampleAgents: number
  readonly seed: number
  /** Memory that the arena may take, in bytes. */
  readonly limitBytes: number
}

/** A policy that does not learn, for groups beside the one that does. */
export interface FixedOpponent {
  /** Whom it can act for; others act at random. */
  readonly groups: readonly number[]
  /** Parameters of a learned one are behind those of the policy that learns. */
  readonly policy: PolicySpec
  /** Packed, of a learned one. */
  readonly parameters: readonly Float32Array[]
  /** Epsilon or temperature. */
  readonly exploration: number
}

/** What one training segment brought. */
export interface Rollout {
  readonly world: number
  readonly result: SegmentResult
  /** The learning side's experience; absent when no slab was free. */
  readonly segment: Segment | undefined
  /** Total rewards of the learning side and of its opponents, when the segment ended an episode. */
  readonly sides: { readonly main: number; readonly opponent: number } | undefined
}

/**
 * One host's worlds in training. Of the groups of one kind one learns, drawn for each episode. In self-play the others of its kind play an
 * opponent made of what is learned, and groups of other kinds act at random; with a fixed opponent all others play that, as far as it can
 * act for them.
 */
export class RolloutHost {
  readonly plan: HostPlan
  /** Worlds that are worth having under way at a time: some are carried to the learner while others run. */
  readonly worldsUnderWay: number
  readonly pool: RolloutPool
  readonly #parameters: ParameterStore
  readonly #options: RolloutHostOptions
  readonly #space: ObservationSpace
  /** Groups that can play each other's policies; the learning one is among them. */
  readonly #players: readonly number[]

  /** @throws ERR_ARENA_TOO_LARGE */
  constructor(options: RolloutHostOptions) {
    const { world, acting, learningGroup, threads, worlds } = options
    this.#options = options
    this.#players = playersOf(world.spec.groups, learningGroup)
    this.#space = policySpace(world, learningGroup, acting)
    this.plan = planHost({
      world,
      policies: [
        { kind: 'learned', acting, parameters: 0 },
        options.opponent?.policy ?? { kind: 'learned', acting, parameters: OPPONENT_RECORD },
        { kind: 'random' },
      ],
      worldCount: worlds,
      firstWorld: options.firstWorld,
      ...threading(world, worlds, threads),
      segmentSteps: options.segmentSteps,
      seed: options.seed,
      sampleAgents: options.sampleAgents,
      recordedPolicy: MAIN,
    })
    this.worldsUnderWay = Math.min(worlds, UNDER_WAY_PER_LANE * this.plan.lanes)
    this.pool = openPool(this.plan, options.scenario, threads, options.limitBytes)
    this.#parameters = new ParameterStore(this.pool.arena, this.plan)
  }

  /** Puts parameters into use, for segments that start from now on. @param sets packed, as the learner publishes them */
  publish(version: number, sets: readonly Float32Array[]): void {
    this.#parameters.publish(version, [...sets, ...(this.#options.opponent?.parameters ?? [])])
  }

  /** Steps of the world in a whole segment. */
  get stepsPerSegment(): number {
    return this.plan.segmentSteps * this.plan.world.decisionSteps
  }

  /**
   * Runs at most `steps` steps of a world with the current parameters.
   *
   * @param steps of whole decisions
   * @throws what the scenario throws
   */
  async run(world: number, steps: number, exploration: number): Promise<Rollout> {
    let held: HeldParameters | undefined
    try {
      const side = this.#sideOf(world)
      const { slab, ...result } = await this.pool.run(() => {
        held = this.#parameters.hold()
        return {
          world,
          assignment: this.plan.world.spec.groups.map((_, group) => this.#policyOf(group, side)),
          parameters: held.records,
          version: held.version,
          exploration: [exploration, this.#options.opponent?.exploration ?? exploration, 0],
          recordGroup: side,
          steps,
        }
      })
      return {
        world,
        result,
        segment: slab && this.#takeSegment(slab),
        sides: this.#compare(result.episode, side),
      }
    } finally {
      held?.release()
    }
  }

  close(): Promise<void> {
    return this.pool.close()
  }

  /** The learning group of a world's present or next episode. */
  #sideOf(world: number): number {
    const episode = this.pool.world(world).agents.clock[Clock.episode]!
    const random = new Random(seedKey(this.#options.seed))
    const index = random.below(this.#players.length, Stream.side, episode, this.#options.firstWorld + world)
    return this.#players[index]!
  }

  #policyOf(group: number, side: number): number {
    if (group === side) return MAIN
    const opposing = this.#options.opponent?.groups ?? this.#players
    return opposing.includes(group) ? OPPONENT : BYSTANDER
  }

  #compare(episode: EpisodeResult | undefined, side: number): Rollout['sides'] {
    if (episode === undefined || this.#players.length < 2) return undefined
    const others = this.#players.filter((group) => group !== side)
    const total = others.reduce((sum, group) => sum + episode.groupReward[group]!, 0)
    return { main: episode.groupReward[side]!, opponent: total / others.length }
  }

  #takeSegment(slab: FilledSlab): Segment {
    const segment = copySegment(slab.views, this.plan, this.#space)
    slab.release()
    return segment
  }
}

/** Fewer agents are not worth the waiting at the barriers of a step. */
const AGENTS_PER_SHARD = 2048

/** How worlds lie over threads: many have a thread each in turn, a single large one has as many as it can use. */
export function threading(
  world: WorldPlan,
  worlds: number,
  threads: number,
): Pick<HostPlan, 'shards' | 'lanes'> {
  if (worlds > 1) return { shards: 1, lanes: Math.min(worlds, threads) }
  const { groups, population } = world.spec
  const agents = population ?? groups.reduce((sum, { capacity }) => sum + capacity, 0)
  return { shards: Math.max(1, Math.min(threads, Math.floor(agents / AGENTS_PER_SHARD))), lanes: 1 }
}

/**
 * The used part of a slab, copied out of shared memory: frames must not change while they travel.
 *
 * @param space of the learning group, as its network sees it: a slab may be wider, for other groups
 */
function copySegment(slab: Views<SlabColumns>, plan: HostPlan, space: ObservationSpace): Segment {
  const rows = slab.header[SlabHeader.rows]!
  const decisions = slab.header[SlabHeader.decisions]!
  const [, stride] = plan.slab.columns.shared.shape
  const shared = new Float32Array((decisions + 1) * space.shared)
  for (let step = 0; step <= decisions; step++) {
    shared.set(slab.shared.subarray(step * stride!, step * stride! + space.shared), step * space.shared)
  }
  return {
    version: slab.header[SlabHeader.version]!,
    rows,
    transitions: slab.header[SlabHeader.transitions]!,
    decisions,
    observation: slab.observation.slice(0, rows * space.recordBytes),
    action: slab.action.slice(0, rows),
    reward: slab.reward.slice(0, rows),
    logProbability: slab.logProbability.slice(0, rows),
    agent: slab.agent.slice(0, rows),
    next: slab.next.slice(0, rows),
    time: slab.time.slice(0, rows),
    shared,
  }
}
