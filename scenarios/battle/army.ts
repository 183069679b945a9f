import { AGENT_TYPE, type AgentType, anyOf, attack, type RewardRule } from '../gridworld/config.ts'

/** MAgent2's `small`: the soldier of `battle` and `battlefield`. */
export const SOLDIER: AgentType = {
  ...AGENT_TYPE,
  hp: 10,
  speed: 2,
  viewRadius: 6,
  attackRadius: 1.5,
  damage: 2,
  stepRecover: 0.1,
  stepReward: -0.005,
  killReward: 5,
  deadPenalty: -0.1,
  attackPenalty: -0.1,
}

export const HIT_REWARD = 0.2

/** Each of two armies is paid for hitting the other. */
export function armyRules(): RewardRule[] {
  const [red, blue] = [anyOf(0), anyOf(1)]
  return [
    { on: attack(red, blue), pay: [[red, HIT_REWARD]] },
    { on: attack(blue, red), pay: [[blue, HIT_REWARD]] },
  ]
}
