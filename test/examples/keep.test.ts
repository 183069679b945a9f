import { readFile } from 'node:fs/promises'
import t from 'tap'
import { scenario } from '../../examples/keep.ts'
import { testScenario } from '../contract/scenario-contract.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'

const ROOT = new URL('../../../', import.meta.url)
const RAIDERS = 0

t.test('it keeps the contract of scenarios', async (t) => testScenario(t, scenario, { steps: 20 }))

t.test('raiders are paid inside the keep, for hits on the banner, and for taking it', async (t) => {
  const solo = new SoloWorld(scenario)
  const paid = new Set<number>()
  for (let seed = 1; seed <= 3; seed++) {
    solo.start(seed)
    while (!solo.over) {
      const [first, end] = solo.list(RAIDERS)
      for (const group of [0, 1]) solo.follow('nearest-enemy', group)
      solo.step()
      for (const reward of solo.bound.agents.reward.subarray(first, end))
        paid.add(Math.round(10 * reward) / 10)
    }
    t.equal(solo.bound.world.ended(), true)
  }
  t.ok(
    [0, 0.1, 1.1].every((reward) => paid.has(reward)),
    [...paid].join(' '),
  )
})

t.test('the page that explains grid worlds shows it as it is', async (t) => {
  const page = await readFile(new URL('docs/gridworld.md', ROOT), 'utf8')
  const file = await readFile(new URL('examples/keep.ts', ROOT), 'utf8')
  t.ok(page.includes(`\`\`\`ts examples/keep.ts\n${file}\`\`\`\n`))
})
