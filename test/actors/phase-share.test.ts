import fc from 'fast-check'
import t from 'tap'
import { runShare } from '../../actors/phase-share.ts'

const cases = fc.record({
  size: fc.integer({ min: 0, max: 500 }),
  shards: fc.integer({ min: 1, max: 9 }),
  grain: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
})

t.test('shards together run every index of a range once, in blocks or in one stretch each', async () => {
  fc.assert(
    fc.property(cases, ({ size, shards, grain }) => {
      const runs = Array.from({ length: size }, () => 0)
      const run = (from: number, to: number) => {
        for (let i = from; i < to; i++) runs[i]!++
      }
      const phase = { name: 'count', kind: 'range', size: () => size, run } as const
      for (let shard = 0; shard < shards; shard++)
        runShare(grain ? { ...phase, grain } : phase, shard, shards)
      return runs.every((count) => count === 1)
    }),
  )
})

t.test('blocks go to shards in turn', async (t) => {
  const blocks: number[][] = []
  const run = (from: number, to: number) => void blocks.push([from, to])
  runShare({ name: 'blocks', kind: 'range', size: () => 25, run, grain: 4 }, 1, 3)
  t.same(blocks, [
    [4, 8],
    [16, 20],
  ])
})

t.test('what is serial is run by the first shard alone', async (t) => {
  let runs = 0
  for (let shard = 0; shard < 3; shard++) {
    runShare({ name: 'once', kind: 'serial', run: () => void runs++ }, shard, 3)
  }
  t.equal(runs, 1)
})
