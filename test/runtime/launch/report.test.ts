import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { curveOf, groupRuns } from '../../../runtime/launch/report/curves.ts'
import { chosenMetrics, describeMetric } from '../../../runtime/launch/report/metric-names.ts'
import { curveCharts, type ReportSummary, writeReport } from '../../../runtime/launch/report/report.ts'
import { findRuns, type RunRecord, readRun } from '../../../runtime/launch/report/run-record.ts'
import { openPage, skipWithoutBrowser } from '../../fixtures/browser.ts'
import { MEASURED, resultOf, run, runAll } from './_cli.ts'

const CONFIG = { scenario: 'battle', algorithm: 'iql', seed: 0, steps: 100, learningRate: 0.1 }

/** Lines of `metrics.jsonl`, two agents a step and a line every second. */
function linesOf(losses: readonly (number | null)[], pauseBefore = Number.POSITIVE_INFINITY): string {
  return losses
    .map((loss, i) => {
      const wallTime = 1000 + i + (i >= pauseBefore ? 86_400 : 0)
      const step = 10 * (i + 1)
      return `${JSON.stringify({ step, wallTime, values: { loss, agentSteps: 2 * step, redKills: i, updates: i } })}\n`
    })
    .join('')
}

interface Folder {
  readonly [name: string]: string | Folder
}

function runFolder(config: object, losses: readonly (number | null)[], summary?: object): Folder {
  return {
    'config.json': JSON.stringify({ ...CONFIG, ...config }),
    'metrics.jsonl': linesOf(losses),
    ...(summary && { 'summary.json': JSON.stringify(summary) }),
  }
}

function record(config: Partial<typeof CONFIG>, losses: readonly number[]): RunRecord {
  const { seed, ...rest } = { ...CONFIG, ...config }
  return {
    folder: `/runs/${rest.algorithm}-${seed}`,
    scenario: rest.scenario,
    algorithm: rest.algorithm,
    seed,
    config: rest,
    lines: losses.map((loss, i) => ({
      step: i + 1,
      agentSteps: 2 * (i + 1),
      seconds: (i + 1) / 2,
      values: { loss },
    })),
    end: undefined,
  }
}

const DONE = {
  status: 'done',
  steps: 50,
  metrics: { loss: 0.5, updates: 3 },
  evaluation: [{ red: { winRate: 0.75 }, blue: { policy: 'random' } }],
  returns: [],
}

t.test('a run is read with its time without pauses, and whether it ended', async (t) => {
  const dir = t.testdir({ run: runFolder({ out: 'x', threads: 3 }, [4, null, 2]) })
  const folder = join(dir, 'run')
  const { config, lines, end, seed } = await readRun(folder)
  t.equal(seed, 0)
  t.same(config, { scenario: 'battle', algorithm: 'iql', steps: 100, learningRate: 0.1 })
  t.same(
    lines.map(({ step, agentSteps, seconds, values }) => [step, agentSteps, seconds, values['loss']]),
    [
      [10, 20, 1, 4],
      [20, 40, 2, undefined],
      [30, 60, 3, 2],
    ],
  )
  t.equal(end, undefined)

  writeFileSync(join(folder, 'summary.json'), JSON.stringify(DONE))
  writeFileSync(join(folder, 'metrics.jsonl'), linesOf([1, 2, 3, 4, 5], 3))
  const resumed = await readRun(folder)
  t.same(
    resumed.lines.map(({ seconds }) => seconds),
    [1, 2, 3, 4, 5],
    'the day in between was a pause',
  )
  t.same(resumed.end, {
    status: 'done',
    steps: 50,
    metrics: { loss: 0.5, updates: 3, 'winRate:random': 0.75 },
  })
  writeFileSync(join(folder, 'metrics.jsonl'), linesOf([1, 2, 3, 4, 5, 6]))
  t.equal((await readRun(folder)).end, undefined, 'it has gone on since')
})

t.test('of a run that still trains the last line may be cut off, of none another one', async (t) => {
  const dir = t.testdir({ run: runFolder({}, [4, 2]) })
  const file = join(dir, 'run', 'metrics.jsonl')
  appendFileSync(file, '{"step":30,"wall')
  t.equal((await readRun(join(dir, 'run'))).lines.length, 2)
  appendFileSync(file, `\n${linesOf([1])}`)
  await t.rejects(readRun(join(dir, 'run')), {
    code: 'ERR_FILE_INVALID',
    message: /metrics\.jsonl: line 3: expected JSON; remove the line/,
  })
  writeFileSync(file, '{"step":"one","wallTime":1,"values":{}}\n')
  await t.rejects(readRun(join(dir, 'run')), { message: /line 1: at step: .*expected number/ })
})

