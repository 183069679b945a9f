import { join } from 'node:path'
import type { Test } from 'tap'
import { NO_ACTION, type Segment } from '../../../runtime/core/experience.ts'
import type { Link } from '../../../runtime/core/link.ts'
import {
  type SegmentMessage,
  segmentFrames,
  type ToHost,
  type ToLearner,
} from '../../../runtime/launch/protocol.ts'
import { connectZmq } from '../../../runtime/transport/zmq-client.ts'
import { LEARNER, MEASURED, type Running, SMALL_COUNTING, start } from './_cli.ts'

const INVITATION = /^others join with: manyfold join (tcp:\/\/127\.0\.0\.1:\d+) --key='(.{40})'$/
const LISTEN = ['--listen', 'tcp://127.0.0.1:*']
/** Bounds every wait: a test that gets stuck fails instead. */
const DEADLINE_MS = 30_000

/** What a training in the test's folder is started with: long enough to be joined, and not at full speed. */
export function longRun(t: Test): readonly string[] {
  const out = join(t.testdir(), 'run')
  return ['--out', out, '--steps', '1000000', '--checkpoint-every', '500', '--pause', '5']
}

/** A training that others may join. */
export interface Head {
  readonly head: Running
  /** Of the learner. */
  readonly pid: number
  readonly endpoint: string
  readonly key: string
  /** Arguments that join it with two worlds. */
  readonly invitation: readonly string[]
}

/** Starts a training of worlds that count, or the one of `args` when they begin with a command. */
export async function openHead(...args: readonly string[]): Promise<Head> {
  const command = args[0] === 'train' ? [] : SMALL_COUNTING
  const head = start([...command, ...args, ...LISTEN, '--json'], MEASURED)
  const [, pid] = await head.line(LEARNER)
  const [, endpoint, key] = await head.line(INVITATION)
  const invitation = ['join', endpoint!, `--key=${key}`, '--worlds', '2', '--threads', '1']
  return { head, pid: Number(pid), endpoint: endpoint!, key: key!, invitation }
}

/** A joined host that is driven by hand. */
export interface HandHost {
  readonly link: Link<ToLearner>
  readonly welcome: Extract<ToHost, { readonly kind: 'welcome' }>
  /** Why the run is over, once it is. */
  readonly over: Promise<string>
}

/** Joins a run as a host of `worlds` worlds that rolls nothing out by itself. */
export async function joinByHand(t: Test, { endpoint, key }: Head, worlds: number): Promise<HandHost> {
  const client = connectZmq({ endpoint, name: `hand-${worlds}`, serverPublicKey: key })
  t.teardown(() => client.close())
  const link = (await client.opened(DEADLINE_MS)) as Link<ToLearner>
  let end!: (reason: string) => void
  const over = new Promise<string>((resolve) => {
    end = resolve
  })
  const welcome = new Promise<HandHost['welcome']>((resolve) => {
    link.onMessage((data) => {
      const message = data as ToHost
      if (message.kind === 'welcome') resolve(message)
      if (message.kind === 'run-over') end(message.reason)
    })
  })
  link.trySend({ kind: 'host-hello', worlds, progress: 0 })
  return { link, welcome: await welcome, over }
}

/** Agents of a world of `SMALL_COUNTING`, and steps of its segments. */
const [AGENTS, STEPS, ACTIONS] = [8, 8, 3]

/** A segment of `SMALL_COUNTING` in which nobody does anything. */
function idleSegment(): Segment {
  const [rows, transitions] = [(STEPS + 1) * AGENTS, STEPS * AGENTS]
  return {
    version: 0,
    rows,
    transitions,
    decisions: STEPS,
    observation: new Uint8Array(rows * 8),
    action: new Uint16Array(rows).fill(NO_ACTION, transitions),
    reward: new Float32Array(rows),
    logProbability: new Float32Array(),
    agent: new Uint16Array(),
    next: Int32Array.from({ length: rows }, (_, row) => (row < transitions ? row + AGENTS : -1)),
    time: Uint16Array.from({ length: rows }, (_, row) => Math.floor(row / AGENTS)),
    shared: new Float32Array((STEPS + 1) * ACTIONS),
  }
}

/** Sends idle segments, as fast as they are taken, until the run is over; says how it put that. */
export async function sendUntilOver({ link, over }: HandHost): Promise<string> {
  const segment = idleSegment()
  const { version, rows, transitions, decisions } = segment
  const counts = { version, rows, transitions, decisions, agentSteps: transitions, episodes: 0 }
  const message: SegmentMessage = {
    kind: 'segment',
    ...counts,
    steps: decisions,
    mainReward: 0,
    opponentReward: 0,
  }
  let reason: string | undefined
  void over.then((said) => {
    reason = said
  })
  while (reason === undefined) {
    if (!link.trySend(message, segmentFrames(segment))) await Promise.race([link.writable(), over])
  }
  return reason
}
