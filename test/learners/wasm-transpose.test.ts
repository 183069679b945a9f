import t from 'tap'
import { openBackend } from '../../learners/backend.ts'
import { tf } from '../../learners/tf.ts'
import { installFastTranspose } from '../../learners/wasm-transpose.ts'

t.test('transposes every kind of matrix as the definition says', async (t) => {
  await openBackend('wasm')
  installFastTranspose() // a second time changes nothing
  const shapes = [
    [1, 1],
    [8, 64],
    [9, 65],
    [7, 130],
    [200, 3],
    [1, 40],
    [40, 1],
  ] as const
  for (const [rows, columns] of shapes) {
    const data = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i))
    const expected = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number)
    const found = tf.tidy(() => tf.transpose(tf.tensor2d(data, [rows, columns])).dataSync())
    t.same(found, expected, `${rows}×${columns}`)
  }
})

t.test('other ranks, types and orders go to the kernel that was there', async (t) => {
  await openBackend('wasm')
  tf.tidy(() => {
    t.same(tf.transpose(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32')).arraySync(), [
      [1, 4],
      [2, 5],
      [3, 6],
    ])
    t.same(tf.transpose(tf.tensor2d([1, 2, 3, 4], [2, 2]), [0, 1]).arraySync(), [
      [1, 2],
      [3, 4],
    ])
    t.same(tf.transpose(tf.tensor3d([1, 2, 3, 4], [1, 2, 2]), [2, 1, 0]).arraySync(), [
      [[1], [3]],
      [[2], [4]],
    ])
  })
})