t.test('a folder stands for all runs in it, each once', async (t) => {
  const dir = t.testdir({
    sweep: { a: { 'seed-1': runFolder({}, [1]), 'seed-2': runFolder({}, [1]) }, notes: 'x' },
    begun: { 'config.json': '{}' },
  })
  const a = join(dir, 'sweep', 'a')
  symlinkSync('seed-1', join(a, 'start'))
  symlinkSync('a/seed-2', join(dir, 'sweep', 'latest'))
  t.same(await findRuns([dir, join(a, 'seed-1'), join(dir, 'sweep', 'latest')]), [
    join(a, 'seed-1'),
    join(a, 'seed-2'),
  ])
  await t.rejects(findRuns([join(dir, 'begun')]), {
    code: 'ERR_FILE_MISSING',
    message:
      /begun: expected a run \(with config\.json and metrics\.jsonl\) or a folder with runs, got neither/,
  })
})

t.test('runs that differ in the seed alone are one group, named by what differs from others', async (t) => {
  const names = (...runs: RunRecord[]) => groupRuns(runs).map(({ name, runs }) => [name, runs.length])
  t.same(names(record({}, [1]), record({ seed: 1 }, [1])), [['iql', 2]])
  t.same(names(record({}, [1]), record({ algorithm: 'mfq' }, [1]), record({ seed: 1 }, [1])), [
    ['iql', 2],
    ['mfq', 1],
  ])
  t.same(names(record({}, [1]), record({ learningRate: 0.2 }, [1])), [
    ['learningRate 0.1', 1],
    ['learningRate 0.2', 1],
  ])
  t.same(
    names(record({}, [1]), record({ learningRate: 0.2 }, [1]), record({ algorithm: 'mfq', steps: 5 }, [1])),
    [
      ['iql, learningRate 0.1', 1],
      ['iql, learningRate 0.2', 1],
      ['mfq', 1],
    ],
    'options are compared within an algorithm',
  )
})

t.test('a curve is the mean over seeds, with their deviation as its band', async (t) => {
  const group = { name: 'iql', runs: [record({}, [1, 2, 3, 4]), record({ seed: 1 }, [3, 4, 5, 10])] }
  t.same(curveOf(group, 'loss', 'steps'), {
    name: 'iql',
    points: [
      { x: 1, y: 2, spread: Math.SQRT2 },
      { x: 2, y: 3, spread: Math.SQRT2 },
      { x: 3, y: 4, spread: Math.SQRT2 },
      { x: 4, y: 7, spread: Math.sqrt(18) },
    ],
  })
  t.same(
    curveOf(group, 'loss', 'agent-steps')!.points.map(({ x }) => x),
    [2, 4, 6, 8],
  )
  t.same(
    curveOf(group, 'loss', 'seconds')!.points.map(({ x }) => x),
    [0.5, 1, 1.5, 2],
  )
  t.equal(curveOf(group, 'reward', 'steps'), undefined)
  t.equal(curveOf({ name: 'one', runs: [group.runs[0]!] }, 'loss', 'steps')!.points[0]!.spread, 0)
})

t.test('a curve has the same colour in all charts, and no other curve has it', async (t) => {
  const { lines } = record({}, [1, 2])
  const withValue = lines.map((line) => ({ ...line, values: { ...line.values, value: 1 } }))
  const groups = groupRuns([record({}, [1, 2]), { ...record({ algorithm: 'mfq' }, []), lines: withValue }])
  const charts = await curveCharts(groups, 'steps')
  t.same(
    charts.map(({ metric, chart }) => [
      metric,
      chart.data.kind === 'curves' && chart.data.curves.map(({ name, series }) => [name, series]),
    ]),
    [
      [
        'loss',
        [
          ['iql', 0],
          ['mfq', 1],
        ],
      ],
      ['value', [['mfq', 1]]],
    ],
  )
})

