import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { DEER, defineHunt, pairRule, TIGER } from '../tiger-deer/hunt.ts'

const PAIR_REWARD = 1

/**
 * Map, numbers and steps are those of `tiger-deer`; attributes and rewards are MAgent's.
 *
 * @see reference rules of MAgent, `double_attack`
 */
export const doubleAttack: AnyScenario = defineHunt({
  name: 'double-attack',
  summary: 'tigers are paid only for hitting a deer together, as in MAgent',
  deer: { ...DEER, deadPenalty: 0 },
  tiger: { ...TIGER, stepRecover: -0.2 },
  rules: [pairRule(PAIR_REWARD)],
})
