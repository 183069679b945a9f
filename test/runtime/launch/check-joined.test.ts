import t, { type Test } from 'tap'
import { RolloutHost } from '../../../actors/rollout-host.ts'
import { NO_ACTION, type Segment } from '../../../runtime/core/experience.ts'
import { type ActingSpec, type LearnerSetup, networkFor } from '../../../runtime/core/learner.ts'
import { withShared } from '../../../runtime/core/observation.ts'
import { layoutParameters } from '../../../runtime/core/parameters.ts'
import { type AnyScenario, mostAgents } from '../../../runtime/core/scenario.ts'
import { planWorld } from '../../../runtime/core/world.ts'
import { checkContent, checkCounts, checkHello } from '../../../runtime/launch/check-joined.ts'
import { segmentMessage } from '../../../runtime/launch/courier-actor.ts'
import { decodeSegment, type SegmentMessage, segmentFrames } from '../../../runtime/launch/protocol.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { createSegment, stateSpace } from '../../fixtures/segments.ts'
import { scenario as signals } from '../../fixtures/signals-scenario.ts'

const SIGNALS = new URL('../../fixtures/signals-scenario.js', import.meta.url).href
/** Of a segment that a host records. */
const DECISIONS = 16
const SPACE = stateSpace(3)
const SETUP: LearnerSetup = { space: SPACE, actions: 2, agents: 2, seed: 0 }
const ACTING = {
  network: { kind: 'perceptron', hidden: [16] },
  selection: 'epsilon-greedy',
  meanAction: true,
} as const
const CRITIC = { ...ACTING, selection: 'boltzmann', critic: 'head' } as const
const LIMITS = { decisions: 2, steps: 2, rows: 6, agents: 4 }

/** Two agents in two steps; the second one terminates in the first. */
function soundSegment(): Segment {
  const rows = [
    { time: 0, state: 0, action: 1, reward: 1, log: -0.5, next: 2 },
    { time: 0, state: 2, action: 0, log: 0 },
    { time: 1, state: 1, action: 0, reward: -1, log: -2, next: 3 },
    { time: 2, state: 2 },
  ]
  return createSegment(SPACE, rows, 2)
}

function soundMessage(): SegmentMessage {
  const counts = { version: 3, rows: 4, transitions: 3, decisions: 2, steps: 2, agentSteps: 6 }
  return { kind: 'segment', ...counts, episodes: 1, mainReward: 1, opponentReward: -1 }
}

t.test('counts that no host can have are refused, each by its name', async (t) => {
  checkCounts(soundMessage(), LIMITS)
  const wrong: Readonly<Partial<Record<keyof SegmentMessage, readonly number[]>>> = {
    version: [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY],
    decisions: [-1, 0.5, 3],
    steps: [-1, 0.5, 3],
    rows: [-1, 2.5, 7],
    transitions: [-1, 0.5, 5],
    agentSteps: [-1, 9, Number.NaN],
    episodes: [-1, 2],
    mainReward: [Number.NaN],
    opponentReward: [Number.NEGATIVE_INFINITY],
  }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      t.throws(() => checkCounts({ ...soundMessage(), [field]: value }, LIMITS), {
        code: 'ERR_PROTOCOL_FIELD',
        message: new RegExp(`^segment\\.${field}: expected .*, got ${value};`),
      })
    }
  }
  for (const worlds of [0, -1, 1.5, Number.NaN, 1e9]) {
    t.throws(() => checkHello({ kind: 'host-hello', worlds, progress: 0 }), {
      code: 'ERR_PROTOCOL_FIELD',
      message: /^host-hello\.worlds: expected/,
    })
  }
})

