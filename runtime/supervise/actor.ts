import type { RuntimeError } from '../core/errors.ts'
import type { WhenFull } from './mailbox.ts'
import type { RestartPolicy } from './restart-policy.ts'

/** What every message has; an actor's messages are a union of such types. */
export interface ActorMessage {
  readonly kind: string
}

/** Why an actor, or one incarnation of it, is over. */
export type StopReason =
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * What an actor does. It is created anew at each restart, so its fields start afresh; what must survive a
 * failure lies in the arena. An exception (or a rejected promise) in `onStart` or `receive` is a failure.
 */
export interface Behaviour<M extends ActorMessage> {
  onStart?(context: ActorContext<M>): void | Promise<void>
  /** Handles one message; the next one waits for it. */
  receive(message: M, context: ActorContext<M>): void | Promise<void>
  /** Releases what this incarnation holds: before a restart too, and after a failed `onStart`. */
  onStop?(reason: StopReason): void | Promise<void>
}

/** What an incarnation may ask of the system. */
export interface ActorContext<M extends ActorMessage> {
  readonly self: ActorRef<M>
  readonly now: () => number
  /** Sends `message` to itself later; forgotten when this incarnation ends. Returns how to cancel it. */
  tellAfter(delayMs: number, message: M): () => void
  /** Stops the actor once the message at hand is handled. */
  stop(reason: string): void
}

export interface ActorStats {
  readonly processed: number
  /** Messages not taken: the mailbox was full, or the actor had stopped. */
  readonly refused: number
  /** Messages taken and thrown away: by `drop-oldest`, or left over when the actor stopped. */
  readonly dropped: number
  /** Messages whose handling failed; they are not tried again. */
  readonly failed: number
  readonly restarts: number
  readonly queued: number
}

export interface ActorRef<M extends ActorMessage> {
  readonly name: string
  readonly isStopped: boolean
  /** Puts a message into the mailbox; false, and counted, when it is refused. */
  tell(message: M): boolean
  /**
   * Sends the message that `make` builds around `reply`, and resolves with what is replied. Rejects with
   * ERR_ASK_TIMEOUT, ERR_MAILBOX_FULL, ERR_ACTOR_FAILED (handling it failed) or ERR_ACTOR_STOPPED.
   */
  ask<R>(make: (reply: (value: R) => void) => M, deadlineMs: number): Promise<R>
  /** Stops it after the message at hand. An actor that awaits its own stop waits until the deadline. */
  stop(reason: string): Promise<void>
  stats(): ActorStats
}

export interface SpawnOptions {
  readonly mailboxCapacity: number
  readonly whenFull: WhenFull
  readonly restart: RestartPolicy
}

export interface Terminated {
  readonly name: string
  readonly reason: StopReason
}

/** An actor failed and is about to start again, `delayMs` from now. */
export interface Restart {
  readonly actor: string
  readonly error: unknown
  /** Within the policy's window, this one included. */
  readonly restarts: number
  readonly delayMs: number
}

/** An actor failed once too often and has stopped: ERR_RESTART_LIMIT, with the last error as its cause. */
export interface Escalation {
  readonly actor: string
  readonly error: RuntimeError
  readonly restarts: number
}

/** What the system tells its log. */
export type ActorEvent =
  | { readonly kind: 'actor-started'; readonly actor: string }
  | ({ readonly kind: 'actor-restarting' } & Restart)
  | ({ readonly kind: 'actor-escalated' } & Escalation)
  /** `onStop` failed, or took longer than the deadline. */
  | { readonly kind: 'actor-stop-failed'; readonly actor: string; readonly error: unknown }
  | {
      readonly kind: 'actor-stopped'
      readonly actor: string
      readonly reason: StopReason
      readonly dropped: number
    }

/** Calls back `delayMs` from now; returns how to cancel it. */
export type Schedule = (delayMs: number, callback: () => void) => () => void
