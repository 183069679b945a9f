import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Ended, listDeep, resultOf, run, runAll, SMALL_BATTLE } from './_cli.ts'
import { trainSmall } from './_training.ts'

/** What is wrong with a command line, and what the one line says of it. */
const CASES: readonly { readonly title: string; readonly args: readonly string[]; readonly says: RegExp }[] =
  [
    {
      title: 'a misspelt key',
      args: ['train', '--agnets', '8'],
      says: /unknown option --agnets; did you mean --agents\?/,
    },
    { title: 'negative agents', args: ['train', '--agents', '-5'], says: /--agents: too small.*, got -5/ },
    {
      title: 'agents that are no number',
      args: ['run', 'battle', '--agents', 'many'],
      says: /--agents: .*expected number.*"many"/,
    },
    {
      title: 'a flag without its value',
      args: ['run', 'battle', '--agents'],
      says: /not enough arguments following: agents/,
    },
    {
      title: 'a switch with a wrong value',
      args: ['run', 'battle', '--minimap=3'],
      says: /--minimap: expected true or false/,
    },
    {
      title: 'several wrong values',
      args: ['run', 'battle', '--threads', '0', '--seed', 'x'],
      says: /--seed: .*; --threads: /,
    },
    {
      title: 'agents that do not fit the map',
      args: ['train', '--agents', '400', '--map-size', '16'],
      says: /a map of 16 × 16 has room for at most/,
    },
    {
      title: 'a map that does not fit memory',
      args: ['train', '--map-size', '65535', '--agents', '1000'],
      says: /needs [\d.]+ GiB of shared memory and the limit here is/,
    },
    {
      title: 'a map that is filled with too many agents',
      args: ['train', '--map-size', '65535'],
      says: /mapSize: a map of 65535 × 65535 takes \d+ agents, and at most 60000000 are possible/,
    },
    {
      title: 'a replay that cannot hold one segment',
      args: ['train', '--agents', '20000', '--worlds', '1', '--sample-agents', '10000'],
      says: /--replay-capacity: one segment can have 330000 rows, got 200000/,
    },
    {
      title: 'worlds that do not fit memory',
      args: ['run', 'battle', '--agents', '100000', '--worlds', '9999'],
      says: /\(largest parts: worlds [\d.]+ GiB, .*\); take fewer agents, a smaller map, shorter episodes or fewer worlds/,
    },
    {
      title: 'experience that does not fit memory',
      args: [
        'train',
        '--agents',
        '100000',
        '--worlds',
        '1',
        '--sample-agents',
        '50000',
        '--segment-steps',
        '4096',
      ],
      says: /\(largest parts: slabs [\d.]+ GiB, .*\); lower --segment-steps or --sample-agents/,
    },
    {
      title: 'an unknown scenario',
      args: ['train', 'batle'],
      says: /expected one of battle, .*; did you mean battle\?/,
    },
    {
      title: 'a scenario module that is not there',
      args: ['train', './none.js'],
      says: /there is no file \.\/none\.js/,
    },
    {
      title: 'an unknown algorithm',
      args: ['train', '--algorithm', 'mfqq'],
      says: /--algorithm: .*did you mean mfq\?/,
    },
    {
      title: 'an unknown policy',
      args: ['run', 'battle', '--policy', 'clever'],
      says: /policy: expected random, nearest-enemy or the path/,
    },
    { title: 'an unknown command', args: ['trian'], says: /unknown command 'trian'/ },
    {
      title: 'an unknown preset',
      args: ['bench', 'battle', '--preset', 'huge'],
      says: /--preset: expected one of battle_v4,/,
    },
    { title: 'no threads', args: ['bench', 'battle', '--threads', '0'], says: /--threads: too small/ },
    { title: 'a missing argument', args: ['run'], says: /scenario: name one: battle/ },
    {
      title: 'an argument too many',
      args: ['run', 'battle', 'now'],
      says: /expected run \[scenario\], got one more: 'now'/,
    },
    {
      title: '--listen in a sync run',
      args: ['train', '--listen', 'tcp://127.0.0.1:*', '--schedule', 'sync'],
      says: /--listen: a synchronous run/,
    },
    {
      title: '--listen with a learner thread',
      args: ['train', '--listen', 'tcp://127.0.0.1:*', '--learner', 'thread'],
      says: /need --learner process/,
    },
    {
      title: 'an endpoint that is none',
      args: ['train', '--listen', 'here'],
      says: /--listen: .*expected tcp:/,
    },
    {
      title: 'a config file that is not there',
      args: ['train', '--config', 'none.yaml'],
      says: /--config: none\.yaml cannot be read/,
    },
    {
      title: 'a run that is not there',
      args: ['train', '--resume', 'none'],
      says: /none: expected a checkpoint's folder/,
    },
    {
      title: 'a policy that is not there',
      args: ['eval', '--red', './none'],
      says: /none: expected a checkpoint's folder/,
    },
    {
      title: 'a trace that is not there',
      args: ['verify', 'battle', 'none.json'],
      says: /none\.json: cannot be read/,
    },
  ]

function isRefused(t: Test, ended: Ended, says: RegExp): void {
  t.match(ended, { code: 2, stdout: '', stderr: says })
  t.match(ended.stderr, /^manyfold: .*\n$/, 'it is one line')
}

t.test('bad input is refused with one line that says what is wrong, and leaves nothing behind', async (t) => {
  const cwd = t.testdir()
  const [verbose, ...ends] = await runAll(
    [['train', '--algorithm', 'none', '--verbose'], ...CASES.map(({ args }) => [...args, '--json'])],
    { cwd },
  )
  for (const [i, { title, says }] of CASES.entries()) {
    await t.test(title, async (t) => isRefused(t, ends[i]!, says))
  }
  await t.test('--verbose adds the stack', async (t) => {
    t.match(verbose, { code: 2, stderr: /^manyfold: --algorithm.*\nRuntimeError: .*\n +at / })
  })
  t.same(readdirSync(cwd), [])
})