t.test('content that no rollout records is refused, with its column and row', async (t) => {
  checkContent(soundSegment(), SETUP)
  const damages: readonly (readonly [string, (segment: Segment) => void])[] = [
    ['action[1]: expected below 2, got 2', ({ action }) => action.fill(2, 1, 2)],
    ['action[0]: expected below 2, got 65535', ({ action }) => action.fill(NO_ACTION, 0, 1)],
    ['action[3]: expected 65535 behind', ({ action }) => action.fill(0, 3)],
    ['time[2]: expected a decision from 0 to 1, got 2', ({ time }) => time.fill(2, 2, 3)],
    ['time[3]: expected a decision from 1 to 2, got 3', ({ time }) => time.fill(3, 3)],
    ['time[1]: expected a decision from 1 to 1, got 0', ({ time }) => time.fill(1, 0, 1)],
    ['next[0]: expected -1 or a row of decision 1, got 4', ({ next }) => next.fill(4, 0, 1)],
    ['next[2]: expected -1 or a row of decision 2, got 2', ({ next }) => next.fill(2, 2, 3)],
    ['next[3]: expected -1 or a row of decision 3, got -2', ({ next }) => next.fill(-2, 3)],
    ['reward[2]: expected a finite number, got NaN', ({ reward }) => reward.fill(Number.NaN, 2, 3)],
    ['logProbability[1]: expected a number up to 0, got 0.5', (s) => s.logProbability.fill(0.5, 1, 2)],
    ['logProbability[0]: expected a finite number, got -Inf', (s) => s.logProbability.fill(-Infinity)],
    ['logProbability[3]: expected 0 behind the transitions', (s) => s.logProbability.fill(-1, 3)],
    ['shared[5]: expected a finite number, got Inf', ({ shared }) => shared.fill(Infinity, 5)],
    ['observation[2]: expected finite numbers, got NaN', ({ observation }) => setFloat(observation, 2)],
    ['observation[3]: expected inputs below 6, got 6', ({ observation }) => setHot(observation, 3, 6)],
  ]
  for (const [says, damage] of damages) {
    const segment = soundSegment()
    damage(segment)
    let message = ''
    try {
      checkContent(segment, SETUP)
    } catch (error) {
      t.match(error, { code: 'ERR_PROTOCOL_FIELD' })
      message = (error as Error).message
    }
    t.ok(message.startsWith(`segment.${says}`), `${says}: ${message}`)
  }
  const numbered = { ...soundSegment(), agent: Uint16Array.of(0, 1, 0, 0) }
  const { next } = numbered
  next.fill(-1)
  next[0] = 2
  checkContent(numbered, SETUP)
  for (const [agent, says] of [
    [[0, 2, 0, 0], /^segment\.agent\[1\]: expected below 2, got 2/],
    [[0, 1, 1, 0], /^segment\.agent\[2\]: expected 0, as in row 0, got 1/],
  ] as const) {
    t.throws(() => checkContent({ ...numbered, agent: Uint16Array.from(agent) }, SETUP), {
      code: 'ERR_PROTOCOL_FIELD',
      message: says,
    })
  }
  const empty = soundSegment()
  setHot(empty.observation, 0, 0xffff)
  checkContent(empty, SETUP)
})

t.test('a policy that has diverged is called that, and not another version', async (t) => {
  for (const log of [Number.NaN, -Infinity]) {
    const segment = soundSegment()
    segment.logProbability[2] = log
    t.throws(() => checkContent(segment, SETUP), {
      message: `segment.logProbability[2]: expected a finite number, got ${log}; the policy that chose the action has diverged: train with a lower --learning-rate`,
    })
  }
})

function setFloat(observation: Uint8Array, row: number): void {
  new DataView(observation.buffer).setFloat32(row * SPACE.recordBytes, Number.NaN, true)
}

function setHot(observation: Uint8Array, row: number, input: number): void {
  new DataView(observation.buffer).setUint16(row * SPACE.recordBytes + SPACE.hotOffset, input, true)
}

/** Everything of four segments of a world, as a joined host would send it. */
async function checkHost(
  t: Test,
  scenario: AnyScenario,
  reference: string,
  options: Record<string, unknown>,
  acting: ActingSpec,
): Promise<void> {
  const world = planWorld(scenario, scenario.options.parse(options))
  const { actions, observation, capacity } = world.spec.groups[0]!
  const space = withShared(observation, actions)
  const host = new RolloutHost({
    world,
    scenario: reference,
    acting,
    learningGroup: 0,
    threads: 1,
    worlds: 1,
    firstWorld: 0,
    segmentSteps: DECISIONS,
    sampleAgents: 4096,
    seed: 0,
    limitBytes: 2 ** 31,
  })
  t.teardown(() => host.close())
  const { floats } = layoutParameters(networkFor(acting, space, actions))
  host.publish(0, [new Float32Array(floats), new Float32Array(floats)])
  const limits = {
    decisions: DECISIONS,
    steps: host.stepsPerSegment,
    rows: (DECISIONS + 1) * capacity,
    agents: mostAgents(world.spec),
  }
  for (let i = 0; i < 4; i++) {
    const rollout = await host.run(0, host.stepsPerSegment, 1)
    const message = segmentMessage(rollout, rollout.segment!)
    checkCounts(message, limits)
    const segment = decodeSegment(message, segmentFrames(rollout.segment!), space, acting)
    checkContent(segment, { space, actions, agents: 2, seed: 0 })
    t.ok(segment.rows > 0)
  }
}

t.test('frames have log-probabilities for an actor-critic, and none for others', async (t) => {
  const segment = soundSegment()
  const bare = { ...segment, logProbability: new Float32Array() }
  const decode = (of: Segment, isCritic: boolean) => () =>
    decodeSegment(soundMessage(), segmentFrames(of), SPACE, isCritic ? CRITIC : ACTING)
  t.equal(decode(segment, true)().logProbability.length, segment.rows)
  t.equal(decode(bare, false)().logProbability.length, 0)
  checkContent(bare, SETUP)
  for (const wrong of [decode(segment, false), decode(bare, true)]) {
    t.throws(wrong, { code: 'ERR_PROTOCOL_FIELD', message: /^segment\.frames: expected bytes/ })
  }
})

t.test('everything that a host records of a battle passes, from the first step to the last', async (t) =>
  checkHost(t, battle, 'battle', { agents: 16, mapSize: 16, maxSteps: 40 }, CRITIC),
)

t.test('so does what it records where agents decide in every third step, and others move', async (t) =>
  checkHost(t, signals, SIGNALS, { decisionSteps: 3, restless: true, maxSteps: 100 }, ACTING),
)
