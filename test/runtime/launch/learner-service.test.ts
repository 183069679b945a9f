import { MessageChannel } from 'node:worker_threads'
import t, { type Test } from 'tap'
import type { Segment } from '../../../runtime/core/experience.ts'
import type { AnyAlgorithm, Learner } from '../../../runtime/core/learner.ts'
import type { Link } from '../../../runtime/core/link.ts'
import { initialWeights } from '../../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../../runtime/core/rng.ts'
import { type HostRole, LearnerService } from '../../../runtime/launch/learner-service.ts'
import {
  type SegmentMessage,
  segmentFrames,
  type ToHost,
  type ToLearner,
} from '../../../runtime/launch/protocol.ts'
import { createPortLink } from '../../../runtime/transport/port-link.ts'
import { perceptron } from '../../fixtures/networks.ts'
import { createSegment, stateSpace } from '../../fixtures/segments.ts'

const SPACE = stateSpace(3)
const WEIGHTS = initialWeights(perceptron(SPACE.inputs, [16], 2), new Random(seedKey(0)))

const ALGORITHM = {
  acting: () => ({
    network: { kind: 'perceptron', hidden: [16] },
    selection: 'epsilon-greedy',
    meanAction: false,
  }),
  exploration: () => 0,
} as Partial<AnyAlgorithm> as AnyAlgorithm

/** A learner that only keeps what it is given. */
function collector(ingested: Segment[]): Learner {
  return {
    ingest: (segment) => void ingested.push(segment),
    due: () => 0,
    updates: 0,
    update: async () => ({}),
    weights: async () => WEIGHTS,
    save: async () => ({}),
    load: () => undefined,
    stored: 0,
    dispose: () => undefined,
  }
}

async function openService(ingested: Segment[]): Promise<LearnerService> {
  const service = new LearnerService({
    algorithm: ALGORITHM,
    options: {},
    learner: collector(ingested),
    setup: { space: SPACE, actions: 2, agents: 2, seed: 0 },
    schedule: 'async',
    selfPlay: true,
    limits: { decisions: 2, steps: 2, rows: 6, agents: 2 },
    run: '{}',
    takenWorlds: 1,
    now: () => 0,
  })
  await service.start()
  return service
}

interface Peer {
  readonly link: Link<ToLearner>
  /** The next message of a kind. */
  next<K extends ToHost['kind']>(kind: K): Promise<Extract<ToHost, { readonly kind: K }>>
}

function connect(t: Test, service: LearnerService, role: HostRole): Peer {
  const { port1, port2 } = new MessageChannel()
  service.attach(createPortLink(port1) as Link<ToHost>, role, role)
  const link = createPortLink(port2) as Link<ToLearner>
  t.teardown(() => link.close())
  const messages: ToHost[] = []
  let look = (): void => undefined
  let refuse: (reason: Error) => void = () => undefined
  // A wait for a message that will not come is to fail, and not to last.
  link.onClose((reason) => refuse(new Error(`the link closed: ${JSON.stringify(reason)}`)))
  link.onMessage((message) => {
    messages.push(message as ToHost)
    look()
  })
  link.trySend({ kind: 'host-hello', worlds: 1, progress: 0 })
  return {
    link,
    next: (kind) =>
      new Promise((resolve, reject) => {
        refuse = reject
        look = () => {
          const at = messages.findIndex((message) => message.kind === kind)
          if (at >= 0) resolve(messages.splice(at, 1)[0] as never)
        }
        look()
      }),
  }
}

/** One step of two agents. */
function send({ link }: Peer): void {
  const rows = [0, 1].map((state) => ({ time: 0, state, action: 1, reward: 0 }))
  const segment = createSegment(SPACE, rows, 1)
  const counts = { version: 0, rows: 2, transitions: 2, decisions: 1, steps: 1, agentSteps: 2, episodes: 0 }
  const message: SegmentMessage = { kind: 'segment', ...counts, mainReward: 0, opponentReward: 0 }
  link.trySend(message, segmentFrames(segment))
}

t.test("a joined host's segment is taken when the head has steps left for it, else not", async (t) => {
  const ingested: Segment[] = []
  const service = await openService(ingested)
  const joined = connect(t, service, 'joined')
  await joined.next('welcome')
  send(joined)
  // The head comes later, as after a restart of the learner.
  const head = connect(t, service, 'head')
  const first = await head.next('joined-claim')
  t.equal(first.steps, 1)
  t.equal(ingested.length, 0)
  head.link.trySend({ kind: 'joined-claimed', id: first.id, isGranted: true })
  t.match(await head.next('joined-steps'), { steps: 1, agentSteps: 2, transitions: 2 })
  t.equal(ingested.length, 1)

  send(joined)
  const second = await head.next('joined-claim')
  head.link.trySend({ kind: 'joined-claimed', id: second.id, isGranted: false })
  t.match(await joined.next('run-over'), { reason: 'the run has all its steps' })
  t.ok(await joined.link.drained())
  t.equal(ingested.length, 1)
})
