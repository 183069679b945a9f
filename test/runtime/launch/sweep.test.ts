import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { resolveSweep, type SweepConfig } from '../../../runtime/launch/sweep/config.ts'
import { runSweep, type SweepObserver } from '../../../runtime/launch/sweep/run.ts'
import type { SweepSummary } from '../../../runtime/launch/sweep/summary.ts'
import { writeSweep } from '../../../runtime/launch/sweep/write.ts'
import { openPage, skipWithoutBrowser } from '../../fixtures/browser.ts'
import { MEASURED, resultOf, run, runAll, start } from './_cli.ts'

/** Trainings that take half a second each, and are the same to the byte whenever they are stopped. */
const BASE = {
  scenario: 'battle',
  agents: 16,
  mapSize: 16,
  maxSteps: 60,
  schedule: 'sync',
  learner: 'thread',
  worlds: 4,
  segmentSteps: 8,
  network: 'perceptron',
  hidden: [16],
  batchSize: 64,
  learningStarts: 200,
  replayCapacity: 2000,
  checkpointEvery: 64,
  steps: 128,
  evalEpisodes: 2,
}
const SWEEP = { ...BASE, grid: { algorithm: ['iql'] }, seeds: 2 }

function sweepFile(folder: string, sweep: object): string {
  const file = join(folder, 'sweep.json')
  writeFileSync(file, JSON.stringify(sweep))
  return file
}

const flags = (values: Readonly<Record<string, unknown>>) =>
  [{ source: 'flag', name: 'test', values: { threads: 1, ...values } }] as const

const resolve = (file: string, values: Readonly<Record<string, unknown>> = {}): Promise<SweepConfig> =>
  resolveSweep(file, flags(values))

interface Told {
  readonly logs: string[]
  readonly trained: string[]
}

interface StopAt {
  /** Number of the run, from 1 on, in which the sweep is told to stop. */
  readonly run: number
  /** Of the training. */
  readonly steps?: number
  /** Of the evaluation. */
  readonly episodes?: number
}

async function sweep(config: SweepConfig, out: string, stopAt?: StopAt): Promise<SweepSummary & Told> {
  const { run: stopRun, steps: stopSteps = Infinity, episodes: stopEpisodes = Infinity } = stopAt ?? {}
  const controller = new AbortController()
  const told: Told = { logs: [], trained: [] }
  const observer: SweepObserver = {
    log: (line) => told.logs.push(line),
    begin: () => undefined,
    training(run, number) {
      told.trained.push(`${run.combination.name} ${run.seed}`)
      return {
        log: () => undefined,
        evaluation(_, done) {
          if (stopRun === number && done >= stopEpisodes) controller.abort()
        },
        progress(steps) {
          if (stopRun === number && steps >= stopSteps) controller.abort()
        },
      }
    },
  }
  return { ...(await runSweep(config, out, controller.signal, observer)), ...told }
}

/** Metrics that are other ones each time. */
const MEASURES_OF_TIME = ['agentStepsPerSecond', 'learnerBusy', 'rolloutBusy']

/** What the runs of a sweep ended with, by combination and seed. */
function hashesOf({ runs }: SweepSummary): Readonly<Record<string, string>> {
  return Object.fromEntries(
    runs.map(({ combination, seed, folder }) => {
      const { stateHash } = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'))
      return [`${combination} ${seed}`, stateHash]
    }),
  )
}

const folder = t.testdir({ half: {} })
const FILE = sweepFile(folder, SWEEP)
const OUT = join(folder, 'whole')
const half = await sweep(await resolve(sweepFile(join(folder, 'half'), { ...SWEEP, seeds: [0] })), OUT)
const before = hashesOf(half)
const whole = await sweep(await resolve(FILE), OUT)

