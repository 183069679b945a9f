import t from 'tap'
import { openPool } from '../../../actors/pool.ts'
import type { SegmentResult } from '../../../actors/segment.ts'
import { stateHash } from '../../../actors/state-hash.ts'
import type { BoundWorld } from '../../../runtime/core/world.ts'
import { scenario } from '../../fixtures/crowd-scenario.ts'
import { LIMIT_BYTES, openInlineHost, planTestHost, taskOf } from '../../fixtures/hosts.ts'

const CROWD = new URL('../../fixtures/crowd-scenario.js', import.meta.url).href
const AGENTS = 1_950
const SEGMENTS = 4
const SEGMENT_STEPS = 50
const THREADS = 3

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

function playAlone(options: Record<string, unknown>) {
  const host = openInlineHost({ scenario, options, segmentSteps: SEGMENT_STEPS })
  return play(async () => host.run(), host.worlds[0]!)
}

async function playTogether(options: Record<string, unknown>) {
  const plan = planTestHost({ scenario, options, shards: THREADS, segmentSteps: SEGMENT_STEPS })
  const pool = openPool(plan, CROWD, THREADS, LIMIT_BYTES)
  try {
    return await play(() => pool.run(taskOf(plan)), pool.world(0))
  } finally {
    await pool.close()
  }
}

for (const [title, options] of [
  ['a crowd that fights and is taken in, in magent order,', { order: 'magent' }],
  ['a crowd that fights and is taken in, in manyfold order,', { order: 'manyfold' }],
  ['a crowd with large bodies', { body: 2 }],
] as const) {
  t.test(`${title} comes out on ${THREADS} threads as on one`, async (t) => {
    const alone = await playAlone(options)
    t.equal(new Set(alone.hashes).size, SEGMENTS)
    t.ok(alone.left < AGENTS, `${alone.left} of ${AGENTS} are left`)
    t.same(await playTogether(options), alone)
  })
}
