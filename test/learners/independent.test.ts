import t from 'tap'
import { idqn } from '../../learners/algorithms/idqn.ts'
import { openBackend } from '../../learners/backend.ts'
import { IndependentLearners } from '../../learners/independent.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { NO_ACTION, type Segment } from '../../runtime/core/experience.ts'
import { type Learner, type LearnerSetup, type LearningTask, networkFor } from '../../runtime/core/learner.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { type NamedTensors, withoutPrefix } from '../../runtime/core/tensors.ts'
import { createSegment, type Row, stateSpace } from '../fixtures/segments.ts'

const [AGENTS, STATES, ACTIONS] = [3, 2, 3] as const
const SPACE = stateSpace(STATES)
const SETUP: LearnerSetup = { space: SPACE, actions: ACTIONS, agents: AGENTS, seed: 1 }
const QUICK = {
  hidden: [16],
  batchSize: 32,
  learningRate: 0.01,
  learningStarts: 1,
  samplesPerInsert: 64,
  replayCapacity: 3000,
  targetTau: 0.1,
}

t.before(async () => {
  await openBackend('wasm')
})

function create(options: Record<string, unknown> = {}): Promise<Learner> {
  return idqn.create(SETUP, idqn.options.parse({ ...QUICK, ...options }))
}

/** Agent i of three is paid for action i. The row's tag says whose it is, and when. */
function play(decisions: number, ended = false, tagged = 1): Segment {
  const rows: Row[] = []
  for (let time = 0; time < decisions; time++) {
    for (let agent = 0; agent < AGENTS; agent++) {
      const action = (time + agent * agent) % ACTIONS
      const isLast = ended && time === decisions - 1
      const reward = action === agent ? 1 : 0
      const next = isLast ? {} : { next: rows.length + AGENTS }
      rows.push({
        time,
        state: time % STATES,
        tag: tagged * (10 * time + agent),
        agent,
        action,
        reward,
        ...next,
      })
    }
  }
  const behind = Array.from({ length: AGENTS }, (_, agent) => ({
    time: decisions,
    state: decisions % STATES,
    tag: tagged * (10 * decisions + agent),
    agent,
  }))
  return createSegment(SPACE, ended ? rows : [...rows, ...behind], decisions)
}

function bytesOf(tensors: NamedTensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ]),
  )
}

/** What the learners of three agents are told and asked. */
class Listener implements Learner {
  readonly setup: LearnerSetup
  readonly segments: Segment[] = []
  owed = 0
  updates = 0
  stored = 0
  constructor(setup: LearnerSetup) {
    this.setup = setup
  }
  ingest(segment: Segment): void {
    this.segments.push(segment)
  }
  due = () => this.owed
  async update() {
    this.updates++
    this.owed--
    return { loss: this.setup.seed }
  }
  weights = async (): Promise<NamedTensors> => ({})
  save = this.weights
  load(): void {}
  dispose(): void {}
}

function openListeners() {
  const listeners: Listener[] = []
  const learner = new IndependentLearners(SETUP, (setup) => {
    const listener = new Listener(setup)
    listeners.push(listener)
    return listener
  })
  return { learner, listeners }
}

t.test('every agent is given its own rows, in the order of its decisions', async (t) => {
  for (const ended of [false, true]) {
    const { learner, listeners } = openListeners()
    learner.ingest(play(4, ended))
    for (const [agent, { segments }] of listeners.entries()) {
      const [own] = segments as [Segment]
      const rows = ended ? 4 : 5
      t.match(own, { rows, transitions: 4, decisions: 4 })
      const tags = new Float32Array(own.observation.buffer)
      t.same(
        Array.from({ length: rows }, (_, i) => tags[(i * SPACE.recordBytes) / 4]),
        Array.from({ length: rows }, (_, time) => 10 * time + agent),
      )
      t.same([...own.time], [...Array(rows).keys()])
      t.same([...own.next], ended ? [1, 2, 3, -1] : [1, 2, 3, 4, -1])
      t.same(
        [...own.reward.subarray(0, 4)],
        [...own.action.subarray(0, 4)].map((action) => Number(action === agent)),
      )
    }
  }
})

t.test('agents have seeds of their own', async (t) => {
  const seeds = openListeners().listeners.map(({ setup }) => setup.seed)
  t.equal(new Set([...seeds, SETUP.seed]).size, AGENTS + 1)
  t.ok(seeds.every(Number.isSafeInteger))
  t.same(
    openListeners().listeners.map(({ setup }) => setup.seed),
    seeds,
  )
})

t.test('updates go round among agents to which one is owed', async (t) => {
  const { learner, listeners } = openListeners()
  for (const [agent, listener] of listeners.entries()) listener.owed = [2, 3, 0][agent]!
  t.equal(learner.due(), 5)
  const made: number[] = []
  while (learner.due() > 0) {
    const { loss } = await learner.update(0)
    made.push(listeners.findIndex(({ setup }) => setup.seed === loss))
  }
  t.same(made, [0, 1, 0, 1, 1])
  t.equal(learner.updates, 5)
})

