import t from 'tap'
import { arrange } from '../../scenarios/arrange/index.ts'
import type { GridWorld } from '../../scenarios/gridworld/world.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'
import { Scene, sum32 } from './_scene.ts'

const [GOALS, AGENTS] = [0, 1]

t.test('who walks into a free goal is taken in: it is paid 10 and leaves the map', async (t) => {
  const scene = new Scene(arrange)
  const [goal, agent] = [scene.place(GOALS, 10, 10), scene.place(AGENTS, 12, 10)]
  scene.place(AGENTS, 30, 30)
  scene.step({ moves: [[agent, -2, 0]] })
  t.equal(agent.reward, 10)
  t.equal(agent.slot, -1)
  t.equal(scene.world.groupAt(12, 10), -1)
  t.equal(scene.world.groupAt(10, 10), GOALS)
  t.equal(scene.hp(goal), 2)
  t.equal(scene.world.metrics()['filledShare'], 1 / 63)
})

t.test('a goal takes in one agent; the next one is paid nothing and stays', async (t) => {
  const scene = new Scene(arrange)
  scene.place(GOALS, 10, 10)
  const [first, second] = [scene.place(AGENTS, 11, 10), scene.place(AGENTS, 9, 10)]
  scene.step({
    moves: [
      [first, -1, 0],
      [second, 1, 0],
    ],
  })
  t.same([first.reward, second.reward], [10, 0])
  t.equal(first.slot, -1)
  t.same(scene.cell(second), [9, 10])
})

t.test('running into walls and other agents pays nothing', async (t) => {
  const scene = new Scene(arrange)
  scene.place(GOALS, 30, 30)
  const [one, other] = [scene.place(AGENTS, 1, 1), scene.place(AGENTS, 2, 1)]
  for (const dx of [-1, 1]) {
    scene.step({ moves: [[one, dx, 0]] })
    t.equal(one.reward, 0)
    t.same(scene.cell(one), [1, 1])
  }
  t.equal(other.reward, 0)
})

t.test('agents starve after 400 steps', async (t) => {
  const scene = new Scene(arrange)
  scene.place(GOALS, 30, 30)
  const [old, young] = [scene.place(AGENTS, 5, 5), scene.place(AGENTS, 8, 8)]
  scene.step()
  t.equal(scene.hp(old), sum32(10, -10 / 400))
  let steps = 1
  while (old.slot >= 0 && steps < 500) {
    scene.step()
    steps++
  }
  t.ok(steps >= 400 && steps <= 402, `${steps} steps`)
  t.equal(young.slot, -1)
  t.equal(scene.solo.bound.world.ended(), true)
})

t.test('goals never move', async (t) => {
  const scene = new Scene(arrange)
  const goal = scene.place(GOALS, 10, 10)
  scene.place(AGENTS, 30, 30)
  scene.solo.bound.agents.action[goal.slot] = 3
  scene.solo.step()
  t.same(scene.cell(goal), [10, 10])
})

t.test('goals spell the text, and every agent can walk to one', async (t) => {
  const solo = new SoloWorld(arrange, { text: 'HI', mapSize: 40 })
  for (const seed of [1, 2, 3]) {
    solo.start(seed)
    const world = solo.bound.world as GridWorld
    t.same(drawGoals(world, 12, 16, 16, 7), [
      ' #   #    ###   ',
      ' #   #     #    ',
      ' #   #     #    ',
      ' #####     #    ',
      ' #   #     #    ',
      ' #   #     #    ',
      ' #   #    ###   ',
    ])
    t.equal(solo.bound.agents.living[GOALS], solo.bound.agents.living[AGENTS])
    const reached = floodFrom(world, 20, 15)
    const [first, end] = solo.list(AGENTS)
    const { x, y } = solo.bound.state
    for (let slot = first; slot < end; slot++) t.ok(reached.has(y![slot]! * 40 + x![slot]!), `agent ${slot}`)
  }
})

t.test('mazes differ from seed to seed, and leave the text and two cells around it free', async (t) => {
  const solo = new SoloWorld(arrange)
  const world = solo.bound.world as GridWorld
  const isWall = (x: number, y: number) => !world.isBlank(x, y) && world.groupAt(x, y) < 0
  const maps = [1, 2].map((seed) => {
    solo.start(seed)
    return Array.from({ length: 60 * 60 }, (_, cell) => isWall(cell % 60, Math.floor(cell / 60)))
  })
  t.notSame(maps[0], maps[1])
  for (const map of maps) {
    t.ok(map.filter((wall) => wall).length > 4 * 59 + 100)
    const around = map.filter(
      (_, cell) => Math.abs((cell % 60) - 29.5) <= 16 && Math.floor(cell / 60) >= 24 && cell < 35 * 60,
    )
    t.equal(around.includes(true), false)
  }
})

t.test('a text that is too wide for the map is refused', async (t) => {
  const options = arrange.options.parse({ text: 'MANYFOLD', mapSize: 60 })
  t.throws(() => arrange.describe(options), { code: 'ERR_CONFIG_INVALID', message: /at least 68/ })
  t.equal(arrange.options.safeParse({ text: 'no' }).success, false)
})

function drawGoals(world: GridWorld, left: number, top: number, width: number, height: number): string[] {
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) =>
      world.groupAt(left + column, top + row) === GOALS ? '#' : ' ',
    ).join(''),
  )
}

/** Cells that can be walked to in single steps: those without walls. */
function floodFrom(world: GridWorld, x: number, y: number): Set<number> {
  const { width } = world.plan.config
  const reached = new Set([y * width + x])
  for (const cell of reached) {
    for (const next of [cell - 1, cell + 1, cell - width, cell + width]) {
      const [nextX, nextY] = [next % width, Math.floor(next / width)]
      if (world.isBlank(nextX, nextY) || world.groupAt(nextX, nextY) >= 0) reached.add(next)
    }
  }
  return reached
}
