import { join } from 'node:path'
import type { Rollout, RolloutHost } from '../../actors/rollout-host.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { isUsageError, RuntimeError } from '../core/errors.ts'
import { Fifo } from '../core/fifo.ts'
import type { AnyAlgorithm } from '../core/learner.ts'
import { writeCheckpoint } from '../store/checkpoint.ts'
import { writeTensorsFile } from '../store/tensors-file.ts'
import type { ActorRef, Restart } from '../supervise/actor.ts'
import { type ActorSystem, createActorSystem } from '../supervise/actor-system.ts'
import { type CourierMessage, createCourier } from './courier-actor.ts'
import { createLearnerActor, LearnerGate, type LearnerMessage } from './learner-actor.ts'
import type { LearnerConnection } from './learner-connection.ts'
import type { LearnerStart } from './learner-server.ts'
import { createRolloutActor, type RolloutMessage } from './rollout-actor.ts'
import { StepBudget } from './step-budget.ts'
import { allAtRest, inOrder } from './under-way.ts'
import { saveWorlds } from './world-checkpoint.ts'

export const WORLDS_FILE = 'worlds.safetensors'

const LEARNER = 'learner'

/** Longest wait for one segment, one round or one checkpoint. */
const DEADLINE_MS = 30 * 60_000

/** Counters of a run, saved with every checkpoint. */
export interface TrainCounters {
  /** Steps of all worlds, and agent-steps in them, joined hosts' included. */
  steps: number
  agentSteps: number
  joinedSteps: number
  joinedAgentSteps: number
  rounds: number
  episodes: number
  /** Transitions that the learner lost with a crash: sent since the checkpoint that it restarted from. */
  lostTransitions: number
  /** Segments of experience dropped because the learner was behind. */
  droppedSegments: number
  /** Segments of joined hosts that were not taken, because there were not as many steps left to give out. */
  surplusSegments: number
  learnerRestarts: number
  rolloutRestarts: number
}

export const NO_COUNTS: TrainCounters = Object.freeze({
  steps: 0,
  agentSteps: 0,
  joinedSteps: 0,
  joinedAgentSteps: 0,
  rounds: 0,
  episodes: 0,
  lostTransitions: 0,
  droppedSegments: 0,
  surplusSegments: 0,
  learnerRestarts: 0,
  rolloutRestarts: 0,
})

/** What a run trains: enough to build its worlds and policies again. */
export interface RunDescription {
  readonly scenario: string
  readonly scenarioOptions: Record<string, unknown>
  readonly algorithm: string
  readonly algorithmOptions: Record<string, unknown>
  /** Name of the group that learns. */
  readonly learningGroup: string
  /** Fingerprint of the scenario's constants, such as the files that it read; none where it has none. */
  readonly constants?: string
}

export interface TrainerOptions {
  readonly host: RolloutHost
  readonly algorithm: AnyAlgorithm
  readonly algorithmOptions: Record<string, unknown>
  /** Learner's start but for the checkpoint. */
  readonly learner: Omit<LearnerStart, 'checkpoint'>
  readonly placement: 'process' | 'thread'
  readonly schedule: 'sync' | 'async'
  readonly whenBehind: 'wait' | 'drop'
  readonly steps: number
  readonly worlds: number
  readonly threads: number
  readonly checkpointsFolder: string
  readonly checkpointEvery: number
  readonly keepCheckpoints: number
  readonly checkpointReplay: boolean
  readonly counters: TrainCounters
  /** Checkpoint that the run goes on from. */
  readonly resumeFrom: string | undefined
  /** What was trained, for whoever reads a checkpoint. */
  readonly description: RunDescription
  /** Ends the run early, with a checkpoint. */
  readonly signal: AbortSignal
  readonly events: TrainerEvents
}

export interface TrainerEvents {
  progress(counters: Readonly<TrainCounters>, figures: Readonly<Record<string, number>>): void
  learning(counters: Readonly<TrainCounters>, figures: Readonly<Record<string, number>>): void
  episode(rollout: Rollout): void
  /** @param restarts starts of the learner before this one */
  learnerUp(connection: LearnerConnection, restarts: number): void
  log(line: string): void
}

