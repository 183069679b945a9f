import { copyFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { algorithm } from '../../examples/expected-sarsa.ts'
import { openBackend } from '../../learners/backend.ts'
import { loadAlgorithm } from '../../learners/registry.ts'
import { loadPolicy, planScenario, resolveTraining, train } from '../../runtime/launch/index.ts'
import { createSegment, stateSpace } from '../fixtures/segments.ts'
import { showsFile } from '../fixtures/shown-file.ts'

const MODULE = new URL('../../examples/expected-sarsa.js', import.meta.url).href
const LINE_WALK = new URL('../../examples/line-walk.js', import.meta.url).href
const SIGNAL = new AbortController().signal
const SILENT = { log() {}, progress() {}, evaluation() {} }

t.test(
  'a run finds the algorithm of a module, in the learner’s process too, and goes on with it',
  async (t) => {
    const folder = join(t.testdir(), 'run')
    const values = { algorithm: MODULE, segmentSteps: 16, threads: 1, seed: 1, schedule: 'sync' }
    const configOf = (more: object) =>
      resolveTraining(LINE_WALK, [{ source: 'flag', name: 'test', values: { ...values, ...more } }])
    const config = await configOf({ steps: 1500 })
    const { algorithm: name, returns, checkpoint } = await train(config, folder, SIGNAL, SILENT)
    t.equal(name, 'expected-sarsa')
    const [learned, random, homing] = returns.map(({ meanReturn }) => meanReturn)
    t.ok(learned! > 0.9 * homing! && random! < 0.3 * homing!, JSON.stringify(returns))
    const { acting } = await loadPolicy(checkpoint, planScenario(config), 'greedy')
    t.equal(acting!.selection, 'greedy')
    const more = await configOf({ steps: 1600, resume: folder, evalEpisodes: 0 })
    t.equal((await train(more, folder, SIGNAL, SILENT)).steps, 1600)
  },
)

t.test('a module that was moved is told by its new path', async (t) => {
  const folder = t.testdir({ before: {}, after: {} })
  const [before, after] = ['before', 'after'].map((name) => join(folder, name, 'expected-sarsa.mjs')) as [
    string,
    string,
  ]
  await copyFile(new URL(MODULE), before)
  const run = join(folder, 'run')
  const values = { segmentSteps: 16, threads: 1, worlds: 2, learner: 'thread', evalEpisodes: 0 }
  const configOf = (more: object) =>
    resolveTraining(LINE_WALK, [{ source: 'flag', name: 'test', values: { ...values, ...more } }])
  const first = await configOf({ algorithm: before, steps: 64 })
  const { checkpoint } = await train(first, run, SIGNAL, SILENT)
  await rename(before, after)
  await t.rejects(loadPolicy(checkpoint, planScenario(first), 'greedy'), {
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: /which can not be loaded from there \(.*there is no file .*; put the module back/,
  })
  const second = await configOf({ algorithm: after, steps: 128, resume: run })
  const { checkpoint: last, steps } = await train(second, run, SIGNAL, SILENT)
  t.equal(steps, 128)
  t.equal((await loadPolicy(last, planScenario(second), 'greedy')).kind, 'learned')
})

t.test('a state is worth what is made of it by chance, too', async (t) => {
  await openBackend('wasm')
  const options = {
    hidden: [16],
    batchSize: 32,
    learningRate: 0.02,
    learningStarts: 1,
    replayCapacity: 1000,
    gamma: 0.5,
    epsilonStart: 0.4,
    targetTau: 0.2,
  }
  const setup = { space: stateSpace(2), actions: 2, agents: 1, seed: 1 }
  const learner = await algorithm.create(setup, algorithm.options.parse(options))
  // In state 1 one action pays 1, the other nothing; the way there pays nothing.
  learner.ingest(
    createSegment(
      setup.space,
      [
        { time: 0, state: 0, action: 0, next: 2 },
        { time: 0, state: 0, action: 1, next: 3 },
        { time: 1, state: 1, action: 0, reward: 1 },
        { time: 1, state: 1, action: 1, reward: 0 },
      ],
      2,
    ),
  )
  let value = 0
  for (let update = 0; update < 300; update++) value = (await learner.update(0))['value']!
  // Behind whatever is sampled lies state 1, and where it ended that does not count: 0.6 · 1 + 0.4 · ½.
  learner.dispose()
  t.ok(Math.abs(value - 0.8) < 0.02, `${value}`)
})

t.test('modules that are not there or no algorithm are refused', async (t) => {
  const file = join(t.testdir(), 'empty.mjs')
  await writeFile(file, 'export const scenario = {}\n')
  await t.rejects(loadAlgorithm(file), {
    code: 'ERR_CONFIG_INVALID',
    message: /^--algorithm: expected .*empty\.mjs to export `algorithm`/,
  })
  await t.rejects(loadAlgorithm('./nowhere.js'), { code: 'ERR_FILE_MISSING' })
  await t.rejects(loadAlgorithm('mfqq'), { code: 'ERR_CONFIG_INVALID', message: /did you mean mfq\?$/ })
})

t.test('the page that explains it shows its own text, and all of it', (t) =>
  showsFile(t, 'docs/adding-an-algorithm.md', 'examples/expected-sarsa.ts'),
)
