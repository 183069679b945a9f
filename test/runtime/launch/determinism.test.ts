import { join } from 'node:path'
import t from 'tap'
import { planScenario, resolveCommand } from '../../../runtime/launch/config.ts'
import { measure } from '../../../runtime/launch/measure.ts'
import { runOptions } from '../../../runtime/launch/options.ts'
import { loadPolicy } from '../../../runtime/launch/policies.ts'
import { checkpointFiles, differences } from './_cli.ts'
import { trainSmall } from './_training.ts'

/** How a training on one thread is repeated. */
const REPEATED: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  commnet: [{ threads: 2, learner: 'process' }],
  mfq: [{ threads: 5, learner: 'process' }],
  fql: [{ threads: 2 }],
  netac: [{ threads: 3, learner: 'process' }],
}

for (const [algorithm, repeated] of Object.entries(REPEATED)) {
  t.test(
    `${algorithm}: a sync training gives the same bytes on any number of threads, by thread or process`,
    async (t) => {
      const folder = t.testdir()
      const trained = async (name: string, values: Record<string, unknown>) => {
        const out = join(folder, name)
        const { stateHash, steps } = await trainSmall(out, {
          schedule: 'sync',
          // More than are under way at a time on one thread.
          worlds: 6,
          algorithm,
          steps: 192,
          seed: 3,
          ...values,
        })
        t.equal(steps, 192)
        return { out, stateHash }
      }
      const one = await trained('one', { threads: 1 })
      t.same(Object.keys(checkpointFiles(one.out)), [
        'learner.safetensors',
        'opponent.safetensors',
        'weights.safetensors',
        'worlds.safetensors',
      ])
      for (const [i, values] of repeated.entries()) {
        const other = await trained(`again-${i}`, values)
        t.equal(other.stateHash, one.stateHash)
        t.same(differences(one.out, other.out), [])
      }
      const seeded = await trained('seeded', { seed: 4 })
      t.not(seeded.stateHash, one.stateHash)
      t.equal(differences(one.out, seeded.out).length, 4)
    },
  )
}

/** State after 6 steps, played in pieces of which none divides the others' lengths. */
async function hashOf(
  policies: readonly string[],
  worlds: number,
  threads: number,
  agents: number,
): Promise<string> {
  const layer = { source: 'file', name: 'test', values: { agents } } as const
  const config = await resolveCommand('battle', runOptions, [layer])
  const world = planScenario(config)
  const { stateHash } = await measure({
    world,
    scenario: config.reference,
    policies: await Promise.all(policies.map((policy) => loadPolicy(policy, world, 'greedy'))),
    assignment: [0, 1],
    worlds,
    threads,
    segmentSteps: 2 + threads,
    seed: 5,
    steps: 6 - threads,
    warmup: threads,
    untilEpisodeEnds: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
  return stateHash
}

t.test(
  'worlds have the same state on 1, 2 and 5 threads: many small ones, and a large one in shards',
  async (t) => {
    const out = join(t.testdir(), 'run')
    await trainSmall(out, { steps: 8 })
    for (const [policies, worlds, agents] of [
      [['random', 'nearest-enemy'], 7, 64],
      [[out, 'random'], 7, 64],
      [[out, 'nearest-enemy'], 1, 12_000],
    ] as const) {
      const hashes = new Set<string>()
      for (const threads of [1, 2, 5]) hashes.add(await hashOf(policies, worlds, threads, agents))
      t.equal(hashes.size, 1, `${policies.join(' and ')} in ${worlds} worlds`)
    }
  },
)