t.test('an agent that dies or changes places keeps its learner', (t) => {
  const { learner, listeners } = openListeners()
  // Agent 1 dies in the first decision; 2 takes its place in the list.
  const rows: Row[] = [
    { time: 0, state: 0, agent: 0, action: 0, next: 3 },
    { time: 0, state: 1, agent: 1, action: 1 },
    { time: 0, state: 2, agent: 2, action: 2, next: 4 },
    { time: 1, state: 3, agent: 0, action: 0, next: 5 },
    { time: 1, state: 0, agent: 2, action: 1, next: 6 },
    { time: 2, state: 1, agent: 0 },
    { time: 2, state: 2, agent: 2 },
  ]
  const shared = [10, 20, 30].map((x) => [x, -x] as const)
  learner.ingest(createSegment(SPACE, rows, 2, shared))
  const own = listeners.map(({ segments }) => segments[0]!)
  t.same(
    own.map((segment) => [...segment.shared]),
    [
      [10, -10, 20, -20, 30, -30],
      [10, -10, 0, 0],
      [10, -10, 20, -20, 30, -30],
    ],
  )
  // Dead, it is told nothing any more.
  learner.ingest(
    createSegment(
      SPACE,
      rows.filter(({ agent }) => agent !== 1).map((row) => ({ ...row, next: undefined as never })),
      2,
    ),
  )
  t.same(
    listeners.map(({ segments }) => segments.length),
    [2, 1, 2],
  )
  t.same(
    own.map(({ action, next, time, transitions }) => [[...action], [...next], [...time], transitions]),
    [
      [[0, 0, NO_ACTION], [1, 2, -1], [0, 1, 2], 2],
      [[1], [-1], [0], 1],
      [[2, 1, NO_ACTION], [1, 2, -1], [0, 1, 2], 2],
    ],
  )
  t.end()
})

t.test('each agent learns what pays for itself', async (t) => {
  const learner = await create({ gamma: 0 })
  learner.ingest(play(60, true, 0))
  t.equal(learner.stored, 180)
  t.equal(learner.due(), 3 * 120)
  while (learner.due() > 0) await learner.update(1)
  const weights = await learner.weights()
  const spec = networkFor(idqn.acting(idqn.options.parse(QUICK)), SPACE, ACTIONS)
  for (let agent = 0; agent < AGENTS; agent++) {
    const network = new ValueNetwork(spec, withoutPrefix(agentPrefix(agent), weights))
    const values = tf.tidy(() =>
      network
        .forward(
          tf.tensor2d([
            [1, 0, 0, 0, 0],
            [0, 1, 0, 0, 0],
          ]),
        )
        .arraySync(),
    )
    const far = values.flatMap((row) =>
      row.map((value, action) => Math.abs(value - Number(action === agent))),
    )
    t.ok(Math.max(...far) < 0.1, `agent ${agent}: ${JSON.stringify(values)}`)
    network.dispose()
  }
  learner.dispose()
})

t.test('saved and loaded in the middle, they go on byte for byte', async (t) => {
  const whole = await create()
  whole.ingest(play(8))
  for (let i = 0; i < 7; i++) await whole.update(0.3)
  const saved = structuredClone(await whole.save(true))
  const resumed = await create()
  resumed.load(saved)
  t.same(bytesOf(await resumed.save(true)), bytesOf(saved))
  t.match(resumed, { updates: 7, stored: whole.stored })
  t.equal(resumed.due(), whole.due())
  for (const learner of [whole, resumed]) {
    learner.ingest(play(5, true))
    for (let i = 0; i < 7; i++) await learner.update(0.7)
  }
  t.same(bytesOf(await resumed.save(true)), bytesOf(await whole.save(true)))
  t.throws(() => resumed.load({}), { code: 'ERR_CHECKPOINT_MISMATCH' })
  whole.dispose()
  resumed.dispose()
})

t.test('they leave no tensor behind', async (t) => {
  const before = tf.memory().numTensors
  const learner = await create()
  learner.ingest(play(8))
  for (let i = 0; i < 4; i++) await learner.update(1)
  learner.dispose()
  t.equal(tf.memory().numTensors, before)
})

t.test(
  'an agent of its own keeps about as many transitions as its part of the replay has rows',
  async (t) => {
    const learner = await create({ replayCapacity: 9000 })
    for (let segment = 0; segment < 400; segment++) learner.ingest(play(10, true))
    // The shared inputs behind a segment's last decision take room as well.
    t.ok(learner.stored > 8000 && learner.stored <= 9000, `${learner.stored}`)
    learner.dispose()
  },
)

t.test('the replay and the transitions before the first update are shared out', async (t) => {
  const learner = await create({ learningStarts: 25, batchSize: 64, replayCapacity: 1000 })
  learner.ingest(play(8))
  t.equal(learner.due(), 0)
  learner.ingest(play(1))
  t.equal(learner.due(), 3 * 9)
  learner.dispose()
})

t.test(
  'runs whose sides are not alike, too large or not all recorded are refused before they start',
  async (t) => {
    const options = idqn.options.parse(QUICK)
    const network = networkFor(idqn.acting(options), SPACE, 2, 3)
    const task: LearningTask = { network, segmentRows: 3000, isSampled: false, agents: [3, 3] }
    t.doesNotThrow(() => idqn.check!(options, task))
    const refused: readonly (readonly [Partial<LearningTask>, RegExp])[] = [
      [{ agents: [3, 4] }, /^--algorithm: .* got 3 and 4;/],
      [{ network: { ...network, agents: 1e6 } }, /^--algorithm: .* at most/],
      [{ isSampled: true }, /^--sample-agents/],
      [{ segmentRows: 3001 }, /^--replay-capacity/],
    ]
    for (const [change, message] of refused) {
      t.throws(() => idqn.check!(options, { ...task, ...change }), { code: 'ERR_CONFIG_INVALID', message })
    }
  },
)
