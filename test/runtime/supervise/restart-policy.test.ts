import t from 'tap'
import { RestartTracker, restartDelay } from '../../../runtime/supervise/restart-policy.ts'

const POLICY = { initialMs: 100, factor: 3, maxMs: 1_000, maxRestarts: 3, windowMs: 10_000 }

t.test('the wait grows by the factor up to its maximum', async (t) => {
  t.same(
    [0, 1, 2, 3, 400].map((earlier) => restartDelay(POLICY, earlier)),
    [100, 300, 900, 1_000, 1_000],
  )
})

t.test('one failure more than the limit within the window is given up', async (t) => {
  const tracker = new RestartTracker(POLICY)
  t.same(tracker.failed(0), { kind: 'restart', delayMs: 100, restarts: 1 })
  t.same(tracker.failed(1), { kind: 'restart', delayMs: 300, restarts: 2 })
  t.same(tracker.failed(2), { kind: 'restart', delayMs: 900, restarts: 3 })
  t.same(tracker.failed(9_999), { kind: 'give-up', restarts: 3 })
})

t.test('failures that have left the window no longer count', async (t) => {
  const tracker = new RestartTracker(POLICY)
  for (const now of [0, 1, 2]) tracker.failed(now)
  t.same(tracker.failed(10_001), { kind: 'restart', delayMs: 300, restarts: 2 })
  t.same(tracker.failed(1_000_000), { kind: 'restart', delayMs: 100, restarts: 1 })
})

t.test('a limit of no restarts gives up at once', async (t) => {
  t.same(new RestartTracker({ ...POLICY, maxRestarts: 0 }).failed(0), { kind: 'give-up', restarts: 0 })
})
