/** Raiders storm a keep for its banner, and guards hold it: a grid world in MAgent's terms. See docs/gridworld.md. */
import {
  AGENT_TYPE,
  anyOf,
  attack,
  defineGridScenario,
  inside,
  maxStepsOption,
  minimapOption,
  orderFor,
  rulesOption,
} from 'manyfold'
import { z } from 'zod'

const options = z.strictObject({
  raiders: z.number().int().min(1).max(200).default(40).describe('raiders, anywhere on the map'),
  maxSteps: maxStepsOption(200),
  minimap: minimapOption,
  rules: rulesOption,
})

const FIGHTER = {
  ...AGENT_TYPE,
  hp: 10,
  speed: 2,
  viewRadius: 5,
  attackRadius: 1.5,
  damage: 2,
  killReward: 5,
}
const BANNER = { ...AGENT_TYPE, hp: 30, speed: 0, killReward: 50 }
const [raider, guard, banner] = [anyOf(0), anyOf(1), anyOf(2)]

export const scenario = defineGridScenario({
  name: 'keep',
  summary: 'raiders storm a keep for its banner, and guards hold it',
  options,

  config: ({ raiders, minimap, rules }) => ({
    width: 25,
    height: 25,
    groups: [
      { name: 'raiders', type: FIGHTER, capacity: raiders },
      { name: 'guards', type: { ...FIGHTER, stepRecover: 0.5 }, capacity: 16, team: 'keep' },
      { name: 'banner', type: BANNER, capacity: 1, passive: true, team: 'keep' },
    ],
    rules: [
      { on: inside(raider, [9, 9, 15, 15]), pay: [[raider, 0.1]] },
      { on: attack(raider, banner), pay: [[raider, 1]] },
      { on: attack(guard, raider), pay: [[guard, 0.2]] },
    ],
    idBits: 8,
    minimap,
    order: orderFor(rules, raiders + 16),
  }),

  populate(world, { raiders }) {
    for (let i = 8; i <= 16; i++) {
      if (i === 12) continue // a gate in each wall
      for (const wall of [8, 16]) {
        world.setWall(i, wall)
        world.setWall(wall, i)
      }
    }
    world.tryPlace(2, 12, 12)
    for (const x of [9, 11, 13, 15]) for (const y of [9, 11, 13, 15]) world.tryPlace(1, x, y)
    world.placeRandomly(0, raiders)
  },
})
