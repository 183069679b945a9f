/** How often, and after what wait, a failed actor is started again. */
export interface RestartPolicy {
  /** Wait before the first restart, in ms. */
  readonly initialMs: number
  /** What each further wait is multiplied by. */
  readonly factor: number
  /** Longest wait, in ms. */
  readonly maxMs: number
  /** Most restarts within `windowMs`; one more failure is given up and escalates. */
  readonly maxRestarts: number
  readonly windowMs: number
}

export const RESTART_DEFAULTS: RestartPolicy = Object.freeze({
  initialMs: 100,
  factor: 2,
  maxMs: 10_000,
  maxRestarts: 5,
  windowMs: 60_000,
})

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly restarts: number }
  | { readonly kind: 'give-up'; readonly restarts: number }

/** Decides over one actor's failures; `restarts` counts those within the window. */
export class RestartTracker {
  readonly #policy: RestartPolicy
  #times: readonly number[] = []

  constructor(policy: RestartPolicy) {
    this.#policy = policy
  }

  /** The actor failed at `now` ms. */
  failed(now: number): RestartDecision {
    const { maxRestarts, windowMs } = this.#policy
    this.#times = this.#times.filter((time) => now - time < windowMs)
    const earlier = this.#times.length
    if (earlier >= maxRestarts) return { kind: 'give-up', restarts: earlier }
    this.#times = [...this.#times, now]
    return { kind: 'restart', delayMs: restartDelay(this.#policy, earlier), restarts: earlier + 1 }
  }
}

/** `min(maxMs, initialMs · factor ** earlier)`, where `earlier` restarts have happened within the window. */
export function restartDelay({ initialMs, factor, maxMs }: RestartPolicy, earlier: number): number {
  return Math.min(maxMs, initialMs * factor ** earlier)
}