t.test('every combination is trained with every seed, and summed up', async (t) => {
  t.match(whole, { status: 'done', seeds: [0, 1], file: FILE, out: OUT, page: join(OUT, 'index.html') })
  t.same(readdirSync(OUT).toSorted(), [
    'index.html',
    'runs',
    'runs.csv',
    'summary.csv',
    'summary.json',
    'summary.md',
  ])
  t.same(readdirSync(join(OUT, 'runs', 'algorithm=iql')).toSorted(), ['seed-0', 'seed-1'])
  t.same(whole.metrics.slice(0, 3), ['winRate:random', 'winRate:nearest-enemy', 'loss'])
  const [iql] = whole.combinations
  t.match(iql, { name: 'algorithm iql', options: { algorithm: 'iql' }, runsDone: 2 })
  const { values, mean, interquartileMean, interval } = iql!.metrics['loss']!
  t.equal(mean, (values[0]! + values[1]!) / 2)
  t.equal(interquartileMean, mean, 'of two nothing is left out')
  t.same(interval, [Math.min(...values), Math.max(...values)])
  const { file, combinations } = JSON.parse(readFileSync(join(OUT, 'summary.json'), 'utf8'))
  t.same({ file, combinations }, JSON.parse(JSON.stringify({ file: FILE, combinations: whole.combinations })))
  t.match(
    readFileSync(join(OUT, 'summary.csv'), 'utf8'),
    /^combination,algorithm,metric,seeds,mean,interquartileMean,low,high\nalgorithm iql,iql,winRate:random,2,/,
  )
  t.match(readFileSync(join(OUT, 'runs.csv'), 'utf8'), /^algorithm iql,iql,1,done,/m)
  t.match(
    readFileSync(join(OUT, 'summary.md'), 'utf8'),
    /^\| algorithm iql \| win rate against random \| 2 \| /m,
  )
})

t.test('runs that are done stay as they are, and more seeds add runs', async (t) => {
  t.same(half.trained, ['algorithm iql 0'])
  t.same(whole.trained, ['algorithm iql 1'])
  t.same(whole.logs, ['1 of 2 runs are already done'])
  t.match(hashesOf(whole), before)
  const again = await sweep(await resolve(FILE, { threads: 2 }), OUT)
  t.same([again.trained, again.logs], [[], ['2 of 2 runs are already done']])
  t.same(again.combinations, whole.combinations)
})

t.test('a sweep that was stopped in mid-run ends as one that was not', async (t) => {
  const dir = t.testdir()
  const out = join(dir, 'parts')
  const config = await resolve(FILE)
  const first = await sweep(config, out, { run: 1, steps: 64 })
  t.equal(first.status, 'interrupted')
  t.same(
    first.runs.map(({ state }) => state),
    ['interrupted', 'waiting'],
  )
  const [stopped] = first.runs
  const metrics = readFileSync(join(stopped!.folder, 'metrics.jsonl'), 'utf8')
  const second = await sweep(await resolve(sweepFile(dir, { ...SWEEP, seeds: [0] })), out)
  t.ok(readFileSync(join(stopped!.folder, 'metrics.jsonl'), 'utf8').startsWith(metrics), 'it went on')
  t.same([second.status, second.trained], ['done', ['algorithm iql 0']])
  t.match(hashesOf(whole), hashesOf(second))
})

t.test(
  'several at a time come to what they come to one after the other, stopped in the middle or not',
  async (t) => {
    const config = await resolve(FILE, { jobs: 2 })
    const out = join(t.testdir(), 'together')
    const first = await sweep(config, out, { run: 1, steps: 64 })
    t.equal(first.status, 'interrupted')
    t.same(first.trained, ['algorithm iql 0', 'algorithm iql 1'])
    const second = await sweep(config, out)
    t.equal(second.status, 'done')
    t.same(hashesOf(second), hashesOf(whole))
  },
)

t.test('where nothing more can be written all trainings end, and no other one starts', async (t) => {
  const dir = t.testdir()
  const out = join(dir, 'unwritable')
  const config = await resolve(sweepFile(dir, { ...SWEEP, seeds: 3 }), { jobs: 2 })
  const started: number[] = []
  const running = runSweep(config, out, new AbortController().signal, {
    log: () => undefined,
    begin() {
      rmSync(join(out, 'runs.csv'))
      mkdirSync(join(out, 'runs.csv'))
    },
    training(run) {
      started.push(run.seed)
      return { log: () => undefined, progress: () => undefined, evaluation: () => undefined }
    },
  })
  await t.rejects(running, { code: 'ERR_OUTPUT_UNWRITABLE', message: /runs\.csv/ })
  t.same(started, [0, 1])
})

