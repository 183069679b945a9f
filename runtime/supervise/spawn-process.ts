import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { RuntimeError } from '../core/errors.ts'
import type { ChildMessage, ParentMessage } from './child-protocol.ts'

export interface ChildOptions {
  /** The module to run; it calls `attachToParent`. */
  readonly modulePath: string | URL
  readonly args?: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  /** Longest wait until the child says that it is ready, in ms. */
  readonly readyMs?: number
  /** Takes the child's output line by line; without it both streams go to our stderr. */
  readonly onOutput?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Takes what the child sends with `parent.send`. */
  readonly onMessage?: (message: unknown) => void
}

/** How a process ended: by a code or by a signal. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  readonly exited: Promise<ChildExit>
  /** False when the child has gone. */
  trySend(message: unknown): boolean
  /** Asks the child to stop; after `graceMs` sends SIGTERM, after as long again SIGKILL. */
  stop(graceMs: number, reason?: string): Promise<ChildExit>
}

const READY_MS = 30_000

/** Lines of stderr kept for the message of a failed start. */
const TAIL_LINES = 20

/**
 * Starts a Node process and resolves once it is ready. Rejects with ERR_CHILD_FAILED, and leaves no process
 * behind, when it ends or keeps silent instead. A child ends by itself when this process does.
 */
export async function spawnChild(options: ChildOptions): Promise<Child> {
  const child = fork(options.modulePath, options.args ?? [], {
    env: { ...process.env, ...options.env },
    ...(options.execArgv && { execArgv: [...options.execArgv] }),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const exited = watchExit(child)
  const tail = readOutput(child, options)
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'message') options.onMessage?.(message.message)
  })
  const problem = await startProblem(child, options.readyMs ?? READY_MS)
  if (problem !== undefined) {
    child.kill('SIGKILL')
    await exited
    throw startFailed(options, problem, tail)
  }
  return {
    pid: child.pid!,
    exited,
    trySend: (message) => send(child, { kind: 'message', message }),
    stop: (graceMs, reason = 'stopped by the parent') => stop(child, exited, graceMs, reason),
  }
}

function watchExit(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.on('error', () => child.pid === undefined && resolve({ code: null, signal: null }))
  })
}

/** Passes the output on, and returns a list that always holds the last lines of stderr. */
function readOutput(child: ChildProcess, { onOutput }: ChildOptions): readonly string[] {
  const tail: string[] = []
  const pass = onOutput ?? ((line: string) => process.stderr.write(`${line}\n`))
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream]! }).on('line', (line) => {
      if (stream === 'stderr') tail.push(line)
      if (tail.length > TAIL_LINES) tail.shift()
      pass(line, stream)
    })
  }
  return tail
}

/** Why the child did not get ready; undefined once it has. */
async function startProblem(child: ChildProcess, readyMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const problem = await new Promise<string | undefined>((resolve) => {
    timer = setTimeout(() => resolve(`expected it to be ready within ${readyMs} ms`), readyMs)
    child.once('error', ({ message }) => resolve(message))
    // Not `exit`: by `close` its last words on stderr have been read.
    child.once('close', (code, signal) =>
      resolve(`it ended before it was ready, with ${signal ?? `code ${code}`}`),
    )
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready') resolve(undefined)
    })
  })
  clearTimeout(timer)
  return problem
}

function startFailed({ modulePath }: ChildOptions, problem: string, tail: readonly string[]): RuntimeError {
  const output = tail.length > 0 ? `\n${tail.join('\n')}` : ''
  return new RuntimeError('ERR_CHILD_FAILED', `${String(modulePath)}: ${problem}${output}`, {
    details: { stderr: tail },
  })
}

function send(child: ChildProcess, message: ParentMessage): boolean {
  if (!child.connected) return false
  // What fails after this check fails because the child ended, which `exited` tells.
  child.send(message, () => undefined)
  return true
}

async function stop(
  child: ChildProcess,
  exited: Promise<ChildExit>,
  graceMs: number,
  reason: string,
): Promise<ChildExit> {
  send(child, { kind: 'stop', reason })
  const term = setTimeout(() => child.kill('SIGTERM'), graceMs)
  const kill = setTimeout(() => child.kill('SIGKILL'), 2 * graceMs)
  const exit = await exited
  clearTimeout(term)
  clearTimeout(kill)
  return exit
}
