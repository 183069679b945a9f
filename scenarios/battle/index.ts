import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { LARGEST_MAP } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'
import { armyRules, SOLDIER } from './army.ts'
import { armyCapacity, mapSizeFor, placeArmyOf, placedPerArmy } from './placement.ts'
import { verifyBattle } from './verify.ts'

const MOST_AGENTS = 60_000_000

const options = z.strictObject({
  agents: z
    .number()
    .int()
    .min(2)
    .max(MOST_AGENTS)
    .multipleOf(2)
    .optional()
    .describe(
      'agents of both armies together, an even number; default: as many as MAgent2 places on the map',
    ),
  mapSize: z
    .number()
    .int()
    .min(12)
    .max(LARGEST_MAP)
    .optional()
    .describe(
      'side of the square map in cells, walls included; default: the smallest that MAgent2 places the agents on',
    ),
  placement: z
    .enum(['armies', 'uniform'])
    .default('armies')
    .describe('two blocks that face each other, as MAgent2 places them, or agents anywhere on the map'),
  maxSteps: maxStepsOption(400),
  minimap: minimapOption,
  rules: rulesOption,
})

/** 64 against 64 on 40 × 40, the battle of the mean-field paper. */
const DEFAULT_AGENTS = 128

interface Deployment {
  readonly size: number
  readonly perArmy: number
}

/** @throws ERR_CONFIG_INVALID when the agents do not fit the map, or are too many */
function deploy({ agents, mapSize, placement }: z.output<typeof options>): Deployment {
  if (mapSize !== undefined && agents === undefined) return fill(mapSize)
  const perArmy = (agents ?? DEFAULT_AGENTS) / 2
  const size = mapSize ?? mapSizeFor(perArmy)
  // Cells are drawn until a blank one is found, so a map is not filled to the last.
  const capacity = placement === 'armies' ? armyCapacity(size) : Math.floor((size - 2) ** 2 / 4)
  if (perArmy > capacity) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `agents: a map of ${size} × ${size} has room for at most ${2 * capacity}, got ${agents}; ` +
        `take fewer agents or --map-size ${mapSizeFor(perArmy)}`,
      { details: { field: 'agents', got: agents, mapSize: size } },
    )
  }
  return { size, perArmy }
}

/** As many agents as MAgent2 places. */
function fill(mapSize: number): Deployment {
  const perArmy = placedPerArmy(mapSize)
  if (2 * perArmy <= MOST_AGENTS) return { size: mapSize, perArmy }
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `mapSize: a map of ${mapSize} × ${mapSize} takes ${2 * perArmy} agents, and at most ${MOST_AGENTS} are possible; ` +
      'take a smaller map or set --agents',
    { details: { field: 'mapSize', got: mapSize } },
  )
}

/** @see reference rules of MAgent2 0.3.4, `battle_v4` */
export const battle: AnyScenario = defineGridScenario({
  name: 'battle',
  summary: 'two armies on a grid fight until one is gone: the rules of MAgent2, bit for bit',
  options,
  presets: {
    battle_v4: { mapSize: 45, maxSteps: 1000 },
    'mean-field': { mapSize: 40, maxSteps: 400 },
    magent: { mapSize: 125, maxSteps: 550 },
  },

  config(given) {
    const { size, perArmy } = deploy(given)
    const army = (name: string) => ({ name, type: SOLDIER, capacity: perArmy })
    return {
      width: size,
      height: size,
      groups: [army('red'), army('blue')],
      rules: armyRules(),
      idBits: 10,
      minimap: given.minimap,
      order: orderFor(given.rules, 2 * perArmy),
    }
  },

  populate(world, given) {
    const { size, perArmy } = deploy(given)
    for (const army of [0, 1]) {
      if (given.placement === 'uniform') world.placeRandomly(army, perArmy)
      else for (const [x, y] of placeArmyOf(army, perArmy, size)) world.tryPlace(army, x, y)
    }
  },

  verify: verifyBattle,
})
