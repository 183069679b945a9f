import { createHash } from 'node:crypto'
import t from 'tap'
import * as C from '../../../scenarios/traffic/codes.ts'
import { Simulation } from './_drive.ts'

const STEPS = 900

/**
 * Plays the built-in grid with signals that never change, so that queues grow.
 *
 * @param isCrowded whether there is never room behind the lists that have outgrown their own
 */
function play(isCrowded: boolean) {
  const simulation = new Simulation({ maxSteps: STEPS })
  const { counts, queue, position } = simulation.bound.state
  const hash = createHash('sha256')
  let moves = 0
  for (let step = 0; step < STEPS; step++) {
    const end = counts![C.LISTS_END]!
    if (isCrowded) counts![C.LISTS_FREE] = end - 4
    simulation.run(1)
    hash.update(queue!).update(position!)
    if (counts![C.LISTS_END] !== end) moves++
  }
  return { seen: hash.digest('hex'), moves }
}

t.test('lists that move to the other half of their room keep their vehicles in order', async (t) => {
  const crowded = play(true)
  t.ok(crowded.moves > 5, `lists moved ${crowded.moves} times`)
  t.equal(crowded.seen, play(false).seen)
})