t.test('a run that is stopped in its evaluation plays it when the sweep goes on', async (t) => {
  const dir = t.testdir()
  const out = join(dir, 'unplayed')
  const config = await resolve(sweepFile(dir, { ...SWEEP, seeds: [0] }))
  const first = await sweep(config, out, { run: 1, episodes: 1 })
  t.match(first, { status: 'interrupted', combinations: [{ runsDone: 0 }] })
  const second = await sweep(config, out)
  t.equal(second.status, 'done')
  t.same(hashesOf(second), before)
  const [metrics, unstopped] = [second, half].map(({ runs }) => ({ ...runs[0]!.metrics }))
  for (const key of MEASURES_OF_TIME) metrics![key] = unstopped![key]!
  t.same(metrics, unstopped, 'and has all that one has that was not stopped')
})

t.test('after kill -9 the same command goes on, and repeats no run', async (t) => {
  const out = join(t.testdir(), 'killed')
  const [done] = whole.runs
  cpSync(done!.folder, done!.folder.replace(OUT, out), { recursive: true })
  const words = ['sweep', FILE, '--out', out, '--threads', '2', '--json']
  const killed = start(words)
  await killed.line(/^steps \d+\/128 .* run 2\/2: /)
  killed.kill('SIGSTOP')
  const run2 = join(out, 'runs', 'algorithm=iql', 'seed-1')
  const others = await runAll([words, ['train', '--resume', run2, '--json']])
  for (const [i, place] of [out, run2].entries()) {
    t.match(others[i], { code: 2, stdout: '' })
    t.match(others[i]!.stderr, `${place}: is in use by process ${killed.pid}; wait for its end`)
  }
  killed.kill('SIGKILL')
  t.match(await killed.ended, { signal: 'SIGKILL', stdout: '' })
  const ended = await run(words)
  t.match(ended, { code: 0, stderr: /^1 of 2 runs are already done$/m })
  t.equal(ended.stdout.split('\n').length, 2)
  t.same(hashesOf(resultOf<SweepSummary>(ended)), hashesOf(whole))
})

t.test('a run that fails does not keep the others from being trained, and is tried again', async (t) => {
  const cwd = t.testdir()
  const file = sweepFile(cwd, {
    ...BASE,
    evalEpisodes: 0,
    replayCapacity: 1000,
    grid: { segmentSteps: [200, 8] },
  })
  const ended = await run(['sweep', file, '--threads', '1', '--json'], { ...MEASURED, cwd })
  t.equal(ended.code, 1)
  t.match(ended.stderr, /^segmentSteps 200, seed 0 failed: --replay-capacity: one segment can have/m)
  t.match(ended.stderr, /^1 of 2 runs failed; the same command tries them again:/m)
  const summary = resultOf<SweepSummary>(ended)
  t.match(summary, {
    status: 'failed',
    out: join(cwd, 'sweeps', 'sweep'),
    runs: [{ state: 'failed', error: /--replay-capacity/, metrics: {} }, { state: 'done' }],
    combinations: [{ runsDone: 0, metrics: {} }, { runsDone: 1 }],
  })
  const again = await sweep(await resolve(file), summary.out)
  t.same([again.trained, again.status], [['segmentSteps 200 0'], 'failed'])
})

