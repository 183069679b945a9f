import { join } from 'node:path'
import t from 'tap'
import type { MatchResult } from '../../../runtime/launch/match.ts'
import type { Measurement } from '../../../runtime/launch/measure.ts'
import { resultOf, run } from './_cli.ts'

const SMALL = ['--threads', '1', '--json']

t.test('groups of different kinds have networks of their own, and passive ones have none', async (t) => {
  const bench = (scenario: string) =>
    run(['bench', scenario, '--policy', 'mlp', '--steps', '2', '--warmup', '0', ...SMALL])
  const [arms, food] = await Promise.all([bench('combined-arms'), bench('gather')])
  t.match(resultOf<Measurement>(arms), { agents: 162, policy: 'mlp vs mlp vs mlp vs mlp', agentSteps: 324 })
  t.match(resultOf<Measurement>(food), { agents: 495, policy: 'mlp', steps: 2 })
})

t.test('a policy acts for groups of the kind that it was trained for, and for no other', async (t) => {
  const out = join(t.testdir(), 'run')
  const hunt = ['tiger-deer', '--map-size', '12']
  const learner = ['--network', 'perceptron', '--hidden', '16', '--learning-starts', '10', '--steps', '8']
  const trained = await run(['train', ...hunt, ...learner, '--worlds', '1', '--out', out, ...SMALL])
  t.equal(trained.code, 0, trained.stderr)
  const play = (policy: string) => run(['run', ...hunt, policy, out, '--steps', '4', ...SMALL])
  const [deer, tigers] = await Promise.all([play('--deer-policy'), play('--tigers-policy')])
  t.match(resultOf<Measurement>(deer), { policy: `${out} vs random`, agentSteps: 4 * 8 })
  t.match(tigers, { code: 2, stderr: /observations and actions of tigers need/ })
})

t.test('in a match both groups of a team play for one side', async (t) => {
  const sides = ['--red', 'nearest-enemy', '--blue', 'random']
  const ended = await run([
    'eval',
    'combined-arms',
    ...sides,
    '--episodes',
    '4',
    '--max-steps',
    '60',
    ...SMALL,
  ])
  t.match(resultOf<MatchResult>(ended), { episodes: 4, red: { wins: 4 }, blue: { wins: 0 } })
})

t.test('where one group acts beside a passive one, eval says what it earns', async (t) => {
  const short = ['--episodes', '2', '--max-steps', '5']
  const ended = await run(['eval', 'gather', '--red', 'nearest-enemy', ...short, ...SMALL])
  const { returns } = resultOf<{ returns: { policy: string; meanReturn: number }[] }>(ended)
  t.same(
    returns.map(({ policy }) => policy),
    ['nearest-enemy', 'random'],
  )
  t.ok(returns[0]!.meanReturn > returns[1]!.meanReturn)
})
