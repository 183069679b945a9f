import { z } from 'zod'

/** Which of the random games is meant. */
export const gameSeed = z
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .default(0)
  .describe('which of the random games: of a kind and seed there is one')
