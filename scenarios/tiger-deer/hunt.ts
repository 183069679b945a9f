import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import {
  AGENT_TYPE,
  type AgentType,
  and,
  anyOf,
  attack,
  type GroupConfig,
  type RewardRule,
} from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'

export const DEER: AgentType = {
  ...AGENT_TYPE,
  hp: 5,
  stepRecover: 0.2,
  killSupply: 8,
  deadPenalty: -1,
}

/** Starves unless it kills. */
export const TIGER: AgentType = {
  ...AGENT_TYPE,
  hp: 10,
  viewRadius: 4,
  attackRadius: 1,
  damage: 1,
  stepRecover: -0.1,
}

export const Hunters = { deer: 0, tigers: 1 } as const

/**
 * Two tigers that hit the same deer are paid. Of k tigers every one takes part in 2 (k − 1) ordered pairs,
 * each of which pays it `value`.
 */
export function pairRule(value: number): RewardRule {
  const [one, other, deer] = [anyOf(Hunters.tigers), anyOf(Hunters.tigers), anyOf(Hunters.deer)]
  return {
    on: and(attack(one, deer), attack(other, deer)),
    pay: [
      [one, value],
      [other, value],
    ],
  }
}

const options = z.strictObject({
  mapSize: mapSizeOption(45, 10),
  maxSteps: maxStepsOption(300),
  minimap: minimapOption,
  rules: rulesOption,
})

/** What tells one hunt from another. */
interface Hunt {
  readonly name: string
  readonly summary: string
  readonly deer: AgentType
  readonly tiger: AgentType
  readonly rules: readonly RewardRule[]
  readonly presets?: Readonly<Record<string, Partial<z.input<typeof options>>>>
}

/** Walls, deer and tigers, by the map's cells. */
function countsOn(size: number) {
  const share = (part: number) => Math.floor(part * size * size)
  return { walls: share(0.04), deer: share(0.05), tigers: share(0.01) }
}

/** Tigers hunt deer on a map with scattered walls. */
export function defineHunt({ name, summary, deer, tiger, rules, presets }: Hunt): AnyScenario {
  return defineGridScenario({
    name,
    summary,
    options,
    ...(presets && { presets }),
    learningGroup: 'tigers',

    config(given) {
      const counts = countsOn(given.mapSize)
      const groups: GroupConfig[] = [
        { name: 'deer', type: deer, capacity: counts.deer },
        { name: 'tigers', type: tiger, capacity: counts.tigers },
      ]
      return {
        width: given.mapSize,
        height: given.mapSize,
        groups,
        rules,
        idBits: 10,
        minimap: given.minimap,
        order: orderFor(given.rules, counts.deer + counts.tigers),
      }
    },

    populate(world, { mapSize }) {
      const counts = countsOn(mapSize)
      world.wallRandomly(counts.walls)
      world.placeRandomly(Hunters.deer, counts.deer)
      world.placeRandomly(Hunters.tigers, counts.tigers)
    },
  })
}
