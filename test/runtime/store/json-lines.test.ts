import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { openJsonLines } from '../../../runtime/store/json-lines.ts'

const schema = z.strictObject({ n: z.number() })

t.test('lines are found again, in their order', async (t) => {
  const file = join(t.testdir(), 'lines.jsonl')
  const first = await openJsonLines(file, schema)
  t.same(first.found, [])
  first.append({ n: 1 })
  t.equal(readFileSync(file, 'utf8'), '{"n":1}\n', 'each is in the file at once')
  first.append({ n: 2 })
  await first.close()
  const second = await openJsonLines(file, schema)
  t.same(second.found, [{ n: 1 }, { n: 2 }])
  second.append({ n: 3 })
  await second.close()
  t.equal(readFileSync(file, 'utf8'), '{"n":1}\n{"n":2}\n{"n":3}\n')
})

t.test('a last line that was cut off is removed, wherever it was cut', async (t) => {
  const file = join(t.testdir(), 'lines.jsonl')
  const line = '{"n":2}'
  for (let cut = 1; cut <= line.length; cut++) {
    writeFileSync(file, `{"n":1}\n${line.slice(0, cut)}`)
    const lines = await openJsonLines(file, schema)
    lines.append({ n: 3 })
    await lines.close()
    t.same(lines.found, [{ n: 1 }], `after ${cut} bytes`)
    t.equal(readFileSync(file, 'utf8'), '{"n":1}\n{"n":3}\n')
  }
})

t.test('any other line that is not as it should be is refused by its number', async (t) => {
  const file = join(t.testdir(), 'lines.jsonl')
  for (const [wrong, says] of [
    ['{"n":', /lines\.jsonl: line 2: expected JSON; remove the line, or the file/],
    ['{"n":"two"}', /line 2: n: .*expected number/],
  ] as const) {
    writeFileSync(file, `{"n":1}\n${wrong}\n{"n":3}\n`)
    await t.rejects(openJsonLines(file, schema), { code: 'ERR_FILE_INVALID', message: says })
    appendFileSync(file, '{')
    const before = readFileSync(file, 'utf8')
    await t.rejects(openJsonLines(file, schema), { code: 'ERR_FILE_INVALID' })
    t.equal(readFileSync(file, 'utf8'), before, 'and stays as it is')
  }
})
