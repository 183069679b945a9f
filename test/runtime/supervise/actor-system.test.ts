import t from 'tap'
import type {
  ActorEvent,
  ActorRef,
  Behaviour,
  Escalation,
  Restart,
  Terminated,
} from '../../../runtime/supervise/actor.ts'
import { type ActorSystem, createActorSystem } from '../../../runtime/supervise/actor-system.ts'
import { deferred } from '../../contract/link-contract.ts'
import { createFakeClock, type FakeClock, settled } from '../../fixtures/fake-clock.ts'

type Message =
  | { readonly kind: 'add'; readonly n: number }
  | { readonly kind: 'fail'; readonly text: string }
  | { readonly kind: 'total'; readonly reply: (total: number) => void }
  | { readonly kind: 'wait'; readonly until: Promise<void> }

interface Setup {
  readonly clock: FakeClock
  readonly system: ActorSystem
  readonly events: ActorEvent[]
  readonly restarts: Restart[]
  readonly escalations: Escalation[]
}

const POLICY = { initialMs: 100, factor: 2, maxMs: 1_000, maxRestarts: 2, windowMs: 10_000 }
const SPAWN = { mailboxCapacity: 4, whenFull: 'refuse', restart: POLICY } as const

t.test('messages are handled one at a time and in order', async (t) => {
  const { system } = setUp()
  const log: string[] = []
  const actor = system.spawn<Message>('counter', () => ({
    receive: async (message) => {
      log.push(`begin ${label(message)}`)
      await settled()
      log.push(`end ${label(message)}`)
    },
  }))
  for (let n = 0; n < 3; n++) t.ok(actor.tell({ kind: 'add', n }))
  t.same(log, [], 'nothing runs within tell')
  await until(() => actor.stats().processed === 3)
  t.same(
    log,
    [0, 1, 2].flatMap((n) => [`begin ${n}`, `end ${n}`]),
  )
})

t.test('a full mailbox refuses and counts', async (t) => {
  const { system } = setUp()
  const actor = system.spawn('counter', counter, SPAWN)
  const gate = await hold(actor)
  for (let n = 0; n < 4; n++) t.ok(actor.tell({ kind: 'add', n: 1 }))
  t.equal(actor.tell({ kind: 'add', n: 1 }), false)
  await t.rejects(total(actor), { code: 'ERR_MAILBOX_FULL', details: { actor: 'counter', kind: 'total' } })
  t.match(actor.stats(), { queued: 4, refused: 2, dropped: 0 })
  gate.resolve()
  await until(() => actor.stats().queued === 0)
  t.equal(await total(actor), 4)
})

t.test('a mailbox that drops the oldest keeps the newest and counts', async (t) => {
  const { system } = setUp()
  const actor = system.spawn('counter', counter, { ...SPAWN, whenFull: 'drop-oldest' })
  const gate = await hold(actor)
  const dropped = t.rejects(total(actor), { code: 'ERR_MAILBOX_FULL' })
  for (const n of [1, 10, 100, 1_000]) t.ok(actor.tell({ kind: 'add', n }))
  await dropped
  t.ok(actor.tell({ kind: 'add', n: 10_000 }))
  t.match(actor.stats(), { queued: 4, refused: 0, dropped: 2 })
  gate.resolve()
  await until(() => actor.stats().queued === 0)
  t.equal(await total(actor), 11_110)
})

t.test('a question without an answer is rejected at its deadline', async (t) => {
  const { system, clock } = setUp()
  const actor = system.spawn<Message>('mute', () => ({ receive: () => undefined }))
  const asked = t.rejects(total(actor, 500), {
    code: 'ERR_ASK_TIMEOUT',
    message: 'mute.total: expected an answer within 500 ms, got none',
    details: { actor: 'mute', kind: 'total' },
  })
  await clock.advance(499)
  t.equal(clock.pending(), 1)
  await clock.advance(1)
  await asked
  t.equal(clock.pending(), 0)
})

t.test('questions to an actor that stops or has stopped are rejected', async (t) => {
  const { system } = setUp()
  const actor = system.spawn('counter', counter, SPAWN)
  const gate = await hold(actor)
  const asked = t.rejects(total(actor), { code: 'ERR_ACTOR_STOPPED' })
  const stopped = actor.stop('enough')
  gate.resolve()
  await Promise.all([asked, stopped])
  await t.rejects(total(actor), { code: 'ERR_ACTOR_STOPPED', details: { actor: 'counter', kind: 'total' } })
  t.equal(actor.tell({ kind: 'add', n: 1 }), false)
  t.match(actor.stats(), { refused: 2, dropped: 1, queued: 0 })
})

