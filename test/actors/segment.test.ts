import fc from 'fast-check'
import t from 'tap'
import { networkOf, policySpace } from '../../actors/host-plan.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { openBackend } from '../../learners/backend.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { NO_ACTION } from '../../runtime/core/experience.ts'
import { bindRecord } from '../../runtime/core/memory/arena.ts'
import { ObservationExpander } from '../../runtime/core/observation.ts'
import { Clock } from '../../runtime/core/scenario.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { type InlineHost, openInlineHost, type RecordedSegment, weightsOf } from '../fixtures/hosts.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

fc.configureGlobal({ seed: 2026 })

const ACTIONS = 21
const ID_BITS = 10
const SCRIPTED = { kind: 'scripted', name: 'nearest-enemy' } as const
const RANDOM = { kind: 'random' } as const
const LEARNED = {
  kind: 'learned',
  acting: { network: { kind: 'perceptron', hidden: [16] }, selection: 'epsilon-greedy', meanAction: true },
  parameters: 0,
} as const
const POLICIES = [SCRIPTED, RANDOM, LEARNED]

function openBattles(options: Record<string, unknown> = {}, worldCount = 1): InlineHost {
  return openInlineHost({
    scenario: battle,
    options: { agents: 60, mapSize: 20, maxSteps: 40, ...options },
    policies: POLICIES,
    worldCount,
    sampleAgents: 4096,
  })
}

/** The bits of an agent's number in its packed observation. */
function idBits(host: InlineHost, { observation, recordBytes, group }: RecordedSegment, row: number): string {
  const { hotOffset } = host.plan.world.spec.groups[group]!.observation
  const at = row * recordBytes + hotOffset
  return Buffer.from(observation.subarray(at, at + ID_BITS * 2)).toString('hex')
}

t.test('a segment ends with the episode, and the next one starts another', async (t) => {
  const host = openBattles()
  const results = Array.from({ length: 4 }, () => host.run({ assignment: [1, 1] }))
  t.same(
    results.map(({ steps }) => steps),
    [16, 16, 8, 16],
  )
  t.same(
    results.map(({ episode }) => episode?.steps),
    [undefined, undefined, 40, undefined],
  )
  t.match(results[2]!.episode, { world: 0, episode: 0, assignment: [1, 1], metrics: { episodeSteps: 40 } })
  const { clock } = host.worlds[0]!.agents
  t.same([clock[Clock.step], clock[Clock.episode], clock[Clock.running]], [16, 1, 1])
})

t.test('agent-steps are the agents alive, summed over the steps', async (t) => {
  const host = openBattles({ maxSteps: 400 })
  let expected = 0
  let got = 0
  for (let step = 0; step < 60; step++) {
    const { living } = host.worlds[0]!.agents
    expected += step === 0 ? 60 : living[0]! + living[1]!
    const { agentSteps, episode } = host.run({ steps: 1 })
    got += agentSteps
    if (episode) break
  }
  t.equal(got, expected)
  t.ok(got < 60 * 60, 'some died')
})

t.test('the rewards of an episode are those of all its transitions', async (t) => {
  for (const recordGroup of [0, 1]) {
    const host = openBattles({ maxSteps: 400 })
    let total = 0
    for (;;) {
      const { episode } = host.run({ assignment: [0, 1], recordGroup })
      const { reward, transitions } = host.take()
      for (const value of reward.subarray(0, transitions)) total += value
      if (!episode) continue
      t.ok(Math.abs(episode.groupReward[recordGroup]! - total) < 1e-6, `${total}`)
      break
    }
  }
})

t.test('a recorded segment holds a row for each agent in each step, in the order of steps', async (t) => {
  const host = openBattles()
  const { agentSteps } = host.run({ recordGroup: 0, version: 12 })
  const segment = host.take()
  t.match(segment, { decisions: 16, group: 0, version: 12 })
  t.equal(segment.rows, segment.transitions + host.worlds[0]!.agents.living[0]!)
  t.ok(segment.transitions < agentSteps)
  const sorted = segment.time.every((time, row) => row === 0 || time >= segment.time[row - 1]!)
  t.ok(sorted)
  t.same([segment.time[0], segment.time[segment.transitions - 1], segment.time.at(-1)], [0, 15, 16])
})

t.test('rows without an action are exactly the bootstrap rows behind the last step', async (t) => {
  const host = openBattles()
  host.run({ recordGroup: 1 })
  const { action, time, transitions, decisions } = host.take()
  t.ok(action.subarray(0, transitions).every((value) => value < ACTIONS))
  t.ok(action.subarray(transitions).every((value) => value === NO_ACTION))
  t.ok(time.subarray(transitions).every((value) => value === decisions))
})

