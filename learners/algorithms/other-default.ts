import type { z } from 'zod'

/** An option that is another algorithm's too, with a default of its own and the same description. */
export function otherDefault<T extends z.ZodType>(
  option: z.ZodDefault<T>,
  value: z.util.NoUndefined<z.output<T>>,
): z.ZodDefault<T> {
  return option.removeDefault().default(value).describe(option.description!)
}
