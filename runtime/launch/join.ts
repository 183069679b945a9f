import { hostname } from 'node:os'
import { type Rollout, RolloutHost } from '../../actors/rollout-host.ts'
import { loadAlgorithm } from '../../learners/registry.ts'
import { loadScenario } from '../../scenarios/registry.ts'
import { RuntimeError } from '../core/errors.ts'
import { Fifo } from '../core/fifo.ts'
import type { Link } from '../core/link.ts'
import { planWorld } from '../core/world.ts'
import { connectZmq, type ZmqClient } from '../transport/zmq-client.ts'
import { findLearningGroup } from './config.ts'
import { segmentMessage } from './courier-actor.ts'
import { loadOpponent, toFixedOpponent } from './opponent.ts'
import { aligned, decodeToHost, segmentFrames, type ToHost, type ToLearner } from './protocol.ts'
import { memoryLimit } from './stage.ts'
import type { RunDescription } from './trainer.ts'

export interface JoinOptions {
  /** `tcp://host:port` of the head. */
  readonly endpoint: string
  /** The head's public key, as it prints it. */
  readonly key: string | undefined
  readonly threads: number
  readonly worlds: number
  /** Longest wait for a head that does not answer or went away, in ms. */
  readonly patienceMs: number
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  readonly onProgress: (steps: number, agentSteps: number) => void
}

export interface JoinSummary {
  readonly endpoint: string
  readonly steps: number
  readonly agentSteps: number
  readonly seconds: number
  readonly reason: string
}

type Run = RunDescription & {
  readonly seed: number
  readonly segmentSteps: number
  readonly sampleAgents: number
  readonly opponent: string
}

/** Segments on their way to the head at once. */
const LINK_CAPACITY = 4
/** Longest wait, when leaving, until the head has taken what was sent. */
const DRAIN_MS = 10_000

/**
 * Adds this machine's rollouts to a running training until it ends or `signal` says so. The head may
 * restart its learner meanwhile: the link comes back by itself.
 *
 * @throws ERR_LINK_CLOSED when the head cannot be reached or stays away
 * @throws ERR_PROTOCOL_REFUSED when the head refuses, with its reason
 */
export async function join(options: JoinOptions): Promise<JoinSummary> {
  const started = performance.now()
  options.log(`joining ${options.endpoint}`)
  const session = new Session(options)
  try {
    await session.open()
    await session.rollOut()
    return {
      endpoint: options.endpoint,
      steps: session.steps,
      agentSteps: session.agentSteps,
      seconds: (performance.now() - started) / 1000,
      reason: session.reason,
    }
  } finally {
    await session.close()
  }
}

class Session {
  readonly #options: JoinOptions
  readonly #client: ZmqClient
  #host: RolloutHost | undefined
  #exploration = 0
  #over: string | undefined
  #failure: RuntimeError | undefined
  /** Resolves with the first parameters. */
  readonly #ready: Promise<void>
  #resolveReady!: () => void
  /** Resolves when it is time to leave. */
  readonly #ended: Promise<undefined>
  #end!: () => void
  /** The link that follows a lost one, while someone waits for it. */
  #reconnected: Promise<Link<ToLearner> | undefined> | undefined
  /** Messages are handled one after the other: worlds are built before parameters are put into them. */
  #handled: Promise<void> = Promise.resolve()
  steps = 0
  agentSteps = 0