t.test('a config file is refused with the place of what is wrong', async (t) => {
  const cwd = t.testdir({
    'key.yaml': 'agnets: 8\n',
    'value.json': '{"agents": "many", "algorithm": "iql", "epsilonStart": 3}',
    'syntax.yaml': 'agents: [\n',
    'list.yaml': '- agents\n',
  })
  const says = {
    'key.yaml': /key\.yaml: unknown option agnets; did you mean agents\?/,
    'value.json': /value\.json: agents: .*"many"; value\.json: epsilonStart: .*, got 3/,
    'syntax.yaml': /--config: syntax\.yaml: /,
    'list.yaml': /list\.yaml: expected keys and values/,
  }
  const ends = await runAll(
    Object.keys(says).map((file) => ['train', '--config', file]),
    { cwd },
  )
  for (const [i, line] of Object.values(says).entries()) t.match(ends[i], { code: 2, stderr: line })
  t.notOk(existsSync(join(cwd, 'runs')))
})

t.test('a run that cannot start leaves no run behind', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const cwd = t.testdir({ file: '', mine: { 'notes.txt': 'mine' } })
  const cases = [
    { args: ['--out', 'file/run'], says: /a file stands where a folder is needed/ },
    { args: ['--out', '/proc/run'], says: /\/proc\/run: cannot be written/ },
    {
      args: ['--out', 'port', '--metrics-port', String(port)],
      says: /port \d+ on 127\.0\.0\.1 cannot be used, another program/,
    },
    { args: ['--out', 'mine', '--listen', `tcp://127.0.0.1:${port}`], says: /--listen: cannot bind tcp:/ },
    { args: ['--out', 'tpu', '--backend', 'webgpu'], says: /backend webgpu: / },
  ]
  const ends = await runAll(
    cases.map(({ args }) => [...SMALL_BATTLE, ...args]),
    { cwd, env: { VK_DRIVER_FILES: '/none' } },
  )
  for (const [i, { says }] of cases.entries()) isRefused(t, ends[i]!, says)
  t.same(listDeep(cwd), ['file', 'mine', 'mine/notes.txt'])
})

t.test('a folder that holds a run is refused and stays as it is', async (t) => {
  const out = join(t.testdir(), 'run')
  await trainSmall(out, { schedule: 'sync', steps: 100, checkpointEvery: 50 })
  const before = listDeep(out)
  const others = [
    {
      args: ['--worlds', '3'],
      says: /resume with the scenario options and the number of worlds of the checkpoint/,
    },
    { args: ['tiger-deer'], says: /scenario: \S+ is of a run that trained battle, got tiger-deer; leave/ },
    { args: ['--algorithm', 'iql'], says: /--algorithm: \S+ is of a run that trained mfq, got iql; leave/ },
  ]
  const [again, ...refusals] = await runAll([
    [...SMALL_BATTLE, '--out', out],
    ...others.map(({ args }) => ['train', ...args, '--resume', out]),
  ])
  isRefused(t, again!, /expected no run, got one .*choose another --out, or pass --resume/)
  for (const [i, { says }] of others.entries()) isRefused(t, refusals[i]!, says)
  t.same(listDeep(out), before)

  const weights = before.filter((file) => file.endsWith('weights.safetensors')).at(-1)!
  truncateSync(join(out, weights), 100)
  const older = join(out, 'checkpoints', readdirSync(join(out, 'checkpoints')).toSorted().at(-2)!)
  const ends = await runAll([
    ['train', '--resume', out],
    ['eval', '--red', out],
    ['run', 'battle', '--policy', out],
  ])
  for (const ended of ends) {
    isRefused(t, ended, /weights\.safetensors: expected \d+ bytes, got 100; use an older one: /)
  }
  t.same(listDeep(out), before)
  const resumed = resultOf(await run(['train', '--resume', older, '--steps', '150', '--json']))
  t.match(resumed, { status: 'done', steps: 150 })
})

t.test('a disk that is full in mid-run ends it; earlier checkpoints stay', async (t) => {
  const out = join(t.testdir(), 'run')
  const args = ['--replay-capacity', '1000000', '--steps', '1000', '--checkpoint-every', '100', '--out', out]
  const first = await run([...SMALL_BATTLE, ...args], { fileLimitKiB: 100 })
  t.match(first, { code: 2, stdout: '' })
  t.match(first.stderr, /^manyfold: .*\.safetensors: cannot be written, file too large/m)
  t.notOk(existsSync(out), 'it did not come to its first checkpoint')

  await trainSmall(out, { schedule: 'sync', steps: 100 })
  const checkpoints = listDeep(join(out, 'checkpoints'))
  const second = await run(['train', '--resume', out, '--steps', '200', '--json'], { fileLimitKiB: 100 })
  t.match(second, { code: 2, stdout: '' })
  t.same(listDeep(join(out, 'checkpoints')), checkpoints)
  t.match(resultOf(await run(['train', '--resume', out, '--steps', '200', '--json'])), {
    status: 'done',
    steps: 200,
  })

  // Only the metrics are too long now.
  appendFileSync(join(out, 'metrics.jsonl'), `{"step":0,"values":{}}${' '.repeat(8 << 20)}\n`)
  const third = await run(['train', '--resume', out, '--steps', '300', '--json'], { fileLimitKiB: 6 << 10 })
  t.match(third, { code: 2, stdout: '', stderr: /^manyfold: .*metrics\.jsonl: cannot be written/m })
  t.match(third.stderr, /^left a checkpoint in /m)
})
