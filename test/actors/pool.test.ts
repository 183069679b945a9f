import t, { type Test } from 'tap'
import { SLABS_PER_LANE } from '../../actors/host-plan.ts'
import { openPool, type RolloutPool } from '../../actors/pool.ts'
import { stateHash } from '../../actors/state-hash.ts'
import { battle } from '../../scenarios/battle/index.ts'
import { scenario as faulty } from '../fixtures/faulty-scenario.ts'
import {
  copySlab,
  type HostOptions,
  hashSlab,
  LIMIT_BYTES,
  openInlineHost,
  planTestHost,
  taskOf,
} from '../fixtures/hosts.ts'

const FAULTY = new URL('../fixtures/faulty-scenario.js', import.meta.url).href

function open(t: Test, threads: number, options: Omit<HostOptions, 'scenario'>): RolloutPool {
  const pool = openPool(planTestHost({ scenario: faulty, ...options }), FAULTY, threads, LIMIT_BYTES)
  t.teardown(() => pool.close())
  return pool
}

t.test(
  'an error in a scenario rejects the run with that error and releases the others, whichever shard it hit',
  async (t) => {
    const culprits = [0, 40, 89]
    const pool = open(t, 3, { options: { culprits, how: 'runtime-error' }, shards: 3 })
    for (const culprit of culprits) {
      await t.rejects(pool.run(taskOf(pool.plan)), {
        code: 'ERR_SCENARIO_INVALID',
        message: `agent ${culprit} broke`,
        details: { culprit },
      })
      pool.restart(0)
    }
    t.match(await pool.run(taskOf(pool.plan)), { steps: 16, agentSteps: 16 * 90 })
    const { episode } = await pool.run(taskOf(pool.plan))
    t.match(episode, { episode: culprits.length, steps: 20, metrics: { steps: 20 } })
  },
)

t.test('an error without a code keeps its message and the place where it was thrown', async (t) => {
  const pool = open(t, 2, { options: { culprits: [60], how: 'error' }, shards: 2 })
  const error = await pool.run(taskOf(pool.plan)).catch((reason: unknown) => reason as Error)
  t.match(error, { message: 'agent 60 broke', stack: /faulty-scenario/ })
})

t.test(
  'a thread that ends in the middle of a segment rejects the run, and another takes its place',
  async (t) => {
    const pool = open(t, 2, { options: { culprits: [80], how: 'exit' }, shards: 2 })
    await t.rejects(pool.run(taskOf(pool.plan)))
    pool.restart(0)
    t.match(await pool.run(taskOf(pool.plan)), { steps: 16, agentSteps: 16 * 90 })
  },
)

t.test('a failed world leaves the others alone, and what it recorded is given back', async (t) => {
  const options = { culprits: [5, 5, 5] }
  const common = { worldCount: 2, sampleAgents: 4096 }
  const pool = open(t, 2, { ...common, options })
  await pool.run(taskOf(pool.plan, { world: 1, steps: 3 }))
  for (let failures = 0; failures <= SLABS_PER_LANE; failures++) {
    await t.rejects(pool.run(taskOf(pool.plan, { recordGroup: 0 })), { message: 'agent 5 broke' })
    pool.restart(0)
  }
  const sound = openInlineHost({ ...common, scenario: faulty })
  sound.run({ world: 1, steps: 3 })
  t.equal(stateHash([pool.world(1)]), stateHash([sound.worlds[1]!]))
  const { slab } = await pool.run(taskOf(pool.plan, { recordGroup: 0 }))
  t.match(copySlab(pool.plan, slab!.views), { decisions: 16, transitions: 16 * 90, rows: 17 * 90 })
})

t.test(
  'while no slab is free a world plays on unrecorded, and slabs come in the order of their segments',
  async (t) => {
    const host = openInlineHost({ scenario: faulty, sampleAgents: 4096 })
    for (let version = 0; version < SLABS_PER_LANE + 2; version++)
      host.run({ recordGroup: 0, version, steps: 3 })
    t.same(
      Array.from({ length: SLABS_PER_LANE }, () => host.take().version),
      [0, 1],
    )
    t.throws(() => host.take(), /nothing was recorded/)
    host.run({ recordGroup: 0, version: 9, steps: 3 })
    t.match(host.take(), { version: 9, decisions: 3 })
  },
)

t.test('a host that needs more memory than there is is refused before anything starts', async (t) => {
  const plan = planTestHost({ scenario: battle, options: { agents: 100_000 } })
  t.throws(() => openPool(plan, 'battle', 1, 2 ** 20), {
    code: 'ERR_ARENA_TOO_LARGE',
    details: { bytes: plan.arena.bytes, limit: 2 ** 20 },
  })
})

t.test('several worlds in shards share fewer threads than they have shards in all', async (t) => {
  const common = { worldCount: 3, segmentSteps: 9 }
  const pool = open(t, 3, { ...common, shards: 2 })
  const alone = openInlineHost({ ...common, scenario: faulty })
  for (let round = 0; round < 4; round++) {
    await Promise.all([0, 1, 2].map((world) => pool.run(taskOf(pool.plan, { world }))))
    for (const world of [0, 1, 2]) alone.run({ world })
  }
  t.equal(stateHash([0, 1, 2].map((world) => pool.world(world))), stateHash(alone.worlds))
})

t.test('worlds in turn need memory for their own state only: scratch and slabs are a lane’s', async (t) => {
  const host = { scenario: faulty, lanes: 2, sampleAgents: 4096 }
  const one = planTestHost({ ...host, worldCount: 2 })
  const many = planTestHost({ ...host, worldCount: 1002 })
  const { worlds, frames } = many.arena.regions
  const ofWorlds = 1000 * (worlds!.stride + frames!.stride)
  t.ok(Math.abs(many.arena.bytes - one.arena.bytes - ofWorlds) <= 65_536)
})

t.test('many worlds take turns on the slabs of few lanes, and every segment is recorded', async (t) => {
  const host = { worldCount: 12, lanes: 2, sampleAgents: 4096, segmentSteps: 5 }
  const pool = open(t, 2, host)
  const alone = openInlineHost({ ...host, scenario: faulty })
  const worlds = Array.from({ length: 12 }, (_, world) => world)
  const recorded = worlds.map(async (world) => {
    const { slab } = await pool.run(taskOf(pool.plan, { world, recordGroup: 0, version: world }))
    const copy = copySlab(pool.plan, slab!.views)
    slab!.release()
    return copy
  })
  const expected = worlds.map((world) => {
    alone.run({ world, recordGroup: 0, version: world })
    return alone.take()
  })
  t.same((await Promise.all(recorded)).map(hashSlab), expected.map(hashSlab))
})
