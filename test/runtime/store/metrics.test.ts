import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openMetrics } from '../../../runtime/store/metrics.ts'
import { openPrometheus } from '../../../runtime/store/prometheus.ts'
import { readTfRecords } from './_tfrecords.ts'

const now = () => 1_700_000_000_250

function linesOf(folder: string): unknown[] {
  const text = readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line))
}

function eventsOf(folder: string): Buffer[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('events.out.tfevents.'))
  return files.flatMap((name) => readTfRecords(readFileSync(join(folder, name))))
}

function line(step: number): string {
  return `${JSON.stringify({ step, wallTime: 1, values: { loss: 1 } })}\n`
}

t.test('values are in all three places when the call returns', async (t) => {
  const folder = t.testdir()
  const metrics = await openMetrics({ folder, now, prometheusPort: 0 })
  t.teardown(() => metrics.close())
  metrics.record(10, { loss: 0.5, 'episode/reward': -2 })
  t.same(linesOf(folder), [
    { step: 10, wallTime: 1_700_000_000.25, values: { loss: 0.5, 'episode/reward': -2 } },
  ])
  t.equal(eventsOf(folder).length, 3)
  const text = await (await fetch(`http://127.0.0.1:${metrics.prometheusPort}/metrics`)).text()
  t.match(text, /^manyfold_loss 0\.5$/m)
  t.match(text, /^manyfold_episode_reward -2$/m)
  t.match(text, /^manyfold_step 10$/m)
})

t.test('NaN and infinite values are null in metrics.jsonl', async (t) => {
  const folder = t.testdir()
  const metrics = await openMetrics({ folder, now })
  metrics.record(1, { a: Number.NaN, b: Infinity, c: -Infinity, d: 1 })
  await metrics.close()
  t.match(linesOf(folder), [{ values: { a: null, b: null, c: null, d: 1 } }])
  t.equal(eventsOf(folder).length, 5)
})

t.test('without a port nothing is served', async (t) => {
  const metrics = await openMetrics({ folder: t.testdir(), now })
  t.equal(metrics.prometheusPort, undefined)
  await metrics.close()
})

t.test('a resumed run drops the lines after its checkpoint and a line cut off', async (t) => {
  const folder = t.testdir({ 'metrics.jsonl': `${line(10)}${line(20)}${line(30)}{"step":40,"wal` })
  const metrics = await openMetrics({ folder, now, resumeStep: 20 })
  metrics.record(30, { loss: 2 })
  await metrics.close()
  t.match(linesOf(folder), [{ step: 10 }, { step: 20 }, { step: 30, values: { loss: 2 } }])
})

t.test('a line cut off by a crash is dropped without resuming too', async (t) => {
  const folder = t.testdir({ 'metrics.jsonl': `${line(10)}{"step":2` })
  await (await openMetrics({ folder, now })).close()
  t.match(linesOf(folder), [{ step: 10 }])
})

t.test('whole files are left as they are', async (t) => {
  const text = `${line(10)}${line(20)}`
  const folder = t.testdir({ 'metrics.jsonl': text })
  await (await openMetrics({ folder, now, resumeStep: 20 })).close()
  t.equal(readFileSync(join(folder, 'metrics.jsonl'), 'utf8'), text)
})

t.test('a port in use is refused before any file is made', async (t) => {
  const folder = t.testdir()
  const other = await openPrometheus({ port: 0 })
  t.teardown(() => other.close())
  await t.rejects(openMetrics({ folder, now, prometheusPort: other.port }), { code: 'ERR_CONFIG_INVALID' })
  t.same(readdirSync(folder), [])
})

t.test('a folder that is not there is unwritable and leaves no port open', async (t) => {
  const first = await openPrometheus({ port: 0 })
  await first.close()
  const options = { folder: join(t.testdir(), 'none'), now, prometheusPort: first.port }
  await t.rejects(openMetrics(options), { code: 'ERR_OUTPUT_UNWRITABLE' })
  await t.resolves(openPrometheus({ port: first.port }).then((again) => again.close()))
})

t.test('closed metrics take nothing more', async (t) => {
  const folder = t.testdir()
  const metrics = await openMetrics({ folder, now })
  await metrics.close()
  t.throws(() => metrics.record(1, { loss: 1 }), /closed/)
  t.same(linesOf(folder), [])
})
