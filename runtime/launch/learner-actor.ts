import { RuntimeError } from '../core/errors.ts'
import type { Behaviour } from '../supervise/actor.ts'
import { type LearnerConnection, openLearner } from './learner-connection.ts'
import type { LearnerStart } from './learner-server.ts'
import { aligned, decodeToHost, type ToHost } from './protocol.ts'

/** Commands to the actor that stands for the learner. */
export type LearnerMessage =
  | {
      readonly kind: 'round'
      readonly round: number
      readonly progress: number
      readonly reply: (done: true) => void
    }
  | {
      readonly kind: 'save'
      readonly folder: string
      readonly withReplay: boolean
      readonly reply: (state: unknown) => void
    }
  | { readonly kind: 'progress'; readonly progress: number }
  /** The connection of the incarnation that is to end: a later one has another. */
  | { readonly kind: 'lost'; readonly connection: LearnerConnection; readonly error: RuntimeError }

export interface LearnerEvents {
  /** New parameters of the main policy and of its opponent, packed. */
  parameters(version: number, sets: readonly Float32Array[]): void
  learning(figures: Readonly<Record<string, number>>): void
  /** True when a joined host's segment of so many steps is to be taken: `joinedSteps` follows when it was. */
  claimJoined(steps: number): boolean
  joinedSteps(steps: number, agentSteps: number, transitions: number): void
  hostJoined(host: string, hosts: number, nextWorld: number): void
  /** @param refusal what was wrong with what it sent; empty when it left or was lost */
  hostLeft(host: string, hosts: number, refusal: string): void
  up(connection: LearnerConnection): void
}

export interface LearnerActorOptions {
  readonly placement: 'process' | 'thread'
  readonly worlds: number
  /** How far the run is, in [0, 1], for a learner that starts in the middle of it. */
  readonly progress: () => number
  /** Asked for at each start: the checkpoint may have changed. */
  readonly start: () => LearnerStart
  readonly gate: LearnerGate
  readonly events: LearnerEvents
}

/** Where others wait for the present learner. */
export class LearnerGate {
  #connection: LearnerConnection | undefined
  #waiting: ((connection: LearnerConnection | undefined) => void)[] = []
  #isClosed = false

