import t from 'tap'
import { createWorld, planWorld } from '../../runtime/core/world.ts'
import { battlefield } from '../../scenarios/battlefield/index.ts'
import type { GridWorld } from '../../scenarios/gridworld/world.ts'
import { SoloWorld } from '../fixtures/solo-world.ts'
import { Scene, sum32 } from './_scene.ts'

/** Rows of the walls in a column: pairs of the first row and the first one behind. */
function wallRows(world: GridWorld, x: number): number[] {
  const { height } = world.plan.config
  const isWall = (y: number) => y > 0 && y < height - 1 && !world.isBlank(x, y) && world.groupAt(x, y) < 0
  return Array.from({ length: height }, (_, y) => y).filter((y) => isWall(y) !== isWall(y - 1))
}

function open(options: Record<string, unknown> = {}): SoloWorld {
  const solo = new SoloWorld(battlefield, options)
  solo.start(1)
  return solo
}

t.test('two walls of two columns stand between the armies, each with an opening', async (t) => {
  const world = open().bound.world as GridWorld
  t.same(
    [34, 35, 36, 37].map((x) => wallRows(world, x)),
    [[], [10, 45, 50, 65], [10, 45, 50, 65], []],
  )
  t.same(
    [43, 44, 45, 46].map((x) => wallRows(world, x)),
    [[], [15, 30, 35, 70], [15, 30, 35, 70], []],
  )
})

t.test('of the 16 agents of a block those on a wall are left out', async (t) => {
  const { bound, plan } = open()
  const [x, y] = [bound.state['x']!, bound.state['y']!]
  const cellsOf = (army: number) =>
    Array.from({ length: 12 }, (_, i) => [x[plan.slots[army]! + i], y[plan.slots[army]! + i]])
  const grid = (columns: number[]) =>
    columns.flatMap((column) => [36, 38, 40, 42].map((row) => [column, row]))
  t.same([...bound.agents.living], [12, 12])
  t.same(cellsOf(0), grid([29, 31, 33]))
  t.same(cellsOf(1), grid([43, 47, 49]))
})

t.test('maps of every size have their walls on the map and two armies', async (t) => {
  for (const mapSize of [46, 47, 51, 60, 99, 200]) {
    const { living } = open({ mapSize }).bound.agents
    t.ok(living[0]! > 0 && living[1]! > 0, `${mapSize}: ${[...living].join(' ')}`)
  }
})

t.test('larger blocks make larger armies', async (t) => {
  const { living } = open({ mapSize: 200, blockSide: 20 }).bound.agents
  t.ok(living[0]! > 300 && living[1]! > 300, [...living].join(' '))
})

t.test('an army has an agent for every place that it has room for', async (t) => {
  const sizes = [46, 47, 60, 81, 99]
  const sides = [1, 4, 11, 20, 60]
  for (const [mapSize, blockSide] of sizes.flatMap((size) => sides.map((side) => [size, side]))) {
    const { bound, plan } = open({ mapSize, blockSide })
    t.same(
      [...bound.agents.living],
      plan.spec.groups.map(({ capacity }) => capacity),
      `${mapSize} ${blockSide}`,
    )
  }
})

t.test('a field that no memory holds is refused at once', async (t) => {
  for (const options of [
    { mapSize: 65_535 },
    { mapSize: 65_535, blockSide: 2000 },
    { mapSize: 40_000, blockSide: 4000 },
  ]) {
    const plan = planWorld(battlefield, battlefield.options.parse(options))
    t.throws(() => createWorld(plan, 2 ** 30), { code: 'ERR_ARENA_TOO_LARGE' })
  }
  const tooMany = battlefield.options.parse({ mapSize: 65_535, blockSide: 10_000 })
  t.throws(() => planWorld(battlefield, tooMany), {
    code: 'ERR_SCENARIO_INVALID',
    details: { field: 'groups' },
  })
})

t.test("soldiers are battle's: a hit pays 0.2 and costs 0.1, a kill pays 5 instead", async (t) => {
  const scene = new Scene(battlefield)
  const [red, blue] = [scene.place(0, 5, 5), scene.place(1, 6, 5, 3)]
  scene.place(1, 20, 20)
  scene.step({ attacks: [[red, 1, 0]] })
  t.equal(red.reward, sum32(-0.005, -0.1, 0.2))
  t.equal(blue.reward, sum32(-0.005))
  t.equal(scene.hp(blue), sum32(3, -2, 0.1))
  scene.step({ attacks: [[red, 1, 0]] })
  t.equal(red.reward, sum32(-0.005, sum32(5, -0.1)))
  t.equal(blue.reward, sum32(-0.1))
  t.equal(blue.slot, -1)
})
