import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeJsonAtomic } from '../../../runtime/store/json-file.ts'

t.test('a value is written, replaced and leaves no other file', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'summary.json')
  await writeJsonAtomic(file, { steps: 1 })
  await writeJsonAtomic(file, { steps: 2, text: 'ü' })
  t.same(JSON.parse(readFileSync(file, 'utf8')), { steps: 2, text: 'ü' })
  t.same(readdirSync(folder), ['summary.json'])
})

t.test('a value that is no JSON leaves the old file', async (t) => {
  const folder = t.testdir({ 'summary.json': 'old' })
  const file = join(folder, 'summary.json')
  await t.rejects(writeJsonAtomic(file, undefined), TypeError)
  t.equal(readFileSync(file, 'utf8'), 'old')
})

t.test('a place that cannot be written is reported and left clean', async (t) => {
  const folder = t.testdir({ file: '', taken: { a: '' } })
  await t.rejects(writeJsonAtomic(join(folder, 'file/a.json'), 1), { code: 'ERR_OUTPUT_UNWRITABLE' })
  await t.rejects(writeJsonAtomic(join(folder, 'taken'), 1), { code: 'ERR_OUTPUT_UNWRITABLE' })
  t.same(readdirSync(folder), ['file', 'taken'])
})
