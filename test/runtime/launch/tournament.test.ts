import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import type { TournamentSummary } from '../../../runtime/launch/tournament/play.ts'
import type { RunDescription } from '../../../runtime/launch/trainer.ts'
import { readCheckpointState } from '../../../runtime/store/checkpoint.ts'
import { decodeCheckpointState, encodeCheckpointState } from '../../../runtime/store/checkpoint-state.ts'
import { openPage, skipWithoutBrowser } from '../../fixtures/browser.ts'
import { MEASURED, resultOf, run, runAll, start } from './_cli.ts'
import { gamesIn, play, resultsOf } from './_tournament.ts'
import { trainSmall } from './_training.ts'

const ROLES = fileURLToPath(new URL('../../fixtures/roles-scenario.js', import.meta.url))

const folder = t.testdir()
const [mfq, iql] = [join(folder, 'mfq'), join(folder, 'iql')]
const SYNC = { schedule: 'sync', steps: 200, checkpointEvery: 100 }
await trainSmall(mfq, SYNC)
await trainSmall(iql, { ...SYNC, algorithm: 'iql' })
const POLICIES = [mfq, iql, 'nearest-enemy', 'random']
const { scenarioOptions: BATTLE } = (await readCheckpointState(mfq)) as RunDescription
const OUT = join(folder, 'all')
const CHECKPOINTS = readdirSync(join(mfq, 'checkpoints'))
  .toSorted()
  .map((name) => join(mfq, 'checkpoints', name))
const all = await play(POLICIES, OUT)

/** A copy of the first run whose last checkpoint says that it was trained otherwise. */
async function saySo(copy: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  cpSync(mfq, copy, { recursive: true })
  const file = join(CHECKPOINTS.at(-1)!.replace(mfq, copy), 'state.json')
  const state = decodeCheckpointState(readFileSync(file, 'utf8'), file)
  writeFileSync(file, encodeCheckpointState({ ...state, state: { ...(state.state as object), ...changes } }))
}

t.test('every pair plays, and the folder has it as tables, JSON and a page', async (t) => {
  t.equal(all.episodes, 6 * 4)
  t.match(all, { status: 'done', scenario: 'battle', seed: 0, selection: 'greedy', episodesPerPair: 4 })
  t.same(
    new Set(all.standings.map(({ policy }) => policy)),
    new Set(['mfq', 'iql', 'nearest-enemy', 'random']),
  )
  t.equal(all.standings[0]!.policy, 'nearest-enemy')
  t.equal(all.pairs.length, 12)
  for (const { policy, episodes, wins, draws, losses, interval, winRate } of all.standings) {
    t.equal(episodes, 12, policy)
    t.equal(wins + draws + losses, 12)
    t.ok(interval[0] <= winRate && winRate <= interval[1])
  }
  t.same(readdirSync(OUT).toSorted(), [
    'games.jsonl',
    'index.html',
    'pairs.csv',
    'standings.csv',
    'summary.json',
    'summary.md',
    'tournament.json',
  ])
  t.same(JSON.parse(readFileSync(join(OUT, 'summary.json'), 'utf8')), JSON.parse(JSON.stringify(all)))
  const csv = readFileSync(join(OUT, 'standings.csv'), 'utf8').split('\n')
  t.match(csv[0], /^policy,elo,eloLow,eloHigh,episodes,wins,draws,losses,winRate,winRateLow,winRateHigh,/)
  t.match(csv[1], /^nearest-enemy,\d/)
  t.match(readFileSync(join(OUT, 'summary.md'), 'utf8'), /^\| nearest-enemy \| \d+ \| \d+ – \d+ \| 12 \|/m)
  t.match(JSON.parse(readFileSync(join(OUT, 'tournament.json'), 'utf8')), {
    scenario: 'battle',
    scenarioOptions: { agents: 16, mapSize: 16 },
    participants: [{ id: /^[0-9a-f]{16}$/, name: 'mfq', policy: mfq }, {}, { id: 'nearest-enemy' }, {}],
    $environment: { node: process.version },
  })
})

t.test('neither threads nor the order of policies have a part in the result', async (t) => {
  const out = join(t.testdir(), 'one')
  const one = await play(POLICIES.toReversed(), out, { threads: 1 })
  t.same(resultsOf(one), resultsOf(all))
  t.same(gamesIn(out).toSorted(), gamesIn(OUT).toSorted())
})

t.test('each plays half of its episodes on either side, and another seed gives others', async (t) => {
  const out = join(t.testdir(), 'other')
  await play(['random', mfq], out, { seed: 1 })
  const games = gamesIn(out).map((line) => JSON.parse(line))
  t.same(
    games.map(({ episode }) => episode).toSorted((a, b) => a - b),
    [0, 1, 2, 3],
  )
  const before = gamesIn(OUT).filter((line) => line.includes('"random"]') && line.includes(games[0].pair[0]))
  t.equal(before.length, 4)
  t.notSame(gamesIn(out).toSorted(), before.toSorted())
})

