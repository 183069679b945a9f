import { rm } from 'node:fs/promises'
import { MessageChannel, Worker } from 'node:worker_threads'
import { type ErrorCode, RuntimeError } from '../core/errors.ts'
import type { CloseReason, Link } from '../core/link.ts'
import { spawnChild } from '../supervise/spawn-process.ts'
import { socketFile } from '../transport/endpoints.ts'
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

/**
 * Longest wait for a learner that starts, in ms. Opening a graphics backend can take a minute, and reading
 * the replay of a large checkpoint from a slow disk several; what takes longer hangs.
 */
const LEARNER_START_MS = 10 * 60_000
const CONNECT_MS = 30_000
const STOP_MS = 5_000
/** Longest wait for the end of a learner whose link has closed. */
const EXIT_MS = 500
/** Segments on their way to the learner at once; more wait on this side, where they are counted. */
const LINK_CAPACITY = 8

/** @throws what kept the learner from coming up; ERR_LEARNER_TIMEOUT after `LEARNER_START_MS` */
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
  const exited = child.exited.then(
    ({ code, signal }) => new RuntimeError('ERR_LEARNER_FAILED', describeExit(code, signal)),
  )
  void exited.then(({ code, message }) => first.resolve({ kind: 'learner-failed', code, message }))
  child.trySend(start)
  const up = await inTime(first.promise)
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
  const end = async (reason?: string): Promise<void> => {
    await client.close()
    await child.stop(STOP_MS, reason)
    // A process that was killed leaves its socket's file behind.
    const file = socketFile(up.endpoint)
    if (file !== undefined) await rm(file, { force: true })
  }
  let link: Link<ToLearner>
  try {
    link = (await Promise.race([client.opened(CONNECT_MS), rejected(exited)])) as Link<ToLearner>
  } catch (error) {
    await end()
    throw error
  }
  const lost = deferred<RuntimeError>()
  let closing = false
  void exited.then((error) => {
    if (!closing) lost.resolve(error)
  })
  link.onClose((reason) => {
    if (!closing) loseByLink(lost, reason)
  })
  return {
    up,
    pid: child.pid,
    link,
    lost: lost.promise,
    async close(reason) {
      closing = true
      await end(reason)
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
  let closing = false
  const end = (what: string, cause?: unknown): void => {
    const error = new RuntimeError('ERR_LEARNER_FAILED', `learner thread: ${what}`, { cause })
    first.resolve({ kind: 'learner-failed', code: error.code, message: error.message })
    if (!closing) lost.resolve(error)
  }
  worker.once('error', (error) => end(error.message, error))
  worker.once('exit', (code) => end(`ended by exit code ${code}`))
  const up = await inTime(first.promise)
  if (up.kind === 'learner-failed') {
    // A thread that hangs outside of JavaScript does not end before the process does: nobody waits for it.
    void worker.terminate()
    throw asError(up)
  }
  const link = createPortLink(port1, { capacity: LINK_CAPACITY }) as Link<ToLearner>
  link.onClose((reason) => {
    if (!closing) loseByLink(lost, reason)
  })
  return {
    up,
    pid: undefined,
    link,
    lost: lost.promise,
    async close() {
      closing = true
      await link.close()
      await worker.terminate()
    },
  }
}

/** The learner's first word, or that it did not come. */
async function inTime(first: Promise<LearnerUp | LearnerDown>): Promise<LearnerUp | LearnerDown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<LearnerDown>((resolve) => {
    const message =
      `learner: expected it to be up within ${LEARNER_START_MS / 60_000} minutes; ` +
      'see whether `manyfold doctor` ends, try another --backend, or a faster disk for the checkpoint'
    timer = setTimeout(
      () => resolve({ kind: 'learner-failed', code: 'ERR_LEARNER_TIMEOUT', message }),
      LEARNER_START_MS,
    )
  })
  try {
    return await Promise.race([first, late])
  } finally {
    clearTimeout(timer)
  }
}

function describeExit(code: number | null, signal: string | null): string {
  return `learner process: ended by ${signal === null ? `exit code ${code}` : `signal ${signal}`}`
}

function asError({ code, message }: LearnerDown): RuntimeError {
  return new RuntimeError(code as ErrorCode, message)
}

/** A learner that ends closes its link a little earlier, and how it ended says more, unless it refused what it got. */
function loseByLink(lost: Deferred<RuntimeError>, reason: CloseReason): void {
  if (reason.kind === 'refused') lost.resolve(reason.error)
  else setTimeout(() => lost.resolve(closeError(reason)), EXIT_MS)
}

function closeError(reason: CloseReason): RuntimeError {
  return 'error' in reason
    ? reason.error
    : new RuntimeError('ERR_LINK_CLOSED', `learner link: ${reason.kind}`)
}

function rejected(error: Promise<RuntimeError>): Promise<never> {
  return error.then((reason) => Promise.reject(reason))
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
