import { join } from 'node:path'
import t from 'tap'
import { planWorld } from '../../../runtime/core/world.ts'
import { loadPolicy } from '../../../runtime/launch/policies.ts'
import { traffic } from '../../../scenarios/traffic/index.ts'
import { differences } from './_cli.ts'
import { trainSmall } from './_training.ts'

/** The built-in grid for a few minutes. */
const TRAFFIC = {
  scenario: 'traffic',
  algorithm: 'colight',
  schedule: 'sync',
  maxSteps: 200,
  embedding: [16],
  heads: 2,
  steps: 800,
  batchSize: 32,
}

t.test(
  'signals that attend to their neighbours train to the same bytes on any number of threads',
  async (t) => {
    const folder = t.testdir()
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    const values = { ...TRAFFIC, neighbours: 4 }
    const expected = await trainSmall(one, { ...values, threads: 1 })
    const { stateHash, counters } = await trainSmall(two, { ...values, threads: 2 })
    t.match({ stateHash, counters }, { stateHash: expected.stateHash, counters: expected.counters })
    t.ok(expected.metrics['updates']! > 20, `${expected.metrics['updates']} updates`)
    t.same(differences(one, two), [])

    // What was learned of one neighbour holds for any number of them.
    for (const neighbours of [2, 4]) {
      const world = planWorld(traffic, traffic.options.parse({ neighbours }))
      const { acting } = await loadPolicy(one, world, 'greedy')
      t.equal(acting?.network.kind, 'graph-attention')
    }
    // Other inputs of the same number would mean something else.
    for (const [option, value] of [
      ['features', ['vehicles', 'approaching', 'pressure', 'phase', 'elapsed']],
      ['protocol', 'colight'],
    ] as const) {
      const other = planWorld(traffic, traffic.options.parse({ neighbours: 4, [option]: value }))
      await t.rejects(loadPolicy(one, other, 'greedy'), {
        code: 'ERR_CHECKPOINT_MISMATCH',
        message: new RegExp(`trained with --${option}`),
      })
    }
    const alone = planWorld(traffic, traffic.options.parse({}))
    await t.rejects(loadPolicy(one, alone, 'greedy'), { code: 'ERR_CONFIG_INVALID', message: /--neighbours/ })
  },
)

t.test('where nobody sees a neighbour, attention is refused at once', async (t) => {
  for (const scenario of ['traffic', 'battle']) {
    await t.rejects(trainSmall(join(t.testdir(), scenario), { ...TRAFFIC, scenario, maxSteps: 100 }), {
      code: 'ERR_CONFIG_INVALID',
      message: /--neighbours .*--algorithm iql/,
    })
  }
})
