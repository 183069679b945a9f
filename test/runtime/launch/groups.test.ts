import { cpSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { resolveTraining, scenarioFlags } from '../../../runtime/launch/config.ts'
import type { MatchResult } from '../../../runtime/launch/match.ts'
import type { Measurement } from '../../../runtime/launch/measure.ts'
import { refuseOtherRun } from '../../../runtime/launch/resumed-run.ts'
import type { TrainSummary } from '../../../runtime/launch/train.ts'
import { resultOf, run, runAll } from './_cli.ts'
import { trainSmall } from './_training.ts'

const SMALL = ['--threads', '1', '--json']
const STEPS = 16
const HUNT = { scenario: 'tiger-deer', mapSize: 12, worlds: 1, schedule: 'sync', steps: STEPS }

/** Runs in which tigers and deer learned: none is changed. */
const [TIGERS, DEER] = ['tigers', 'deer'].map((name) => join(t.testdir(), name)) as [string, string]

t.before(async () => {
  await trainSmall(TIGERS, HUNT)
  await trainSmall(DEER, { ...HUNT, learningGroup: 'deer' })
})

t.test('groups of different kinds have networks of their own, and passive ones have none', async (t) => {
  const bench = (scenario: string) => {
    return ['bench', scenario, '--policy', 'mlp', '--steps', '2', '--warmup', '0', ...SMALL]
  }
  const [arms, food] = await runAll([bench('combined-arms'), bench('gather')])
  t.match(resultOf<Measurement>(arms!), { agents: 162, policy: 'mlp vs mlp vs mlp vs mlp', agentSteps: 324 })
  t.match(resultOf<Measurement>(food!), { agents: 495, policy: 'mlp', steps: 2 })
})

t.test('a policy acts for groups of the kind that it was trained for, and for no other', async (t) => {
  const play = (policy: string) => {
    return ['run', 'tiger-deer', '--map-size', '12', policy, DEER, '--steps', '4', ...SMALL]
  }
  const [deer, tigers] = await runAll([play('--deer-policy'), play('--tigers-policy')])
  t.match(resultOf<Measurement>(deer!), { policy: `${DEER} vs random`, agentSteps: 4 * 8 })
  t.match(tigers, { code: 2, stderr: /observations and actions of tigers need/ })
})

t.test('tigers learn unless the deer are named, and a resumed run goes on with whom it began', async (t) => {
  const summaryOf = (out: string) => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))
  // One tiger and seven deer; nobody dies so soon.
  t.match(summaryOf(TIGERS), { learningGroup: 'tigers', metrics: { transitions: STEPS } })
  t.match(summaryOf(DEER), { learningGroup: 'deer', metrics: { transitions: 7 * STEPS } })
  const named = join(t.testdir(), 'named')
  cpSync(DEER, named, { recursive: true })
  const resumed = await run(['train', '--resume', named, '--steps', String(2 * STEPS), '--json'])
  t.match(resultOf<TrainSummary>(resumed), {
    learningGroup: 'deer',
    metrics: { transitions: 7 * 2 * STEPS },
  })
})

t.test(
  'a run is not resumed as one of another scenario, algorithm, kind of group or network, and is left as it was',
  async (t) => {
    const out = TIGERS
    const config = readFileSync(join(out, 'config.json'), 'utf8')
    await t.rejects(trainSmall(out, { ...HUNT, resume: out, scenario: 'double-attack' }), {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /^scenario: .* trained tiger-deer, got double-attack; leave scenario out/,
    })
    await t.rejects(trainSmall(out, { ...HUNT, resume: out, algorithm: 'iql' }), {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /^--algorithm: .* trained mfq, got iql; leave --algorithm out/,
    })
    await t.rejects(trainSmall(out, { ...HUNT, resume: out, learningGroup: 'deer' }), {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /in which tigers learned, and deer observe or act otherwise/,
    })
    await t.rejects(trainSmall(out, { ...HUNT, resume: out, hidden: [32] }), {
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: /layer \S+ has shape \[\d+,16\] and .* need \[\d+,32\]; use the options/,
    })
    t.equal(readFileSync(join(out, 'config.json'), 'utf8'), config)
  },
)

t.test('a scenario whose module was moved is the same one', async (t) => {
  const of = (scenario: string) => ({ scenario, algorithm: 'mfq' })
  t.doesNotThrow(() => refuseOtherRun('run', of('file:///here/keep.js'), of('file:///there/keep.js')))
  t.throws(() => refuseOtherRun('run', of('file:///here/keep.js'), of('file:///here/walk.js')), {
    code: 'ERR_CHECKPOINT_MISMATCH',
  })
})

t.test(
  'a group that does not act or is not there is refused, and those that are there are named',
  async (t) => {
    for (const [scenario, learningGroup, names] of [
      ['tiger-deer', 'wolves', 'deer, tigers'],
      ['gather', 'food', 'omnivores'],
    ] as const) {
      for (const [source, place] of [
        ['flag', '--learning-group'],
        ['file', 'run.yaml: learningGroup'],
      ] as const) {
        await t.rejects(
          resolveTraining(scenario, [{ source, name: 'run.yaml', values: { learningGroup } }]),
          {
            code: 'ERR_CONFIG_INVALID',
            message: `${place}: expected one of ${names}, got '${learningGroup}'`,
          },
        )
      }
    }
    const help = await run(['train', 'tiger-deer', '--help'])
    t.match(help.stdout.replace(/\s+/g, ' '), /of its kind: deer, tigers; default: tigers/)
  },
)

t.test('where groups differ no match is played, and the command is told that plays the policy', async (t) => {
  const out = join(t.testdir(), 'run')
  await trainSmall(out, { ...HUNT, minimap: false })
  const ended = await run(['train', '--resume', out, '--eval-episodes', '2'])
  t.match(ended.stderr, /^--eval-episodes: none is played, the groups of tiger-deer differ/m)
  const [, command] = /^look further npx manyfold (.*)$/m.exec(ended.stdout) ?? []
  const policy = relative(process.cwd(), out)
  t.equal(command, `run tiger-deer --map-size 12 --no-minimap --tigers-policy ${policy}`)
  const played = await run([...command!.split(' '), '--steps', '4', ...SMALL])
  t.match(resultOf<Measurement>(played), { policy: `random vs ${policy}`, steps: 4 })
})

t.test('options of a scenario are told as one types them', async (t) => {
  const values = { text: 'MANY FOLD', mapSize: 76, minimap: true }
  const config = await resolveTraining('arrange', [{ source: 'file', name: 'run.yaml', values }])
  t.same(scenarioFlags(config), ['--text', "'MANY FOLD'", '--map-size', '76'])
})

t.test(
  'in a match both groups of a team play for one side; where one group acts alone, eval says what it earns',
  async (t) => {
    const sides = ['--red', 'nearest-enemy', '--blue', 'random']
    const [match, alone] = await runAll([
      ['eval', 'combined-arms', ...sides, '--episodes', '4', '--max-steps', '60', ...SMALL],
      ['eval', 'gather', '--red', 'nearest-enemy', '--episodes', '2', '--max-steps', '5', ...SMALL],
    ])
    t.match(resultOf<MatchResult>(match!), { episodes: 4, red: { wins: 4 }, blue: { wins: 0 } })
    const { returns } = resultOf<{ returns: { policy: string; meanReturn: number }[] }>(alone!)
    t.same(
      returns.map(({ policy }) => policy),
      ['nearest-enemy', 'random'],
    )
    t.ok(returns[0]!.meanReturn > returns[1]!.meanReturn)
  },
)
