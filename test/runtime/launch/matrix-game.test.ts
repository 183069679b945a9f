import { join } from 'node:path'
import t from 'tap'
import type { TrainSummary } from '../../../runtime/launch/train.ts'
import { differences, MEASURED, resultOf, runAll } from './_cli.ts'
import { trainSmall } from './_training.ts'

const folder = t.testdir()
const SMALL = { scenario: 'matrix-game', worlds: 1, schedule: 'sync', segmentSteps: 50, gamma: 0 }

/** What the learned policy came to in the evaluation. */
function learnedOf({ returns }: TrainSummary): Readonly<Record<string, number>> {
  return returns.find(({ policy }) => policy === 'learned')!.metrics
}

t.test('WoLF-PHC learns matching pennies, stopped and resumed or not', async (t) => {
  const values = {
    ...SMALL,
    algorithm: 'wolf-phc',
    game: 'matching-pennies',
    steps: 1500,
    rounds: 500,
    evalEpisodes: 2,
  }
  const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
  const expected = await trainSmall(whole, { ...values, initialPolicy: 'random' })
  const learned = learnedOf(expected)
  t.ok(
    ['player1Action1', 'player2Action2'].every((name) => learned[name]! > 0.05 && learned[name]! < 0.95),
    'they mix',
  )
  const stopped = await trainSmall(parts, { ...values, initialPolicy: 'random' }, 600)
  t.equal(stopped.status, 'interrupted')
  const last = await trainSmall(parts, { ...values, resume: parts, threads: 2, initialPolicy: 'random' })
  t.match(last, { status: 'done', stateHash: expected.stateHash, counters: expected.counters })
  t.same(differences(whole, parts), [])
})

t.test('learners of zero-sum games refuse others, and a policy another memory', async (t) => {
  const out = join(folder, 'cli')
  const train = [
    'train',
    'matrix-game',
    '--steps',
    '400',
    '--eval-episodes',
    '4',
    '--threads',
    '1',
    '--learner',
    'thread',
  ]
  const [refused, done, forgetful, again] = await runAll(
    [
      [...train, '--algorithm', 'minimax-q', '--out', out],
      [...train, '--algorithm', 'minimax-q', '--game', 'rock-paper-scissors', '--out', out, '--json'],
      ['eval', 'matrix-game', '--red', out, '--memory', '1', '--game', 'rock-paper-scissors', '--json'],
      [
        'eval',
        'matrix-game',
        '--red',
        out,
        '--rounds',
        '50',
        '--episodes',
        '4',
        '--json',
        '--game',
        'rock-paper-scissors',
      ],
    ],
    MEASURED,
  )
  t.equal(refused!.code, 2)
  t.match(refused!.stderr, /--algorithm: minimax-q is for zero-sum games, .*; take --algorithm nash-q/)
  t.match(done!.stderr, /^learned +4 +0\.0 .* 0\.00 +\d\.\d\d$/m)
  t.match(resultOf(done!), { status: 'done', scenario: 'matrix-game' })
  t.equal(forgetful!.code, 2)
  t.match(forgetful!.stderr, /was trained with --memory 0, and is to act with 1/)
  // A greedy one of them would take one action for ever.
  const { returns } = resultOf<TrainSummary>(again!)
  t.ok(returns[0]!.metrics['player1Action1']! < 0.6)
})
