import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { DEER, defineHunt, TIGER } from '../tiger-deer/hunt.ts'

/**
 * Damage, hunger, step reward and what a deer is worth are MAgent's. That there are no event rules, and all
 * else, which is as in `tiger-deer`, is ours.
 *
 * @see reference rules of MAgent, `forest`
 */
export const forest: AnyScenario = defineHunt({
  name: 'forest',
  summary: 'hungry tigers are paid for every step that they live, as in MAgent',
  deer: DEER,
  tiger: { ...TIGER, damage: 3, stepRecover: -0.5, stepReward: 1 },
  rules: [],
})
