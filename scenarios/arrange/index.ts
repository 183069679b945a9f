import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import type { AnyScenario } from '../../runtime/core/scenario.ts'
import { AGENT_TYPE, type AgentType, type Area, anyOf, collide, type Position } from '../gridworld/config.ts'
import { defineGridScenario } from '../gridworld/define.ts'
import { LETTER_SIZE, spell } from '../gridworld/letters.ts'
import { mapSizeOption, maxStepsOption, minimapOption, orderFor, rulesOption } from '../gridworld/options.ts'
import { mazeWalls } from './maze.ts'

const GOAL: AgentType = { ...AGENT_TYPE, speed: 0, canAbsorb: true }

/** Starves after 400 steps. */
const ARRANGER: AgentType = { ...AGENT_TYPE, hp: 10, speed: 2, viewRadius: 6, stepRecover: -10 / 400 }

const GOAL_REWARD = 10

const Group = { goals: 0, agents: 1 } as const

/** Free cells around the text, and the border. */
const CLEARING = 2

const options = z.strictObject({
  text: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9 ]*$/, 'expected capital letters, digits and blanks')
    .max(1000)
    .default('MANY')
    .describe('what the goals spell, in letters of 8 × 8 cells; there is an agent for every goal'),
  mapSize: mapSizeOption(60, 16),
  maxSteps: maxStepsOption(400),
  minimap: minimapOption,
  rules: rulesOption,
})

/** @throws ERR_CONFIG_INVALID when the text is too wide for the map */
function goalCells({ text, mapSize }: z.output<typeof options>): Position[] {
  const needed = LETTER_SIZE * text.length + 2 * CLEARING
  if (needed > mapSize) {
    throw new RuntimeError(
      'ERR_CONFIG_INVALID',
      `mapSize: '${text}' needs a map of at least ${needed} cells a side, got ${mapSize}`,
      { details: { field: 'mapSize', got: mapSize } },
    )
  }
  return spell(text, mapSize).flat()
}

/** The rectangle that the text and the free ground around it take. */
function clearing(goals: readonly Position[]): Area {
  const [first] = goals as readonly [Position]
  return goals.reduce<Area>(
    ([left, top, right, bottom], [x, y]) => [
      Math.min(left, x - CLEARING),
      Math.min(top, y - CLEARING),
      Math.max(right, x + CLEARING),
      Math.max(bottom, y + CLEARING),
    ],
    [...first, ...first],
  )
}

/**
 * Agents, goals that take one agent each, the reward, hunger, and a text in letters of 8 × 8 cells inside a
 * random maze are MAgent's. The letters, the maze, the size of the map, as many agents as goals and their
 * random places are ours. Who runs into a goal that has taken somebody in is paid nothing, as in MAgent's engine.
 *
 * @see reference rules of MAgent, `arrange`
 */
export const arrange: AnyScenario = defineGridScenario({
  name: 'arrange',
  summary: 'agents find their way through a maze to goals that spell a text, as in MAgent',
  options,

  config(given) {
    const goals = goalCells(given).length
    const [agent, goal] = [anyOf(Group.agents), anyOf(Group.goals)]
    return {
      width: given.mapSize,
      height: given.mapSize,
      groups: [
        { name: 'goals', type: GOAL, capacity: goals, passive: true },
        { name: 'agents', type: ARRANGER, capacity: goals },
      ],
      rules: [{ on: collide(agent, goal), pay: [[agent, GOAL_REWARD]] }],
      idBits: 12,
      minimap: given.minimap,
      order: orderFor(given.rules, goals),
    }
  },

  populate(world, given) {
    const goals = goalCells(given)
    const [left, top, right, bottom] = clearing(goals)
    for (const [x, y] of mazeWalls(given.mapSize, (bound) => world.draw(bound))) {
      if (x < left || x > right || y < top || y > bottom) world.setWall(x, y)
    }
    for (const [x, y] of goals) world.tryPlace(Group.goals, x, y)
    world.placeRandomly(Group.agents, goals.length)
  },

  metrics: (world, given) => ({
    filledShare: world.absorbedIn(Group.goals) / goalCells(given).length,
  }),
})
