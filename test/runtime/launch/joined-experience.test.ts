import { join } from 'node:path'
import t from 'tap'
import type { JoinSummary } from '../../../runtime/launch/join.ts'
import { resultOf, start } from './_cli.ts'
import { joinByHand, longRun, openHead, sendUntilOver } from './_joining.ts'

t.test('hosts that join a resumed run get worlds that no host ever had', async (t) => {
  const args = longRun(t)
  const first = await openHead(...args)
  t.equal((await joinByHand(t, first, 3)).welcome.firstWorld, 4, 'behind the 4 of the head')
  t.equal((await joinByHand(t, first, 2)).welcome.firstWorld, 7)
  first.head.kill('SIGINT')
  const { checkpoint } = resultOf(await first.head.ended)

  const second = await openHead('train', '--resume', checkpoint)
  t.equal((await joinByHand(t, second, 1)).welcome.firstWorld, 9)
  second.head.kill('SIGINT')
  t.equal((await second.head.ended).code, 0)
})

t.test('a host whose experience is damaged is refused on both sides, and the run goes on', async (t) => {
  // Worlds 0 to 3 are the head's, 4 and 5 go to who joins first.
  const { head, pid, invitation } = await openHead(...longRun(t), '--damaged', '4,5')
  const damaged = start(invitation)
  await head.line(
    new RegExp(`-${damaged.pid} was refused: segment\\.reward\\[0\\]: .* got NaN; .*; 0 other hosts now$`),
  )
  const { code, stderr } = await damaged.ended
  t.equal(code, 1)
  t.match(stderr, /^manyfold: refused by the peer: segment\.reward\[0\]: .*ERR_PROTOCOL_FIELD\)$/m)

  const sound = start([...invitation, '--json'])
  await sound.line(/^\d.* steps, /)
  sound.kill('SIGINT')
  const { steps } = resultOf<JoinSummary>(await sound.ended)
  await head.line(new RegExp(`-${sound.pid} left; 0 other hosts now$`))
  head.kill('SIGINT')
  const ended = await head.ended
  t.match(resultOf(ended), { counters: { joinedSteps: steps, learnerRestarts: 0, lostTransitions: 0 } })
  t.notMatch(ended.stderr, new RegExp(`^learner on .*, process (?!${pid}$)`, 'm'))
})

t.test('a run ends with exactly its steps, whatever joined hosts send', async (t) => {
  const open = await openHead('--out', join(t.testdir(), 'run'), '--steps', '10001')
  const reasons = await Promise.all(
    [1, 2].map(async (worlds) => sendUntilOver(await joinByHand(t, open, worlds))),
  )
  t.ok(reasons.every((reason) => /^the run (has all its steps|is over)$/.test(reason)))
  const { status, steps, agentSteps, counters, metrics } = resultOf(await open.head.ended)
  t.match({ status, steps, agentSteps }, { status: 'done', steps: 10_001, agentSteps: 80_008 })
  t.ok(counters.joinedSteps > 0)
  t.equal(counters.joinedSteps % 8, 0, 'segments of 8 steps are taken whole')
  t.equal(metrics['transitions'], 80_008, 'the learner took what was counted')
})