t.test('a failure restarts the behaviour afresh after the backoff and keeps the mailbox', async (t) => {
  const { system, clock, restarts, events } = setUp()
  let created = 0
  const actor = system.spawn('counter', () => {
    created++
    return counter()
  })
  actor.tell({ kind: 'add', n: 5 })
  actor.tell({ kind: 'fail', text: 'broken' })
  actor.tell({ kind: 'add', n: 2 })
  await clock.advance(99)
  t.equal(created, 1)
  t.match(actor.stats(), { processed: 1, failed: 1, queued: 1, restarts: 1 })
  await clock.advance(1)
  t.equal(created, 2)
  t.equal(await total(actor), 2)
  t.match(restarts, [{ actor: 'counter', restarts: 1, delayMs: 100, error: { message: 'broken' } }])
  t.same(
    events.map(({ kind }) => kind),
    ['actor-started', 'actor-restarting', 'actor-started'],
  )
})

t.test('a question whose handling fails is rejected with the failure', async (t) => {
  const { system } = setUp()
  const actor = system.spawn<Message>('broken', () => ({
    receive: () => Promise.reject(new Error('broken')),
  }))
  await t.rejects(total(actor), { code: 'ERR_ACTOR_FAILED', cause: { message: 'broken' } })
})

t.test('the wait between restarts grows and falls back after a quiet window', async (t) => {
  const { system, clock, restarts } = setUp()
  const actor = system.spawn('counter', counter, SPAWN)
  for (const quietMs of [0, 0, 10_000]) {
    await clock.advance(quietMs)
    actor.tell({ kind: 'fail', text: 'broken' })
    await clock.advance(1_000)
  }
  t.same(
    restarts.map(({ delayMs }) => delayMs),
    [100, 200, 100],
  )
})

t.test('beyond the limit a failure escalates, and watchers are told', async (t) => {
  const { system, clock, escalations } = setUp()
  const seen: Terminated[] = []
  const actor = system.spawn('counter', counter, SPAWN)
  system.watch(actor, (terminated) => seen.push(terminated))
  system.watch(actor, () => t.fail('unwatched'))()
  for (let failure = 0; failure < 3; failure++) {
    t.same(seen, [])
    actor.tell({ kind: 'fail', text: `failure ${failure}` })
    await clock.advance(1_000)
  }
  t.match(escalations, [
    {
      actor: 'counter',
      restarts: 2,
      error: { code: 'ERR_RESTART_LIMIT', cause: { message: 'failure 2' } },
    },
  ])
  t.match(seen, [{ name: 'counter', reason: { kind: 'failed', error: { code: 'ERR_RESTART_LIMIT' } } }])
  t.ok(actor.isStopped)
  system.watch(actor, (terminated) => seen.push(terminated))
  await settled()
  t.equal(seen.length, 2, 'a late watcher is told too')
})

t.test('failures to start count like any other', async (t) => {
  const { system, clock, escalations } = setUp()
  const attempts: number[] = []
  const broken = (): Behaviour<Message> => ({
    onStart: () => {
      attempts.push(clock.now())
      throw new Error('no port')
    },
    receive: () => undefined,
  })
  const actor = system.spawn('server', broken, SPAWN)
  const thrown = system.spawn<Message>(
    'factory',
    () => {
      throw new Error('no memory')
    },
    SPAWN,
  )
  const asked = t.rejects(total(actor), { code: 'ERR_ACTOR_STOPPED' })
  await clock.advance(5_000)
  await asked
  t.same(attempts, [0, 100, 300])
  t.same(escalations.map(({ error }) => (error.cause as Error).message).sort(), ['no memory', 'no port'])
  t.ok(thrown.isStopped)
})

t.test('one actor that fails leaves the others alone', async (t) => {
  const { system, clock } = setUp()
  const [bad, good] = [system.spawn('bad', counter, SPAWN), system.spawn('good', counter, SPAWN)]
  good.tell({ kind: 'add', n: 1 })
  for (let failure = 0; failure < 4; failure++) bad.tell({ kind: 'fail', text: 'broken' })
  await clock.advance(5_000)
  t.ok(bad.isStopped)
  t.equal(await total(good), 1)
})

t.test('an incarnation is released before the next one, and its timers with it', async (t) => {
  const { system, clock } = setUp()
  const log: string[] = []
  let incarnation = 0
  const actor = system.spawn<Message>('ticker', () => {
    const id = ++incarnation
    return {
      onStart: (context) => {
        log.push(`start ${id}`)
        context.tellAfter(50, { kind: 'add', n: id })
        context.tellAfter(60, { kind: 'add', n: -1 })()
      },
      receive: (message) => {
        log.push(label(message))
        if (message.kind === 'fail') throw new Error(message.text)
      },
      onStop: (reason) => void log.push(`stop ${id} ${reason.kind}`),
    }
  })
  actor.tell({ kind: 'fail', text: 'broken' })
  await clock.advance(1_000)
  await actor.stop('enough')
  t.same(log, ['start 1', 'fail', 'stop 1 failed', 'start 2', '2', 'stop 2 stopped'])
  t.equal(clock.pending(), 0)
})

t.test('an actor may stop itself', async (t) => {
  const { system } = setUp()
  const over = deferred<Terminated>()
  const actor = system.spawn<Message>('once', () => ({
    receive: (_message, context) => context.stop('done'),
  }))
  system.watch(actor, over.resolve)
  actor.tell({ kind: 'add', n: 1 })
  actor.tell({ kind: 'add', n: 2 })
  t.same(await over.promise, { name: 'once', reason: { kind: 'stopped', reason: 'done' } })
  t.match(actor.stats(), { processed: 1, dropped: 1 })
})

