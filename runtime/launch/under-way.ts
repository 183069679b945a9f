/** Results of `start` for all items, in their order; at most `ahead` are under way, and none when this ends. */
export async function* inOrder<T, R>(
  items: readonly T[],
  ahead: number,
  start: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = []
  try {
    for (const [index, item] of items.entries()) {
      const work = start(item, index)
      // Heard of in its turn.
      work.catch(() => undefined)
      pending.push(work)
      if (pending.length === ahead) yield await pending.shift()!
    }
    while (pending.length > 0) yield await pending.shift()!
  } finally {
    await Promise.allSettled(pending)
  }
}

/** As `Promise.all`, but a failure is not reported before the others have ended too. */
export async function allAtRest<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const promises = work.map((item) => Promise.resolve(item))
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
