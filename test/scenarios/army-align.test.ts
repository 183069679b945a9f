import t from 'tap'
import { armyAlign } from '../../scenarios/army-align/index.ts'
import { letterCells } from '../../scenarios/gridworld/letters.ts'
import { Scene } from './_scene.ts'

/** Letters of 8 × 8 cells, two of them in the middle of a map of 20 × 20. */
const SMALL = { pattern: 'AB', scale: 1, mapSize: 20 }
const [A, B] = [letterCells('A', 2, 6), letterCells('B', 10, 6)]

t.test("an agent on a cell of its own army's letter is paid 1 a step, any other nothing", async (t) => {
  const scene = new Scene(armyAlign, SMALL)
  const [ownX, ownY] = A[0]!
  const [otherX, otherY] = B[0]!
  const stander = scene.place(0, ownX, ownY)
  const stranger = scene.place(0, otherX, otherY)
  const walker = scene.place(1, otherX + 1, otherY + 3)
  const loiterer = scene.place(1, 1, 1)
  scene.step()
  t.same([stander.reward, stranger.reward, loiterer.reward], [1, 0, 0])
  scene.step()
  t.equal(stander.reward, 1)
  // The stranger leaves the cell to whom it belongs.
  scene.step({ moves: [[stranger, -2, 0]] })
  scene.step({ moves: [[walker, 0, -2]] })
  scene.step({ moves: [[walker, -1, -1]] })
  t.same(scene.cell(walker), [otherX, otherY])
  t.equal(walker.reward, 1)
})

t.test('the metrics say which share of the letters is filled, and the score counts cells', async (t) => {
  const scene = new Scene(armyAlign, SMALL)
  for (const [x, y] of A) scene.place(0, x, y)
  for (const [x, y] of B.slice(0, 5)) scene.place(1, x, y)
  t.match(scene.world.metrics(), {
    redFilled: 1,
    blueFilled: 5 / B.length,
    filledShare: (A.length + 5) / (A.length + B.length),
  })
  t.same([scene.world.score(0), scene.world.score(1)], [A.length, 5])
})

t.test('an army has an agent for every cell of its letter; an episode ends with its last step', async (t) => {
  const { solo } = new Scene(armyAlign, { pattern: 'MANY', mapSize: 70, maxSteps: 10 })
  solo.start(1)
  const { groups } = solo.plan.spec
  t.same(
    groups.map(({ name, capacity }) => [name, capacity]),
    'MANY'
      .split('')
      .map((letter, i) => [['red', 'blue', 'green', 'yellow'][i], 4 * letterCells(letter, 0, 0).length]),
  )
  t.same(
    [...solo.bound.agents.living],
    groups.map(({ capacity }) => capacity),
  )
  while (!solo.over) {
    solo.actMixed()
    solo.step()
  }
  t.equal(solo.bound.world.ended(), false)
})

t.test('letters that do not fit the map are refused', async (t) => {
  const options = armyAlign.options.parse({ pattern: 'ABC', scale: 2, mapSize: 40 })
  t.throws(() => armyAlign.describe(options), { code: 'ERR_CONFIG_INVALID', message: /at least 50/ })
})

t.test('the largest letters have an agent for each of their cells', async (t) => {
  const options = armyAlign.options.parse({ pattern: 'M', scale: 100, mapSize: 802 })
  const cells = letterCells('M', 0, 0).length
  t.equal(armyAlign.describe(options).groups[0]!.capacity, 10_000 * cells)
})

t.test('a letter of scale 3 is nine times as large, and blanks have no cells', async (t) => {
  t.equal(letterCells('X', 0, 0, 3).length, 9 * letterCells('X', 0, 0).length)
  t.same(letterCells(' ', 0, 0), [])
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
    const cells = letterCells(letter, 0, 0)
    t.ok(cells.length >= 9 && cells.every(([x, y]) => x >= 1 && x <= 5 && y >= 0 && y <= 6), letter)
  }
})
