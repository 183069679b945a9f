import t from 'tap'
import { benchNetworks } from '../../bench/networks.ts'

t.test('it measures every network, in the kernel and in the learner', async (t) => {
  const results = await benchNetworks({ batch: 8, evaluations: 2, updates: 2 })
  t.equal(results.length, 3)
  for (const { network, inputs, kernelNsPerAgent, updateMs } of results) {
    t.ok(inputs > 0 && kernelNsPerAgent > 0 && updateMs > 0, network)
  }
})