t.test('the system stops its actors in reverse order, one after the other', async (t) => {
  const { system } = setUp()
  const log: string[] = []
  for (const name of ['arena', 'learner', 'courier']) {
    system.spawn<Message>(name, () => ({
      receive: () => undefined,
      onStop: async (reason) => {
        log.push(`${name} stops: ${reason.kind === 'stopped' ? reason.reason : ''}`)
        await settled()
        log.push(`${name} stopped`)
      },
    }))
  }
  await settled()
  await Promise.all([system.stop('end of run'), system.stop('again')])
  t.same(
    log,
    ['courier', 'learner', 'arena'].flatMap((name) => [`${name} stops: end of run`, `${name} stopped`]),
  )
  t.throws(() => system.spawn('late', counter), { code: 'ERR_ACTOR_STOPPED' })
})

t.test('an actor that hangs holds up the stop no longer than the deadline', async (t) => {
  const { system, clock, events } = setUp()
  const first = system.spawn('first', counter, SPAWN)
  const hanging = system.spawn('hanging', counter, SPAWN)
  hanging.tell({ kind: 'wait', until: new Promise(() => undefined) })
  await settled()
  let isStopped = false
  const stopping = system.stop('end of run').then(() => {
    isStopped = true
  })
  await clock.advance(999)
  t.notOk(isStopped)
  await clock.advance(1)
  await stopping
  t.ok(first.isStopped)
  t.match(
    events.find(({ kind }) => kind === 'actor-stop-failed'),
    { actor: 'hanging', error: { code: 'ERR_ACTOR_STOPPED' } },
  )
})

t.test('a failing onStop is logged and stops nothing else', async (t) => {
  const { system, events } = setUp()
  const actor = system.spawn<Message>('bad', () => ({
    receive: () => undefined,
    onStop: () => Promise.reject(new Error('cannot close')),
  }))
  await settled()
  await system.stop('end of run')
  t.ok(actor.isStopped)
  t.match(
    events.find(({ kind }) => kind === 'actor-stop-failed'),
    { actor: 'bad', error: { message: 'cannot close' } },
  )
})

t.test('an actor that waits for its restart can be stopped', async (t) => {
  const { system, clock } = setUp()
  const actor = system.spawn('counter', counter, SPAWN)
  actor.tell({ kind: 'fail', text: 'broken' })
  await settled()
  await actor.stop('enough')
  t.equal(clock.pending(), 0)
})

t.test('a name is free again once its actor is over', async (t) => {
  const { system } = setUp()
  const actor = system.spawn('counter', counter, SPAWN)
  t.throws(() => system.spawn('counter', counter, SPAWN), { name: 'RangeError' })
  await actor.stop('enough')
  t.equal(await total(system.spawn('counter', counter, SPAWN)), 0)
})

t.test('a busy actor leaves other events their turn', async (t) => {
  const { system } = setUp()
  const actor = system.spawn('counter', counter, { ...SPAWN, mailboxCapacity: 10_000 })
  for (let n = 0; n < 10_000; n++) actor.tell({ kind: 'add', n: 1 })
  await settled()
  await settled()
  t.ok(actor.stats().queued > 0)
  await until(() => actor.stats().queued === 0)
  t.equal(await total(actor), 10_000)
})

function setUp(): Setup {
  const clock = createFakeClock()
  const events: ActorEvent[] = []
  const restarts: Restart[] = []
  const escalations: Escalation[] = []
  const system = createActorSystem({
    now: clock.now,
    schedule: clock.schedule,
    log: (event) => events.push(event),
    onRestart: (restart) => restarts.push(restart),
    onEscalate: (escalation) => escalations.push(escalation),
    stopDeadlineMs: 1_000,
  })
  return { clock, system, events, restarts, escalations }
}

function counter(): Behaviour<Message> {
  let sum = 0
  return {
    receive: (message) => {
      switch (message.kind) {
        case 'add':
          sum += message.n
          return
        case 'fail':
          throw new Error(message.text)
        case 'total':
          message.reply(sum)
          return
        case 'wait':
          return message.until
      }
    },
  }
}

function total(actor: ActorRef<Message>, deadlineMs = 60_000): Promise<number> {
  return actor.ask<number>((reply) => ({ kind: 'total', reply }), deadlineMs)
}

/** Keeps the actor busy until the gate is opened. */
async function hold(actor: ActorRef<Message>): Promise<{ readonly resolve: () => void }> {
  const gate = deferred<void>()
  actor.tell({ kind: 'wait', until: gate.promise })
  await until(() => actor.stats().queued === 0)
  return { resolve: () => gate.resolve() }
}

function label(message: Message): string {
  return message.kind === 'add' ? String(message.n) : message.kind
}

/** Turns of the event loop until something holds; bounded. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !holds(); turn++) await settled()
  if (!holds()) throw new Error('the state was not reached')
}
