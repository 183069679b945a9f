import type { RolloutPool } from '../../actors/pool.ts'
import { RuntimeError } from '../core/errors.ts'
import { recordOffset } from '../core/memory/arena.ts'
import { bindViews, type Layout } from '../core/memory/layout.ts'
import type { NamedTensor, NamedTensors, TensorData } from '../core/tensors.ts'

/** What the runtime keeps beside each world's own columns and that lasts from segment to segment. */
const FRAME_COLUMNS = ['meanAction', 'groupReward'] as const

interface Source {
  readonly region: string
  readonly layout: Layout
  readonly column: string
}

/** The state of all worlds of a host: one tensor a column, worlds stacked on the first axis. */
export function saveWorlds(pool: RolloutPool): NamedTensors {
  return Object.fromEntries(
    sources(pool).map((source) => {
      const views = viewsOf(pool, source)
      const length = views[0]!.length
      const data = new (views[0]!.constructor as new (length: number) => TensorData)(length * views.length)
      for (const [i, view] of views.entries()) data.set(view, i * length)
      const { dtype, shape } = source.layout.columns[source.column]!
      const tensor: NamedTensor = { dtype, shape: [views.length, ...shape], data }
      return [`${source.region}/${source.column}`, tensor]
    }),
  )
}

/** @throws ERR_CHECKPOINT_MISMATCH when it was saved with other worlds */
export function loadWorlds(pool: RolloutPool, saved: NamedTensors): void {
  for (const source of sources(pool)) {
    const name = `${source.region}/${source.column}`
    const views = viewsOf(pool, source)
    const length = views[0]!.length
    const data = saved[name]?.data
    if (data?.length !== length * views.length) {
      throw new RuntimeError(
        'ERR_CHECKPOINT_MISMATCH',
        `worlds ${name}: expected ${length * views.length} elements, got ${data?.length ?? 'none'}; ` +
          'resume with the scenario options and the number of worlds of the checkpoint',
      )
    }
    for (const [i, view] of views.entries()) view.set(data.subarray(i * length, (i + 1) * length))
  }
}

/** Scratch is left out: it means nothing between steps, or holds addresses of this arena. */
function sources(pool: RolloutPool): Source[] {
  const { plan } = pool
  const { scratch = [] } = pool.world(0).world
  const columns = Object.keys(plan.world.layout.columns).filter((column) => !scratch.includes(column))
  return [
    ...columns.map((column) => ({ region: 'worlds', layout: plan.world.layout, column })),
    ...FRAME_COLUMNS.map((column) => ({ region: 'frames', layout: plan.frame as Layout, column })),
  ]
}

function viewsOf({ arena, plan }: RolloutPool, { region, layout, column }: Source): TensorData[] {
  const one: Layout = {
    columns: { [column]: layout.columns[column]! },
    offsets: { [column]: layout.offsets[column]! },
    bytes: 0,
  }
  return Array.from(
    { length: plan.worldCount },
    (_, i) => bindViews(one, arena.buffer, recordOffset(arena, region, i))[column]! as TensorData,
  )
}
