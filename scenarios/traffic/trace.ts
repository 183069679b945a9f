import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readJson } from '../../runtime/core/files.ts'

const integer = z.number().int()
const pairs = z.array(z.tuple([integer, integer]))

const traceSchema = z.object({
  roadnet: z.string(
    'expected the name of a road network, as a recorded trace has it: other recordings are no traces',
  ),
  flow: z.string(),
  interval: z.number().positive(),
  seed: integer,
  laneChange: z.boolean(),
  steps: integer.positive(),
  /** `roadnet`: the file's programme; `scripted`: every signal goes to its next phase every `signal_period` steps. */
  signal: z.enum(['roadnet', 'scripted']),
  signal_period: integer.nonnegative(),
  script: z.enum(['', 'lead']),
  final_att: z.number(),
  vehicles: z.array(z.string()),
  drivables: z.array(z.string()),
  signals: z.array(z.string()),
  /** Vehicle, drivable, metres, m/s of all that run after `t` steps. */
  trace: z.array(z.object({ t: integer, v: z.array(z.tuple([integer, integer, z.number(), z.number()])) })),
  /** Vehicles that run, that run or wait, average travel time; vehicles and standing vehicles of lanes that have any. */
  lanes: z.array(
    z.object({ t: integer, n: integer, all: integer, att: z.number(), count: pairs, wait: pairs }),
  ),
})

/** What CityFlow did, recorded; see `verify.ts`. */
export interface Trace extends Omit<z.output<typeof traceSchema>, 'roadnet' | 'flow'> {
  readonly roadnetFile: string
  readonly flowFile: string
}

/**
 * A recorded trace; its network and flows lie in `inputs/` beside it.
 *
 * @throws ERR_FILE_MISSING, ERR_FILE_INVALID
 */
export async function readTrace(file: string): Promise<Trace> {
  const { roadnet, flow, ...rest } = await readJson(file, traceSchema)
  const inputs = join(dirname(file), 'inputs')
  return { ...rest, roadnetFile: join(inputs, roadnet), flowFile: join(inputs, flow) }
}
