import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { JoinSummary } from '../../../runtime/launch/join.ts'
import { resultOf, run, start } from './_cli.ts'
import { joinByHand, openHead, sendUntilOver } from './_joining.ts'

/** What a training in the test's folder is started with: long enough to be joined. */
function longRun(t: Test): readonly string[] {
  return ['--out', join(t.testdir(), 'run'), '--steps', '1000000', '--checkpoint-every', '500']
}

t.test('what two hosts bring is counted once, to the last step', async (t) => {
  const { head, invitation } = await openHead(...longRun(t))
  const hosts = [start([...invitation, '--json']), start([...invitation, '--json'])]
  await head.line(/joined; 2 other hosts now$/)
  await Promise.all(hosts.map((host) => host.line(/^\d.* steps, /)))
  for (const host of hosts) host.kill('SIGINT')
  // Who leaves waits until the head has taken everything.
  const left = await Promise.all(hosts.map(async (host) => resultOf<JoinSummary>(await host.ended)))
  await head.line(/left; 0 other hosts now$/)
  head.kill('SIGINT')
  const ended = await head.ended
  t.equal(ended.code, 0)
  const { status, steps, agentSteps, counters, checkpoint } = resultOf(ended)
  t.equal(status, 'interrupted')
  t.equal(agentSteps, steps * 8)
  const brought = left.reduce((sum, host) => sum + host.steps, 0)
  t.ok(left.every((host) => host.steps > 0))
  t.match(counters, { joinedSteps: brought, joinedAgentSteps: brought * 8 })

  const more = String(steps + 400)
  const resumed = await run(['train', '--resume', checkpoint, '--steps', more, '--json'])
  t.match(resultOf(resumed), { status: 'done', steps: steps + 400, counters: { joinedSteps: brought } })
})

t.test('a host leaves on Ctrl-C, another is killed: the run goes on', async (t) => {
  const { head, invitation } = await openHead(...longRun(t))
  const polite = start([...invitation, '--json'])
  await head.line(/joined; 1 other hosts now$/)
  polite.kill('SIGINT')
  const left = await polite.ended
  t.equal(left.code, 0)
  t.match(resultOf<JoinSummary>(left), { reason: 'left' })
  await head.line(/left; 0 other hosts now$/)

  const killed = start(invitation)
  await head.line(new RegExp(`-${killed.pid} joined; 1 other hosts now$`))
  killed.kill('SIGKILL')
  t.equal((await killed.ended).signal, 'SIGKILL')
  await head.line(new RegExp(`-${killed.pid} left; 0 other hosts now$`))
  head.kill('SIGINT')
  const { status, steps, agentSteps, counters } = resultOf(await head.ended)
  t.equal(status, 'interrupted')
  t.equal(agentSteps, steps * 8)
  t.equal(counters.learnerRestarts, 0)
})

t.test('a host comes back by itself when the learner was killed', async (t) => {
  const { head, pid: learner, invitation } = await openHead(...longRun(t))
  const host = start([...invitation, '--json'])
  await head.line(/joined; 1 other hosts now$/)
  process.kill(learner, 'SIGKILL')
  await host.line(/^the head is back$/)
  await head.line(new RegExp(`^learner on .*, process (?!${learner}$)\\d+$`))
  head.kill('SIGINT')
  const [ended, left] = await Promise.all([head.ended, host.ended])
  const { steps, agentSteps, counters } = resultOf(ended)
  t.equal(counters.learnerRestarts, 1)
  t.equal(agentSteps, steps * 8)
  t.equal(left.code, 0)
  t.match(resultOf<JoinSummary>(left), { reason: 'the run is over' })
})

t.test('a wrong key and a port where nobody listens are errors of one line', async (t) => {
  const { head, invitation } = await openHead(...longRun(t))
  const wrong = invitation.map((word) => word.replace(/^--key=.*/, `--key=${'x'.repeat(40)}`))
  const keyless = invitation.filter((word) => !word.startsWith('--key'))
  const nobody = ['join', 'tcp://127.0.0.1:1']
  const ends = [wrong, keyless, nobody].map((args) => run([...args, '--patience', '1', '--json']))
  for (const { code, stderr, stdout } of await Promise.all(ends)) {
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /^joining .*\nmanyfold: tcp:\S+: nobody answers; check address, port and --key.*\n$/)
  }
  const short = await run(['join', 'tcp://127.0.0.1:1', '--key', 'abc'])
  t.match(short, { code: 2, stderr: /^manyfold: --key: .*\n$/ })
  const waiting = start([...nobody, '--json'])
  await waiting.line(/^joining/)
  waiting.kill('SIGINT')
  t.match(resultOf<JoinSummary>(await waiting.ended), { reason: 'left', steps: 0 })
  head.kill('SIGINT')
  t.equal((await head.ended).code, 0)
})

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
