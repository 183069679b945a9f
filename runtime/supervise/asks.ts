import { RuntimeError } from '../core/errors.ts'
import type { ActorMessage, Schedule } from './actor.ts'

interface Ask {
  readonly settle: () => void
  readonly reject: (error: RuntimeError) => void
}

/** The questions to one actor that have not been answered. */
export class Asks<M extends ActorMessage> {
  readonly #actor: string
  readonly #schedule: Schedule
  readonly #open = new Map<M, Ask>()

  constructor(actor: string, schedule: Schedule) {
    this.#actor = actor
    this.#schedule = schedule
  }

  ask<R>(make: (reply: (value: R) => void) => M, deadlineMs: number, tell: (message: M) => void): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const message = make((value) => {
        this.#open.get(message)?.settle()
        resolve(value)
      })
      const cancel = this.#schedule(deadlineMs, () => {
        this.reject(message, 'ERR_ASK_TIMEOUT', `expected an answer within ${deadlineMs} ms, got none`)
      })
      const settle = (): void => {
        cancel()
        this.#open.delete(message)
      }
      this.#open.set(message, { settle, reject })
      tell(message)
    })
  }

  /** Rejects the question that came as `message`, if it was one and is still open. */
  reject(message: M, code: AskErrorCode, phrase: string, cause?: unknown): void {
    const ask = this.#open.get(message)
    if (ask === undefined) return
    ask.settle()
    const { kind } = message
    const details = { actor: this.#actor, kind }
    ask.reject(new RuntimeError(code, `${this.#actor}.${kind}: ${phrase}`, { cause, details }))
  }

  rejectAll(code: AskErrorCode, phrase: string, cause?: unknown): void {
    for (const message of this.#open.keys()) this.reject(message, code, phrase, cause)
  }
}

type AskErrorCode = 'ERR_ASK_TIMEOUT' | 'ERR_MAILBOX_FULL' | 'ERR_ACTOR_FAILED' | 'ERR_ACTOR_STOPPED'