t.test('where one run ends the mean goes on with the others; gaps are bridged', async (t) => {
  const whole = record({}, [1, 2, 3, 4])
  const short = record({ seed: 1 }, [3, 0, 5])
  const gap: RunRecord = { ...short, lines: short.lines.filter((_, i) => i !== 1) }
  const { points } = curveOf({ name: 'iql', runs: [whole, gap] }, 'loss', 'steps')!
  t.same(
    points.map(({ y }) => y),
    [2, (2 + 3.5) / 2, 4, 4],
    'at 1.5 the second one is a quarter of the way from 3 to 5',
  )
  t.equal(points[3]!.spread, 0)
})

t.test('a long run is thinned to means', async (t) => {
  const long = record(
    {},
    Array.from({ length: 1000 }, (_, i) => i),
  )
  const { points } = curveOf({ name: 'iql', runs: [long] }, 'loss', 'steps')!
  t.equal(points.length, 200)
  t.same(points[0], { x: 3, y: 2, spread: 0 })
  t.same(points.at(-1), { x: 998, y: 997, spread: 0 })
})

t.test('metrics that say how a run learns are chosen, and get words and units', async (t) => {
  t.same(
    chosenMetrics(['updates', 'loss', 'redKills', 'winRate:random', 'episodeReward', 'loss', 'policyLag']),
    ['winRate:random', 'episodeReward', 'redKills', 'loss'],
  )
  t.match(describeMetric('winRate:random'), { title: 'Win rate against random', range: [0, 1] })
  t.same(describeMetric('averageTravelTime', { averageTravelTime: 's' }), {
    title: 'Average travel time',
    axis: 'average travel time (s)',
  })
  t.same(describeMetric('constructor'), { title: 'Constructor', axis: 'constructor' })
})

t.test('report draws runs into one page, finished or not', async (t) => {
  const cwd = t.testdir({
    runs: {
      a: runFolder({ seed: 1 }, [4, 2], DONE),
      b: runFolder({ seed: 2 }, [5, 1], {
        ...DONE,
        evaluation: [{ red: { winRate: 0.25 }, blue: { policy: 'random' } }],
      }),
      '<c>': runFolder({ algorithm: 'mfq', scenario: 'file:///a/gone.js' }, [3]),
    },
  })
  const ended = await run(['report', 'runs', '--json'], { ...MEASURED, cwd })
  t.equal(ended.code, 0)
  t.equal(ended.stdout.split('\n').length, 2)
  const summary = resultOf<ReportSummary>(ended)
  t.match(summary, {
    page: join(cwd, 'report.html'),
    curves: [
      { name: 'gone mfq', runs: [join(cwd, 'runs', '<c>')] },
      { name: 'battle iql', runs: [join(cwd, 'runs', 'a'), join(cwd, 'runs', 'b')] },
    ],
    metrics: ['redKills', 'loss'],
  })
  const html = readFileSync(summary.page, 'utf8')
  t.match(html, /<h1>Learning curves: gone, battle<\/h1>/)
  t.match(html, /win rate against random<\/th>/)
  t.match(html, /0\.5 ± 0\.354/)
  t.match(html, /runs\/&lt;c&gt;<\/td>/)
})

t.test('report refuses what it cannot draw, and leaves no page', async (t) => {
  const cwd = t.testdir({ empty: {}, run: runFolder({}, []), page: { x: 'y' } })
  mkdirSync(join(cwd, 'folder.html'))
  const cases = [
    { words: [], says: /report: expected runs, got none; name their folders/ },
    { words: ['none'], says: /none: expected a run/ },
    { words: ['empty'], says: /empty: expected a run/ },
    { words: ['run', '--axis', 'minutes'], says: /--axis: .*"minutes"/ },
    { words: ['run', '--out', 'folder.html'], says: /folder\.html: cannot be written/ },
  ]
  const ends = await runAll(
    cases.map(({ words }) => ['report', ...words]),
    { cwd },
  )
  for (const [i, { says }] of cases.entries()) {
    t.match(ends[i], { code: 2, stdout: '', stderr: says })
    t.match(ends[i]!.stderr, /^manyfold: .*\n$/, 'it is one line')
  }
})

t.test('the page opens without an error', { skip: skipWithoutBrowser() }, async (t) => {
  const dir = t.testdir({ a: runFolder({ seed: 1 }, [4, 2], DONE), b: runFolder({ seed: 2 }, [5, 1]) })
  const { page } = await writeReport({ runs: [dir], axis: 'seconds', out: join(dir, 'deep', 'page.html') })
  const { dom, console } = await openPage(page, 'light', join(dir, 'profile'))
  t.same(console, [])
  t.match(dom, / data-drawn="2"/)
})
