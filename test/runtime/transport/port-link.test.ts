import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import t from 'tap'
import type { Link } from '../../../runtime/core/link.ts'
import { createPortLink } from '../../../runtime/transport/port-link.ts'
import { closed, nextFrames, randomBytes, testLink } from '../../contract/link-contract.ts'

const ECHO_WORKER = new URL('../../fixtures/link-echo-worker.js', import.meta.url)

t.test('a link over a MessageChannel keeps the contract', async (t) => {
  testLink(t, async (options) => {
    const { port1, port2 } = new MessageChannel()
    const [near, far] = [createPortLink(port1, options), createPortLink(port2, options)]
    return {
      near,
      far,
      dispose: async () => {
        await Promise.all([near.close(), far.close()])
      },
    }
  })
})

t.test('a worker thread answers with the frames it was sent, and ends when the link closes', async (t) => {
  const { worker, link } = startEcho()
  const sent = randomBytes(7, 32 * 2 ** 20)
  const arrived = nextFrames(link)
  t.ok(link.trySend({ kind: 'echo' }, [sent]))
  const [got] = await arrived
  t.ok(Buffer.from(sent).equals(got!))
  const exited = once(worker, 'exit')
  await link.close()
  t.same(await exited, [0])
})

t.test('a worker thread that ends without a word is noticed', async (t) => {
  const { worker, link } = startEcho()
  const [exited, reason] = [once(worker, 'exit'), closed(link)]
  link.trySend({ kind: 'exit' })
  t.match(await reason, { kind: 'peer-lost', error: { code: 'ERR_LINK_CLOSED' } })
  t.same(await exited, [3])
})

t.test('an exception in a handler that is not a refusal surfaces as uncaught', async (t) => {
  const { worker, link } = startEcho()
  const failed = once(worker, 'error')
  link.trySend({ kind: 'throw' })
  t.match(await failed, [{ message: 'thrown by the handler' }])
  await link.close()
})

function startEcho(): { readonly worker: Worker; readonly link: Link } {
  const { port1: near, port2: far } = new MessageChannel()
  const worker = new Worker(ECHO_WORKER, { execArgv: [], workerData: far, transferList: [far] })
  return { worker, link: createPortLink(near) }
}
