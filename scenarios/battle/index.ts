import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import { battleColumns } from './layout.ts'
import { battleObservation } from './observation.ts'
import { armyCapacity, mapSizeFor, placeArmiesOf, placedPerArmy } from './placement.ts'
import { ACTION_COUNT } from './rules.ts'
import { verifyBattle } from './verify.ts'
import { BattleWorld } from './world.ts'

const LARGEST_MAP = 65_535

const options = z.strictObject({
  agents: z
    .number()
    .int()
    .min(2)
    .max(100_000_000)
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
  maxSteps: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(400)
    .describe('steps after which a battle is truncated'),
  minimap: z.boolean().default(true).describe('observe the coarse maps of both armies and the own place'),
})

/** 64 against 64 on 40 × 40, the battle of the mean-field paper. */
const DEFAULT_AGENTS = 128

interface Deployment {
  readonly size: number
  readonly perArmy: number
}

/** @throws ERR_CONFIG_INVALID when the agents do not fit the map */
function deploy({ agents, mapSize }: z.output<typeof options>): Deployment {
  if (mapSize !== undefined && agents === undefined) return { size: mapSize, perArmy: placedPerArmy(mapSize) }
  const perArmy = (agents ?? DEFAULT_AGENTS) / 2
  const size = mapSize ?? mapSizeFor(perArmy)
  if (perArmy > armyCapacity(size)) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `agents: a map of ${size} × ${size} has room for at most ${2 * armyCapacity(size)}, got ${agents}; ` +
        `take fewer agents or --map-size ${mapSizeFor(perArmy)}`,
      { details: { field: 'agents', got: agents, mapSize: size } },
    )
  }
  return { size, perArmy }
}

/** @see reference rules of MAgent2 0.3.4, `battle_v4` */
export const battle: AnyScenario = defineScenario({
  name: 'battle',
  summary: 'two armies on a grid fight until one is gone: the rules of MAgent2, bit for bit',
  options,
  presets: {
    battle_v4: { mapSize: 45, maxSteps: 1000 },
    'mean-field': { mapSize: 40, maxSteps: 400 },
    magent: { mapSize: 125, maxSteps: 550 },
  },
  scripted: ['nearest-enemy'],

  describe(given) {
    const { size, perArmy } = deploy(given)
    const observation = battleObservation(given.minimap)
    const army = (name: string) => ({ name, capacity: perArmy, actions: ACTION_COUNT, observation })
    return {
      columns: battleColumns({ width: size, height: size, capacity: perArmy }),
      groups: [army('red'), army('blue')],
      maxSteps: given.maxSteps,
    }
  },

  bind(given, memory) {
    const { size, perArmy } = deploy(given)
    return new BattleWorld(
      { width: size, height: size, capacity: perArmy, minimap: given.minimap },
      memory,
      () => placeArmiesOf(perArmy, size),
    )
  },

  verify: verifyBattle,
})
