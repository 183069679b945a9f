import t from 'tap'
import { openPool } from '../../../actors/pool.ts'
import type { SegmentResult } from '../../../actors/segment.ts'
import { stateHash } from '../../../actors/state-hash.ts'
import type { AnyScenario } from '../../../runtime/core/scenario.ts'
import type { BoundWorld } from '../../../runtime/core/world.ts'
import { battle } from '../../../scenarios/battle/index.ts'
import { scenario as crowd } from '../../fixtures/crowd-scenario.ts'
import { LIMIT_BYTES, openInlineHost, planTestHost, taskOf } from '../../fixtures/hosts.ts'

const CROWD = new URL('../../fixtures/crowd-scenario.js', import.meta.url).href
const SEGMENTS = 4
const SEGMENT_STEPS = 50

interface Case {
  readonly title: string
  readonly scenario: AnyScenario
  /** Under which threads find the scenario. */
  readonly reference: string
  readonly options: Record<string, unknown>
  readonly agents: number
  /** Most of the time goes into starting threads. */
  readonly threads: readonly number[]
}

const fullBattle = { agents: 3_000, mapSize: 80, placement: 'uniform', maxSteps: 1_000 }
const inCrowd = { scenario: crowd, reference: CROWD, agents: 1_950, threads: [3] }

const cases: readonly Case[] = [
  ...(['magent', 'manyfold'] as const).flatMap((order) => [
    {
      title: `a crowded battle in ${order} order`,
      scenario: battle,
      reference: 'battle',
      options: { ...fullBattle, rules: order },
      agents: 3_000,
      threads: [2, 3, 8],
    },
    { title: `a crowd that fights and is taken in, in ${order} order`, ...inCrowd, options: { order } },
  ]),
  { title: 'a crowd with large bodies', ...inCrowd, options: { body: 2 } },
]

/** State after each segment of random play, and how many agents are left in the end. */
async function play(
  run: () => Promise<SegmentResult>,
  world: BoundWorld,
): Promise<{ readonly hashes: readonly string[]; readonly left: number }> {
  const hashes: string[] = []
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const { episode } = await run()
    hashes.push(`${stateHash([world])} ${JSON.stringify(episode ?? '')}`)
  }
  return { hashes, left: world.agents.living.reduce((sum, count) => sum + count, 0) }
}

function playAlone({ scenario, options }: Case) {
  const host = openInlineHost({ scenario, options, segmentSteps: SEGMENT_STEPS })
  return play(async () => host.run(), host.worlds[0]!)
}

async function playOn(threads: number, { scenario, reference, options }: Case) {
  const plan = planTestHost({ scenario, options, shards: threads, segmentSteps: SEGMENT_STEPS })
  const pool = openPool(plan, reference, threads, LIMIT_BYTES)
  try {
    return await play(() => pool.run(taskOf(plan)), pool.world(0))
  } finally {
    await pool.close()
  }
}

for (const playCase of cases) {
  t.test(`${playCase.title} comes out on ${playCase.threads.join(', ')} threads as on one`, async (t) => {
    const alone = await playAlone(playCase)
    t.equal(new Set(alone.hashes).size, SEGMENTS)
    t.ok(alone.left < playCase.agents, `${alone.left} of ${playCase.agents} are left`)
    for (const threads of playCase.threads)
      t.same(await playOn(threads, playCase), alone, `${threads} threads`)
  })
}
