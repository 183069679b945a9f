import fc from 'fast-check'
import t from 'tap'
import { battle } from '../../../scenarios/battle/index.ts'
import {
  armyCapacity,
  type Cell,
  mapSizeFor,
  placeArmy,
  placeArmyOf,
  placedPerArmy,
} from '../../../scenarios/battle/placement.ts'
import { readRecording } from '../../fixtures/recordings.ts'
import { openBattle } from './_battle.ts'

fc.configureGlobal({ seed: 2026 })

interface Placed {
  readonly n_red: number
  readonly n_blue: number
  readonly red?: readonly Cell[]
  readonly blue?: readonly Cell[]
}

const placeArmies = (size: number) => [[...placeArmy(0, size)], [...placeArmy(1, size)]] as const
const placeArmiesOf = (count: number, size: number) =>
  [[...placeArmyOf(0, count, size)], [...placeArmyOf(1, count, size)]] as const

const SIZES = Object.entries(readRecording<{ sizes: Record<string, Placed> }>('placement_battle.json').sizes)

const describeOf = (options: Record<string, unknown>) => battle.describe(battle.options.parse(options))
const mapSizeOf = (options: Record<string, unknown>) => openBattle(options).world.plan.config.width

t.test("armies stand where MAgent2's own wrapper puts them", async (t) => {
  t.ok(SIZES.length > 40)
  for (const [size, { n_red, n_blue, red, blue }] of SIZES) {
    const placed = placeArmies(Number(size))
    t.same(
      placed.map(({ length }) => length),
      [n_red, n_blue],
      `map of ${size}`,
    )
    if (red) t.same(placed, [red, blue], `cells on a map of ${size}`)
  }
})

t.test('agents are counted without listing them', async (t) => {
  for (let size = 12; size <= 300; size++) {
    if (placedPerArmy(size) !== placeArmies(size)[0].length) t.fail(`map of ${size}`)
  }
})

t.test('the map chosen for so many agents is the smallest that takes them', async (t) => {
  const placedOn = (size: number) => placeArmies(size)[0].length
  for (let count = 1; count <= 400; count++) {
    const size = mapSizeFor(count)
    const smaller = size > 12 && placedOn(size - 1) >= count
    if (placedOn(size) < count || smaller) t.fail(`${count} agents a side: ${size}`)
  }
  t.equal(mapSizeFor(64), 40)
  t.equal(mapSizeFor(81), 45)
})

t.test('maps for a million agents are found and are as dense as small ones', async (t) => {
  const size = mapSizeFor(500_000)
  t.ok(Math.abs(1_000_000 / size ** 2 - 0.08) < 0.001, `${size}`)
})

t.test('any army that fits stands inside the walls, on its own side, one agent a cell', async () => {
  const anyArmy = fc
    .integer({ min: 12, max: 61 })
    .chain((size) =>
      fc.record({ size: fc.constant(size), count: fc.integer({ min: 1, max: armyCapacity(size) }) }),
    )
  fc.assert(
    fc.property(anyArmy, ({ size, count }) => {
      const [red, blue] = placeArmiesOf(count, size)
      const middle = Math.floor(size / 2)
      const inside = ([x, y]: Cell) => x > 0 && x < size - 1 && y > 0 && y < size - 1
      const cells = new Set([...red, ...blue].map(([x, y]) => y * size + x))
      return (
        red.length === count &&
        blue.length === count &&
        cells.size === 2 * count &&
        [...red, ...blue].every(inside) &&
        red.every(([x]) => x < middle - 3) &&
        blue.every(([x]) => x >= middle + 3)
      )
    }),
  )
})

t.test(
  'an army of the standard size stands in the standard block, a smaller one in its beginning',
  async (t) => {
    for (const size of [20, 40, 45]) {
      const standard = placeArmies(size)
      t.same(placeArmiesOf(standard[0].length, size), standard)
      t.same(
        placeArmiesOf(3, size),
        standard.map((cells) => cells.slice(0, 3)),
      )
    }
  },
)

t.test('a larger army fills up from the front and the middle row outwards', async (t) => {
  const size = 20
  const [block] = placeArmies(size)
  const [red] = placeArmiesOf(block.length + 4, size)
  t.same(red.slice(0, block.length), block)
  // Columns 6, 5, … stand before the gap; rows 9 and 10 are the middle.
  t.same(red.slice(block.length, block.length + 2), [
    [6, 9],
    [6, 10],
  ])
})

t.test('a full map holds exactly as many agents as its error says, and not two more', async (t) => {
  for (const mapSize of [12, 13, 20, 45]) {
    const most = 2 * armyCapacity(mapSize)
    t.equal(describeOf({ agents: most, mapSize }).groups[0]!.capacity, most / 2)
    t.throws(() => describeOf({ agents: most + 2, mapSize }), {
      code: 'ERR_CONFIG_INVALID',
      message: new RegExp(`${mapSize} × ${mapSize} has room for at most ${most}, got ${most + 2}`),
      details: { field: 'agents', got: most + 2, mapSize },
    })
  }
})

t.test('the map that the error proposes takes the agents', async (t) => {
  const agents = 2 * armyCapacity(12) + 2
  const error = (() => {
    try {
      return describeOf({ agents, mapSize: 12 })
    } catch (thrown) {
      return thrown as Error
    }
  })()
  const proposed = Number(/--map-size (\d+)/.exec((error as Error).message)?.[1])
  t.equal(describeOf({ agents, mapSize: proposed }).groups[1]!.capacity, agents / 2)
})

t.test('options fill each other in', async (t) => {
  t.equal(mapSizeOf({}), 40)
  t.equal(describeOf({}).groups[0]!.capacity, 64)
  t.equal(describeOf({ mapSize: 45 }).groups[0]!.capacity, 81)
  t.equal(mapSizeOf({ agents: 162 }), 45)
  t.same(
    [mapSizeOf({ agents: 10, mapSize: 30 }), describeOf({ agents: 10, mapSize: 30 }).groups[0]!.capacity],
    [30, 5],
  )
})

for (const options of [
  { agents: 3 },
  { agents: 0 },
  { mapSize: 11 },
  { mapSize: 65_536 },
  { maxSteps: 0 },
  { agent: 4 },
]) {
  t.test(`the options ${JSON.stringify(options)} are refused`, async (t) => {
    t.notOk(battle.options.safeParse(options).success)
  })
}
