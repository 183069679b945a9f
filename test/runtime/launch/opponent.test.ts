import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { RolloutHost, type RolloutHostOptions } from '../../../actors/rollout-host.ts'
import { stateHash } from '../../../actors/state-hash.ts'
import { planScenario, resolveTraining } from '../../../runtime/launch/config.ts'
import { loadOpponent, toFixedOpponent } from '../../../runtime/launch/opponent.ts'
import { loadPolicy, packLearned } from '../../../runtime/launch/policies.ts'
import { memoryLimit } from '../../../runtime/launch/stage.ts'
import type { TrainSummary } from '../../../runtime/launch/train.ts'
import { MEASURED, resultOf, runAll, start } from './_cli.ts'
import { openHead } from './_joining.ts'
import { trainSmall } from './_training.ts'

const SYNC = { algorithm: 'iql', schedule: 'sync' }
const HUNT = { scenario: 'tiger-deer', mapSize: 12, worlds: 1, steps: 16, ...SYNC }
const OPPONENT_FILE = 'opponent.safetensors'

/** Runs that are opponents: none is changed. */
const folder = t.testdir()
const [BATTLE, DEER] = ['battle', 'deer'].map((name) => join(folder, name)) as [string, string]

t.before(async () => {
  await trainSmall(BATTLE, { ...SYNC, seed: 5 })
  await trainSmall(DEER, { ...HUNT, learningGroup: 'deer' })
})

/** What becomes of a world after some segments. */
async function played(options: RolloutHostOptions, sets: readonly Float32Array[]): Promise<string> {
  const host = new RolloutHost(options)
  try {
    host.publish(0, sets)
    for (let i = 0; i < 4; i++) await host.run(0, 16, 0.3)
    return stateHash([host.pool.world(0)])
  } finally {
    await host.close()
  }
}

t.test('a learned opponent plays what the self-play opponent of the same parameters would', async (t) => {
  const { reference, ...config } = await resolveTraining('battle', [
    {
      source: 'file',
      name: 'test',
      values: { agents: 16, mapSize: 16, maxSteps: 60, hidden: [16], ...SYNC },
    },
  ])
  const world = planScenario(config)
  const opponent = await loadOpponent(BATTLE, world, 0)
  const fixedOpponent = toFixedOpponent(opponent!, world)
  const acting = config.algorithm.acting(config.algorithmOptions)
  const options: RolloutHostOptions = {
    world,
    scenario: reference,
    acting,
    learningGroup: 0,
    threads: 1,
    worlds: 1,
    firstWorld: 0,
    segmentSteps: 16,
    sampleAgents: 512,
    seed: 1,
    limitBytes: memoryLimit(),
  }
  const [theirs] = packLearned([await loadPolicy(BATTLE, world, 'sampled')], world)
  const mine = theirs!.map((value) => -value)
  const fixed = await played({ ...options, opponent: { ...fixedOpponent, exploration: 0.3 } }, [mine])
  t.equal(fixed, await played(options, [mine, theirs!]))
  t.not(fixed, await played(options, [mine, mine]))
  t.equal(fixedOpponent.exploration, 0.05, 'explores as at the end of its training')
})

t.test(
  'whom it trains against makes another run of it, without a copy of itself, and it is played afterwards',
  async (t) => {
    const folder = t.testdir()
    const of = (opponent: string) =>
      trainSmall(join(folder, opponent === BATTLE ? 'learned' : opponent), {
        ...SYNC,
        opponent,
        evalEpisodes: 2,
      })
    const runs: TrainSummary[] = []
    for (const opponent of ['self-play', 'random', 'nearest-enemy', BATTLE]) runs.push(await of(opponent))
    t.equal(new Set(runs.map(({ stateHash }) => stateHash)).size, runs.length)
    const [own, ...fixed] = runs
    t.ok('opponentRenewals' in own!.metrics)
    t.ok(existsSync(join(own!.checkpoint, OPPONENT_FILE)))
    for (const { metrics, checkpoint } of fixed) {
      t.notOk('opponentRenewals' in metrics)
      t.notOk(existsSync(join(checkpoint, OPPONENT_FILE)))
      t.ok(Number.isFinite(metrics['opponentReward']))
    }
    const pinned = join(BATTLE, 'checkpoints', 'step-000000000400')
    t.same(
      runs.map(({ opponent }) => opponent),
      [
        undefined,
        ...['random', 'nearest-enemy', pinned].map((policy) => ({ policy, groups: ['red', 'blue'] })),
      ],
    )
    const [learned] = fixed.slice(-1)
    t.match(JSON.parse(readFileSync(join(learned!.out, 'config.json'), 'utf8')), { opponent: pinned })
    const enemies = runs.map(({ evaluation }) => evaluation.map(({ blue }) => blue.policy))
    const scripted = ['random', 'nearest-enemy']
    t.same(enemies, [scripted, scripted, scripted, [...scripted, BATTLE]])
  },
)