t.test('a tournament that was stopped goes on; more episodes and participants add to it', async (t) => {
  const out = join(t.testdir(), 'parts')
  const first = await play([mfq, 'random'], out, {}, { stopAfter: 2 })
  t.equal(first.status, 'interrupted')
  t.ok(first.episodes >= 2 && first.episodes < 4)
  const kept = gamesIn(out)
  const logs: string[] = []
  await play([mfq, 'random'], out, { episodes: 2 }, { onLog: (line) => logs.push(line) })
  t.match(logs[0], /^2 of 2 episodes are already played$/)
  t.same(gamesIn(out), kept)
  const whole = await play(POLICIES, out)
  t.same(resultsOf(whole), resultsOf(all))
  t.same(gamesIn(out).slice(0, kept.length), kept)
  t.equal(gamesIn(out).length, 24, 'no episode was played twice')
  await play(POLICIES, out)
  t.equal(gamesIn(out).length, 24)
})

t.test('after kill -9 the same command goes on, and plays nothing twice', async (t) => {
  const out = join(t.testdir(), 'killed')
  const words = ['tournament', ...POLICIES, '--out', out, '--threads', '2', '--json']
  const killed = start([...words, '--episodes', '100000'])
  await killed.line(/^episodes \d+\/600000/)
  killed.kill('SIGSTOP')
  t.match(await run(words), {
    code: 2,
    stdout: '',
    stderr: `${out}: is in use by process ${killed.pid}; wait`,
  })
  killed.kill('SIGKILL')
  t.match(await killed.ended, { signal: 'SIGKILL', stdout: '' })
  const kept = gamesIn(out)
  t.ok(kept.length > 0)
  t.notOk(existsSync(join(out, 'summary.json')))
  appendFileSync(join(out, 'games.jsonl'), kept[0]!.slice(0, 40))
  const ended = await run([...words, '--episodes', '4'])
  t.equal(ended.code, 0)
  t.equal(ended.stdout.split('\n').length, 2)
  t.same(
    resultsOf(resultOf<TournamentSummary>(ended)),
    JSON.parse(JSON.stringify(resultsOf(all))),
    'it ends as one that was not killed',
  )
  const games = gamesIn(out)
  t.same(games.slice(0, kept.length), kept)
  t.equal(new Set(games).size, games.length)
})

t.test('what does not fit the folder is refused, and the folder stays as it is', async (t) => {
  const before = gamesIn(OUT)
  const cases = [
    {
      policies: POLICIES,
      values: { seed: 1 },
      says: /tournament\.json: is of a tournament with seed 0, got 1/,
    },
    { policies: POLICIES, values: { selection: 'sampled' }, says: /with selection "greedy", got "sampled"/ },
    {
      policies: POLICIES,
      values: { agents: 12 },
      says: /with agents 16, got 12; go on as it was, or choose/,
    },
    {
      policies: [mfq, iql, 'random'],
      values: {},
      says: /has episodes of nearest-enemy \(nearest-enemy\), which is not named now; name it too, or/,
    },
    {
      policies: [CHECKPOINTS[0]!, iql, 'nearest-enemy', 'random'],
      values: {},
      says: /has episodes of mfq \(.*mfq\)/,
    },
  ]
  for (const { policies, values, says } of cases) {
    await t.rejects(play(policies, OUT, values), { code: 'ERR_CONFIG_INVALID', message: says })
  }
  t.same(gamesIn(OUT), before)
})

t.test('weights that have changed since, a damaged line, and games of nobody are refused', async (t) => {
  const dir = t.testdir()
  const [run, out] = [join(dir, 'run'), join(dir, 'out')]
  cpSync(mfq, run, { recursive: true })
  const [old, latest] = CHECKPOINTS.slice(-2).map((path) => path.replace(mfq, run)) as [string, string]
  rmSync(latest, { recursive: true })
  await play([run, 'random'], out, { episodes: 2 })
  cpSync(CHECKPOINTS.at(-1)!, latest, { recursive: true })
  await t.rejects(play([run, 'random'], out, { episodes: 2 }), {
    code: 'ERR_CONFIG_INVALID',
    message: /has episodes of .*run with other weights than it has now; name the checkpoint that played, or/,
  })
  t.match(await play([old, 'random'], out, { episodes: 2 }), { status: 'done', standings: [{}, {}] })
  const [first] = gamesIn(out)
  writeFileSync(join(out, 'games.jsonl'), `${first}\n${first!.replace('"episode":', '"episod":')}\n`)
  await t.rejects(play([old, 'random'], out), {
    code: 'ERR_FILE_INVALID',
    message: /games\.jsonl: line 2: .*remove the line/,
  })
  const game = JSON.parse(first!)
  for (const pair of [game.pair.toReversed(), [game.pair[0], 'somebody']]) {
    writeFileSync(join(out, 'games.jsonl'), `${JSON.stringify({ ...game, pair })}\n`)
    await t.rejects(play([old, 'random'], out), {
      code: 'ERR_FILE_INVALID',
      message:
        /games\.jsonl: line 1: pair: expected two of the tournament's policies, in ascending order; remove/,
    })
  }
  const orphan = t.testdir({ 'games.jsonl': '' })
  await t.rejects(play(POLICIES, orphan), { message: /games\.jsonl: has no tournament\.json beside it/ })
})

