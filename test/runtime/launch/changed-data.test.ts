import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cityflowRecording } from '../../fixtures/cityflow.ts'
import { trainSmall } from './_training.ts'

t.test('a run is not resumed on files that have changed since', async (t) => {
  const folder = t.testdir()
  const inputs = join(folder, 'inputs')
  cpSync(cityflowRecording('inputs'), inputs, { recursive: true })
  const out = join(folder, 'run')
  const values = {
    scenario: 'traffic',
    algorithm: 'iql',
    schedule: 'sync',
    data: join(inputs, 'grid3x3_rl0_lc0.json'),
    maxSteps: 100,
    steps: 400,
  }
  await trainSmall(out, values)
  await trainSmall(out, { ...values, steps: 500, resume: out })
  const flows = join(inputs, 'grid3x3_flow.json')
  writeFileSync(flows, readFileSync(flows, 'utf8').replace('"length":5.0', '"length":6.0'))
  await t.rejects(trainSmall(out, { ...values, steps: 600, resume: out }), {
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: /files that traffic reads have changed/,
  })
})
