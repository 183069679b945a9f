import { setImmediate as tick } from 'node:timers/promises'
import t from 'tap'
import { inOrder, inTurns } from '../../../runtime/launch/under-way.ts'

/** Work that ends when it is told to, and how much of it is under way. */
class Works {
  readonly started: number[] = []
  readonly #ends: (() => void)[] = []
  running = 0

  start = async (item: number): Promise<number> => {
    this.started.push(item)
    this.running++
    await new Promise<void>((resolve) => {
      this.#ends[item] = resolve
    })
    this.running--
    if (item === 3) throw new Error('item 3 failed')
    return item * 10
  }

  end(item: number): void {
    this.#ends[item]!()
  }
}

t.test(
  'results come in the order of their items, and few are ahead of the one that is waited for',
  async (t) => {
    const works = new Works()
    const results = inOrder([0, 1, 2], 2, works.start)
    const first = results.next()
    await tick()
    t.same(works.started, [0, 1])
    works.end(1)
    await tick()
    t.same(works.started, [0, 1], 'item 0 is still waited for')
    works.end(0)
    t.same(await first, { done: false, value: 0 })
    const second = results.next()
    await tick()
    t.same(works.started, [0, 1, 2])
    t.same(await second, { done: false, value: 10 })
    const third = results.next()
    works.end(2)
    t.same(await third, { done: false, value: 20 })
    t.same(await results.next(), { done: true, value: undefined })
  },
)

t.test('a failure is told in its turn, when nothing is under way any more', async (t) => {
  const works = new Works()
  const results = inOrder([3, 4], 2, works.start)
  const first = results.next()
  await tick()
  works.end(3)
  let isTold = false
  const told = first.catch((error: Error) => {
    isTold = true
    return error.message
  })
  await tick()
  t.equal(isTold, false, 'item 4 is under way')
  works.end(4)
  t.equal(await told, 'item 3 failed')
  t.equal(works.running, 0)
})

t.test('as many are worked on as there are workers, and the next one begins when one ends', async (t) => {
  const works = new Works()
  const signal = new AbortController().signal
  const worked = inTurns([0, 1, 2], 2, signal, async (item) => void (await works.start(item)))
  await tick()
  t.same(works.started, [0, 1])
  works.end(1)
  await tick()
  t.same(works.started, [0, 1, 2])
  works.end(0)
  works.end(2)
  await worked
  t.equal(works.running, 0)
})

t.test('who is told to stop begins nothing more, and a failure stops the others', async (t) => {
  for (const why of ['a signal', 'a failure'] as const) {
    const works = new Works()
    const controller = new AbortController()
    const told: AbortSignal[] = []
    const worked = inTurns([3, 4, 5], 2, controller.signal, async (item, _, stop) => {
      told.push(stop)
      await works.start(item)
    }).catch((error: Error) => error.message)
    await tick()
    if (why === 'a signal') controller.abort()
    works.end(3)
    await tick()
    t.same([works.started, works.running], [[3, 4], 1], why)
    t.ok(told.every(({ aborted }) => aborted))
    works.end(4)
    t.equal(await worked, 'item 3 failed')
    t.equal(works.running, 0)
  }
})
