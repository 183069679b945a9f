import { z } from 'zod'
import { LARGEST_MAP, type Order } from './config.ts'

/** Up to this many agents `auto` keeps to MAgent2's order. */
const MAGENT_AGENTS = 10_000

/** Options that all grid worlds have. */
export const rulesOption: z.ZodDefault<z.ZodEnum<{ auto: 'auto'; magent: 'magent'; manyfold: 'manyfold' }>> =
  z
    .enum(['auto', 'magent', 'manyfold'])
    .default('auto')
    .describe(
      'order of attacks and moves in a step: magent as MAgent2 resolves them, which favours the first group and ' +
        `low ids; manyfold drawn anew for each step; auto is magent for up to ${MAGENT_AGENTS.toLocaleString('en')} agents`,
    )

export const minimapOption: z.ZodDefault<z.ZodBoolean> = z
  .boolean()
  .default(true)
  .describe('observe the coarse maps of all groups and the own place')

/** Side of a square map. @param least the smallest on which the scenario has agents of every group */
export function mapSizeOption(size: number, least: number): z.ZodDefault<z.ZodNumber> {
  return z
    .number()
    .int()
    .min(least)
    .max(LARGEST_MAP)
    .default(size)
    .describe('side of the square map in cells, walls included')
}

export function maxStepsOption(steps: number): z.ZodDefault<z.ZodNumber> {
  return z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(steps)
    .describe('steps after which an episode is truncated')
}

export function orderFor(rules: 'auto' | Order, agents: number): Order {
  if (rules !== 'auto') return rules
  return agents > MAGENT_AGENTS ? 'manyfold' : 'magent'
}
