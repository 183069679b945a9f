import type { Test } from 'tap'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { CloseReason, Link, LinkOptions } from '../../runtime/core/link.ts'

/** Two connected ends and what it takes to be rid of them. */
export interface LinkPair {
  readonly near: Link
  readonly far: Link
  readonly dispose: () => Promise<void>
}

export type MakeLinkPair = (options?: Partial<LinkOptions>) => Promise<LinkPair>

/** Every implementation of `Link` passes these. */
export function testLink(t: Test, make: MakeLinkPair): void {
  const open = async (test: Test, options?: Partial<LinkOptions>): Promise<LinkPair> => {
    const pair = await make(options)
    test.teardown(pair.dispose)
    return pair
  }

  t.test('messages arrive once and in order in both directions', async (t) => {
    const { near, far } = await open(t, { capacity: 16 })
    const [atFar, atNear] = [collect(far, 2_000), collect(near, 2_000)]
    await Promise.all([sendNumbers(near, 2_000), sendNumbers(far, 2_000)])
    t.same(await atFar, range(2_000))
    t.same(await atNear, range(2_000))
    t.ok(await near.drained())
    t.match(near.stats(), { sent: 2_000, received: 2_000, queued: 0, invalid: 0 })
  })

  t.test('a full queue refuses, counts, and loses nothing', async (t) => {
    const { near, far } = await open(t, { capacity: 8 })
    const received: unknown[] = []
    const gate = deferred<void>()
    far.onMessage((message) => {
      received.push(message)
      return gate.promise
    })
    for (let n = 0; n < 8; n++) t.ok(near.trySend(numbered(n)))
    t.equal(near.trySend(numbered(8)), false)
    t.match(near.stats(), { sent: 8, refused: 1, queued: 8 })
    gate.resolve()
    t.ok(await near.writable())
    t.ok(near.trySend(numbered(8)))
    t.ok(await near.drained())
    t.same(received, range(9).map(numbered))
  })

  t.test('frames of 32 MiB arrive intact', async (t) => {
    const { near, far } = await open(t)
    const frames = [randomBytes(1, 32 * 2 ** 20), new Uint8Array(0), randomBytes(2, 100)]
    const wanted = frames.map((frame) => Buffer.from(frame))
    const arrived = nextFrames(far)
    t.ok(near.trySend({ kind: 'experience' }, frames))
    const got = await arrived
    t.equal(got.length, wanted.length)
    t.ok(got.every((frame, index) => wanted[index]?.equals(frame)))
    t.ok(near.stats().bytesSent >= 32 * 2 ** 20 + 100)
    t.equal(far.stats().bytesReceived, near.stats().bytesSent)
  })

  t.test('a frame that is part of a larger buffer arrives without the rest', async (t) => {
    const { near, far } = await open(t)
    const arrived = nextFrames(far)
    near.trySend({ kind: 'experience' }, [randomBytes(3, 1_000).subarray(10, 30)])
    t.same([...(await arrived)[0]!], [...randomBytes(3, 1_000).subarray(10, 30)])
  })

  t.test('messages that come before the handler are kept', async (t) => {
    const { near, far } = await open(t, { capacity: 4 })
    for (let n = 0; n < 4; n++) near.trySend(numbered(n))
    near.parameterVersion = 1
    await answered(near, far)
    t.same(await collect(far, 4), range(4))
  })

  t.test('the parameter version travels with the messages', async (t) => {
    const { near, far } = await open(t)
    far.onMessage(() => undefined)
    near.parameterVersion = 2 ** 40 + 1
    near.trySend(numbered(0))
    t.ok(await near.drained())
    t.equal(far.peerParameterVersion, 2 ** 40 + 1)
  })

  t.test('a view over shared memory is a TypeError', async (t) => {
    const { near } = await open(t)
    const shared = new Uint8Array(new SharedArrayBuffer(8))
    t.throws(() => near.trySend(numbered(0), [shared]), { name: 'TypeError' })
    t.equal(near.stats().sent, 0)
  })

  t.test('closing delivers what was sent before and tells the peer', async (t) => {
    const { near, far } = await open(t)
    const arrived = collect(far, 100)
    const farClosed = closed(far)
    for (let n = 0; n < 100; n++) near.trySend(numbered(n))
    const nearClosed = closed(near)
    await near.close()
    t.same(await nearClosed, { kind: 'closed-here' })
    t.same(await farClosed, { kind: 'closed-by-peer' })
    t.same(await arrived, range(100))
    t.equal(near.trySend(numbered(0)), false)
    t.equal(far.trySend(numbered(0)), false)
    t.same([await near.writable(), await far.drained()], [false, false])
    t.same([near.isOpen, far.isOpen], [false, false])
  })

  t.test('both ends may close at once, and twice', async (t) => {
    const { near, far } = await open(t, { closeMs: 60_000 })
    await Promise.all([near.close(), far.close(), near.close()])
    t.same(await closed(near), { kind: 'closed-here' })
    t.same(await closed(far), { kind: 'closed-here' })
  })

  t.test('those who wait for room are told when the link closes', async (t) => {
    const { near, far } = await open(t, { capacity: 1 })
    far.onMessage(() => new Promise<void>(() => undefined))
    near.trySend(numbered(0))
    const waits = Promise.all([near.writable(), near.drained()])
    await far.close()
    t.same(await waits, [false, false])
    t.equal(near.stats().queued, 1)
  })

  for (const isAsync of [false, true]) {
    t.test(
      `a message its ${isAsync ? 'async ' : ''}handler refuses closes the link on both sides`,
      async (t) => {
        const reported: string[] = []
        const { near, far } = await open(t, { onRefused: ({ code }) => reported.push(code) })
        const error = new RuntimeError('ERR_PROTOCOL_FIELD', 'hello.name: expected string, got number')
        far.onMessage(() => {
          if (isAsync) return Promise.reject(error)
          throw error
        })
        near.trySend({ kind: 'hello' })
        t.match(await closed(far), { kind: 'refused', error: { code: 'ERR_PROTOCOL_FIELD' } })
        t.match(await closed(near), {
          kind: 'refused',
          error: {
            code: 'ERR_PROTOCOL_REFUSED',
            details: { code: 'ERR_PROTOCOL_FIELD', reason: error.message },
          },
        })
        t.same(reported, ['ERR_PROTOCOL_FIELD'])
        t.equal(far.stats().invalid, 1)
      },
    )
  }
}

export function closed(link: Link): Promise<CloseReason> {
  return new Promise((resolve) => link.onClose(resolve))
}

export function nextFrames(link: Link): Promise<readonly Uint8Array[]> {
  return new Promise((resolve) => link.onMessage((_message, frames) => resolve(frames)))
}

function numbered(n: number): { readonly kind: 'numbered'; readonly n: number } {
  return { kind: 'numbered', n }
}

async function sendNumbers(link: Link, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    while (!link.trySend(numbered(n))) {
      if (!(await link.writable())) throw new Error('the link closed')
    }
  }
}

/** The numbers of the first `count` messages. */
function collect(link: Link, count: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const numbers: number[] = []
    link.onMessage((message) => {
      numbers.push((message as ReturnType<typeof numbered>).n)
      if (numbers.length === count) resolve(numbers)
    })
  })
}

/** A round trip from `far` to `near`: by then what `near` sent before has arrived. */
async function answered(near: Link, far: Link): Promise<void> {
  near.onMessage(() => undefined)
  far.trySend({ kind: 'question' })
  await far.drained()
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** Reproducible bytes. */
export function randomBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[index] = state >>> 24
  }
  return bytes
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
