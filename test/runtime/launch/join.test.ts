import t from 'tap'
import type { JoinSummary } from '../../../runtime/launch/join.ts'
import { MEASURED, resultOf, run, runAll, start } from './_cli.ts'
import { longRun, openHead } from './_joining.ts'

t.test('what two hosts bring is counted once, to the last step', async (t) => {
  const { head, invitation } = await openHead(...longRun(t), '--pause', '0')
  const hosts = [start([...invitation, '--json'], MEASURED), start([...invitation, '--json'])]
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
  const badKey = ['join', 'tcp://127.0.0.1:1', '--key', 'abc']
  const [short, ...ends] = await runAll([
    badKey,
    ...[wrong, keyless, nobody].map((args) => [...args, '--patience', '1', '--json']),
  ])
  t.match(short, { code: 2, stderr: /^manyfold: --key: .*\n$/ })
  for (const { code, stderr, stdout } of ends) {
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /^joining .*\nmanyfold: tcp:\S+: nobody answers; check address, port and --key.*\n$/)
  }
  const waiting = start([...nobody, '--json'])
  await waiting.line(/^joining/)
  waiting.kill('SIGINT')
  t.match(resultOf<JoinSummary>(await waiting.ended), { reason: 'left', steps: 0 })
  head.kill('SIGINT')
  t.equal((await head.ended).code, 0)
})
