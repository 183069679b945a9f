import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { blockLeft, type Cell, placeArmy, placedInColumns } from '../battle/placement.ts'
import { AGENT_TYPE, type AgentType, anyOf, attack, kill, type RewardRule } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'

const FIGHTER: AgentType = {
  ...AGENT_TYPE,
  viewRadius: 6,
  damage: 2,
  stepRecover: 0.1,
  stepReward: -0.005,
  deadPenalty: -0.1,
  attackPenalty: -0.1,
  attackInGroup: true,
}
const MELEE: AgentType = { ...FIGHTER, hp: 10, speed: 1, attackRadius: 1 }
const RANGED: AgentType = { ...FIGHTER, hp: 3, speed: 2, attackRadius: 2 }

const HIT_REWARD = 0.2
const KILL_REWARD = 5

const GROUPS = [
  { name: 'red-melee', team: 'red', army: 0, type: MELEE },
  { name: 'red-ranged', team: 'red', army: 0, type: RANGED },
  { name: 'blue-melee', team: 'blue', army: 1, type: MELEE },
  { name: 'blue-ranged', team: 'blue', army: 1, type: RANGED },
] as const

const options = z.strictObject({
  mapSize: mapSizeOption(45, 16),
  maxSteps: maxStepsOption(1000),
  minimap: minimapOption,
  rules: rulesOption,
})

type Group = (typeof GROUPS)[number]

/** Columns of a battle's block in turn, melee first. */
function parityOf({ type }: Group): 0 | 1 {
  return type === MELEE ? 0 : 1
}

function* cellsOf(group: Group, size: number): Generator<Cell> {
  const left = blockLeft(group.army, size)
  for (const cell of placeArmy(group.army, size)) {
    if (((cell[0] - left) / 2) % 2 === parityOf(group)) yield cell
  }
}

/** Every group is paid for hitting and killing those of the other team. Friends can be hit, for nothing. */
function rewards(): RewardRule[] {
  return GROUPS.flatMap(({ team }, own) =>
    GROUPS.flatMap((other, index) => {
      if (other.team === team) return []
      const [fighter, enemy] = [anyOf(own), anyOf(index)]
      return [
        { on: attack(fighter, enemy), pay: [[fighter, HIT_REWARD]] },
        { on: kill(fighter, enemy), pay: [[fighter, KILL_REWARD]] },
      ] satisfies RewardRule[]
    }),
  )
}

/**
 * As in MAgent2 the episode is over when any of the four groups is gone, and not only when a team is.
 *
 * @see reference rules of MAgent2 0.3.4, `combined_arms_v6`
 */
export const combinedArms: AnyScenario = defineGridScenario({
  name: 'combined-arms',
  summary: 'two armies of melee and ranged fighters, friendly fire included, as in MAgent2',
  options,
  presets: { combined_arms_v6: { mapSize: 45, maxSteps: 1000 } },

  config({ mapSize, minimap, rules }) {
    const groups = GROUPS.map((group) => {
      const { name, team, type } = group
      return { name, team, type, capacity: placedInColumns(group.army, mapSize, parityOf(group)) }
    })
    return {
      width: mapSize,
      height: mapSize,
      groups,
      rules: rewards(),
      idBits: 10,
      minimap,
      order: orderFor(
        rules,
        groups.reduce((sum, { capacity }) => sum + capacity, 0),
      ),
    }
  },

  populate(world, { mapSize }) {
    for (const [group, which] of GROUPS.entries()) {
      for (const [x, y] of cellsOf(which, mapSize)) world.tryPlace(group, x, y)
    }
  },
})
