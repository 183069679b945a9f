import { z } from 'zod'

/** What `traffic import-sumo` takes. */
export const sumoOptions = z.strictObject({
  begin: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('second of the SUMO scenario that is step 0; who leaves earlier is left out'),
})
