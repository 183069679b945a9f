import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { isAlive, LEARNER, resultOf, run, SMALL_COUNTING, start } from './_cli.ts'

// Most of the time goes by in waits before restarts.
t.jobs = 4
const PARALLEL = { buffered: true }

/** Takes less to start, where it is not the learner that fails. */
const LIGHT = ['--learner', 'thread']

const BROKEN_THREADS = {
  env: { NODE_OPTIONS: `--import=${new URL('../../fixtures/broken-threads.js', import.meta.url).href}` },
}

const HANGING_LEARNER = {
  env: { NODE_OPTIONS: `--import=${new URL('../../fixtures/hanging-learner.js', import.meta.url).href}` },
}

for (const schedule of ['sync', 'async']) {
  t.test(
    `${schedule}: a learner that is killed comes back from its checkpoint, and what it lost is counted`,
    PARALLEL,
    async (t) => {
      const out = join(t.testdir(), 'run')
      const args = ['--schedule', schedule, '--steps', '1600', '--pause', '2', '--out', out, '--json']
      const training = start([...SMALL_COUNTING, ...args])
      const [, pid] = await training.line(LEARNER)
      await training.line(/^training \d+/)
      process.kill(Number(pid), 'SIGKILL')
      const ended = await training.ended
      t.equal(ended.code, 0)
      const { status, steps, agentSteps, counters, metrics } = resultOf(ended)
      t.match({ status, steps, agentSteps }, { status: 'done', steps: 1600, agentSteps: 12_800 })
      t.equal(counters.learnerRestarts, 1)
      t.match(ended.stderr, new RegExp(`learner restarts 1, .*transitions lost ${counters.lostTransitions},`))
      t.ok(counters.lostTransitions > 0)
      t.equal(metrics['transitions']! + counters.lostTransitions, 1600 * 8)
      t.equal(isAlive(Number(pid)), false)
      if (schedule === 'sync') t.match(ended.stderr, /^training 1600\/1600 \(100%\), .* updates, loss \d/m)
    },
  )
}

t.test('a learner that is killed again and again ends the run', PARALLEL, async (t) => {
  // Not the test's own folder: the path of a socket must be short.
  const folder = mkdtempSync(join(tmpdir(), 'mf-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const out = join(folder, 'run')
  const training = start([...SMALL_COUNTING, '--steps', '1000000', '--pause', '5', '--out', out], {
    env: { TMPDIR: folder },
  })
  await training.line(/^training \d+/)
  t.match(readdirSync(folder).toSorted(), [/^manyfold-.*\.ipc$/, 'run'])
  const killed = new Set<string>()
  while (killed.size < 6) {
    const seen = [...killed].join('|') || 'none'
    const [, pid] = await training.line(new RegExp(`^learner on .*, process (?!(?:${seen})$)(\\d+)$`))
    killed.add(pid!)
    process.kill(Number(pid), 'SIGKILL')
  }
  const { code, stdout, stderr } = await training.ended
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(
    stderr,
    /^manyfold: learner: expected at most 5 restarts .* learner process: ended by signal SIGKILL$/m,
  )
  t.match(stderr, /^the last checkpoint is .*step-\d+$/m)
  t.notMatch(stderr, /^ +at /m)
  t.same(readdirSync(folder), ['run'], 'no socket is left')
})

for (const how of ['error', 'exit']) {
  t.test(`rollouts that fail by ${how} are restarted, and the run has all its steps`, PARALLEL, async (t) => {
    const out = join(t.testdir(), 'run')
    const args = [
      '--culprits',
      '3,5',
      '--how',
      how,
      '--threads',
      '2',
      '--steps',
      '400',
      '--out',
      out,
      '--json',
    ]
    const ended = await run([...SMALL_COUNTING, ...LIGHT, ...args])
    t.equal(ended.code, 0)
    const { status, steps, agentSteps, counters } = resultOf(ended)
    t.match({ status, steps, agentSteps }, { status: 'done', steps: 400, agentSteps: 3200 })
    t.equal(counters.rolloutRestarts, 8, 'each of 4 worlds twice')
    t.match(ended.stderr, how === 'error' ? /agent 3 broke/ : /exited with code: 7/)
  })

  t.test(`rollouts that always fail by ${how} end the run with a checkpoint`, PARALLEL, async (t) => {
    const out = join(t.testdir(), 'run')
    const args = [
      '--culprits',
      '-1,0,1,2,3,4,5,6',
      '--how',
      how,
      '--threads',
      '2',
      '--steps',
      '4000',
      '--out',
      out,
    ]
    const { code, stderr } = await run([...SMALL_COUNTING, ...LIGHT, ...args])
    t.equal(code, 1)
    t.match(stderr, /^manyfold: rollout-\d: expected at most 5 restarts/m)
    const [, checkpoint] = /^left a checkpoint in (.*)$/m.exec(stderr) ?? []
    t.ok(existsSync(checkpoint!))
    // From the one it goes on as from the other.
    if (how === 'exit') return
    const mended = await run(['train', '--resume', checkpoint!, '--culprits', '', '--steps', '400', '--json'])
    t.match(resultOf(mended), { status: 'done', steps: 400, agentSteps: 3200 })
  })
}

t.test('threads that cannot start end a training with a checkpoint', PARALLEL, async (t) => {
  const args = [...SMALL_COUNTING, '--threads', '6', '--steps', '400', '--out', join(t.testdir(), 'run')]
  const { code, stdout, stderr } = await run(args, BROKEN_THREADS)
  t.match({ code, stdout }, { code: 1, stdout: '' })
  t.match(stderr, /^manyfold: rollout-\d: expected at most 5 restarts .*no room for a thread/m)
  t.match(stderr, /^left a checkpoint in /m)
  t.notMatch(stderr, /^ +at /m)
})

t.test('threads that cannot start end other commands with one line', PARALLEL, async (t) => {
  const commands = [
    ['run', 'battle', '--agents', '16', '--max-steps', '30', '--worlds', '1', '--threads', '4'],
    ['eval', '--agents', '16', '--map-size', '16', '--episodes', '1', '--threads', '4'],
  ]
  for (const args of commands) {
    const { code, stdout, stderr } = await run(args, BROKEN_THREADS)
    t.match({ code, stdout }, { code: 1, stdout: '' })
    t.match(stderr, /^manyfold: .*no room for a thread.*\n$/, args[0]!)
  }
})

for (const placement of ['process', 'thread']) {
  t.test(`a learner that hangs as a ${placement} while it starts ends the run`, PARALLEL, async (t) => {
    const out = join(t.testdir(), 'run')
    const args = [...SMALL_COUNTING, '--steps', '400', '--learner', placement, '--out', out]
    const { code, stdout, stderr } = await run(args, HANGING_LEARNER)
    t.match({ code, stdout }, { code: 1, stdout: '' })
    t.match(stderr, /^manyfold: learner: expected it to be up within 10 minutes; see whether .*\n$/)
    t.notOk(existsSync(out), 'nothing of a run that never began is left')
  })
}
