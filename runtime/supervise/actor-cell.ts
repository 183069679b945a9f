import { RuntimeError } from '../core/errors.ts'
import type {
  ActorContext,
  ActorEvent,
  ActorMessage,
  ActorRef,
  ActorStats,
  Behaviour,
  Escalation,
  Restart,
  Schedule,
  SpawnOptions,
  StopReason,
} from './actor.ts'
import { Asks } from './asks.ts'
import { Mailbox } from './mailbox.ts'
import { RestartTracker } from './restart-policy.ts'

/** What a cell needs of its system. */
export interface CellHost {
  readonly now: () => number
  readonly schedule: Schedule
  readonly log: (event: ActorEvent) => void
  readonly onRestart: (restart: Restart) => void
  readonly onEscalate: (escalation: Escalation) => void
  readonly onTerminated: (cell: ActorRef<never>, reason: StopReason) => void
  readonly stopDeadlineMs: number
}

interface Incarnation<M extends ActorMessage> {
  readonly behaviour: Behaviour<M>
  readonly context: ActorContext<M>
  /** Forgets what it has scheduled for itself. */
  readonly cancelTimers: () => void
}

/** Messages handled before other events of the process get their turn. */
const MESSAGES_A_TURN = 128

/**
 * One actor: its mailbox, its present incarnation, and one loop that starts it, feeds it and starts it again.
 * The loop is the only one to touch the behaviour, so nothing of an actor ever runs twice at a time.
 */
export class ActorCell<M extends ActorMessage> implements ActorRef<M> {
  readonly name: string
  readonly #host: CellHost
  readonly #create: () => Behaviour<M>
  readonly #options: SpawnOptions
  readonly #mailbox: Mailbox<M>
  readonly #asks: Asks<M>
  readonly #restarts: RestartTracker
  readonly #terminated: Promise<void>
  #isStopped = false
  #stopReason: StopReason | undefined
  /** Ends the loop's present wait: for a message, or for the end of a backoff. */
  #wake: () => void = () => undefined
  #processed = 0
  #refused = 0
  #dropped = 0
  #failed = 0
  #restartCount = 0

