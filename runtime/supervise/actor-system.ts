import { RuntimeError } from '../core/errors.ts'
import type {
  ActorEvent,
  ActorMessage,
  ActorRef,
  Behaviour,
  Escalation,
  Restart,
  Schedule,
  SpawnOptions,
  StopReason,
  Terminated,
} from './actor.ts'
import { ActorCell, type CellHost } from './actor-cell.ts'
import { RESTART_DEFAULTS } from './restart-policy.ts'

export interface ActorSystemOptions {
  /** A clock that never goes back, in ms. */
  readonly now: () => number
  readonly schedule?: Schedule
  readonly log: (event: ActorEvent) => void
  /** Called before each restart, for metrics. */
  readonly onRestart?: (restart: Restart) => void
  /** Called when an actor is given up. Without it the error is thrown, and ends the process. */
  readonly onEscalate?: (escalation: Escalation) => void
  /** Longest wait for an actor's present message together with its `onStop`, in ms. */
  readonly stopDeadlineMs?: number
}

export const SPAWN_DEFAULTS: SpawnOptions = Object.freeze({
  mailboxCapacity: 1_024,
  whenFull: 'refuse',
  restart: RESTART_DEFAULTS,
})

const STOP_DEADLINE_MS = 5_000

type Watcher = (terminated: Terminated) => void

export function createActorSystem(options: ActorSystemOptions): ActorSystem {
  return new ActorSystem(options)
}

/** The actors of one process. They share its event loop; a failure of one leaves the others alone. */
export class ActorSystem {
  readonly #host: CellHost
  /** In the order of spawning. */
  readonly #actors = new Map<string, ActorRef<never>>()
  readonly #watchers = new Map<ActorRef<never>, Set<Watcher>>()
  readonly #reasons = new WeakMap<ActorRef<never>, StopReason>()
  #stopping: Promise<void> | undefined

  /** Use `createActorSystem`. */
  constructor(options: ActorSystemOptions) {
    this.#host = {
      now: options.now,
      schedule: options.schedule ?? scheduleTimeout,
      log: options.log,
      onRestart: options.onRestart ?? (() => undefined),
      onEscalate: options.onEscalate ?? throwUncaught,
      onTerminated: (actor, reason) => this.#terminated(actor, reason),
      stopDeadlineMs: options.stopDeadlineMs ?? STOP_DEADLINE_MS,
    }
  }

  /** Starts an actor; its name must not be in use. Throws ERR_ACTOR_STOPPED once the system is stopping. */
  spawn<M extends ActorMessage>(
    name: string,
    create: () => Behaviour<M>,
    options: Partial<SpawnOptions> = {},
  ): ActorRef<M> {
    if (this.#stopping !== undefined) {
      throw new RuntimeError('ERR_ACTOR_STOPPED', `${name}: expected a running system, got one that stops`)
    }
    if (this.#actors.has(name)) throw new RangeError(`spawn: expected a free name, got ${name}`)
    const actor = new ActorCell(name, create, { ...SPAWN_DEFAULTS, ...options }, this.#host)
    this.#actors.set(name, actor)
    return actor
  }

  /** Calls `watcher` once the actor is over (not at restarts); soon, if it is already. Returns how to unwatch. */
  watch(actor: ActorRef<never>, watcher: Watcher): () => void {
    const reason = this.#reasons.get(actor)
    const watchers = this.#watchers.get(actor) ?? new Set()
    watchers.add(watcher)
    if (reason === undefined) this.#watchers.set(actor, watchers)
    else queueMicrotask(() => watchers.has(watcher) && watcher({ name: actor.name, reason }))
    return () => watchers.delete(watcher)
  }

  /** Stops the actors one by one, the latest first, each within the deadline. */
  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#stopAll(reason)
    return this.#stopping
  }

  async #stopAll(reason: string): Promise<void> {
    for (const actor of [...this.#actors.values()].reverse()) {
      try {
        await actor.stop(reason)
      } catch (error) {
        this.#host.log({ kind: 'actor-stop-failed', actor: actor.name, error })
      }
    }
  }

  #terminated(actor: ActorRef<never>, reason: StopReason): void {
    this.#actors.delete(actor.name)
    this.#reasons.set(actor, reason)
    for (const watcher of this.#watchers.get(actor) ?? []) watcher({ name: actor.name, reason })
    this.#watchers.delete(actor)
  }
}

function scheduleTimeout(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}

function throwUncaught({ error }: Escalation): void {
  queueMicrotask(() => {
    throw error
  })
}
