import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { anyOf, attack } from '../gridworld/config.ts'
import { DEER, defineHunt, Hunters, pairRule, TIGER } from './hunt.ts'

const PAIR_REWARD = 0.5
const HIT_PENALTY = -0.1

const [tiger, deer] = [anyOf(Hunters.tigers), anyOf(Hunters.deer)]

/**
 * 300 steps are what MAgent2's code has; its documentation says 500.
 *
 * @see reference rules of MAgent2 0.3.4, `tiger_deer_v4`
 */
export const tigerDeer: AnyScenario = defineHunt({
  name: 'tiger-deer',
  summary: 'tigers starve unless they hunt deer, and are paid for hunting together, as in MAgent2',
  deer: DEER,
  tiger: TIGER,
  rules: [pairRule(PAIR_REWARD), { on: attack(tiger, deer), pay: [[deer, HIT_PENALTY]] }],
  presets: { tiger_deer_v4: { mapSize: 45, maxSteps: 300 } },
})
