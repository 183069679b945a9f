import t from 'tap'
import { SumTree } from '../../../learners/replay/sum-tree.ts'

t.test('an item is found for each part of the sum, in proportion to its weight', async (t) => {
  const tree = new SumTree(5)
  for (const [item, weight] of [3, 0, 1, 4, 2].entries()) tree.set(item, weight)
  t.equal(tree.total, 10)
  const found = Array.from({ length: 10 }, (_, i) => tree.find(i + 0.5))
  t.same(found, [0, 0, 0, 2, 3, 3, 3, 3, 4, 4])
  tree.set(3, 0)
  t.equal(tree.total, 6)
  t.equal(tree.weightOf(3), 0)
  t.same(
    [0.5, 2.9, 3.5, 4.5, 5.9].map((at) => tree.find(at)),
    [0, 0, 2, 4, 4],
  )
})

t.test('an item of no weight is never found, not even by a number at the end', async (t) => {
  const tree = new SumTree(6)
  tree.set(2, 0.1)
  t.same(
    [0, 0.05, 0.1, 1].map((at) => tree.find(at)),
    [2, 2, 2, 2],
  )
})
