import t from 'tap'
import { benchLearnerUpdate } from '../../bench/learner-update.ts'

t.test('both updates compute the same, and the figures are all there', async (t) => {
  const result = await benchLearnerUpdate({ batch: 64, widths: [32, 16, 16, 5], repeats: 3 })
  t.match(result, { bench: 'learner-update', backend: 'wasm', batch: 64, widths: [32, 16, 16, 5] })
  t.ok(result.loss_difference < 1e-4, `${result.loss_difference}`)
  t.ok(result.ours_ms > 0 && result.plain_ms > 0 && result.ratio > 0)
})
