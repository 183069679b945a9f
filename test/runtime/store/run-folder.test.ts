import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createRunFolder, runFolderAt } from '../../../runtime/store/run-folder.ts'

const UNWRITABLE = { code: 'ERR_OUTPUT_UNWRITABLE' }

t.test('a run folder is made with its parents and is empty', async (t) => {
  const path = join(t.testdir(), 'runs/battle')
  const run = await createRunFolder(path, { resume: false })
  t.same(run, runFolderAt(path))
  t.same(readdirSync(run.folder), [])
})

t.test('a folder with other files in it may become a run', async (t) => {
  const path = t.testdir({ 'notes.txt': 'mine' })
  await t.resolves(createRunFolder(path, { resume: false }))
})

for (const part of ['configFile', 'checkpointsFolder', 'metricsFile', 'summaryFile'] as const) {
  t.test(`a folder with ${part} holds a run and is only resumed`, async (t) => {
    const path = t.testdir()
    writeFileSync(runFolderAt(path)[part], '')
    const message = /choose another --out, or pass --resume$/
    await t.rejects(createRunFolder(path, { resume: false }), { ...UNWRITABLE, message })
    await t.resolves(createRunFolder(path, { resume: true }))
  })
}

t.test('a path at or under a file is unwritable and says why', async (t) => {
  const folder = t.testdir({ file: '' })
  const message = /a file stands where a folder is needed/
  for (const path of ['file', 'file/run']) {
    await t.rejects(createRunFolder(join(folder, path), { resume: false }), { ...UNWRITABLE, message })
  }
})