t.test('next is the row of the same agent one step later, or −1 for the dead', async (t) => {
  let deaths = 0
  for (const recordGroup of [0, 1]) {
    const host = openBattles({ maxSteps: 400 })
    for (let segments = 0; segments < 4; segments++) {
      const before = segments === 0 ? 30 : host.worlds[0]!.agents.living[recordGroup]!
      const { episode } = host.run({ recordGroup })
      const segment = host.take()
      const { next, time, transitions } = segment
      const wrong: number[] = []
      let died = 0
      for (let row = 0; row < transitions; row++) {
        const to = next[row]!
        if (to < 0) died++
        else if (time[to] !== time[row]! + 1 || idBits(host, segment, to) !== idBits(host, segment, row))
          wrong.push(row)
      }
      t.same(wrong, [])
      if (episode) break
      t.equal(died, before - host.worlds[0]!.agents.living[recordGroup]!)
      deaths += died
    }
  }
  t.ok(deaths > 10, `${deaths} deaths`)
})

t.test('a truncated episode bootstraps, a decided one terminates everybody', async (t) => {
  const truncated = openBattles({ maxSteps: 10 })
  t.ok(truncated.run({ recordGroup: 0, assignment: [1, 1] }).episode)
  const cut = truncated.take()
  t.equal(cut.decisions, 10)
  t.equal(cut.rows - cut.transitions, truncated.worlds[0]!.agents.living[0])
  const lastOfCut = cut.time.indexOf(9)
  t.ok(cut.next.subarray(lastOfCut, cut.transitions).some((next) => next >= cut.transitions))

  const decided = openBattles({ agents: 10, mapSize: 12, maxSteps: 400 })
  let end: RecordedSegment
  let isOver: boolean
  do {
    isOver = decided.run({ recordGroup: 0, assignment: [0, 1] }).episode !== undefined
    end = decided.take()
  } while (!isOver)
  t.ok(decided.worlds[0]!.world.ended())
  t.equal(end.rows, end.transitions)
  const lastOfEnd = end.time.indexOf(end.decisions - 1)
  t.ok(end.next.subarray(lastOfEnd).every((next) => next === -1))
})

t.test('recorded observations are those of a world stepped by hand', async (t) => {
  const options = { agents: 60, mapSize: 20, maxSteps: 40 }
  const host = openBattles(options)
  const solo = new SoloWorld(battle, options)
  solo.start(host.plan.seed)
  host.run({ recordGroup: 1 })
  const { observation, shared, sharedStride, decisions } = host.take()
  let at = 0
  let equal = true
  for (let step = 0; step <= decisions; step++) {
    const seen = solo.observe(1)
    equal &&= Buffer.from(seen.records).equals(observation.subarray(at, at + seen.records.length))
    equal &&= seen.shared.every((value, i) => value === shared[step * sharedStride + i])
    at += seen.records.length
    if (step === decisions) break
    for (const group of [0, 1]) solo.follow(SCRIPTED.name, group)
    solo.step()
  }
  t.ok(equal)
  t.equal(at, observation.length)
})

t.test('the mean action is uniform at first, then that of the survivors of the last step', async (t) => {
  const host = openBattles()
  let last: number[] | undefined
  for (let segments = 0; segments < 2; segments++) {
    host.run({ recordGroup: 0, assignment: [2, 0] })
    const { shared, sharedStride, decisions, time, action, next, transitions } = host.take()
    const meanAt = (step: number) => [
      ...shared.subarray((step + 1) * sharedStride - ACTIONS, (step + 1) * sharedStride),
    ]
    const uniform = Array.from({ length: ACTIONS }, () => Math.fround(1 / ACTIONS))
    t.same(meanAt(0), last ?? uniform)
    for (let step = 0; step < decisions; step++) {
      const counts = Array.from({ length: ACTIONS }, () => 0)
      let survivors = 0
      for (let row = 0; row < transitions; row++) {
        if (time[row] !== step || next[row]! < 0) continue
        counts[action[row]!]!++
        survivors++
      }
      const far = meanAt(step + 1).map((value, a) => Math.abs(value - counts[a]! / survivors))
      if (Math.max(...far) > 1e-6) t.fail(`step ${step}`)
    }
    last = meanAt(decisions)
  }
})

t.test('recording changes nothing of what happens', async (t) => {
  const hashes = [-1, 0, 1].map((recordGroup) => {
    const host = openBattles()
    for (let segments = 0; segments < 4; segments++) host.run({ assignment: [2, 0], recordGroup })
    return stateHash(host.worlds)
  })
  t.same(hashes, [hashes[0], hashes[0], hashes[0]])
})

t.test('the length of segments changes nothing of what happens', async (t) => {
  const hashes = [1, 5, 16].map((steps) => {
    const host = openBattles()
    for (let done = 0; done < 60; )
      done += host.run({ assignment: [2, 0], steps: Math.min(steps, 60 - done) }).steps
    return stateHash(host.worlds)
  })
  t.same(hashes, [hashes[0], hashes[0], hashes[0]])
})

