import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Clock } from '../../../runtime/core/scenario.ts'
import {
  loadPolicy,
  measure,
  planScenario,
  playMatch,
  resolveCommand,
} from '../../../runtime/launch/index.ts'
import { runOptions } from '../../../runtime/launch/options.ts'
import { WORLDS_FILE } from '../../../runtime/launch/trainer.ts'
import { openCheckpoint } from '../../../runtime/store/checkpoint.ts'
import { metricsOf } from './_cli.ts'
import { trainSmall } from './_training.ts'

const FAULTY = fileURLToPath(new URL('../../fixtures/faulty-scenario.js', import.meta.url))
const COUNTING = { scenario: FAULTY, agents: 8 }
const EPISODE_STEPS = 20
const STEADY = { signal: new AbortController().signal, onProgress: () => undefined }

t.test('a run leaves config, metrics, events, checkpoints and a summary in its folder', async (t) => {
  const out = join(t.testdir(), 'run')
  const told: number[] = []
  const summary = await trainSmall(
    out,
    { schedule: 'sync', checkpointEvery: 100, keepCheckpoints: 2 },
    undefined,
    {
      progress: (steps) => told.push(steps),
    },
  )
  t.equal(told.at(-1), 400)
  const checkpoints = readdirSync(join(out, 'checkpoints')).toSorted()
  t.match(checkpoints, [/^step-\d{12}$/, 'step-000000000400'])
  t.match(readdirSync(out).toSorted(), [
    'checkpoints',
    'config.json',
    /^events\.out\.tfevents\./,
    'metrics.jsonl',
    'summary.json',
  ])
  t.same(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')), JSON.parse(JSON.stringify(summary)))
  t.match(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')), {
    scenario: 'battle',
    algorithm: 'mfq',
    seed: 0,
    agents: 16,
    schedule: 'sync',
    steps: 400,
    $environment: { manyfold: String, node: process.version },
  })
  t.match(metricsOf(out).at(-1), {
    step: 400,
    values: { updates: Number, loss: Number, policyLag: 0, steps: 400 },
  })
})

t.test(
  'a scenario is found by the path of its module, in training, measuring and again from the run',
  async (t) => {
    const out = join(t.testdir(), 'run')
    const summary = await trainSmall(out, COUNTING)
    t.match(summary, { status: 'done', scenario: 'faulty', steps: 400, agentSteps: 3200, evaluation: [] })
    const config = await resolveCommand(FAULTY, runOptions, [
      { source: 'file', name: 'test', values: { agents: 8 } },
    ])
    const world = planScenario(config)
    const measured = await measure({
      world,
      scenario: config.reference,
      assignment: [0],
      worlds: 2,
      threads: 2,
      segmentSteps: 8,
      seed: 0,
      steps: 30,
      warmup: 0,
      untilEpisodeEnds: false,
      ...STEADY,
      policies: [await loadPolicy(out, world, 'sampled')],
    })
    t.match(measured, { agents: 16, steps: 60, agentSteps: 480, metrics: { episodes: 2 } })
  },
)

t.test('a match that is stopped has what was played until then', async (t) => {
  const config = await resolveCommand('battle', runOptions, [
    { source: 'file', name: 'test', values: { agents: 16, maxSteps: 20 } },
  ])
  const world = planScenario(config)
  const random = await loadPolicy('random', world, 'greedy')
  const controller = new AbortController()
  const result = await playMatch({
    world,
    scenario: config.reference,
    red: random,
    blue: random,
    episodes: 100_000,
    threads: 1,
    seed: 0,
    signal: controller.signal,
    onProgress: (done) => {
      if (done === 5) controller.abort()
    },
  })
  t.ok(result.episodes >= 5 && result.episodes < 100)
  t.equal(result.red.wins + result.blue.wins + result.draws, result.episodes)
})

t.test('what an observer throws ends the run with that error', async (t) => {
  const out = join(t.testdir(), 'run')
  const broken = new Error('the display is gone')
  const progress = () => {
    throw broken
  }
  await t.rejects(trainSmall(out, {}, undefined, { progress }), broken)
  t.ok(existsSync(join(out, 'checkpoints')))
})

t.test('more worlds than are under way at a time take turns, and none is left behind', async (t) => {
  const out = join(t.testdir(), 'run')
  const { steps, metrics } = await trainSmall(out, { ...COUNTING, worlds: 12, threads: 1, steps: 480 })
  t.match({ steps, transitions: metrics['transitions'] }, { steps: 480, transitions: 480 * 8 })
  const saved = await (await openCheckpoint(out)).tensors(WORLDS_FILE)
  const clocks = saved['worlds/agents.clock']!
  const played = Array.from({ length: 12 }, (_, world) => {
    const clock = clocks.data.subarray(4 * world, 4 * world + 4)
    return EPISODE_STEPS * clock[Clock.episode]! + (clock[Clock.running] === 1 ? clock[Clock.step]! : 0)
  })
  t.equal(
    played.reduce((sum, ofWorld) => sum + ofWorld, 0),
    480,
  )
  t.ok(Math.min(...played) >= EPISODE_STEPS, `steps by world: ${played.join(', ')}`)
})

t.test('experience that the learner cannot take in time is dropped and counted', async (t) => {
  const out = join(t.testdir(), 'run')
  const values = {
    ...COUNTING,
    whenBehind: 'drop',
    steps: 1600,
    worlds: 8,
    samplesPerInsert: 20,
    batchSize: 256,
  }
  const { counters, steps, metrics } = await trainSmall(out, values)
  t.equal(steps, 1600)
  t.ok(counters.droppedSegments > 0)
  t.ok(metrics['transitions']! < 1600 * 8)
  t.ok(metrics['transitions']! >= 1600 * 8 - counters.droppedSegments * 8 * 8)
})

t.test(
  'an aborted signal stops a training before its first step, with a checkpoint to go on from',
  async (t) => {
    const out = join(t.testdir(), 'run')
    const values = { schedule: 'sync', steps: 100 }
    const stopped = await trainSmall(out, values, 0, {})
    t.equal(stopped.status, 'interrupted')
    t.ok(stopped.steps <= 32)
    t.match(await trainSmall(out, { ...values, resume: out }), { status: 'done', steps: 100 })
  },
)

t.test('a program that trains ends by itself: nothing is left open', async (t) => {
  const out = join(t.testdir(), 'run')
  const module = fileURLToPath(new URL('../../fixtures/training-program.js', import.meta.url))
  for (const learner of ['process', 'thread']) {
    const args = [module, `${out}-${learner}`, learner]
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    program.stdout.on('data', (text) => {
      printed += String(text)
    })
    const [exit] = await once(program, 'close')
    t.same([exit, printed], [0, '400\n'], learner)
  }
})
