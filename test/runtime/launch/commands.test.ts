import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadAlgorithm } from '../../../learners/registry.ts'
import { fieldsOf } from '../../../runtime/core/config.ts'
import { commandSchema } from '../../../runtime/launch/config.ts'
import type { Measurement } from '../../../runtime/launch/measure.ts'
import {
  benchOptions,
  joinOptions,
  reportOptions,
  runOptions,
  solveOptions,
  sweepOptions,
  tournamentOptions,
  trainOptions,
} from '../../../runtime/launch/options.ts'
import type { ReturnResult } from '../../../runtime/launch/returns.ts'
import { loadScenario } from '../../../scenarios/registry.ts'
import { MEASURED, metricsOf, resultOf, run, runAll, SMALL_BATTLE, start } from './_cli.ts'
import { trainSmall } from './_training.ts'

const MEASUREMENT = [
  'scenario',
  'agents',
  'threads',
  'hosts',
  'policy',
  'seed',
  'steps',
  'agentSteps',
  'seconds',
  'agentStepsPerSecond',
  'phases',
  'peakRssBytes',
  'stateHash',
  'metrics',
]
const FIXTURES = new URL('../../../../test/fixtures/magent/', import.meta.url).pathname

t.test('run ends with exactly the documented fields, and nothing else on stdout', async (t) => {
  const ended = await run([
    'run',
    'battle',
    '--agents',
    '16',
    '--max-steps',
    '30',
    '--seed',
    '2',
    '--threads',
    '1',
    '--red-policy',
    'nearest-enemy',
    '--json',
  ])
  t.equal(ended.code, 0)
  t.equal(ended.stdout.split('\n').length, 2)
  const result = resultOf<Measurement>(ended)
  t.same(Object.keys(result), MEASUREMENT)
  t.match(result, {
    scenario: 'battle',
    agents: 16,
    threads: 1,
    hosts: 1,
    policy: 'nearest-enemy vs random',
    seed: 2,
    stateHash: /^[0-9a-f]{16}$/,
    phases: { observe: Number },
    metrics: { redAlive: Number, episodes: 1 },
  })
})

t.test('bench ends with the same fields; a config file gives what flags do not', async (t) => {
  const folder = t.testdir({
    'bench.yaml': 'scenario: battle\nagents: 16\nsteps: 20\nwarmup: 0\npolicy: mlp\n',
  })
  const ended = await run(
    ['bench', 'battle', '--config', join(folder, 'bench.yaml'), '--steps', '10', '--json'],
    MEASURED,
  )
  const result = resultOf<Measurement>(ended)
  t.same(Object.keys(result), MEASUREMENT)
  t.match(result, { agents: 16, steps: 10, agentSteps: 160, policy: 'mlp vs mlp' })
})

t.test('train serves metrics while it runs, and eval takes its run', async (t) => {
  const out = join(t.testdir(), 'run')
  const args = ['--eval-episodes', '2', '--metrics-port', '0', '--steps', '100000', '--out', out, '--json']
  const training = start([...SMALL_BATTLE, ...args], MEASURED)
  const [, url] = await training.line(/^metrics on (\S+)$/)
  let served = ''
  while (!/^manyfold_loss \d/m.test(served)) served = await (await fetch(url!)).text()
  t.match(served, /^manyfold_step \d+$/m)
  training.kill('SIGINT')
  const ended = await training.ended
  t.equal(ended.code, 0)
  t.equal(ended.stdout.split('\n').length, 2)
  const { steps, ...summary } = resultOf(ended)
  t.same(Object.keys(summary), [
    'status',
    'scenario',
    'algorithm',
    'learningGroup',
    'seed',
    'schedule',
    'agentSteps',
    'seconds',
    'agentStepsPerSecond',
    'backend',
    'out',
    'checkpoint',
    'stateHash',
    'counters',
    'metrics',
    'evaluation',
    'returns',
  ])
  t.ok(metricsOf(out).every((line) => line.step <= steps))

  const evaluation = await run(
    ['eval', '--red', out, '--blue', 'nearest-enemy', '--episodes', '3', '--json'],
    MEASURED,
  )
  t.equal(evaluation.code, 0)
  t.match(resultOf<object>(evaluation), {
    scenario: 'battle',
    seed: 0,
    selection: 'greedy',
    episodes: 3,
    draws: Number,
    meanSteps: Number,
    red: {
      policy: out,
      wins: Number,
      winRate: Number,
      interval: [Number, Number],
      meanReward: Number,
      kills: Number,
    },
    blue: { policy: 'nearest-enemy', wins: Number },
  })
})

