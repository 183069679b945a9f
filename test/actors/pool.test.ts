import t, { type Test } from 'tap'
import { openPool, type RolloutPool } from '../../actors/pool.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { scenario as faulty } from '../fixtures/faulty-scenario.ts'
import { hashSlab, type HostOptions, LIMIT_BYTES, planTestHost, publishWeights, readSlab, taskOf } from '../fixtures/hosts.ts'

const FAULTY = new URL('../fixtures/faulty-scenario.js', import.meta.url).href

const LEARNED = {
  kind: 'learned',
  acting: { hidden: [32, 16], selection: 'boltzmann', meanAction: true },
  parameters: 0,
} as const
const POLICIES = [{ kind: 'random' }, { kind: 'scripted', name: 'nearest-enemy' }, LEARNED] as const

function open(t: Test, threads: number, reference: string, options: HostOptions): RolloutPool {
  const plan = planTestHost(options)
  const pool = openPool(plan, reference, threads, LIMIT_BYTES)
  t.teardown(() => pool.close())
  publishWeights(plan, pool.arena)
  return pool
}

/** Plays every policy in all worlds at once and tells the state after each round of segments. */
async function playWorlds(pool: RolloutPool, rounds: number): Promise<string[]> {
  const worlds = Array.from({ length: pool.plan.worldCount }, (_, world) => world)
  const seen: string[] = []
  for (const policy of POLICIES.keys()) {
    for (let round = 0; round < rounds; round++) {
      const task = { assignment: [policy, policy], exploration: [0, 0, 0.5] }
      const results = await Promise.all(worlds.map((world) => pool.run(taskOf(pool.plan, { ...task, world }))))
      const facts = results.map(({ steps, agentSteps, episode }) => ({ steps, agentSteps, episode }))
      seen.push(`${POLICIES[policy]!.kind} ${round} ${stateHash(worlds.map(pool.world))} ${JSON.stringify(facts)}`)
    }
  }
  return seen
}

/** Plays every policy in one world, recording both groups in turn, and tells state and slabs. */
async function playShards(pool: RolloutPool): Promise<string[]> {
  const seen: string[] = []
  for (const policy of POLICIES.keys()) {
    for (const slab of [0, 1]) {
      const task = { assignment: [policy, policy], exploration: [0, 0, 0.5], recordGroup: slab, slab, version: 3 }
      await pool.run(taskOf(pool.plan, task))
      const recorded = hashSlab(readSlab(pool.plan, pool.arena, 0, slab))
      seen.push(`${POLICIES[policy]!.kind} ${stateHash([pool.world(0)])} ${recorded}`)
    }
  }
  return seen
}

t.test('eight worlds come out the same on 1, 2 and 5 threads, whatever the policy', async (t) => {
  const options = { agents: 24, mapSize: 18, maxSteps: 30 }
  const seen: string[][] = []
  for (const threads of [1, 2, 5]) {
    const pool = open(t, threads, 'battle', { scenario: battle, options, policies: POLICIES, worldCount: 8 })
    seen.push(await playWorlds(pool, 3))
    await pool.close()
  }
  t.equal(new Set(seen[0]).size, 9)
  t.same(seen[1], seen[0])
  t.same(seen[2], seen[0])
})

t.test('one world comes out the same in 1, 2 and 5 shards, and so does what is recorded of it', async (t) => {
  const options = { agents: 700, mapSize: 101 }
  const seen: string[][] = []
  for (const shards of [1, 2, 5]) {
    const pool = open(t, shards, 'battle', {
      scenario: battle,
      options,
      policies: POLICIES,
      shards,
      segmentSteps: 20,
      recording: true,
    })
    seen.push(await playShards(pool))
    await pool.close()
  }
  t.equal(new Set(seen[0]).size, 6)
  t.same(seen[1], seen[0])
  t.same(seen[2], seen[0])
})

t.test('several worlds in shards share the threads', async (t) => {
  const options = { agents: 60, mapSize: 24, maxSteps: 30 }
  const common = { scenario: battle, options, policies: POLICIES, worldCount: 3 }
  const split = await playWorlds(open(t, 3, 'battle', { ...common, shards: 2 }), 2)
  t.same(split, await playWorlds(open(t, 1, 'battle', common), 2))
})

t.test('an error in a scenario rejects the run with that error, whichever shard it hit, and releases the others', async (t) => {
  for (const culprit of [0, 40, 89]) {
    const pool = open(t, 3, FAULTY, { scenario: faulty, options: { culprit }, shards: 3 })
    await t.rejects(pool.run(taskOf(pool.plan)), { message: `agent ${culprit} broke` })
    pool.restart(0)
    const { steps } = await pool.run(taskOf(pool.plan))
    t.equal(steps, 16)
    const { episode } = await pool.run(taskOf(pool.plan))
    t.match(episode, { episode: 1, steps: 20, metrics: { steps: 20 } })
    await pool.close()
  }
})

t.test('a thread that ends in the middle of a segment rejects the run, and another takes its place', async (t) => {
  const pool = open(t, 2, FAULTY, { scenario: faulty, options: { culprit: 80, how: 'exit' }, shards: 2 })
  await t.rejects(pool.run(taskOf(pool.plan)))
  pool.restart(0)
  t.match(await pool.run(taskOf(pool.plan)), { steps: 16, agentSteps: 16 * 90 })
})

t.test('a failed world leaves the other worlds alone', async (t) => {
  const common = { scenario: faulty, worldCount: 2, shards: 1 }
  const pool = open(t, 2, FAULTY, { ...common, options: { culprit: 5, step: 3 } })
  const sound = open(t, 2, FAULTY, common)
  await pool.run(taskOf(pool.plan, { world: 1, steps: 3 }))
  await t.rejects(pool.run(taskOf(pool.plan)), { message: 'agent 5 broke' })
  await sound.run(taskOf(sound.plan, { world: 1, steps: 3 }))
  t.equal(stateHash([pool.world(1)]), stateHash([sound.world(1)]))
})

t.test('a host that needs more memory than there is is refused before anything starts', async (t) => {
  const plan = planTestHost({ scenario: battle, options: { agents: 100_000 } })
  t.throws(() => openPool(plan, 'battle', 1, 2 ** 20), {
    code: 'ERR_ARENA_TOO_LARGE',
    details: { bytes: plan.arena.bytes, limit: 2 ** 20 },
  })
})
