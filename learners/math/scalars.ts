import type { tf } from '../tf.ts'

/** Reads scalars back, by name. */
export async function readScalars(
  scalars: Readonly<Record<string, tf.Scalar>>,
): Promise<Record<string, number>> {
  const entries = Object.entries(scalars).map(
    async ([name, scalar]) => [name, (await scalar.data())[0]!] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}
