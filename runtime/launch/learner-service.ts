import { join } from 'node:path'
import { SelfPlay } from '../../learners/self-play.ts'
import { RuntimeError } from '../core/errors.ts'
import {
  type AnyAlgorithm,
  type Learner,
  type LearnerSetup,
  type Losses,
  networkFor,
} from '../core/learner.ts'
import type { CloseReason, Link } from '../core/link.ts'
import type { NetworkSpec } from '../core/network.ts'
import { packParameters, parameterFloats } from '../core/parameters.ts'
import type { NamedTensors } from '../core/tensors.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import { writeTensorsFile } from '../store/tensors-file.ts'
import { checkContent, checkCounts, checkHello, type SegmentLimits } from './check-joined.ts'
import {
  decodeSegment,
  decodeToLearner,
  type SegmentMessage,
  type ToHost,
  type ToLearner,
} from './protocol.ts'

/** Files of a checkpoint that the learner writes. */
export const WEIGHTS_FILE = 'weights.safetensors'
export const OPPONENT_FILE = 'opponent.safetensors'
export const LEARNER_FILE = 'learner.safetensors'

/** Updates owed beyond which the senders of experience have to wait. */
const MAX_BACKLOG = 16
/** Updates between two publications of parameters, when nothing else asks for one. */
const PUBLISH_UPDATES = 8
const REPORT_MS = 500

export interface ServiceOptions {
  readonly algorithm: AnyAlgorithm
  readonly options: Record<string, unknown>
  /** Of the algorithm, made for the setup. */
  readonly learner: Learner
  readonly setup: LearnerSetup
  readonly schedule: 'sync' | 'async'
  /** An opponent is published beside what is learned, made of it. */
  readonly selfPlay: boolean
  /** What a segment of the run can have at most: those of joined hosts are held to it. */
  readonly limits: SegmentLimits
  /** The run's configuration as joined hosts get it. */
  readonly run: string
  /** Worlds that hosts have already: further hosts' worlds are numbered behind them. */
  readonly takenWorlds: number
  readonly now: () => number
}

/** Counters that survive a checkpoint. */
interface ServiceState {
  readonly version: number
  readonly transitions: number
  readonly renewals: number
  /** Number of the first world that no host ever had. */
  readonly nextWorld: number
}

/** The head commands; joined hosts only bring experience. */
export type HostRole = 'head' | 'joined'

interface Claim {
  readonly message: Extract<ToHost, { readonly kind: 'joined-claim' }>
  settle(isGranted: boolean): void
}

interface Host {
  readonly name: string
  readonly link: Link<ToHost>
  readonly role: HostRole
  /** Has said its hello: what it sends from now on is for this session. */
  saidHello: boolean
  /** Has been answered. */
  isWelcome: boolean
}

/**
 * The learner behind its links: takes experience from all hosts, makes the updates it pays for,
 * publishes parameters, saves itself. One operation at a time, in the order of arrival.
 */
export class LearnerService {
  readonly #options: ServiceOptions
  readonly #learner: Learner
  readonly #network: NetworkSpec
  readonly #hosts = new Set<Host>()
  #selfPlay: SelfPlay | undefined
  #version = 0
  #transitions = 0
  #progress = 0
  #mainReward = 0
  #opponentReward = 0
  #nextWorld: number
  /** Claims of joined hosts' segments that the head has not answered, by their number. */
  readonly #claims = new Map<number, Claim>()
  #claimCount = 0
  /** A figure of an update was no finite number: parameters may be none either. */
  #hasDiverged = false
  /** The tail of the queue of operations. */
  #last: Promise<void> = Promise.resolve()
  #working = false
  #caughtUp: (() => void)[] = []
  #report = new Report()
  #reportedAt: number

  constructor(options: ServiceOptions) {
    const { algorithm, learner, setup } = options
    this.#options = options
    this.#learner = learner
    this.#network = networkFor(algorithm.acting(options.options), setup.space, setup.actions, setup.agents)
    this.#nextWorld = options.takenWorlds
    this.#reportedAt = options.now()
  }