t.test('checkpoints of one run play each other, named by their steps', async (t) => {
  const { standings } = await play(CHECKPOINTS, join(t.testdir(), 'steps'), { episodes: 2 })
  const steps = CHECKPOINTS.map((path) => `mfq@${Number(path.split('step-')[1])}`)
  t.same(new Set(standings.map(({ policy }) => policy)), new Set(steps))
})

t.test('policies that cannot play each other are refused before anything is written', async (t) => {
  const dir = t.testdir({ 'runs.yaml': 'runs: 3\n' })
  const [larger, roles] = [join(dir, 'larger'), join(dir, 'roles')]
  await saySo(larger, { scenarioOptions: { ...BATTLE, mapSize: 20 } })
  await saySo(roles, { scenario: pathToFileURL(ROLES).href, scenarioOptions: { agents: 6 } })
  const cases = [
    { words: [], says: /expected two policies or more, got none/ },
    { words: ['random'], says: /expected two policies or more, got random/ },
    {
      words: ['random', 'nearest-enemy'],
      says: /expected a run or a checkpoint among random, nearest-enemy/,
    },
    { words: [mfq, mfq], says: /mfq is named twice; name each policy once/ },
    {
      words: [mfq, CHECKPOINTS.at(-1)!],
      says: /checkpoints.step-\d+ has the same weights as \S*mfq; leave one of them out/,
    },
    { words: [mfq, 'random', '--out', ''], says: /--out: expected a path, got ""/ },
    {
      words: [mfq, larger],
      says: /larger was trained with --map-size 20, and \S*mfq with 16; .*give --map-size/,
    },
    {
      words: [mfq, roles],
      says: /roles was trained in file:\S+, and \S*mfq in battle; name policies of one/,
    },
    { words: [roles, 'random'], says: /roles has one side, and nobody to win against; .*manyfold eval/ },
    { words: [mfq, 'clever'], says: /policy: expected random, nearest-enemy or the path/ },
    { words: [mfq, './none'], says: /none: expected a checkpoint's folder/ },
    { words: [mfq, 'random', '--episodes', '5'], says: /--episodes: expected an even number.*, got 5/ },
    { words: [mfq, 'random', '--episods', '4'], says: /unknown option --episods; did you mean --episodes\?/ },
    { words: ['--config', 'runs.yaml'], says: /runs\.yaml: runs: expected a list of names and paths, got 3/ },
  ]
  const before = readdirSync(dir)
  const ends = await runAll(
    cases.map(({ words }) => ['tournament', ...words, '--json']),
    { cwd: dir },
  )
  for (const [i, { says }] of cases.entries()) {
    t.match(ends[i], { code: 2, stdout: '', stderr: says })
    t.match(ends[i]!.stderr, /^manyfold: .*\n$/, 'it is one line')
  }
  t.same(readdirSync(dir), before)

  await play([larger, iql], join(dir, 'out'), { mapSize: 20, episodes: 2 })
  t.equal(gamesIn(join(dir, 'out')).length, 2, 'an option that is given is for all')
})

t.test(
  'participants can stand in a config file, and a name is made of what decides the result',
  async (t) => {
    const cwd = t.testdir({ 'league.yaml': `runs: [${mfq}, random]\nepisodes: 2\nthreads: 1\n` })
    const [one, two] = await runAll(
      [
        ['tournament', '--config', 'league.yaml'],
        ['tournament', '--config', 'league.yaml', '--json'],
      ],
      { ...MEASURED, cwd },
    )
    t.match(one, {
      code: 0,
      stdout: /^policy +Elo.*\n──.*\n.*\n.*\n\npage +tournaments\/battle-[0-9a-f]{8}\/index\.html/,
    })
    t.match(two, { code: 0, stderr: /^2 of 2 episodes are already played$/m })
    t.equal(readdirSync(join(cwd, 'tournaments')).length, 1)
  },
)

t.test('the page opens without an error', { skip: skipWithoutBrowser() }, async (t) => {
  const { dom, console } = await openPage(all.page, 'dark', t.testdir())
  t.same(console, [])
  t.match(dom, / data-drawn="2"/)
  t.match(dom, /<table class="matrix">/)
})