t.test('lists are combined with grids, and names tell what differs', async (t) => {
  const file = sweepFile(t.testdir(), {
    ...BASE,
    list: [{ algorithm: 'iql' }, { algorithm: 'mfq', temperatureEnd: 0.1 }],
    grid: { hidden: [[16], [32, 32]] },
    seeds: [3, 5],
  })
  const { combinations, seeds } = await resolve(file)
  t.same(seeds, [3, 5])
  t.same(
    combinations.map(({ name, folder }) => [name, folder.replace(/-[0-9a-f]{8}$/, '-…')]),
    [
      ['algorithm iql, hidden [16]', 'algorithm=iql,hidden=_16_-…'],
      ['algorithm iql, hidden [32,32]', 'algorithm=iql,hidden=_32,32_-…'],
      ['algorithm mfq, temperatureEnd 0.1, hidden [16]', 'algorithm=mfq,temperatureEnd=0.1,hidden=_16_-…'],
      [
        'algorithm mfq, temperatureEnd 0.1, hidden [32,32]',
        'algorithm=mfq,temperatureEnd=0.1,hidden=_32,32_-…',
      ],
    ],
  )
  t.match(combinations[3]!.config, {
    algorithm: { name: 'mfq' },
    algorithmOptions: { temperatureEnd: 0.1, hidden: [32, 32] },
    run: { seed: 3, threads: 1, steps: 128 },
  })
  const single = await resolve(sweepFile(t.testdir(), { ...BASE, seeds: 3 }), { seed: 10 })
  t.same(single.seeds, [10, 11, 12])
  t.match(single.combinations, [{ name: 'mfq', folder: 'all' }])
})

t.test('a file that cannot be trained is refused before anything is', async (t) => {
  const cases = [
    { sweep: { ...SWEEP, scenario: undefined }, says: /scenario: name one: battle/ },
    {
      sweep: { ...SWEEP, gird: { batchSize: [1] } },
      says: /sweep\.json: unknown option gird; did you mean grid\?/,
    },
    { sweep: { ...SWEEP, sead: 1 }, says: /sweep\.json: unknown option sead; did you mean seeds\?/ },
    {
      sweep: { ...SWEEP, grid: { learningRat: [1] } },
      says: /learningRat 1: unknown option learningRat; did you/,
    },
    { sweep: { ...SWEEP, grid: { algorithm: ['iql', 'none'] } }, says: /--algorithm: expected one of/ },
    { sweep: { ...SWEEP, grid: { batchSize: [64, 'x'] } }, says: /batchSize x: batchSize: .*got "x"/ },
    {
      sweep: { ...SWEEP, grid: { batchSize: 64 } },
      says: /sweep\.json: at grid\.batchSize: .*expected array/,
    },
    { sweep: { ...SWEEP, grid: { batchSize: [] } }, says: /sweep\.json: at grid\.batchSize: too small/i },
    { sweep: { ...SWEEP, grid: { batchSize: [64, 64] } }, says: /combinations: .*'batchSize 64' twice/ },
    { sweep: { ...SWEEP, seeds: 0 }, says: /sweep\.json: at seeds: too small/i },
    {
      sweep: { ...SWEEP, seeds: 'a' },
      says: /sweep\.json: at seeds: expected how many, or a list of whole numbers/,
    },
    { sweep: { ...SWEEP, seeds: [1, 1] }, says: /seeds: expected each once, got '1' twice/ },
    { sweep: { ...SWEEP, seed: 1 }, says: /sweep\.json: seed: expected none; name the seeds in `seeds`/ },
    {
      sweep: { ...SWEEP, list: [{ out: 'x' }] },
      says: /out: expected none; each run has a folder of its own/,
    },
  ]
  const cwd = t.testdir()
  const files = cases.map(({ sweep }, i) => {
    const name = `${i}-sweep.json`
    writeFileSync(join(cwd, name), JSON.stringify(sweep))
    return name
  })
  writeFileSync(join(cwd, 'broken.yaml'), 'grid: [\n')
  writeFileSync(join(cwd, 'empty.yaml'), '# none\n')
  writeFileSync(join(cwd, 'list.yaml'), '- battle\n')
  const before = readdirSync(cwd)
  const ends = await runAll(
    [...files, 'none.yaml', 'broken.yaml', 'empty.yaml', 'list.yaml'].map((file) => [
      'sweep',
      file,
      '--json',
    ]),
    { cwd },
  )
  const says = [
    ...cases.map((one) => one.says),
    /sweep: none\.yaml cannot be read/,
    /sweep: broken\.yaml: /,
    /sweep: empty\.yaml: expected keys and values, got nothing/,
    /sweep: list\.yaml: expected keys and values, got a list/,
  ]
  for (const [i, line] of says.entries()) t.match(ends[i], { code: 2, stdout: '', stderr: line })
  t.same(readdirSync(cwd), before)
})