  /** Takes up a checkpoint, or starts afresh. @throws ERR_CHECKPOINT_MISMATCH, ERR_CHECKPOINT_CORRUPT */
  async start(checkpoint?: Checkpoint): Promise<void> {
    if (checkpoint === undefined) {
      this.#selfPlay = await this.#openSelfPlay()
      return
    }
    this.#learner.load(await checkpoint.tensors(LEARNER_FILE))
    const { learner } = checkpoint.state as { readonly learner: ServiceState }
    this.#selfPlay = await this.#openSelfPlay(checkpoint)
    if (this.#selfPlay) this.#selfPlay.renewals = learner.renewals
    this.#version = learner.version
    this.#transitions = learner.transitions
    this.#nextWorld = Math.max(this.#nextWorld, learner.nextWorld)
  }

  /** What is learned plays itself where the run up to the checkpoint had another opponent. */
  async #openSelfPlay(checkpoint?: Checkpoint): Promise<SelfPlay | undefined> {
    if (!this.#options.selfPlay) return undefined
    const found = checkpoint?.files.includes(OPPONENT_FILE)
    return new SelfPlay(found ? await checkpoint!.tensors(OPPONENT_FILE) : await this.#learner.weights())
  }

  /**
   * Serves one host until its link closes.
   *
   * @param role what the host may be: `head` on the learner's own endpoint, `joined` on the public one
   */
  attach(link: Link<ToHost>, name: string, role: HostRole): void {
    const host: Host = { name, link, role, saidHello: false, isWelcome: false }
    this.#hosts.add(host)
    link.onMessage((message, frames) => this.#receive(host, decodeToLearner(message), frames))
    link.onClose((reason) => this.#detach(host, reason))
  }

  /** Tells joined hosts that the run is over, and waits until they know. */
  async stop(reason: string): Promise<void> {
    const joined = this.#joined()
    for (const { link } of joined) link.trySend({ kind: 'run-over', reason })
    await Promise.all(joined.map(({ link }) => link.close()))
  }

  #detach(host: Host, reason: CloseReason): void {
    this.#hosts.delete(host)
    const refusal = reason.kind === 'refused' ? reason.error.message : ''
    if (host.role === 'head' || (!host.isWelcome && refusal === '')) return
    this.#tellHead({ kind: 'host-left', host: host.name, hosts: this.#joined().length, refusal })
  }

  #joined(): Host[] {
    return [...this.#hosts].filter(({ role, isWelcome }) => role === 'joined' && isWelcome)
  }

  /** Tells the head what it must know, when it is behind as soon as it is not. */
  async #answerHead(message: ToHost): Promise<void> {
    const head = this.#head()
    if (head) await answer(head, message)
  }

  #head(): Host | undefined {
    return [...this.#hosts].find(({ role, isWelcome }) => role === 'head' && isWelcome)
  }

  /** What the head can do without: it is not told when it is behind. */
  #tellHead(message: ToHost): void {
    this.#head()?.link.trySend(message)
  }

  #receive(host: Host, message: ToLearner, frames: readonly Uint8Array[]): void | Promise<void> {
    this.#refuseForbidden(host, message)
    switch (message.kind) {
      case 'host-hello':
        if (host.role === 'joined') checkHello(message)
        host.saidHello = true
        if (host.role === 'head') this.#progress = message.progress
        return this.#exclusively(() => this.#welcome(host, message.worlds))
      case 'segment':
        return this.#takeSegment(host, message, frames)
      case 'progress':
        this.#progress = message.progress
        return
      case 'joined-claimed':
        this.#claims.get(message.id)?.settle(message.isGranted)
        this.#claims.delete(message.id)
        return
      case 'round':
        this.#progress = message.progress
        return this.#exclusively(() => this.#finishRound(host, message.round))
      case 'save':
        return this.#exclusively(() => this.#save(host, message.folder, message.withReplay))
    }
  }

  /** What a host may say hangs on the socket it came in on, not on what it calls itself. */
  #refuseForbidden({ name, role, saidHello }: Host, { kind }: ToLearner): void {
    if (role === 'head') return
    if (kind !== 'host-hello' && !(kind === 'segment' && saidHello)) {
      throw new RuntimeError(
        'ERR_PROTOCOL_REFUSED',
        `${kind}: is not for a joined host to say, got it from ${name}`,
      )
    }
    if (this.#options.schedule === 'async') return
    throw new RuntimeError(
      'ERR_PROTOCOL_REFUSED',
      'this run is synchronous: its result may not depend on who joins; start it with --schedule async',
    )
  }

