import t, { type Test } from 'tap'
import { openPool, type RolloutPool } from '../../actors/pool.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { battle } from '../../scenarios/battle/index.ts'
import {
  copySlab,
  type HostOptions,
  hashSlab,
  LIMIT_BYTES,
  planTestHost,
  publishWeights,
  taskOf,
} from '../fixtures/hosts.ts'

const LEARNED = {
  kind: 'learned',
  acting: { network: { kind: 'perceptron', hidden: [32, 16] }, selection: 'boltzmann', meanAction: true },
  parameters: 0,
} as const
const POLICIES = [{ kind: 'random' }, { kind: 'scripted', name: 'nearest-enemy' }, LEARNED] as const

function open(t: Test, threads: number, options: Omit<HostOptions, 'scenario'>): RolloutPool {
  const plan = planTestHost({ scenario: battle, policies: POLICIES, ...options })
  const pool = openPool(plan, 'battle', threads, LIMIT_BYTES)
  t.teardown(() => pool.close())
  publishWeights(plan, pool.arena)
  return pool
}

/** Plays every policy in all worlds at once and tells the state after each round of segments. */
async function playWorlds(pool: RolloutPool, rounds: number): Promise<string[]> {
  const worlds = Array.from({ length: pool.plan.worldCount }, (_, world) => world)
  const seen: string[] = []
  for (const [policy, { kind }] of POLICIES.entries()) {
    for (let round = 0; round < rounds; round++) {
      const task = { assignment: [policy, policy], exploration: [0, 0, 0.5] }
      const results = await Promise.all(
        worlds.map((world) => pool.run(taskOf(pool.plan, { ...task, world }))),
      )
      const facts = results.map(({ steps, agentSteps, episode }) => ({ steps, agentSteps, episode }))
      seen.push(`${kind} ${stateHash(worlds.map((world) => pool.world(world)))} ${JSON.stringify(facts)}`)
    }
  }
  return seen
}

/** Plays every policy in one world, recording both groups in turn, and tells state and slabs. */
async function playShards(pool: RolloutPool): Promise<string[]> {
  const seen: string[] = []
  for (const [policy, { kind }] of POLICIES.entries()) {
    for (const recordGroup of [0, 1]) {
      const task = { assignment: [policy, policy], exploration: [0, 0, 0.5], recordGroup, version: 3 }
      const { slab } = await pool.run(taskOf(pool.plan, task))
      const recorded = copySlab(pool.plan, slab!.views)
      slab!.release()
      seen.push(`${kind} ${stateHash([pool.world(0)])} ${recorded.rows} ${hashSlab(recorded)}`)
    }
  }
  return seen
}

t.test('eight worlds come out the same on 1, 2 and 5 threads, whatever the policy', async (t) => {
  const options = { agents: 24, mapSize: 18, maxSteps: 30 }
  const seen: string[][] = []
  for (const threads of [1, 2, 5]) {
    const pool = open(t, threads, { options, worldCount: 8 })
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
    const pool = open(t, shards, { options, shards, segmentSteps: 20, sampleAgents: 4096 })
    seen.push(await playShards(pool))
    await pool.close()
  }
  t.equal(new Set(seen[0]).size, 6)
  t.same(seen[1], seen[0])
  t.same(seen[2], seen[0])
})