t.test('trainings of which several go on at a time do not share a port', async (t) => {
  const dir = t.testdir()
  const file = sweepFile(dir, { ...SWEEP, metricsPort: 9464 })
  t.equal((await resolve(file)).combinations[0]!.config.run.metricsPort, 9464)
  await t.rejects(resolve(file, { jobs: 2 }), {
    code: 'ERR_FILE_INVALID',
    message: /metricsPort: expected 0, .* got 9464/,
  })
  await resolve(sweepFile(dir, { ...SWEEP, metricsPort: 0 }), { jobs: 2 })
})

t.test('a folder with a run of other options is refused', async (t) => {
  const file = sweepFile(t.testdir(), { ...SWEEP, batchSize: 32 })
  await t.rejects(sweep(await resolve(file), OUT), {
    code: 'ERR_CONFIG_INVALID',
    message:
      /seed-0: is of a run with batchSize 64, got 32; go on with the file as it was, remove the run, or/,
  })
})

t.test('options that came with a later version and that the file does not give are left aside', async (t) => {
  const dir = t.testdir()
  const out = join(dir, 'earlier')
  const folder = join(out, 'runs', 'algorithm=iql', 'seed-0')
  cpSync(whole.runs[0]!.folder, folder, { recursive: true })
  const file = join(folder, 'config.json')
  const { gradientClip: _, ...then } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify(then))
  const single = { ...SWEEP, seeds: [0] }
  const again = await sweep(await resolve(sweepFile(dir, single)), out)
  t.same([again.status, again.trained], ['done', []])
  await t.rejects(sweep(await resolve(sweepFile(dir, { ...single, gradientClip: 10 })), out), {
    code: 'ERR_CONFIG_INVALID',
    message: /is of a run with gradientClip left out, got 10; /,
  })
})

t.test('what is damaged in the folder is told before anything is trained', async (t) => {
  const out = join(t.testdir(), 'damaged')
  const [done] = whole.runs
  const folder = done!.folder.replace(OUT, out)
  cpSync(done!.folder, folder, { recursive: true })
  const metrics = readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
  const cases = [
    {
      file: 'metrics.jsonl',
      text: `{"step\n${metrics}`,
      says: /metrics\.jsonl: line 1: expected JSON; remove the line/,
    },
    { file: 'summary.json', text: '{"status"', says: /summary\.json: expected JSON: / },
  ]
  for (const { file, text, says } of cases) {
    writeFileSync(join(folder, file), text)
    await t.rejects(sweep(await resolve(FILE), out), { code: 'ERR_FILE_INVALID', message: says })
    t.same(readdirSync(join(out, 'runs', 'algorithm=iql')), ['seed-0'])
  }
})

t.test("the page's axes have the units of the scenario", async (t) => {
  const folder = t.testdir({
    run: {
      'config.json': JSON.stringify({ scenario: 'traffic', algorithm: 'idqn', seed: 0 }),
      'metrics.jsonl': `${JSON.stringify({ step: 1, wallTime: 1, values: { averageTravelTime: 70 } })}\n`,
    },
  })
  const metrics = { averageTravelTime: 70 }
  const aggregate = { values: [70], mean: 70, interquartileMean: 70, interval: undefined }
  const { page } = await writeSweep(folder, {
    status: 'done',
    file: 'sweep.yaml',
    seeds: [0],
    metrics: ['averageTravelTime'],
    combinations: [{ name: 'idqn', options: {}, runsDone: 1, metrics: { averageTravelTime: aggregate } }],
    runs: [
      { combination: 'idqn', options: {}, seed: 0, folder: join(folder, 'run'), state: 'done', metrics },
    ],
  })
  const html = readFileSync(page, 'utf8')
  t.match(html, '"label":"average travel time (s)"')
  t.match(html, '"yLabel":"average travel time (s)"')
})

t.test('the page opens without an error', { skip: skipWithoutBrowser() }, async (t) => {
  const { dom, console } = await openPage(whole.page, 'dark', t.testdir())
  t.same(console, [])
  t.match(dom, / data-drawn="8"/)
})
