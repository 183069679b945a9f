import { MessageChannel, Worker } from 'node:worker_threads'
import { type ErrorCode, RuntimeError } from '../core/errors.ts'
import type { CloseReason, Link } from '../core/link.ts'
import { spawnChild } from '../supervise/spawn-process.ts'
import { createPortLink } from '../transport/port-link.ts'
import { connectZmq } from '../transport/zmq-client.ts'
import type { LearnerDown, LearnerStart, LearnerUp } from './learner-server.ts'
import type { ToLearner } from './protocol.ts'

/** The head's hold on a running learner. */
export interface LearnerConnection {
  readonly up: LearnerUp
  /** Of the learner's process; undefined for a thread. */
  readonly pid: number | undefined
  readonly link: Link<ToLearner>
  /** Resolves when the learner is gone without having been asked to. */
  readonly lost: Promise<RuntimeError>
  close(reason: string): Promise<void>
}

const CONNECT_MS = 30_000
const STOP_MS = 5_000
/** Segments on their way to the learner at once; more wait on this side, where they are counted. */
const LINK_CAPACITY = 8

/** @throws what kept the learner from coming up */
export function openLearner(
  placement: 'process' | 'thread',
  start: LearnerStart,
): Promise<LearnerConnection> {
  return placement === 'process' ? openLearnerProcess(start) : openLearnerThread(start)
}

async function openLearnerProcess(start: LearnerStart): Promise<LearnerConnection> {
  const first = deferred<LearnerUp | LearnerDown>()
  const child = await spawnChild({
    modulePath: new URL('./learner-process.js', import.meta.url),
    onMessage: (message) => first.resolve(message as LearnerUp | LearnerDown),
  })
  void child.exited.then(({ code, signal }) =>
    first.resolve({
      kind: 'learner-failed',
      code: 'ERR_LEARNER_FAILED',
      message: describeExit(code, signal),
    }),
  )
  child.trySend(start)
  const up = await first.promise
  if (up.kind === 'learner-failed') {
    await child.stop(STOP_MS)
    throw asError(up)
  }
  const client = connectZmq({
    endpoint: up.endpoint,
    name: 'head',
    runId: start.runId,
    capacity: LINK_CAPACITY,
  })
  const link = (await client.opened(CONNECT_MS)) as Link<ToLearner>
  const lost = deferred<RuntimeError>()
  let closing = false
  void child.exited.then(({ code, signal }) => {
    if (!closing) lost.resolve(new RuntimeError('ERR_LEARNER_FAILED', describeExit(code, signal)))
  })
  link.onClose((reason) => {
    if (!closing) lost.resolve(closeError(reason))
  })
  return {
    up,
    pid: child.pid,
    link,
    lost: lost.promise,
    async close(reason) {
      closing = true
      await client.close()
      await child.stop(STOP_MS, reason)
    },
  }
}

async function openLearnerThread(start: LearnerStart): Promise<LearnerConnection> {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(new URL('./learner-thread.js', import.meta.url), {
    workerData: { start, port: port2 },
    transferList: [port2],
  })
  const first = deferred<LearnerUp | LearnerDown>()
  const lost = deferred<RuntimeError>()
  worker.once('message', (message: LearnerUp | LearnerDown) => first.resolve(message))
  worker.on('error', (error) => {
    first.reject(error)
    lost.resolve(new RuntimeError('ERR_LEARNER_FAILED', `learner thread: ${error.message}`, { cause: error }))
  })
  const up = await first.promise
  if (up.kind === 'learner-failed') {
    await worker.terminate()
    throw asError(up)
  }
  return {
    up,
    pid: undefined,
    link: createPortLink(port1, { capacity: LINK_CAPACITY }) as Link<ToLearner>,
    lost: lost.promise,
    async close() {
      await worker.terminate()
    },
  }
}

function describeExit(code: number | null, signal: string | null): string {
  return `learner process: ended by ${signal === null ? `exit code ${code}` : `signal ${signal}`}`
}

function asError({ code, message }: LearnerDown): RuntimeError {
  return new RuntimeError(code as ErrorCode, message)
}

function closeError(reason: CloseReason): RuntimeError {
  return 'error' in reason
    ? reason.error
    : new RuntimeError('ERR_LINK_CLOSED', `learner link: ${reason.kind}`)
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