export interface TrainResult {
  readonly status: 'done' | 'interrupted'
  readonly counters: Readonly<TrainCounters>
  readonly checkpoint: string
  readonly stateHash: string
}

/**
 * Conducts a training run: rollout actors, the courier and the learner's actor under one supervisor.
 *
 * `sync`: all worlds run one segment, the learner makes the updates due, the next round begins.
 * `async`: every world runs on, the learner updates meanwhile.
 */
export class Trainer {
  readonly #options: TrainerOptions
  readonly #counters: TrainCounters
  readonly #system: ActorSystem
  readonly #gate = new LearnerGate()
  readonly #learner: ActorRef<LearnerMessage>
  readonly #courier: ActorRef<CourierMessage>
  readonly #rollouts: readonly ActorRef<RolloutMessage>[]
  /** Worlds without a segment under way, in the order of their turns. */
  readonly #waitingWorlds: Fifo<number>
  /** Rejects when the run cannot go on: an actor is given up, or an observer failed. */
  readonly #failure: Promise<never>
  #rejectFailure!: (error: unknown) => void
  #hasFailed = false
  readonly #budget: StepBudget
  #nextCheckpoint: number
  /** Time of threads in segments, since the start. */
  #rolloutSeconds = 0
  readonly #startedAt = performance.now()
  #lastCheckpoint: string | undefined
  /** Transitions that a learner which starts from the last checkpoint does not have. */
  #sentSinceCheckpoint = 0
  #learnerStarts = 0
  /** Where joined hosts reach the learner, once a port is chosen: its successors take the same. */
  #listenAt: string | undefined
  /** Worlds of all hosts that were ever part of the run. */
  #takenWorlds: number

