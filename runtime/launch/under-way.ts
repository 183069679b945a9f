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

/**
 * Works through items in their order, so many at a time. Once `signal` is aborted, or the work on one has failed, `stop` is, and no
 * other one is begun.
 *
 * @throws what failed, when nothing is under way any more
 */
export async function inTurns<T>(
  items: Iterable<T>,
  workers: number,
  signal: AbortSignal,
  work: (item: T, worker: number, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController()
  const stop = AbortSignal.any([signal, failure.signal])
  const queue = [...items].values()
  const takeTurns = async (worker: number): Promise<void> => {
    for (const item of queue) {
      if (stop.aborted) return
      await work(item, worker, stop)
    }
  }
  await allAtRest(
    Array.from({ length: workers }, (_, worker) =>
      takeTurns(worker).catch((error) => {
        failure.abort()
        throw error
      }),
    ),
  )
}
