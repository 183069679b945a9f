import t from 'tap'
import { profile, steps } from '../../examples/matching-pennies.ts'
import { showsFile } from '../fixtures/shown-file.ts'

t.test('it solves a game and learns it, with the figures that it names', async (t) => {
  t.ok(profile.every((strategy) => strategy.every((probability) => Math.abs(probability - 0.5) < 1e-9)))
  t.equal(steps, 627)
})

t.test('the page on games shows it as it is', async (t) => {
  await showsFile(t, 'docs/games.md', 'examples/matching-pennies.ts')
})
