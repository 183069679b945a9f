import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { attachToParent } from '../../../runtime/supervise/attach-to-parent.ts'
import { type ChildOptions, spawnChild } from '../../../runtime/supervise/spawn-process.ts'
import { deferred } from '../../contract/link-contract.ts'

const CHILD: ChildOptions = {
  modulePath: new URL('../../fixtures/child-process.js', import.meta.url),
  execArgv: [],
}

t.test('a child gets ready, talks, and stops when asked', async (t) => {
  const lines: string[] = []
  const answer = deferred<unknown>()
  const child = await spawnChild({
    ...CHILD,
    args: ['obeys'],
    onOutput: (line, stream) => lines.push(`${stream}: ${line}`),
    onMessage: answer.resolve,
  })
  t.ok(child.trySend({ n: 1, bytes: Uint8Array.of(1, 2) }))
  t.same(await answer.promise, { n: 1, bytes: Uint8Array.of(1, 2) })
  t.same(await child.stop(10_000, 'end of run'), { code: 0, signal: null })
  t.same(await child.exited, { code: 0, signal: null })
  t.equal(child.trySend('late'), false)
  t.same(lines, ['stdout: stopping: end of run'])
})

t.test('a child that is killed reports the signal', async (t) => {
  const child = await spawnChild({ ...CHILD, args: ['obeys'] })
  child.trySend('crash')
  t.same(await child.exited, { code: null, signal: 'SIGKILL' })
})

t.test('a child that ignores the message and SIGTERM is killed', async (t) => {
  const termed = deferred<string>()
  const child = await spawnChild({ ...CHILD, args: ['stubborn'], onOutput: termed.resolve })
  t.same(await child.stop(100), { code: null, signal: 'SIGKILL' })
  t.equal(await termed.promise, 'SIGTERM ignored')
})

t.test('a child that ends before it is ready is an error with its last words', async (t) => {
  const starting = spawnChild({ ...CHILD, args: ['fails'], onOutput: () => undefined })
  await t.rejects(starting, {
    code: 'ERR_CHILD_FAILED',
    message: /ended before it was ready, with code 2\nfirst line\nno such scenario/,
    details: { stderr: ['first line', 'no such scenario'] },
  })
})

t.test('a child that does not get ready in time is killed', async (t) => {
  const { path, connection, server } = await openLifeline()
  const starting = spawnChild({ ...CHILD, args: ['mute'], env: { LIFELINE: path }, readyMs: 2_000 })
  const broken = once(await connection, 'close')
  await t.rejects(starting, { code: 'ERR_CHILD_FAILED', message: /ready within 2000 ms/ })
  await broken
  server.close()
})

t.test('a child does not outlive a parent that is killed', async (t) => {
  const { path, connection, server } = await openLifeline()
  const parent = await spawnChild({ ...CHILD, args: ['with-child'], env: { LIFELINE: path } })
  const broken = once(await connection, 'close')
  parent.trySend('crash')
  t.same(await parent.exited, { code: null, signal: 'SIGKILL' })
  await broken
  server.close()
})

t.test('attaching without a parent is an error', async (t) => {
  if (process.send !== undefined) t.intercept(process, 'send', { value: undefined })
  t.throws(() => attachToParent({ onStop: () => undefined }), { code: 'ERR_CHILD_FAILED' })
})

/** A socket that one process connects to, and whose connection ends with that process. */
async function openLifeline(): Promise<{
  readonly path: string
  readonly connection: Promise<Socket>
  readonly server: Server
}> {
  const path = join(tmpdir(), `manyfold-lifeline-${process.pid}-${performance.now()}`)
  const connected = deferred<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => undefined) // a reset is an end, too
    connected.resolve(socket)
  })
  server.listen(path)
  await once(server, 'listening')
  return { path, connection: connected.promise, server }
}