t.test('an opponent may be of another algorithm than what learns', async (t) => {
  const folder = t.testdir()
  const trained = new Map([['iql', BATTLE]])
  for (const algorithm of ['iac', 'fql', 'idqn']) {
    const out = join(folder, algorithm)
    await trainSmall(out, { schedule: 'sync', algorithm, steps: 32 })
    trained.set(algorithm, out)
  }
  for (const [algorithm, opponent] of [
    ['iql', 'iac'],
    ['iac', 'idqn'],
    ['commnet', 'fql'],
    ['idqn', 'iql'],
  ] as const) {
    const values = { schedule: 'sync', algorithm, opponent: trained.get(opponent)! }
    const { status, metrics, counters } = await trainSmall(join(folder, `${algorithm}-${opponent}`), values)
    t.match({ status, restarts: counters.learnerRestarts }, { status: 'done', restarts: 0 })
    t.ok(metrics['updates']! > 0, `${algorithm} against ${opponent}`)
  }
})

t.test('an opponent plays the groups that it is made for, and others act at random', async (t) => {
  const folder = t.testdir()
  const arms = { scenario: 'combined-arms', mapSize: 16, worlds: 1, steps: 16, ...SYNC }
  const melee = await trainSmall(join(folder, 'melee'), arms)
  const ranged = await trainSmall(join(folder, 'ranged'), { ...arms, learningGroup: 'red-ranged' })
  const groupsAgainst = async (name: string, { out }: TrainSummary) =>
    (await trainSmall(join(folder, name), { ...arms, opponent: out })).opponent?.groups
  t.same(await groupsAgainst('one', melee), ['red-melee', 'blue-melee'])
  t.same(await groupsAgainst('other', ranged), ['red-ranged', 'blue-ranged'])
})

t.test('a run is resumed against another opponent, and in self-play again', async (t) => {
  const out = join(t.testdir(), 'run')
  await trainSmall(out, { ...SYNC, opponent: 'random' })
  const more = await trainSmall(out, { ...SYNC, resume: out, opponent: BATTLE, steps: 600 })
  t.match(more, { status: 'done', steps: 600 })
  const again = await trainSmall(out, { ...SYNC, resume: out, steps: 800 })
  t.match(again, { status: 'done', steps: 800 })
  t.ok(existsSync(join(again.checkpoint, OPPONENT_FILE)))
})

t.test('groups of another kind play it too', async (t) => {
  const folder = t.testdir()
  const of = (name: string, opponent: string) => trainSmall(join(folder, name), { ...HUNT, opponent })
  const [bystanders, random, deer] = [
    await of('bystanders', 'self-play'),
    await of('random', 'random'),
    await of('deer', DEER),
  ]
  t.equal(bystanders.stateHash, random.stateHash)
  t.not(bystanders.stateHash, deer.stateHash)
})

t.test('opponents that are not there, do not fit, or that others do not have are refused', async (t) => {
  const out = join(t.testdir(), 'never')
  const small = ['--agents', '16', '--map-size', '16', '--steps', '16']
  const train = (scenario: string, opponent: string, ...more: string[]) => [
    'train',
    scenario,
    '--opponent',
    opponent,
    ...(scenario === 'battle' ? small : []),
    ...more,
    '--out',
    out,
  ]
  const refused = await runAll([
    train('battle', 'nearest'),
    train('lever', 'random'),
    train('battle', DEER),
    train('battle', BATTLE, '--listen', 'tcp://127.0.0.1:*'),
  ])
  const reasons = [
    /--opponent: expected self-play, random, nearest-enemy or the path of a run or checkpoint, got 'nearest'/,
    /--opponent: expected self-play, got 'random': .* lever has no group beside players/,
    /^manyfold: --opponent: .*observations and actions of red need .*; or name another, such as --opponent self-play/,
    /--listen: other machines do not have .*battle; take another --opponent/,
  ]
  for (const [i, reason] of reasons.entries()) t.match(refused[i], { code: 2, stderr: reason })
  t.notOk(existsSync(out))
})

t.test('joined hosts play against it too', async (t) => {
  const small = ['--agents', '16', '--map-size', '16', '--max-steps', '60', '--worlds', '2', '--threads', '1']
  const opponent = ['--opponent', 'nearest-enemy', '--algorithm', 'iac', '--steps', '1000000']
  const { head, invitation } = await openHead('train', 'battle', ...small, ...opponent, '--out', t.testdir())
  const host = start([...invitation, '--json'], MEASURED)
  await head.line(/joined; 1 other hosts now$/)
  await host.line(/^\d.* steps, /)
  head.kill('SIGINT')
  const [ended, left] = await Promise.all([head.ended, host.ended])
  t.ok(resultOf<TrainSummary>(ended).counters.joinedSteps > 0)
  t.match(left, { code: 0 })
})