  constructor(options: TrainerOptions) {
    this.#options = options
    this.#counters = { ...options.counters }
    const { decisionSteps } = options.host.plan.world
    this.#budget = new StepBudget(options.steps, this.#counters.steps, decisionSteps)
    this.#waitingWorlds = new Fifo(Array(options.worlds).keys())
    this.#lastCheckpoint = options.resumeFrom
    this.#nextCheckpoint = this.#counters.steps + options.checkpointEvery
    this.#takenWorlds = options.learner.takenWorlds
    this.#failure = new Promise((_, reject) => {
      this.#rejectFailure = reject
    })
    this.#failure.catch(() => undefined)
    this.#system = createActorSystem({
      now: () => performance.now(),
      log: (event) => {
        if (event.kind !== 'actor-restarting' || isFinal(event)) return
        options.events.log(
          `${event.actor} failed (${(event.error as Error).message}); restart ${event.restarts} in ${event.delayMs} ms`,
        )
      },
      onRestart: (restart) => this.#onRestart(restart),
      onEscalate: ({ actor, error }) => this.#giveUp(actor, error),
    })
    this.#learner = this.#system.spawn(LEARNER, () => this.#createLearner())
    this.#courier = this.#system.spawn(
      'courier',
      () => createCourier(this.#gate, (segment) => this.#countSent(segment.transitions)),
      options.whenBehind === 'drop'
        ? { mailboxCapacity: 2 * options.host.worldsUnderWay, whenFull: 'drop-oldest' }
        : {},
    )
    this.#rollouts = Array.from({ length: options.worlds }, (_, world) =>
      this.#system.spawn(`rollout-${world}`, () => createRolloutActor(options.host, world)),
    )
  }

  /**
   * Runs to the last step, or until the signal; then leaves a checkpoint.
   *
   * @throws ERR_RESTART_LIMIT when a part keeps failing, after leaving a checkpoint where that is possible
   * @throws ERR_LEARNER_DIVERGED, ERR_LEARNER_TIMEOUT, ERR_OUTPUT_UNWRITABLE, and what keeps the learner from starting
   */
  async run(): Promise<TrainResult> {
    const work = this.#work()
    try {
      return await Promise.race([work, this.#failure])
    } catch (error) {
      // Everything comes to rest, with a checkpoint when that is possible.
      if (this.#hasFailed) await this.#settle(work)
      throw error
    } finally {
      this.#gate.close()
      await this.#system.stop('the run is over')
    }
  }

  async #work(): Promise<TrainResult> {
    if ((await this.#gate.connection()) === undefined) {
      throw new RuntimeError('ERR_LEARNER_FAILED', 'learner: it never came up')
    }
    // There is always one to restart the learner from.
    if (this.#lastCheckpoint === undefined) await this.#checkpoint()
    await (this.#options.schedule === 'sync' ? this.#runRounds() : this.#runOn())
    const { folder: checkpoint, counters } = await this.#checkpoint()
    const status = counters.steps >= this.#options.steps ? 'done' : 'interrupted'
    return { status, counters, checkpoint, stateHash: this.#hash() }
  }

  async #settle(work: Promise<TrainResult>): Promise<void> {
    const { events } = this.#options
    try {
      events.log(`left a checkpoint in ${(await work).checkpoint}`)
    } catch {
      if (this.#lastCheckpoint !== undefined) events.log(`the last checkpoint is ${this.#lastCheckpoint}`)
    }
  }

  get #isStopping(): boolean {
    return this.#options.signal.aborted || this.#hasFailed
  }

  #fail(error: unknown): void {
    this.#hasFailed = true
    this.#rejectFailure(error)
  }

  #giveUp(actor: string, error: unknown): void {
    if (actor === LEARNER) {
      this.#budget.revokeGrants()
      this.#gate.close()
      void this.#learner.stop('given up')
    }
    this.#fail(error)
  }

  /** What an observer throws ends the run, not the process. */
  #observed(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#fail(error)
    }
  }

  #createLearner() {
    const { events, host } = this.#options
    return createLearnerActor({
      placement: this.#options.placement,
      worlds: this.#options.worlds,
      progress: () => this.#progress,
      start: () => this.#learnerStart(),
      gate: this.#gate,
      events: {
        parameters: (version, sets) => host.publish(version, sets),
        learning: (figures) => this.#observed(() => events.learning(this.#counters, figures)),
        claimJoined: (steps) => this.#claimJoined(steps),
        joinedSteps: (steps, agentSteps, transitions) => this.#countJoined(steps, agentSteps, transitions),
        hostJoined: (name, hosts, nextWorld) => {
          this.#takenWorlds = Math.max(this.#takenWorlds, nextWorld)
          events.log(`${name} joined; ${hosts} other hosts now`)
        },
        hostLeft: (name, hosts, refusal) => {
          const how = refusal === '' ? 'left' : `was refused: ${refusal}`
          events.log(`${name} ${how}; ${hosts} other hosts now`)
        },
        up: (connection) => {
          this.#listenAt = connection.up.listen
          events.learnerUp(connection, this.#learnerStarts++)
        },
      },
    })
  }

  #learnerStart(): LearnerStart {
    const { learner } = this.#options
    const { listen } = learner
    return {
      ...learner,
      listen: listen && { ...listen, endpoint: this.#listenAt ?? listen.endpoint },
      takenWorlds: this.#takenWorlds,
      checkpoint: this.#lastCheckpoint,
    }
  }

  #onRestart(restart: Restart): void {
    if (isFinal(restart)) this.#giveUp(restart.actor, restart.error)
    else if (restart.actor === LEARNER) this.#countLearnerRestart()
    else this.#counters.rolloutRestarts++
  }

  #countLearnerRestart(): void {
    this.#budget.revokeGrants()
    this.#counters.learnerRestarts++
    this.#counters.lostTransitions += this.#sentSinceCheckpoint
    if (this.#sentSinceCheckpoint > 0) {
      this.#options.events.log(`${this.#sentSinceCheckpoint} transitions since the last checkpoint are lost`)
    }
    this.#sentSinceCheckpoint = 0
  }

  #countSent(transitions: number): void {
    this.#sentSinceCheckpoint += transitions
  }

  #countJoined(steps: number, agentSteps: number, transitions: number): void {
    this.#sentSinceCheckpoint += transitions
    this.#counters.joinedSteps += steps
    this.#counters.joinedAgentSteps += agentSteps
    this.#counters.steps += steps
    this.#counters.agentSteps += agentSteps
    this.#budget.settle(steps)
  }

  #claimJoined(steps: number): boolean {
    const isGranted = this.#budget.grant(steps)
    if (!isGranted) this.#counters.surplusSegments++
    return isGranted
  }

  get #progress(): number {
    return Math.min(1, this.#counters.steps / this.#options.steps)
  }

  /** Steps that the next segment may have; 0 when all are given out. */
  #claim(): number {
    return this.#budget.claim(this.#options.host.stepsPerSegment)
  }

  /** One segment, tried again in a fresh episode when its actor failed and was restarted. */
  async #segment(world: number, steps: number, exploration: number): Promise<Rollout | undefined> {
    if (steps === 0) return undefined
    try {
      const rollout = await this.#rollouts[world]!.ask<Rollout>(
        (reply) => ({ kind: 'run-segment', steps, exploration, reply }),
        DEADLINE_MS,
      )
      this.#budget.giveBack(steps - rollout.result.steps)
      return rollout
    } catch (error) {
      this.#budget.giveBack(steps)
      const code = error instanceof RuntimeError ? error.code : undefined
      if (code === 'ERR_ACTOR_FAILED' || (code === 'ERR_ACTOR_STOPPED' && this.#isStopping)) return undefined
      throw error
    }
  }

  #account(rollout: Rollout): void {
    const { steps, agentSteps, episode, phases } = rollout.result
    const { shards } = this.#options.host.plan
    for (const seconds of Object.values(phases)) this.#rolloutSeconds += seconds * shards
    this.#counters.steps += steps
    this.#counters.agentSteps += agentSteps
    if (!episode) return
    this.#counters.episodes++
    this.#options.events.episode(rollout)
  }

  get #exploration(): number {
    const { algorithm, algorithmOptions } = this.#options
    return algorithm.exploration(algorithmOptions, this.#progress)
  }

  async #runRounds(): Promise<void> {
    while (!this.#isStopping && this.#counters.steps < this.#options.steps) {
      const exploration = this.#exploration
      const claims = this.#rollouts.map(() => this.#claim())
      const segments = inOrder(claims, this.#options.host.worldsUnderWay, (steps, world) =>
        this.#segment(world, steps, exploration),
      )
      for await (const rollout of segments) {
        if (!rollout) continue
        this.#account(rollout)
        await this.#carry(rollout)
      }
      this.#counters.rounds++
      await this.#finishRound()
      this.#report()
      if (this.#counters.steps >= this.#nextCheckpoint) await this.#checkpoint()
    }
  }

  /** The updates of a round; a learner that is lost meanwhile makes up for what it still has. */
  async #finishRound(): Promise<void> {
    const { rounds } = this.#counters
    await this.#askLearner<true>((reply) => ({
      kind: 'round',
      round: rounds,
      progress: this.#progress,
      reply,
    }))
  }

  /** Asks the learner, and again when it was lost over the question and restarted. */
  async #askLearner<R>(make: (reply: (value: R) => void) => LearnerMessage): Promise<R> {
    for (;;) {
      try {
        return await this.#learner.ask<R>(make, DEADLINE_MS)
      } catch (error) {
        if (!(error instanceof RuntimeError) || error.code !== 'ERR_ACTOR_FAILED') throw error
        await this.#gate.connection()
      }
    }
  }

  async #carry(rollout: Rollout): Promise<void> {
    const { segment } = rollout
    if (segment === undefined) return
    if (this.#drops) {
      this.#courier.tell({ kind: 'carry', rollout, segment })
      return
    }
    await this.#courier.ask<boolean>((reply) => ({ kind: 'carry', rollout, segment, reply }), DEADLINE_MS)
  }

  /** Worlds take turns without waiting for each other; pauses only for checkpoints. */
  async #runOn(): Promise<void> {
    while (!this.#isStopping && this.#counters.steps < this.#options.steps) {
      await allAtRest(Array.from({ length: this.#options.host.worldsUnderWay }, () => this.#takeTurns()))
      await this.#budget.allSettled()
      // What waits for the learner belongs to the checkpoint.
      if (this.#drops) await this.#courier.ask<true>((reply) => ({ kind: 'flush', reply }), DEADLINE_MS)
      const { steps } = this.#counters
      if (!this.#isStopping && steps >= this.#nextCheckpoint && steps < this.#options.steps)
        await this.#checkpoint()
    }
    await this.#finishRound()
  }

  /** One segment after the other until a checkpoint is due or all steps are given out. */
  async #takeTurns(): Promise<void> {
    while (!this.#isStopping && this.#counters.steps < this.#nextCheckpoint) {
      const steps = this.#claim()
      if (steps === 0) return
      const world = this.#waitingWorlds.shift()!
      const rollout = await this.#segment(world, steps, this.#exploration)
      this.#waitingWorlds.push(world)
      if (!rollout) continue
      this.#account(rollout)
      this.#learner.tell({ kind: 'progress', progress: this.#progress })
      this.#report()
      await this.#carry(rollout)
    }
  }

  get #drops(): boolean {
    return this.#options.whenBehind === 'drop' && this.#options.schedule === 'async'
  }

  #report(): void {
    this.#countDropped()
    const available = ((performance.now() - this.#startedAt) / 1000) * this.#options.threads
    const rolloutBusy = Math.min(1, this.#rolloutSeconds / available)
    this.#options.events.progress(this.#counters, { exploration: this.#exploration, rolloutBusy })
  }

  #countDropped(): void {
    this.#counters.droppedSegments = this.#options.counters.droppedSegments + this.#courier.stats().dropped
  }

  /**
   * Worlds stand still while this runs: between rounds, or with all segments at rest. Joined hosts go on:
   * the counters are those of the moment in which the learner saved itself.
   */
  async #checkpoint(): Promise<{ readonly folder: string; readonly counters: TrainCounters }> {
    const { checkpointsFolder, keepCheckpoints, checkpointReplay, host, description } = this.#options
    let counters = this.#counters
    let saved = 0
    const folder = await writeCheckpoint(
      checkpointsFolder,
      counters.steps,
      keepCheckpoints,
      async (parts) => {
        await writeTensorsFile(join(parts, WORLDS_FILE), saveWorlds(host.pool))
        const learner = await this.#askLearner<unknown>((reply) => ({
          kind: 'save',
          folder: parts,
          withReplay: checkpointReplay,
          reply,
        }))
        if (learner instanceof RuntimeError) throw learner
        this.#countDropped()
        counters = { ...this.#counters }
        saved = this.#sentSinceCheckpoint
        return { ...description, learner, counters }
      },
    )
    // Less when the learner was lost meanwhile: then all of it has been counted.
    this.#sentSinceCheckpoint = Math.max(0, this.#sentSinceCheckpoint - saved)
    this.#nextCheckpoint = counters.steps + this.#options.checkpointEvery
    this.#lastCheckpoint = folder
    return { folder, counters }
  }

  #hash(): string {
    const { pool } = this.#options.host
    return stateHash(Array.from({ length: this.#options.worlds }, (_, world) => pool.world(world)))
  }
}

const FINAL_CODES: readonly unknown[] = ['ERR_LEARNER_DIVERGED', 'ERR_LEARNER_TIMEOUT']

/** A learner that cannot start for a reason that is the user's to mend, that hung or diverged, is not tried again. */
function isFinal({ actor, error }: Restart): boolean {
  if (actor !== LEARNER) return false
  return isUsageError(error) || FINAL_CODES.includes((error as { readonly code?: unknown }).code)
}
