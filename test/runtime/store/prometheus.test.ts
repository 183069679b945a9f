import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { openPrometheus, prometheusName } from '../../../runtime/store/prometheus.ts'

async function scrape(
  port: number,
  path = '/metrics',
  method = 'GET',
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: response.status, text: await response.text() }
}

t.test('the latest value of every metric is served, the process beside it', async (t) => {
  const prometheus = await openPrometheus({ port: 0 })
  t.teardown(() => prometheus.close())
  prometheus.set('learner/policy loss', 0.5)
  prometheus.set('learner/policy loss', 0.25)
  prometheus.set('reward', Number.NaN)
  const { status, text } = await scrape(prometheus.port)
  t.equal(status, 200)
  t.match(text, /^manyfold_learner_policy_loss 0\.25$/m)
  t.match(text, /^# HELP manyfold_learner_policy_loss learner\/policy loss$/m)
  t.match(text, /^manyfold_reward Nan$/im)
  t.match(text, /^process_resident_memory_bytes \d+/m)
})

t.test('metrics whose names become the same stay apart', async (t) => {
  const prometheus = await openPrometheus({ port: 0 })
  t.teardown(() => prometheus.close())
  for (const [i, metric] of ['a/b', 'a.b', 'a b', 'a/b'].entries()) prometheus.set(metric, i)
  const { text } = await scrape(prometheus.port)
  t.match(text, /^manyfold_a_b 3\n/m)
  t.match(text, /^manyfold_a_b_2 1\n/m)
  t.match(text, /^manyfold_a_b_3 2\n/m)
})

t.test('names hold only what Prometheus allows', async (t) => {
  t.equal(prometheusName('learner/policy loss'), 'manyfold_learner_policy_loss')
  t.match(prometheusName('9 ünï:%'), /^[a-zA-Z_][a-zA-Z0-9_]*$/)
})

t.test('other paths and methods are refused', async (t) => {
  const prometheus = await openPrometheus({ port: 0 })
  t.teardown(() => prometheus.close())
  t.equal((await scrape(prometheus.port, '/')).status, 404)
  t.equal((await scrape(prometheus.port, '/metrics', 'POST')).status, 405)
  t.equal((await scrape(prometheus.port, '/metrics?a=b', 'HEAD')).status, 200)
})

t.test('a port in use is named', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const message = new RegExp(
    `port ${port} on 127.0.0.1 cannot be used, another program listens on it; choose`,
  )
  await t.rejects(openPrometheus({ port }), { code: 'ERR_CONFIG_INVALID', message })
})

t.test('a port that is none is refused', async (t) => {
  for (const port of [-1, 65_536, 0.5, Number.NaN]) {
    await t.rejects(openPrometheus({ port }), { code: 'ERR_CONFIG_INVALID' })
  }
})

t.test('the port is free again after closing', async (t) => {
  const first = await openPrometheus({ port: 0 })
  await scrape(first.port)
  await first.close()
  const second = await openPrometheus({ port: first.port })
  await second.close()
  t.equal(second.port, first.port)
})