  constructor(name: string, create: () => Behaviour<M>, options: SpawnOptions, host: CellHost) {
    this.name = name
    this.#host = host
    this.#create = create
    this.#options = options
    this.#mailbox = new Mailbox(options.mailboxCapacity)
    this.#asks = new Asks(name, host.schedule)
    this.#restarts = new RestartTracker(options.restart)
    this.#terminated = this.#live()
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  tell(message: M): boolean {
    if (this.#stopReason !== undefined || !this.#makeRoom()) {
      this.#refused++
      return false
    }
    this.#mailbox.tryPush(message)
    this.#wake()
    return true
  }

  ask<R>(make: (reply: (value: R) => void) => M, deadlineMs: number): Promise<R> {
    return this.#asks.ask(make, deadlineMs, (message) => {
      if (this.tell(message)) return
      if (this.#stopReason !== undefined) {
        this.#asks.reject(message, 'ERR_ACTOR_STOPPED', 'the actor has stopped')
      } else {
        this.#asks.reject(message, 'ERR_MAILBOX_FULL', `all ${this.#mailbox.size} places are taken`)
      }
    })
  }

  stop(reason: string): Promise<void> {
    this.#requestStop({ kind: 'stopped', reason })
    return this.#withinDeadline(this.#terminated)
  }

  stats(): ActorStats {
    return {
      processed: this.#processed,
      refused: this.#refused,
      dropped: this.#dropped,
      failed: this.#failed,
      restarts: this.#restartCount,
      queued: this.#mailbox.size,
    }
  }

  #requestStop(reason: StopReason): void {
    this.#stopReason ??= reason
    this.#wake()
  }

  /** False when the mailbox is full and must stay as it is. */
  #makeRoom(): boolean {
    if (this.#mailbox.size < this.#options.mailboxCapacity) return true
    if (this.#options.whenFull === 'refuse') return false
    this.#drop('ERR_MAILBOX_FULL', 'dropped in favour of a newer message')
    return true
  }

  /** Throws the oldest message away. */
  #drop(code: 'ERR_MAILBOX_FULL' | 'ERR_ACTOR_STOPPED', phrase: string): void {
    const message = this.#mailbox.shift()
    if (message === undefined) return
    this.#dropped++
    this.#asks.reject(message, code, phrase)
  }

  async #live(): Promise<void> {
    await Promise.resolve() // `spawn` returns the reference before the actor acts
    while (this.#stopReason === undefined) {
      const incarnation = this.#incarnate()
      const end = await this.#run(incarnation)
      incarnation.cancelTimers()
      await this.#release(incarnation, end)
      if (end.kind === 'failed') await this.#afterFailure(end.error)
    }
    this.#finish(this.#stopReason)
  }

  #incarnate(): Incarnation<M> {
    const cancels = new Set<() => void>()
    const context: ActorContext<M> = {
      self: this,
      now: this.#host.now,
      tellAfter: (delayMs, message) => {
        const cancel = this.#host.schedule(delayMs, () => {
          cancels.delete(cancel)
          this.tell(message)
        })
        cancels.add(cancel)
        return () => {
          cancels.delete(cancel)
          cancel()
        }
      },
      stop: (reason) => this.#requestStop({ kind: 'stopped', reason }),
    }
    const cancelTimers = (): void => {
      for (const cancel of cancels) cancel()
    }
    return { behaviour: this.#createSafely(), context, cancelTimers }
  }

  /** A factory that throws fails as `onStart` does. */
  #createSafely(): Behaviour<M> {
    try {
      return this.#create()
    } catch (error) {
      return { onStart: () => Promise.reject(error), receive: () => undefined }
    }
  }

  /** Starts the incarnation and feeds it until it fails or the actor is to stop. */
  async #run({ behaviour, context }: Incarnation<M>): Promise<StopReason> {
    try {
      await behaviour.onStart?.(context)
    } catch (error) {
      return { kind: 'failed', error }
    }
    this.#host.log({ kind: 'actor-started', actor: this.name })
    for (let handled = 1; this.#stopReason === undefined; handled++) {
      const message = this.#mailbox.shift()
      if (message === undefined) {
        await this.#woken()
        continue
      }
      try {
        await behaviour.receive(message, context)
        this.#processed++
      } catch (error) {
        this.#failed++
        this.#asks.reject(message, 'ERR_ACTOR_FAILED', 'handling the message failed', error)
        return { kind: 'failed', error }
      }
      if (handled % MESSAGES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    return this.#stopReason
  }

  async #release({ behaviour }: Incarnation<M>, reason: StopReason): Promise<void> {
    try {
      await this.#withinDeadline(behaviour.onStop?.(reason))
    } catch (error) {
      this.#host.log({ kind: 'actor-stop-failed', actor: this.name, error })
    }
  }

  /** Waits for the restart, or gives up. */
  async #afterFailure(error: unknown): Promise<void> {
    if (this.#stopReason !== undefined) return
    const decision = this.#restarts.failed(this.#host.now())
    const actor = this.name
    const { restarts } = decision
    if (decision.kind === 'give-up') {
      const { maxRestarts, windowMs } = this.#options.restart
      const limit = new RuntimeError(
        'ERR_RESTART_LIMIT',
        `${actor}: expected at most ${maxRestarts} restarts within ${windowMs} ms; the last failure was: ${text(error)}`,
        { cause: error, details: { actor, restarts } },
      )
      this.#stopReason = { kind: 'failed', error: limit }
      this.#host.log({ kind: 'actor-escalated', actor, error: limit, restarts })
      this.#host.onEscalate({ actor, error: limit, restarts })
      return
    }
    const { delayMs } = decision
    this.#restartCount++
    this.#host.log({ kind: 'actor-restarting', actor, error, restarts, delayMs })
    this.#host.onRestart({ actor, error, restarts, delayMs })
    let isDue = false
    const cancel = this.#host.schedule(delayMs, () => {
      isDue = true
      this.#wake()
    })
    while (!isDue && this.#stopReason === undefined) await this.#woken()
    cancel()
  }

  #finish(reason: StopReason): void {
    while (this.#mailbox.size > 0) this.#drop('ERR_ACTOR_STOPPED', 'the actor stopped before its turn came')
    this.#asks.rejectAll('ERR_ACTOR_STOPPED', 'the actor stopped without an answer')
    this.#isStopped = true
    this.#host.log({ kind: 'actor-stopped', actor: this.name, reason, dropped: this.#dropped })
    this.#host.onTerminated(this, reason)
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Rejects when `work` takes longer than a stop may. */
  async #withinDeadline(work: void | Promise<void>): Promise<void> {
    if (work === undefined) return
    const { schedule, stopDeadlineMs } = this.#host
    let cancel: () => void = () => undefined
    const late = new Promise<never>((_resolve, reject) => {
      cancel = schedule(stopDeadlineMs, () => {
        const message = `${this.name}: expected to stop within ${stopDeadlineMs} ms`
        reject(new RuntimeError('ERR_ACTOR_STOPPED', message))
      })
    })
    try {
      await Promise.race([work, late])
    } finally {
      cancel()
    }
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