t.test(
  'an agent without exploration takes the action that TensorFlow.js values most, whatever the other army does',
  async (t) => {
    await openBackend('wasm')
    const shapes = [
      { network: { kind: 'perceptron', hidden: [16] }, meanAction: false },
      { network: { kind: 'perceptron', hidden: [32, 48, 16] }, meanAction: true },
    ] as const
    const policies = shapes.map(({ network, meanAction }, i) => ({
      kind: 'learned' as const,
      acting: { network, meanAction, selection: 'greedy' as const },
      parameters: 2 * i,
    }))
    const host = openInlineHost({
      scenario: battle,
      options: { agents: 300, mapSize: 45 },
      policies,
      sampleAgents: 4096,
    })
    for (const recordGroup of [0, 1]) {
      const policy = policies[recordGroup]!
      host.run({ assignment: [0, 1], recordGroup, steps: 6 })
      const { observation, shared, sharedStride, recordBytes, time, action, transitions } = host.take()
      const space = policySpace(host.plan.world, recordGroup, policy.acting)
      const spec = networkOf(host.plan.world, recordGroup, policy.acting)
      const inputs = new Float32Array(transitions * space.inputs)
      const expander = new ObservationExpander(space)
      for (let row = 0; row < transitions; row++) {
        expander.expand(
          observation,
          row * recordBytes,
          shared,
          time[row]! * sharedStride,
          inputs,
          row * space.inputs,
        )
      }
      const network = new ValueNetwork(spec, weightsOf(host.plan, policy, 100 + recordGroup))
      const values = tf.tidy(() =>
        network.forward(tf.tensor2d(inputs, [transitions, space.inputs])).arraySync(),
      )
      network.dispose()
      const behind = values.map((row, i) => Math.max(...row) - row[action[i]!]!)
      t.ok(Math.max(...behind) < 1e-4, `policy ${recordGroup}: ${Math.max(...behind)}`)
      t.ok(new Set(action.subarray(0, transitions)).size > 1)
    }
  },
)

t.test('exploration of 1 is uniform, and 0 differs from it', async (t) => {
  const actionsAt = (epsilon: number) => {
    const host = openBattles({ agents: 200, mapSize: 40 })
    host.run({ assignment: [2, 2], exploration: [0, 0, epsilon], recordGroup: 0 })
    const { action, transitions } = host.take()
    const counts = Array.from({ length: ACTIONS }, () => 0)
    for (const value of action.subarray(0, transitions)) counts[value]!++
    return { counts, expected: transitions / ACTIONS }
  }
  const { counts, expected } = actionsAt(1)
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.ok(chiSquare < 46, `χ² ${chiSquare}`)
  t.ok(Math.max(...actionsAt(0).counts) > 3 * expected)
})

t.test('a world is the same alone on its host as among any number of others', async () => {
  const anyHost = fc.record({
    perArmy: fc.integer({ min: 1, max: 40 }),
    worldCount: fc.integer({ min: 1, max: 4 }),
    world: fc.nat({ max: 3 }),
    seed: fc.nat(),
    policy: fc.nat({ max: 2 }),
  })
  fc.assert(
    fc.property(anyHost, ({ perArmy, worldCount, world, seed, policy }) => {
      const index = world % worldCount
      const options = { agents: 2 * perArmy, mapSize: 20, maxSteps: 12 }
      const common = { scenario: battle, options, policies: POLICIES, segmentSteps: 8, seed }
      const many = openInlineHost({ ...common, worldCount })
      const alone = openInlineHost({ ...common, firstWorld: index })
      const task = { assignment: [policy, policy] }
      let agentSteps = 0
      for (let segments = 0; segments < 3; segments++) {
        for (let i = 0; i < worldCount; i++) agentSteps += many.run({ ...task, world: i }).agentSteps
        alone.run(task)
      }
      // 8 steps, the 4 left of the episode, 8 of the next one.
      const most = worldCount * 2 * perArmy * 20
      return stateHash([many.worlds[index]!]) === stateHash(alone.worlds) && agentSteps <= most
    }),
    { numRuns: 25 },
  )
})

t.test(
  'agents that play at random are observed on request, which changes nothing in the world',
  async (t) => {
    const seen = [false, true].map((observes) => {
      const host = openInlineHost({ scenario: battle, policies: [{ kind: 'random', observes }] })
      host.run()
      const { observation } = bindRecord(host.arena, 'shards', host.plan.shard, 0)
      return { hash: stateHash(host.worlds), isPacked: observation.some((byte) => byte !== 0) }
    })
    t.same(
      seen.map(({ isPacked }) => isPacked),
      [false, true],
    )
    t.equal(seen[1]!.hash, seen[0]!.hash)
  },
)
