import type { Test } from 'tap'
import type { CloseReason, Link } from '../../../runtime/core/link.ts'
import type { ToHost, ToLearner } from '../../../runtime/launch/protocol.ts'
import { connectZmq } from '../../../runtime/transport/zmq-client.ts'
import { type Running, SMALL_COUNTING, start } from './_cli.ts'

export const LEARNER = /^learner on .*, process (\d+)$/
const INVITATION = /^others join with: manyfold join (tcp:\/\/127\.0\.0\.1:\d+) --key='(.{40})'$/
const LISTEN = ['--listen', 'tcp://127.0.0.1:*']
/** Bounds every wait: a test that gets stuck fails instead. */
const DEADLINE_MS = 30_000

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
  const head = start([...command, ...args, ...LISTEN, '--json'])
  const [, pid] = await head.line(LEARNER)
  const [, endpoint, key] = await head.line(INVITATION)
  const invitation = ['join', endpoint!, `--key=${key}`, '--worlds', '2', '--threads', '1']
  return { head, pid: Number(pid), endpoint: endpoint!, key: key!, invitation }
}

/** A joined host that is driven by hand. */
export interface HandHost {
  readonly link: Link<ToLearner>
  readonly welcome: Extract<ToHost, { readonly kind: 'welcome' }>
  /** Why the link closed. */
  readonly closed: Promise<CloseReason>
}

/** Joins a run as a host of `worlds` worlds that rolls nothing out by itself. */
export async function joinByHand(t: Test, { endpoint, key }: Head, worlds: number): Promise<HandHost> {
  const client = connectZmq({ endpoint, name: `hand-${worlds}`, serverPublicKey: key })
  t.teardown(() => client.close())
  const link = (await client.opened(DEADLINE_MS)) as Link<ToLearner>
  const closed = new Promise<CloseReason>((resolve) => link.onClose(resolve))
  const welcome = new Promise<HandHost['welcome']>((resolve) => {
    link.onMessage((message) => {
      const { kind } = message as ToHost
      if (kind === 'welcome') resolve(message as HandHost['welcome'])
    })
  })
  link.trySend({ kind: 'host-hello', worlds, progress: 0 })
  return { link, welcome: await welcome, closed }
}