  open(connection: LearnerConnection): void {
    if (this.#isClosed) return
    this.#connection = connection
    for (const resolve of this.#waiting.splice(0)) resolve(connection)
  }

  shut(): void {
    this.#connection = undefined
  }

  /** No learner will come any more. */
  close(): void {
    this.#isClosed = true
    this.shut()
    for (const resolve of this.#waiting.splice(0)) resolve(undefined)
  }

  /** The learner as soon as there is one; undefined when none will come any more. */
  connection(): Promise<LearnerConnection | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    if (this.#connection?.link.isOpen) return Promise.resolve(this.#connection)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

const HELLO_MS = 30_000

/**
 * One incarnation of the learner: starts it from the last checkpoint, takes its parameters and
 * reports, and fails when it is lost, so that its supervisor starts the next.
 */
export function createLearnerActor(options: LearnerActorOptions): Behaviour<LearnerMessage> {
  let connection: LearnerConnection | undefined
  let failure: RuntimeError | undefined
  let tellSelf: (message: LearnerMessage) => void
  /** Rejects whatever waits for an answer of this incarnation. */
  const pending = new Map<'round-done' | 'saved' | 'parameters', (answer: ToHost | RuntimeError) => void>()

  const answer = (kind: 'round-done' | 'saved' | 'parameters'): Promise<ToHost> => {
    if (failure) return Promise.reject(failure)
    return new Promise((resolve, reject) => {
      pending.set(kind, (result) => (result instanceof RuntimeError ? reject(result) : resolve(result)))
    })
  }

  const settle = (kind: 'round-done' | 'saved' | 'parameters', result: ToHost): void => {
    pending.get(kind)?.(result)
    pending.delete(kind)
  }

  const lose = (lost: LearnerConnection, error: RuntimeError): void => {
    failure = error
    options.gate.shut()
    for (const reject of pending.values()) reject(error)
    pending.clear()
    tellSelf({ kind: 'lost', connection: lost, error })
  }

  const receive = (message: ToHost, frames: readonly Uint8Array[]): void => {
    const { events } = options
    switch (message.kind) {
      case 'parameters':
        events.parameters(
          message.version,
          frames.map((frame) => new Float32Array(aligned(frame))),
        )
        settle('parameters', message)
        return
      case 'learning':
        events.learning(message.figures)
        return
      case 'diverged':
        lose(connection!, divergence(message.updates, message.figure))
        return
      case 'joined-claim': {
        const { id, steps } = message
        const isGranted = events.claimJoined(steps)
        void sendWhenRoom(connection!, { kind: 'joined-claimed', id, isGranted })
        return
      }
      case 'joined-steps':
        events.joinedSteps(message.steps, message.agentSteps, message.transitions)
        return
      case 'host-joined':
        events.hostJoined(message.host, message.hosts, message.nextWorld)
        return
      case 'host-left':
        events.hostLeft(message.host, message.hosts, message.refusal)
        return
      case 'round-done':
      case 'saved':
        settle(message.kind, message)
        return
      case 'welcome':
      case 'run-over':
        return
    }
  }

  return {
    async onStart(context) {
      const opened = await openLearner(options.placement, options.start())
      connection = opened
      tellSelf = (message) => context.self.tell(message)
      void opened.lost.then((error) => lose(opened, error))
      opened.link.onMessage((message, frames) => receive(decodeToHost(message), frames))
      const first = answer('parameters')
      opened.link.trySend({
        kind: 'host-hello',
        worlds: options.worlds,
        progress: options.progress(),
      })
      await within(first, HELLO_MS)
      options.events.up(opened)
      options.gate.open(opened)
    },

    async receive(message) {
      const { link } = connection!
      switch (message.kind) {
        case 'lost':
          if (message.connection === connection) throw message.error
          return
        case 'progress':
          link.trySend({ kind: 'progress', progress: message.progress })
          return
        case 'round': {
          const { round, progress } = message
          // Together: the learner may be lost while the message still waits for room.
          await Promise.all([
            answer('round-done'),
            sendWhenRoom(connection!, { kind: 'round', round, progress }),
          ])
          message.reply(true)
          return
        }
        case 'save': {
          const { folder, withReplay } = message
          const [saved] = await Promise.all([
            answer('saved'),
            sendWhenRoom(connection!, { kind: 'save', folder, withReplay }),
          ])
          message.reply(readSaved(saved, folder))
          return
        }
      }
    },

    async onStop() {
      options.gate.shut()
      await connection?.close('the run is over')
    },
  }
}

function divergence(updates: number, figure: string): RuntimeError {
  return new RuntimeError(
    'ERR_LEARNER_DIVERGED',
    `learner: expected finite numbers, got a ${figure} that is none in update ${updates}: training has diverged; ` +
      'start again with a lower --learning-rate or --gradient-clip, or go on from a checkpoint with them',
    { details: { updates, figure } },
  )
}

/** Waits for credit; a link that closes meanwhile is reported by `lost`. */
export async function sendWhenRoom(
  { link }: LearnerConnection,
  message: Parameters<LearnerConnection['link']['trySend']>[0],
  frames?: readonly Uint8Array[],
): Promise<boolean> {
  while (!link.trySend(message, frames)) {
    if (!(await link.writable())) return false
  }
  return true
}

/** The learner's answer, or its failure to write, as the reply to `save`. */
function readSaved(message: ToHost, folder: string): unknown {
  if (message.kind !== 'saved') return undefined
  if (message.error === '') return JSON.parse(message.state)
  return new RuntimeError('ERR_OUTPUT_UNWRITABLE', message.error, { details: { folder } })
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RuntimeError('ERR_LEARNER_FAILED', `learner: no answer within ${ms} ms`)),
      ms,
    )
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
