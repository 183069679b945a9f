import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { checkJson, readJson } from '../../runtime/core/files.ts'
import { moveRange } from '../gridworld/ranges.ts'
import { SOLDIER } from './army.ts'

const MOVE_COUNT = moveRange(SOLDIER.speed).length

/** Recordings of the real engine: traces, single-rule situations, and observations that belong to a trace. */

const whole = z.number().int()
const cell = z.tuple([whole, whole])

const stepSchema = z
  .object({
    ids: z.array(whole),
    n0: whole,
    action: z.array(whole.min(0).max(20)),
    attack_order: z.array(whole),
    rng_before: whole.optional(),
    x: z.array(whole),
    y: z.array(whole),
    hp: z.array(z.number()),
    alive: z.array(whole),
    reward: z.array(z.number()),
    done: whole,
  })
  .refine(
    ({ ids, ...step }) =>
      [step.action, step.x, step.y, step.hp, step.alive, step.reward].every(
        ({ length }) => length === ids.length,
      ),
    'expected one action, x, y, hp, alive and reward for each of ids',
  )
  .refine(
    ({ action, attack_order }) => action.filter((id) => id >= MOVE_COUNT).length === attack_order.length,
    'expected every attacker of action in attack_order',
  )

const observationSchema = z.object({
  t: whole,
  when: z.enum(['before_step', 'after_step_before_clear']),
  minimap: z.boolean(),
  id: whole,
  group: whole,
  view: z.array(z.array(z.array(z.number().nullable()))),
  feature: z.array(z.number()),
})

const traceSchema = z.object({
  meta: z.object({ width: whole, height: whole, engine_seed: whole, extra_walls: z.array(cell) }),
  initial: z.object({ pos0: z.array(cell), pos1: z.array(cell) }),
  steps: z.array(stepSchema),
})

const situationSchema = z.object({
  name: z.string(),
  width: whole,
  height: whole,
  engine_seed: whole,
  extra_walls: z.array(cell),
  initial: z.array(z.object({ id: whole, group: whole.min(0).max(1), x: whole, y: whole, hp: z.number() })),
  steps: z.array(stepSchema),
  observations: z.array(observationSchema).optional(),
})

const situationsSchema = z.object({ scenarios: z.array(situationSchema) })
const observationsSchema = z.object({ trace: z.string(), observations: z.array(observationSchema) })

export type RecordedStep = z.output<typeof stepSchema>
export type RecordedObservation = z.output<typeof observationSchema>

/** One recorded episode. */
export interface Recording {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly engineSeed: number
  readonly walls: readonly (readonly [number, number])[]
  /** In insertion order, red first. */
  readonly agents: readonly {
    readonly group: number
    readonly x: number
    readonly y: number
    readonly hp: number
  }[]
  readonly steps: readonly RecordedStep[]
  readonly observations: readonly RecordedObservation[]
}

/**
 * Reads a trace, a file of situations, or observations with the trace they name, found beside them.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export async function readRecordings(file: string): Promise<Recording[]> {
  const content = await readJson(file, z.looseObject({}))
  if ('scenarios' in content) return checkJson(file, content, situationsSchema).scenarios.map(fromSituation)
  if ('trace' in content) {
    const { trace, observations } = checkJson(file, content, observationsSchema)
    const recorded = await readJson(join(dirname(file), basename(trace)), traceSchema)
    return [fromTrace(basename(file), recorded, observations)]
  }
  if ('steps' in content) return [fromTrace(basename(file), checkJson(file, content, traceSchema), [])]
  throw new RuntimeError(
    'ERR_FILE_INVALID',
    `${file}: expected a trace (meta, initial, steps), situations (scenarios) or observations (trace, observations)`,
    { details: { file, keys: Object.keys(content) } },
  )
}

function fromSituation(situation: z.output<typeof situationSchema>): Recording {
  return {
    name: situation.name,
    width: situation.width,
    height: situation.height,
    engineSeed: situation.engine_seed,
    walls: situation.extra_walls,
    agents: situation.initial,
    steps: situation.steps,
    observations: situation.observations ?? [],
  }
}

function fromTrace(
  name: string,
  trace: z.output<typeof traceSchema>,
  observations: readonly RecordedObservation[],
): Recording {
  if (trace.steps.length === 0) {
    throw new RuntimeError('ERR_FILE_INVALID', `${name}: expected at least one step, got none`)
  }
  const army = (group: number, cells: readonly (readonly [number, number])[]) =>
    cells.map(([x, y]) => ({ group, x, y, hp: 10 }))
  return {
    name,
    width: trace.meta.width,
    height: trace.meta.height,
    engineSeed: trace.meta.engine_seed,
    walls: trace.meta.extra_walls,
    agents: [...army(0, trace.initial.pos0), ...army(1, trace.initial.pos1)],
    steps: trace.steps,
    observations,
  }
}
