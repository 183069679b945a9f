import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openTensorBoardWriter } from '../../../runtime/store/tensorboard.ts'
import { encodeEvent, type TensorBoardEvent } from '../../../runtime/store/tensorboard-event.ts'
import { runPython, skipWithout } from './_python.ts'
import { readTfRecords } from './_tfrecords.ts'

const MS = 1_700_000_000_500
const now = () => MS

t.test('an event is the protocol buffer of the specification, byte for byte', async (t) => {
  const time = '09000000000000f83f' // 1.5 s
  const cases: readonly { event: TensorBoardEvent; hex: string }[] = [
    { event: { kind: 'version', version: 'v' }, hex: '1a0176' },
    { event: { kind: 'scalar', tag: 'a', value: 1, step: 0 }, hex: '10002a0a0a080a0161150000803f' },
    { event: { kind: 'scalar', tag: '', value: -2, step: 300 }, hex: '10ac022a090a070a0015000000c0' },
    { event: { kind: 'resumed', step: 1 }, hex: '10013a020801' },
  ]
  for (const { event, hex } of cases)
    t.equal(Buffer.from(encodeEvent(event, 1.5)).toString('hex'), time + hex)
})

t.test('the file is named for its second, host and process', async (t) => {
  const folder = t.testdir()
  openTensorBoardWriter(folder, { now }).close()
  t.same(readdirSync(folder), [`events.out.tfevents.1700000000.${hostname()}.${process.pid}.manyfold`])
})

t.test('every record is framed with its checksums, the version first', async (t) => {
  const writer = openTensorBoardWriter(t.testdir(), { now })
  for (let step = 0; step < 100; step++) writer.scalar('loss', 1 / step, step)
  writer.close()
  const records = readTfRecords(readFileSync(writer.file))
  t.equal(records.length, 101)
  t.ok(records[0]!.includes('brain.Event:2'))
  t.ok(records.slice(1).every((record) => record.includes('loss')))
})

t.test('points are in the file after a flush, in the order of the calls', async (t) => {
  const writer = openTensorBoardWriter(t.testdir(), { now })
  writer.scalar('a', 1, 0)
  writer.scalar('b', 1, 0)
  t.equal(readTfRecords(readFileSync(writer.file)).length, 1)
  writer.flush()
  const expected = ['a', 'b'].map((tag) =>
    Buffer.from(encodeEvent({ kind: 'scalar', tag, value: 1, step: 0 }, MS / 1000)),
  )
  t.same(readTfRecords(readFileSync(writer.file)).slice(1), expected)
  writer.close()
})

t.test('a second writer of the same second adds to the file', async (t) => {
  const folder = t.testdir()
  for (const step of [1, 2]) {
    const writer = openTensorBoardWriter(folder, { now })
    writer.scalar('loss', 1, step)
    writer.close()
  }
  const [name] = readdirSync(folder)
  t.equal(readTfRecords(readFileSync(join(folder, name!))).length, 4)
})

t.test('steps that are not whole numbers are refused', async (t) => {
  const writer = openTensorBoardWriter(t.testdir(), { now })
  for (const step of [-1, 0.5, Number.NaN]) t.throws(() => writer.scalar('loss', 1, step), RangeError)
  writer.close()
})

t.test('a closed writer takes no more points', async (t) => {
  const writer = openTensorBoardWriter(t.testdir(), { now })
  writer.close()
  writer.close()
  t.throws(() => writer.scalar('loss', 1, 1), /closed/)
})

t.test('a folder that is not there is unwritable', async (t) => {
  t.throws(() => openTensorBoardWriter(join(t.testdir(), 'none'), { now }), { code: 'ERR_OUTPUT_UNWRITABLE' })
})

const READ = `
import sys, json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1]); events.Reload()
print(json.dumps({tag: [[e.wall_time, e.step, repr(e.value)] for e in events.Scalars(tag)] for tag in events.Tags()['scalars']}))
`
const skip = skipWithout('tensorboard.backend.event_processing.event_accumulator')

t.test('the python package reads the points', { skip }, async (t) => {
  const folder = t.testdir()
  const writer = openTensorBoardWriter(folder, { now })
  const points = [
    { step: 0, value: 0.5, text: '0.5' },
    { step: 2 ** 31, value: -3, text: '-3.0' },
    { step: 2 ** 53 - 1, value: Number.NaN, text: 'nan' },
  ]
  for (const { step, value } of points) writer.scalar('learner/loss ünï', value, step)
  writer.scalar('reward', Infinity, 1)
  writer.close()
  t.same(runPython(READ, [folder]), {
    'learner/loss ünï': points.map(({ step, text }) => [MS / 1000, step, text]),
    reward: [[MS / 1000, 1, 'inf']],
  })
})

t.test('the python package forgets what a resumed run records again', { skip }, async (t) => {
  const folder = t.testdir()
  const first = openTensorBoardWriter(folder, { now })
  for (const step of [10, 20, 30]) first.scalar('loss', 1, step)
  first.close()
  const second = openTensorBoardWriter(folder, { now: () => MS + 5000, resumeStep: 20 })
  second.scalar('loss', 2, 30)
  second.close()
  const time = MS / 1000
  t.same(runPython(READ, [folder]), {
    loss: [
      [time, 10, '1.0'],
      [time, 20, '1.0'],
      [time + 5, 30, '2.0'],
    ],
  })
})
