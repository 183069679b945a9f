import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { AGENT_TYPE, type AgentType, anyOf, at, type Position, type RewardRule } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { LETTER_SIZE, spell } from '../gridworld/letters.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'
import type { GridWorld } from '../gridworld/world.ts'

const SOLDIER: AgentType = { ...AGENT_TYPE, speed: 2, viewRadius: 6 }

const STAND_REWARD = 1

/** One for every letter, in turn. */
const NAMES = ['red', 'blue', 'green', 'yellow', 'cyan', 'magenta', 'orange', 'violet'] as const

const options = z.strictObject({
  pattern: z
    .string()
    .regex(/^[A-Z0-9]+$/, 'expected capital letters and digits')
    .max(NAMES.length)
    .default('AB')
    .describe('letters from left to right, each assembled by an army of its own: up to 8'),
  scale: z.number().int().min(1).max(100).default(2).describe("cells along a side of a letter's pixels"),
  mapSize: mapSizeOption(40, 10),
  maxSteps: maxStepsOption(200),
  minimap: minimapOption,
  rules: rulesOption,
})

/** Cells that each army has to stand on. @throws ERR_CONFIG_INVALID when the letters do not fit the map */
function targetsOf({ pattern, scale, mapSize }: z.output<typeof options>): Position[][] {
  const needed = LETTER_SIZE * scale * pattern.length + 2
  if (needed > mapSize) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `mapSize: '${pattern}' at scale ${scale} needs a map of at least ${needed} cells a side, got ${mapSize}`,
      { details: { field: 'mapSize', got: mapSize } },
    )
  }
  return spell(pattern, mapSize, scale)
}

function filled(world: GridWorld, group: number, targets: readonly Position[]): number {
  return targets.filter(([x, y]) => world.groupAt(x, y) === group).length
}

/**
 * All of this is ours: of MAgent's `army-align` only the idea is known. An army has as many agents as its
 * letter has cells. They start anywhere on the map, and do not see the letters: these stand in the same
 * place in every episode, and agents know their own place from the minimap's inputs.
 */
export const armyAlign: AnyScenario = defineGridScenario({
  name: 'army-align',
  summary: 'armies line up so as to form letters: every agent on a cell of its own army’s letter is paid',
  options,

  config(given) {
    const targets = targetsOf(given)
    return {
      width: given.mapSize,
      height: given.mapSize,
      groups: targets.map((cells, army) => ({ name: NAMES[army]!, type: SOLDIER, capacity: cells.length })),
      rules: targets.map((cells, army): RewardRule => {
        const soldier = anyOf(army)
        return { on: at(soldier, cells), pay: [[soldier, STAND_REWARD]] }
      }),
      idBits: 10,
      minimap: given.minimap,
      order: orderFor(given.rules, targets.flat().length),
    }
  },

  populate(world, given) {
    for (const [army, cells] of targetsOf(given).entries()) world.placeRandomly(army, cells.length)
  },

  score: (world, group, given) => filled(world, group, targetsOf(given)[group]!),

  metrics(world, given) {
    const targets = targetsOf(given)
    const counts = targets.map((cells, army) => filled(world, army, cells))
    const shares = counts.map((count, army) => [`${NAMES[army]}Filled`, count / targets[army]!.length])
    const total = counts.reduce((sum, count) => sum + count, 0)
    return { ...Object.fromEntries(shares), filledShare: total / targets.flat().length }
  },
})