t.test('eval in a scenario with one group tells what each policy earns', async (t) => {
  const module = fileURLToPath(new URL('../../../examples/line-walk.js', import.meta.url))
  const args = ['eval', module, '--red', 'homing', '--episodes', '4', '--threads', '1', '--json']
  const [ended, twice] = await runAll([args, [...args, '--blue', 'homing']], MEASURED)
  t.equal(ended!.code, 0)
  t.match(ended!.stderr, /^homing +4 +\d+\.\d +\d+\.\d – \d+\.\d +\d+\.\d$/m)
  const { returns, ...rest } = resultOf<{ readonly returns: readonly ReturnResult[] }>(ended!)
  t.match(rest, { scenario: 'line-walk', seed: 0, selection: 'greedy' })
  const [homing, random] = returns as [ReturnResult, ReturnResult]
  t.match(homing, { policy: 'homing', episodes: 4, metrics: { arrived: 1 } })
  t.match(random, { policy: 'random', episodes: 4, meanSteps: 16 })
  t.ok(homing.interval![0] > random.interval![1])

  const same = resultOf<typeof rest & { readonly returns: readonly ReturnResult[] }>(twice!)
  t.same(same.returns, [homing], 'a policy that is named twice plays once')
})

t.test('eval proves a checkpoint whole once, on whichever sides it plays', async (t) => {
  const out = join(t.testdir(), 'run')
  await trainSmall(out, { schedule: 'sync', steps: 100 })
  const tellOpens = new URL('../../fixtures/tell-opens.js', import.meta.url).href
  const env = { NODE_OPTIONS: `--import=${tellOpens}` }
  const { code, stderr } = await run(['eval', '--red', out, '--blue', out, '--episodes', '1'], { env })
  t.equal(code, 0)
  t.equal(stderr.match(/^opens learner\.safetensors$/gm)?.length, 1)
  t.equal(stderr.match(/^opens weights\.safetensors$/gm)?.length, 2, 'once to prove it, once to read it')
})

t.test('verify replays a trace, doctor and list answer with objects', async (t) => {
  const trace = join(FIXTURES, 'battle_20x20_orderfree.json')
  const [verified, listed, doctor] = await runAll(
    [
      ['verify', 'battle', trace, '--json'],
      ['--json', 'list'],
      ['doctor', '--json'],
    ],
    MEASURED,
  )
  t.match(resultOf<object>(verified!), { scenario: 'battle', differences: 0, steps: Number })
  t.match(resultOf<object>(listed!), {
    scenarios: [{ name: 'battle', policies: ['random', 'nearest-enemy'] }],
    algorithms: [{ name: 'iql' }, { name: 'mfq' }],
  })
  t.match(resultOf<object>(doctor!), {
    node: process.version,
    cores: Number,
    zeromq: { version: String },
    backends: Array,
  })
})

t.test('doctor and verify end by the first Ctrl-C, even in the middle of a computation', async (t) => {
  const endless = fileURLToPath(new URL('../../fixtures/endless-verify.js', import.meta.url))
  const cases = [
    { args: ['verify', endless, 'some.json'], begun: /^verifying some\.json$/ },
    { args: ['doctor'], begun: /^measuring every compute backend/ },
  ]
  for (const { args, begun } of cases) {
    const command = start([...args, '--json'])
    await command.line(begun)
    command.kill('SIGINT')
    t.match(await command.ended, { signal: 'SIGINT', code: null, stdout: '' }, args[0]!)
  }
})

t.test('without --json results are text; no command shows the help', async (t) => {
  const [listed, none] = await runAll([['list'], []], MEASURED)
  t.equal(listed!.code, 0)
  t.match(listed!.stdout, /^battle +two armies/m)
  t.equal(none!.code, 2)
  t.match(none!.stderr, /manyfold train \[scenario\]/)
})

t.test('--help of every command has every option with its default', async (t) => {
  const battle = await loadScenario('battle')
  const commands = [
    {
      words: ['train', '--algorithm', 'iql'],
      schema: commandSchema(trainOptions, battle, await loadAlgorithm('iql')),
    },
    { words: ['run', 'battle'], schema: commandSchema(runOptions, battle) },
    { words: ['bench', 'battle'], schema: commandSchema(benchOptions, battle) },
    { words: ['join'], schema: joinOptions },
    { words: ['solve'], schema: solveOptions },
    { words: ['tournament'], schema: tournamentOptions },
    { words: ['sweep', 'sweep.yaml'], schema: sweepOptions },
    { words: ['report'], schema: reportOptions },
  ]
  const ends = await runAll(commands.map(({ words }) => [...words, '--help']))
  for (const [i, { words, schema }] of commands.entries()) {
    const { code, stdout } = ends[i]!
    t.equal(code, 0)
    const help = stdout.replaceAll(/\s+/g, ' ')
    const missing = fieldsOf(schema).filter((field) => {
      const at = help.indexOf(` --${field.flag} `)
      const next = help.indexOf(' --', at + 3)
      const entry = help.slice(at, next < 0 ? undefined : next)
      return (
        at < 0 ||
        !help.includes(field.description) ||
        (field.default !== undefined && !entry.includes(`[default: ${field.default}]`))
      )
    })
    t.same(
      missing.map(({ flag }) => flag),
      [],
      words[0]!,
    )
  }
})