  constructor(options: JoinOptions) {
    this.#options = options
    this.#ready = new Promise((resolve) => {
      this.#resolveReady = resolve
    })
    this.#ended = new Promise((resolve) => {
      this.#end = () => resolve(undefined)
    })
    if (options.signal.aborted) this.#end()
    options.signal.addEventListener('abort', this.#end, { once: true })
    this.#client = connectZmq({
      endpoint: options.endpoint,
      name: `${hostname()}-${process.pid}`,
      capacity: LINK_CAPACITY,
      ...(options.key !== undefined && { serverPublicKey: options.key }),
      onLink: (link) => this.#greet(link as Link<ToLearner>),
    })
  }

  get reason(): string {
    return this.#over ?? 'left'
  }

  /** Waits for the head's answer and builds the worlds that it trains on. */
  async open(): Promise<void> {
    const { patienceMs, endpoint } = this.#options
    try {
      await Promise.race([this.#client.opened(patienceMs), this.#ended])
    } catch (cause) {
      if (cause instanceof RuntimeError && cause.code === 'ERR_PROTOCOL_REFUSED') throw cause
      throw new RuntimeError(
        'ERR_LINK_CLOSED',
        `${endpoint}: nobody answers; check address, port and --key, and that the head runs with --listen`,
        { cause },
      )
    }
    await Promise.race([this.#ready, this.#ended])
    if (this.#failure) throw this.#failure
  }

  async rollOut(): Promise<void> {
    const host = this.#host
    if (host === undefined) return
    const waiting = new Fifo(Array(host.plan.worldCount).keys())
    await Promise.all(Array.from({ length: host.worldsUnderWay }, () => this.#takeTurns(host, waiting)))
    if (this.#failure) throw this.#failure
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#end)
    await this.#drained()
    await this.#client.close()
    await this.#handled
    await this.#host?.close()
  }

  async #drained(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS)
    })
    await Promise.race([this.#client.link?.drained(), late])
    clearTimeout(timer)
  }

  get #isOver(): boolean {
    return this.#options.signal.aborted || this.#over !== undefined || this.#failure !== undefined
  }

  /** Segments of the worlds in turn. @param waiting worlds without a segment under way */
  async #takeTurns(host: RolloutHost, waiting: Fifo<number>): Promise<void> {
    while (!this.#isOver) {
      const world = waiting.shift()!
      const rollout = await host.run(world, host.stepsPerSegment, this.#exploration)
      waiting.push(world)
      if (await this.#send(rollout)) {
        this.steps += rollout.result.steps
        this.agentSteps += rollout.result.agentSteps
        this.#options.onProgress(this.steps, this.agentSteps)
      }
    }
  }

  /** False when the link was lost: the segment is then not sent again, so nothing is counted twice. */
  async #send(rollout: Rollout): Promise<boolean> {
    const { segment } = rollout
    if (!segment) return false
    const message = segmentMessage(rollout, segment)
    const frames = segmentFrames(segment)
    const link = await this.#link()
    while (link && !this.#isOver) {
      if (link.trySend(message, frames)) return true
      if (!(await Promise.race([link.writable(), this.#ended]))) return false
    }
    return false
  }

  #link(): Promise<Link<ToLearner> | undefined> {
    const { link } = this.#client
    if (link?.isOpen) return Promise.resolve(link as Link<ToLearner>)
    this.#reconnected ??= this.#reconnect()
    return this.#reconnected
  }

  async #reconnect(): Promise<Link<ToLearner> | undefined> {
    if (this.#isOver) return undefined
    const { log, patienceMs } = this.#options
    log('the head is away; waiting for it')
    try {
      const link = await Promise.race([this.#client.opened(patienceMs), this.#ended])
      if (link) log('the head is back')
      return link as Link<ToLearner> | undefined
    } catch (error) {
      this.#fail(error as RuntimeError)
      return undefined
    } finally {
      this.#reconnected = undefined
    }
  }

  #greet(link: Link<ToLearner>): void {
    link.onMessage((message, frames) => {
      const decoded = decodeToHost(message)
      this.#handled = this.#handled
        .then(() => this.#receive(decoded, frames))
        .catch((error) => this.#fail(error))
      return this.#handled
    })
    link.onClose((reason) => {
      if (reason.kind === 'refused') this.#fail(reason.error)
    })
    link.trySend({ kind: 'host-hello', worlds: this.#options.worlds, progress: 0 })
  }

  async #receive(message: ToHost, frames: readonly Uint8Array[]): Promise<void> {
    switch (message.kind) {
      case 'welcome':
        this.#host ??= await this.#build(JSON.parse(message.run) as Run, message.firstWorld)
        return
      case 'parameters':
        this.#exploration = message.exploration
        this.#host?.publish(
          message.version,
          frames.map((frame) => new Float32Array(aligned(frame))),
        )
        this.#resolveReady()
        return
      case 'run-over':
        this.#over = message.reason
        this.#end()
        return
      case 'learning':
      case 'round-done':
      case 'diverged':
      case 'joined-claim':
      case 'joined-steps':
      case 'host-joined':
      case 'host-left':
      case 'saved':
        return
    }
  }

  async #build(run: Run, firstWorld: number): Promise<RolloutHost> {
    const { threads, worlds } = this.#options
    const algorithm = await loadAlgorithm(run.algorithm)
    const world = planWorld(await loadScenario(run.scenario), run.scenarioOptions)
    const learningGroup = findLearningGroup(world, run.learningGroup)
    const opponent = await loadOpponent(run.opponent, world, learningGroup)
    return new RolloutHost({
      world,
      scenario: run.scenario,
      acting: algorithm.acting(run.algorithmOptions),
      learningGroup,
      ...(opponent && { opponent: toFixedOpponent(opponent, world) }),
      threads,
      worlds,
      firstWorld,
      segmentSteps: run.segmentSteps,
      sampleAgents: run.sampleAgents,
      seed: run.seed,
      limitBytes: memoryLimit(),
    })
  }

  #fail(error: RuntimeError): void {
    this.#failure ??= error
    this.#end()
  }
}
