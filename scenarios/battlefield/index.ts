import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { armyRules, SOLDIER } from '../battle/army.ts'
import { blockOf, type Cell } from '../battle/placement.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'

/** Cells between the walls and the border, and from a wall's outer end to the opening in it. */
const INSET = 10
const OUTER_WALL = 45
const OPENING = 5
/** Reach of a wall's inner part beyond the middle row, and columns from the middle to the walls. */
const INNER_REACH = 25
const WALL_OFFSET = 5

const options = z.strictObject({
  mapSize: mapSizeOption(80, 46),
  blockSide: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(4)
    .describe("agents along a side of each army's block; those whose cell is a wall's are left out"),
  maxSteps: maxStepsOption(1000),
  minimap: minimapOption,
  rules: rulesOption,
})

/** Two walls, two cells thick, each of an outer and an inner part with an opening between. */
function* walls(size: number): Generator<Cell> {
  const middle = Math.floor(size / 2)
  const parts = [
    { x: size / 2 - WALL_OFFSET, from: INSET, to: OUTER_WALL },
    { x: size / 2 - WALL_OFFSET, from: OUTER_WALL + OPENING, to: middle + INNER_REACH },
    { x: size / 2 + WALL_OFFSET - 1, from: middle - INNER_REACH, to: size - OUTER_WALL - OPENING },
    { x: size / 2 + WALL_OFFSET - 1, from: size - OUTER_WALL, to: size - INSET },
  ]
  for (const { x, from, to } of parts) {
    for (const column of [Math.trunc(x), Math.trunc(x + 1)]) {
      for (let y = Math.max(0, from); y < Math.min(size, to); y++) yield [column, y]
    }
  }
}

/** Free cells of the two blocks. */
function deploy({ mapSize, blockSide }: z.output<typeof options>): [red: Cell[], blue: Cell[]] {
  const isWall = new Set([...walls(mapSize)].map(([x, y]) => y * mapSize + x))
  const armyOf = (army: number) =>
    [...blockOf(army, mapSize, 2 * blockSide)].filter(([x, y]) => !isWall.has(y * mapSize + x))
  return [armyOf(0), armyOf(1)]
}

/**
 * The walls' rows are MAgent2's for every map size, as are the 4 × 4 blocks, which it has whatever the size.
 *
 * @see reference rules of MAgent2 0.3.4, `battlefield_v5`
 */
export const battlefield: AnyScenario = defineGridScenario({
  name: 'battlefield',
  summary: 'two small armies fight on a field with walls, as in MAgent2',
  options,
  presets: { battlefield_v5: { mapSize: 80, blockSide: 4, maxSteps: 1000 } },

  config(given) {
    const armies = deploy(given)
    const army = (name: string, cells: readonly Cell[]) => ({ name, type: SOLDIER, capacity: cells.length })
    return {
      width: given.mapSize,
      height: given.mapSize,
      groups: [army('red', armies[0]), army('blue', armies[1])],
      rules: armyRules(),
      idBits: 10,
      minimap: given.minimap,
      order: orderFor(given.rules, armies[0].length + armies[1].length),
    }
  },

  populate(world, given) {
    for (const [x, y] of walls(given.mapSize)) world.setWall(x, y)
    for (const [army, cells] of deploy(given).entries()) {
      for (const [x, y] of cells) world.tryPlace(army, x, y)
    }
  },
})
