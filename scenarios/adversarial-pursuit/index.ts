import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { AGENT_TYPE, type AgentType, anyOf, attack } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'

const PREDATOR: AgentType = {
  ...AGENT_TYPE,
  width: 2,
  height: 2,
  viewRadius: 5,
  attackRadius: 2,
}

const PREY: AgentType = {
  ...AGENT_TYPE,
  speed: 1.5,
  viewRadius: 4,
}

const TAG_REWARD = 1

const options = z.strictObject({
  mapSize: mapSizeOption(45, 9),
  tagPenalty: z
    .number()
    .max(0)
    .default(-0.2)
    .describe('reward of a predator for every attack, whatever it hits; a tag pays it 1 besides'),
  maxSteps: maxStepsOption(500),
  minimap: minimapOption,
  rules: rulesOption,
})

/** Walls, predators and prey, by the map's cells. */
function countsOn(size: number) {
  const share = (part: number) => Math.floor(part * size * size)
  return { walls: share(0.03), predators: share(0.0125), prey: share(0.025) }
}

/** @see reference rules of MAgent2 0.3.4, `adversarial_pursuit_v4`, and of MAgent, `pursuit` */
export const adversarialPursuit: AnyScenario = defineGridScenario({
  name: 'adversarial-pursuit',
  summary: 'slow, large predators tag quick prey; nobody dies, as in MAgent2',
  options,
  presets: {
    adversarial_pursuit_v4: { mapSize: 45, tagPenalty: -0.2, maxSteps: 500 },
    pursuit: { mapSize: 1000 },
  },

  config(given) {
    const { mapSize, tagPenalty, minimap, rules } = given
    const { predators, prey } = countsOn(mapSize)
    const [predator, hunted] = [anyOf(0), anyOf(1)]
    return {
      width: mapSize,
      height: mapSize,
      groups: [
        { name: 'predators', type: { ...PREDATOR, attackPenalty: tagPenalty }, capacity: predators },
        { name: 'prey', type: PREY, capacity: prey },
      ],
      rules: [
        {
          on: attack(predator, hunted),
          pay: [
            [predator, TAG_REWARD],
            [hunted, -TAG_REWARD],
          ],
        },
      ],
      idBits: 10,
      minimap,
      order: orderFor(rules, predators + prey),
    }
  },

  populate(world, { mapSize }) {
    const { walls, predators, prey } = countsOn(mapSize)
    world.wallRandomly(walls)
    world.placeRandomly(0, predators)
    world.placeRandomly(1, prey)
  },
})
