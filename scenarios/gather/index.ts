import { z } from 'zod'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { AGENT_TYPE, type AgentType, anyOf, attack, type Position } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'

const MAP_SIZE = 200
const MIDDLE = MAP_SIZE / 2

const OMNIVORE: AgentType = {
  ...AGENT_TYPE,
  hp: 3,
  speed: 3,
  viewRadius: 7,
  attackRadius: 1,
  damage: 6,
  stepReward: -0.01,
  deadPenalty: -1,
  attackPenalty: -0.1,
  attackInGroup: true,
}

const FOOD: AgentType = { ...AGENT_TYPE, hp: 25, speed: 0, killReward: 5 }

const BITE_REWARD = 0.5

const Group = { food: 0, omnivores: 1 } as const

/** A square of cells around the middle of the map, every `gap`-th taken. */
interface Ring {
  /** From the middle to each side, in cells. */
  readonly reach: number
  readonly gap: number
}

const OMNIVORE_RINGS: readonly Ring[] = [
  { reach: 90, gap: 3 },
  { reach: 80, gap: 4 },
  { reach: 70, gap: 6 },
]
const FOOD_RINGS: readonly Ring[] = [
  { reach: 60, gap: 5 },
  { reach: 50, gap: 4 },
  { reach: 40, gap: 3 },
]
/** The pattern in the middle is 53 cells wide. */
const PATTERN_REACH = 26

const options = z.strictObject({
  food: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('share of the food that is there, spread evenly over where it can be'),
  maxSteps: maxStepsOption(500),
  minimap: minimapOption,
  rules: rulesOption,
})

function* ringCells({ reach, gap }: Ring): Generator<Position> {
  for (let along = -reach; along <= reach; along += gap) {
    yield [MIDDLE + along, MIDDLE - reach]
    yield [MIDDLE + along, MIDDLE + reach]
    yield [MIDDLE - reach, MIDDLE + along]
    yield [MIDDLE + reach, MIDDLE + along]
  }
}

/** Squares inside one another, two cells of food and two of free ground in turn, with ways in along the axes. */
function* patternCells(): Generator<Position> {
  for (let dy = -PATTERN_REACH; dy <= PATTERN_REACH; dy++) {
    for (let dx = -PATTERN_REACH; dx <= PATTERN_REACH; dx++) {
      const isFood = Math.max(Math.abs(dx), Math.abs(dy)) % 4 < 2
      if (isFood && Math.abs(dx) > 1 && Math.abs(dy) > 1) yield [MIDDLE + dx, MIDDLE + dy]
    }
  }
}

/** Without cells that were taken before. */
function distinct(cells: Iterable<Position>): Position[] {
  return [...new Map([...cells].map(([x, y]): [number, Position] => [y * MAP_SIZE + x, [x, y]])).values()]
}

const OMNIVORES = distinct(OMNIVORE_RINGS.flatMap((ring) => [...ringCells(ring)]))
const FOOD_CELLS = distinct([...FOOD_RINGS.flatMap((ring) => [...ringCells(ring)]), ...patternCells()])

/** Multiples of it spread evenly over a circle, whichever places in a list they are taken at. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/** At least one. Cells of the four sides of a ring follow one another: every k-th would be of some of them alone. */
function foodCells(share: number): Position[] {
  return FOOD_CELLS.filter((_, i) => (i * GOLDEN_RATIO) % 1 < share)
}

/**
 * Attributes, rewards, the size of the map, the 495 omnivores on three square rings, and food on rings and
 * a pattern of 53 × 53 are MAgent2's. Reach and gaps of the rings, which give this number, and the pattern
 * itself are ours.
 *
 * @see reference rules of MAgent2 0.3.4, `gather_v5`
 */
export const gather: AnyScenario = defineGridScenario({
  name: 'gather',
  summary: 'omnivores eat food that takes five bites, or each other, as in MAgent2',
  options,
  presets: { gather_v5: { food: 1, maxSteps: 500 } },
  // Actor-critics take segments whole: long ones of so many agents make few updates. And so many networks are to be small ones.
  training: Object.fromEntries([
    ...['iac', 'ippo', 'mfac'].map((name) => [name, { segmentSteps: 4 }]),
    ...['netac', 'netpg'].map((name) => [name, { segmentSteps: 4, hidden: [16] }]),
    ...['netq', 'idqn'].map((name) => [name, { hidden: [16] }]),
  ]),

  config({ food: share, minimap, rules }) {
    const [omnivore, food] = [anyOf(Group.omnivores), anyOf(Group.food)]
    return {
      width: MAP_SIZE,
      height: MAP_SIZE,
      groups: [
        { name: 'food', type: FOOD, capacity: foodCells(share).length, passive: true },
        { name: 'omnivores', type: OMNIVORE, capacity: OMNIVORES.length },
      ],
      rules: [{ on: attack(omnivore, food), pay: [[omnivore, BITE_REWARD]] }],
      idBits: 0,
      minimap,
      order: orderFor(rules, OMNIVORES.length),
    }
  },

  // Omnivores come first: ids count insertions.
  populate(world, { food }) {
    for (const [x, y] of OMNIVORES) world.tryPlace(Group.omnivores, x, y)
    for (const [x, y] of foodCells(food)) world.tryPlace(Group.food, x, y)
  },
})
