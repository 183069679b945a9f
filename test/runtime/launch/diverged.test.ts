import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { trainSmall } from './_training.ts'

const DIVERGING = new URL('../../fixtures/diverging-algorithm.js', import.meta.url).href

for (const [schedule, learner] of [
  ['sync', 'thread'],
  ['async', 'process'],
] as const) {
  t.test(
    `training that diverges ends, ${schedule}, with the learner as a ${learner}, and is not saved`,
    async (t) => {
      const out = join(t.testdir(), 'run')
      const logs: string[] = []
      await t.rejects(
        trainSmall(out, { algorithm: DIVERGING, schedule, learner, steps: 4000 }, undefined, {
          log: (line) => logs.push(line),
        }),
        {
          code: 'ERR_LEARNER_DIVERGED',
          message: /^learner: .* a loss that is none in update 4: .* --learning-rate/,
          details: { updates: 4, figure: 'loss' },
        },
      )
      t.same(await readdir(join(out, 'checkpoints')), ['step-000000000000'], 'what was before it stays')
      t.match(logs.at(-1), /^the last checkpoint is .*step-000000000000$/)
    },
  )
}