  /** Runs an operation after all earlier ones. */
  #exclusively<T>(operation: () => Promise<T> | T): Promise<T> {
    const { now } = this.#options
    const result = this.#last.then(async () => {
      const since = now()
      try {
        return await operation()
      } finally {
        this.#report.worked(now() - since)
      }
    })
    this.#last = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  async #welcome(host: Host, worlds: number): Promise<void> {
    const firstWorld = host.role === 'head' ? 0 : this.#nextWorld
    if (host.role === 'joined') this.#nextWorld += worlds
    await answer(host, { kind: 'welcome', run: this.#options.run, firstWorld })
    this.#sendParameters([host], this.#pack(await this.#learner.weights()))
    host.isWelcome = true
    if (host.role === 'head') {
      // Of hosts that were here first.
      for (const { message } of this.#claims.values()) void answer(host, message)
      return
    }
    this.#tellHead({
      kind: 'host-joined',
      host: host.name,
      hosts: this.#joined().length,
      nextWorld: this.#nextWorld,
    })
  }

  /** The acknowledgement, and with it the sender, waits while too many updates are owed. */
  async #takeSegment(host: Host, message: SegmentMessage, frames: readonly Uint8Array[]): Promise<void> {
    const { algorithm, options, setup, limits } = this.#options
    const isTrusted = host.role === 'head'
    if (!isTrusted) checkCounts(message, limits)
    const segment = decodeSegment(message, frames, setup.space, algorithm.acting(options))
    if (!isTrusted) {
      checkContent(segment, setup)
      if (!(await this.#claim(message.steps))) {
        host.link.trySend({ kind: 'run-over', reason: 'the run has all its steps' })
        return
      }
    }
    await this.#exclusively(() => {
      this.#learner.ingest(segment)
      this.#transitions += segment.transitions
      this.#mainReward += message.mainReward
      this.#opponentReward += message.opponentReward
      // A learner that was restarted has an older version than what it is sent at first.
      const bytes = frames.reduce((sum, frame) => sum + frame.byteLength, 0)
      this.#report.ingested(segment.transitions, bytes, Math.max(0, this.#version - segment.version))
    })
    if (!isTrusted) {
      const { steps, agentSteps, transitions } = message
      await this.#answerHead({ kind: 'joined-steps', steps, agentSteps, transitions })
    }
    if (this.#options.schedule === 'sync') return
    void this.#work()
    if (this.#isOwed && this.#learner.due() > MAX_BACKLOG)
      await new Promise<void>((resolve) => this.#caughtUp.push(resolve))
  }

  /**
   * Asks the head, which gives out the steps of a run to its own worlds too, whether it has any left for
   * a joined host's segment. So a run ends with exactly the steps that were asked for.
   */
  #claim(steps: number): Promise<boolean> {
    const id = this.#claimCount++
    const message = { kind: 'joined-claim', id, steps } as const
    return new Promise((settle) => {
      this.#claims.set(id, { message, settle })
      void this.#answerHead(message)
    })
  }

  /** Makes the updates that are due, one at a time between other operations. */
  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    let sincePublished = 0
    while (this.#isOwed) {
      await this.#exclusively(() => this.#update())
      if (++sincePublished % PUBLISH_UPDATES === 0) await this.#exclusively(() => this.#publish())
      if (this.#learner.due() <= MAX_BACKLOG) for (const resume of this.#caughtUp.splice(0)) resume()
      // A turn of the event loop: messages come in between updates.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#working = false
    for (const resume of this.#caughtUp.splice(0)) resume()
    if (sincePublished > 0) await this.#exclusively(() => this.#publish())
  }

  get #isOwed(): boolean {
    return this.#learner.due() > 0 && !this.#hasDiverged
  }

  async #updateOnce(): Promise<void> {
    const losses = await this.#learner.update(this.#progress)
    const wrong = Object.entries(losses).find(([, value]) => !Number.isFinite(value))
    if (!wrong) return this.#report.updated(losses)
    this.#hasDiverged = true
    await this.#answerHead({ kind: 'diverged', updates: this.#learner.updates, figure: wrong[0] })
  }

  async #update(): Promise<void> {
    // A round may have made it meanwhile.
    if (!this.#isOwed) return
    await this.#updateOnce()
    if (this.#options.now() - this.#reportedAt >= REPORT_MS) this.#sendReport()
  }

  async #finishRound(host: Host, round: number): Promise<void> {
    while (this.#isOwed) await this.#updateOnce()
    // The head ends the run.
    if (this.#hasDiverged) return
    await this.#publish()
    this.#sendReport()
    await answer(host, { kind: 'round-done', round })
  }

  #sendReport(): void {
    const figures = this.#report.figures(this.#options.now() - this.#reportedAt, {
      updates: this.#learner.updates,
      replayTransitions: this.#learner.stored,
      version: this.#version,
      ...(this.#selfPlay && { opponentRenewals: this.#selfPlay.renewals }),
      transitions: this.#transitions,
    })
    this.#tellHead({ kind: 'learning', figures })
    this.#report = new Report()
    this.#reportedAt = this.#options.now()
  }

  async #publish(): Promise<void> {
    if (this.#hasDiverged) return
    const weights = await this.#learner.weights()
    this.#selfPlay?.compare(this.#mainReward, this.#opponentReward, weights)
    this.#mainReward = 0
    this.#opponentReward = 0
    this.#version++
    // Who has not been welcomed yet has no place to put them.
    const welcome = [...this.#hosts].filter(({ isWelcome }) => isWelcome)
    this.#sendParameters(welcome, this.#pack(weights))
  }

  /** The frames of a publication. @param main weights of the main policy */
  #pack(main: NamedTensors): readonly Uint8Array[] {
    return [main, ...(this.#selfPlay ? [this.#selfPlay.opponent] : [])].map((weights) => {
      const packed = new Float32Array(parameterFloats(this.#network))
      packParameters(this.#network, weights, packed)
      return new Uint8Array(packed.buffer)
    })
  }

  /** A host whose queue is full misses this set; the next one replaces it anyway. */
  #sendParameters(hosts: readonly Host[], frames: readonly Uint8Array[]): void {
    const { algorithm, options } = this.#options
    const exploration = algorithm.exploration(options, this.#progress)
    for (const { link } of hosts) {
      link.parameterVersion = this.#version
      link.trySend({ kind: 'parameters', version: this.#version, exploration }, frames)
    }
  }

  async #save(host: Host, folder: string, withReplay: boolean): Promise<void> {
    if (this.#hasDiverged) return
    try {
      const { algorithm } = this.#options
      const metadata = { format: 'manyfold', algorithm: algorithm.name, version: String(this.#version) }
      await writeTensorsFile(join(folder, WEIGHTS_FILE), await this.#learner.weights(), metadata)
      if (this.#selfPlay)
        await writeTensorsFile(join(folder, OPPONENT_FILE), this.#selfPlay.opponent, metadata)
      await writeTensorsFile(join(folder, LEARNER_FILE), await this.#learner.save(withReplay), metadata)
      const state: ServiceState = {
        version: this.#version,
        transitions: this.#transitions,
        renewals: this.#selfPlay?.renewals ?? 0,
        nextWorld: this.#nextWorld,
      }
      await answer(host, { kind: 'saved', state: JSON.stringify(state), error: '' })
    } catch (error) {
      await answer(host, { kind: 'saved', state: '', error: (error as Error).message })
    }
  }
}

/** Sends what must arrive, when the queue is full as soon as it is not. */
async function answer({ link }: Host, message: ToHost): Promise<void> {
  while (!link.trySend(message)) if (!(await link.writable())) return
}

/** Means over the updates and segments since the last report. */
class Report {
  readonly #sums = new Map<string, number>()
  #updates = 0
  #transitions = 0
  #lag = 0
  #bytes = 0
  #workedMs = 0

  updated(losses: Losses): void {
    this.#updates++
    for (const [name, value] of Object.entries(losses))
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + value)
  }

  /**
   * @param bytes of the experience as it came over the link
   * @param lag   versions between the learner's parameters and those that acted
   */
  ingested(transitions: number, bytes: number, lag: number): void {
    this.#transitions += transitions
    this.#bytes += bytes
    this.#lag += lag * transitions
  }

  /** Time in which the learner did something. */
  worked(ms: number): void {
    this.#workedMs += ms
  }

  /** @param ms since the last report */
  figures(ms: number, counters: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const means = [...this.#sums].map(([name, sum]) => [name, sum / this.#updates] as const)
    const brought =
      this.#transitions > 0
        ? { policyLag: this.#lag / this.#transitions, bytesPerTransition: this.#bytes / this.#transitions }
        : {}
    // What is under way counts when it is done: a report may have more than its own time.
    const busy = ms > 0 ? { learnerBusy: Math.min(1, this.#workedMs / ms) } : {}
    return { ...counters, ...Object.fromEntries(means), ...brought, ...busy }
  }
}
