import t, { type Test } from 'tap'
import { openPool, type RolloutPool } from '../../actors/pool.ts'
import { NO_ACTION } from '../../runtime/core/experience.ts'
import { battle } from '../../scenarios/battle/index.ts'
import {
  copySlab,
  hashSlab,
  openInlineHost,
  planTestHost,
  type RecordedSegment,
  taskOf,
} from '../fixtures/hosts.ts'

const ID_BITS = 10
const SAMPLE = 16
const RANDOM = { kind: 'random' } as const
const SCRIPTED = { kind: 'scripted', name: 'nearest-enemy' } as const
const OPTIONS = { agents: 200, mapSize: 40, maxSteps: 400, rules: 'manyfold' }
const HOST = { scenario: battle, options: OPTIONS, policies: [RANDOM, SCRIPTED] }

/** The number of the agent whose packed observation stands in a row. */
function idOf({ observation, recordBytes }: RecordedSegment, hotOffset: number, row: number): number {
  const view = new DataView(observation.buffer, observation.byteOffset + row * recordBytes + hotOffset)
  let id = 0
  for (let bit = 0; bit < ID_BITS; bit++) if (view.getUint16(2 * bit, true) !== 0xffff) id |= 1 << bit
  return id
}

t.test(
  'of a large group so many agents are recorded as are asked for, for as long as they live',
  async (t) => {
    const host = openInlineHost({ ...HOST, sampleAgents: SAMPLE })
    const { hotOffset } = host.plan.world.spec.groups[0]!.observation
    let deaths = 0
    for (let segments = 0; segments < 4; segments++) {
      const living = segments === 0 ? OPTIONS.agents / 2 : host.worlds[0]!.agents.living[0]!
      host.run({ assignment: [1, 1], recordGroup: 0 })
      const segment = host.take()
      const { time, next, transitions, rows } = segment
      const rowsAt = (step: number) => time.filter((value) => value === step).length
      t.equal(rowsAt(0), Math.min(SAMPLE, living))
      const wrong: number[] = []
      for (let row = 0; row < transitions; row++) {
        const to = next[row]!
        if (to < 0) deaths++
        else if (
          time[to] !== time[row]! + 1 ||
          idOf(segment, hotOffset, to) !== idOf(segment, hotOffset, row)
        )
          wrong.push(row)
      }
      t.same(wrong, [])
      t.ok(segment.action.subarray(transitions, rows).every((action) => action === NO_ACTION))
    }
    t.ok(deaths > 3, `${deaths} deaths in the sample`)
  },
)

t.test('a sample has what the same agents have where all are recorded', async (t) => {
  const all = openInlineHost({ ...HOST, sampleAgents: 4096 })
  const some = openInlineHost({ ...HOST, sampleAgents: SAMPLE })
  const { hotOffset } = all.plan.world.spec.groups[0]!.observation
  for (let segments = 0; segments < 3; segments++) {
    for (const host of [all, some]) host.run({ assignment: [1, 1], recordGroup: 0 })
    const [whole, sample] = [all.take(), some.take()]
    const rows = new Map<string, number>()
    for (let row = 0; row < whole.rows; row++)
      rows.set(`${whole.time[row]} ${idOf(whole, hotOffset, row)}`, row)
    const describe = (segment: RecordedSegment, row: number) => [
      segment.action[row],
      segment.reward[row],
      segment.next[row]! < 0,
      Buffer.from(
        segment.observation.subarray(row * segment.recordBytes, (row + 1) * segment.recordBytes - 1),
      ).toString('hex'),
    ]
    for (let row = 0; row < sample.rows; row++) {
      const twin = rows.get(`${sample.time[row]} ${idOf(sample, hotOffset, row)}`)!
      t.same(describe(sample, row), describe(whole, twin))
    }
    t.same(sample.shared, whole.shared)
  }
})

t.test('up to half of a sample are agents that see an enemy, the rest is spread over all', async (t) => {
  const host = openInlineHost({
    ...HOST,
    options: { ...OPTIONS, placement: 'uniform' },
    sampleAgents: SAMPLE,
  })
  host.run({ assignment: [0, 0], recordGroup: 0, steps: 1 })
  host.take()
  const { world, agents } = host.worlds[0]!
  const engaged = new Set([...world.engaged!(0)].map((slot) => agents.id[slot]!))
  const { hotOffset } = host.plan.world.spec.groups[0]!.observation
  host.run({ assignment: [0, 0], recordGroup: 0, steps: 1 })
  const segment = host.take()
  const ids = Array.from({ length: SAMPLE }, (_, row) => idOf(segment, hotOffset, row))
  t.ok(engaged.size > SAMPLE / 2)
  t.ok(ids.slice(0, SAMPLE / 2).every((id) => engaged.has(id)))
  t.equal(new Set(ids.slice(SAMPLE / 2)).size, SAMPLE / 2)
})

async function recordOn(t: Test, shards: number): Promise<string[]> {
  const plan = planTestHost({ ...HOST, sampleAgents: SAMPLE, shards })
  const pool: RolloutPool = openPool(plan, 'battle', shards, 2 ** 30)
  t.teardown(() => pool.close())
  const hashes: string[] = []
  for (let segments = 0; segments < 3; segments++) {
    const { slab } = await pool.run(taskOf(plan, { assignment: [1, 0], recordGroup: 1 }))
    hashes.push(hashSlab(copySlab(plan, slab!.views)))
    slab!.release()
  }
  return hashes
}

t.test('a sample is the same on any number of threads', async (t) => {
  const expected = await recordOn(t, 1)
  t.same(await recordOn(t, 3), expected)
})
