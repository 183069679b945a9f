import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { armyRules, SOLDIER } from '../battle/army.ts'
import { blockCells, blockOf, type Cell, isInBlock } from '../battle/placement.ts'
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

/** How many cells of an army's block are free of walls. */
function capacityOf(army: number, { mapSize, blockSide }: z.output<typeof options>): number {
  let free = blockCells(army, mapSize, 2 * blockSide)
  for (const cell of walls(mapSize)) if (isInBlock(cell, army, mapSize, 2 * blockSide)) free--
  return free
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
    const army = (name: string, index: number) => ({
      name,
      type: SOLDIER,
      capacity: capacityOf(index, given),
    })
    const groups = [army('red', 0), army('blue', 1)] as const
    return {
      width: given.mapSize,
      height: given.mapSize,
      groups,
      rules: armyRules(),
      idBits: 10,
      minimap: given.minimap,
      order: orderFor(given.rules, groups[0].capacity + groups[1].capacity),
    }
  },

  populate(world, given) {
    for (const [x, y] of walls(given.mapSize)) world.setWall(x, y)
    for (const army of [0, 1]) {
      // Cells of walls take nobody.
      for (const [x, y] of blockOf(army, given.mapSize, 2 * given.blockSide)) world.tryPlace(army, x, y)
    }
  },
})
