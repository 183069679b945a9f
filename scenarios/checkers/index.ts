/**
 * Checkers: two agents on a board of apples and lemons, of which one feels ten times as much as the other what it eats,
 *
 *   a l a l a l . 0      a apple, l lemon; agent 0 starts at (0, 6) and agent 1 at (2, 6)
 *   l a l a l a . .
 *   a l a l a l . 1
 *
 * so that all is best when agent 1 eats the lemons in the way and leaves the apples to agent 0. Agents move one after the
 * other, by their number, and eat what is in the cell that they enter. A step costs each of them 0.01.
 *
 * @see Sunehag et al., "Value-decomposition networks for cooperative multi-agent learning", 2017, §4.2; Koul, "ma-gym:
 *      collection of multi-agent environments based on OpenAI gym", 2019
 */
import { z } from 'zod'
import { type CellCode, describeObservation, type ObservationSpace } from '../../runtime/core/observation.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'
import { COLUMN_STEP, MOVES, NO_MOVE, ROW_STEP, readPath, shownPlace } from '../small-games/moves.ts'

const AGENTS = 2
const ROWS = 3
const COLUMNS = 8
/** Columns that hold food. */
const FOOD_COLUMNS = 6
const APPLES = (ROWS * FOOD_COLUMNS) / 2
const START: readonly number[] = [cellAt(0, 6), cellAt(2, 6)]

/** What a cell holds, and its code in a view; agents have the codes behind. */
const Food = { none: 0, lemon: 1, apple: 2 } as const
const FIRST_AGENT_CODE = 3
/** Channels are lemon, apple, agent 0, agent 1 and wall; there is no wall, and what lies outside is nothing. */
const CHANNELS = 5
const CODES: readonly CellCode[] = [
  { channels: [], values: [] },
  ...[0, 1, 2, 3].map((channel) => ({ channels: [channel], values: [1] })),
]
/** A view is 3 × 3 cells around an agent. */
const VIEW_CELLS = 9

/** What agents 0 and 1 are paid for an apple, and pay for a lemon. */
const FOOD_REWARDS = { current: [10, 1], 'before-july-2021': [5, 1] } as const

/**
 * The shortest way for agent 0 to eat all apples while agent 1 eats the three lemons that have to go, found by exhaustive
 * search. Any other food would cost more than these 37 steps do in all.
 */
const OPTIMAL: readonly Uint8Array[] = [
  'DLRURDDL.ULLLRD.UU..DLLLRD.UU..DLLDUU',
  'RL.ULLRRURDLL.LLLRRD.UDULLLLRRD.UDUDU',
].map(readPath)

/** Of an episode: what was eaten, and the rewards of all. */
const Sum = { apples: 0, lemons: 1, sensitiveApples: 2, reward: 3 } as const

const options = z.strictObject({
  view: z
    .enum(['partial', 'full'])
    .default('full')
    .describe('an agent sees its own place and surroundings, or those of both'),
  clock: z.boolean().default(false).describe('agents see the share of the episode that has passed'),
  agentId: z.boolean().default(true).describe('agents see their number, beside what ma-gym shows them'),
  rewards: z
    .enum(['current', 'before-july-2021'])
    .default('current')
    .describe('an apple is worth 10 to the sensitive agent, or 5; a lemon costs as much'),
  sharedReward: z.boolean().default(false).describe('both agents are paid half of what they earn together'),
  stepCost: z.number().min(0).default(0.01).describe('what a step costs an agent'),
  maxSteps: z.number().int().min(1).default(100).describe('steps of an episode'),
})

function cellAt(row: number, column: number): number {
  return row * COLUMNS + column
}

function isInside(row: number, column: number): boolean {
  return row >= 0 && row < ROWS && column >= 0 && column < COLUMNS
}

/** What lies in a cell at the start. */
function foodAt(row: number, column: number): number {
  if (column >= FOOD_COLUMNS) return Food.none
  return (row + column) % 2 === 0 ? Food.apple : Food.lemon
}

function describeView({ view, clock, agentId }: z.output<typeof options>): ObservationSpace {
  const place = ['row', 'column', ...(clock ? ['clock'] : [])]
  const seen = view === 'full' ? AGENTS : 1
  return describeObservation({
    cells: { count: seen * VIEW_CELLS, channels: CHANNELS, codes: CODES },
    scalars: seen === 1 ? place : [...place.map((name) => `${name}0`), ...place.map((name) => `${name}1`)],
    ...(agentId && { hot: { inputs: AGENTS, slots: 1 } }),
  })
}

export const checkers: AnyScenario = defineScenario({
  name: 'checkers',
  summary: 'two agents among apples and lemons, of which one should clear the way for the other',
  options,
  scripted: ['optimal'],
  averages: ['apples', 'lemons', 'sensitiveApples', 'teamReturn'],
  training: { algorithm: 'ippo', gamma: 0.99, normalizeValues: true, steps: 60_000 },
  policyOptions: ['view', 'clock', 'agentId'],

  describe: (given) => ({
    columns: {
      cell: { dtype: 'i32', shape: [AGENTS] },
      food: { dtype: 'u8', shape: [ROWS * COLUMNS] },
      sums: { dtype: 'f64', shape: [4] },
    },
    groups: [{ name: 'agents', capacity: AGENTS, actions: MOVES, observation: describeView(given) }],
    maxSteps: given.maxSteps,
  }),

  bind(given, { state, agents, heap }) {
    const { view, clock: showsClock, agentId, rewards, sharedReward, stepCost, maxSteps } = given
    const { cell, food, sums } = state
    const { id, living, action, reward, next, clock } = agents
    const { recordBytes, scalars, hotAt, hotOffset, cellsOffset } = describeView(given)
    const places = scalars.length / (view === 'full' ? AGENTS : 1)
    const worth = FOOD_REWARDS[rewards]

    /** @returns what an agent is paid for what lies in the cell that it entered */
    function eat(agent: number, at: number): number {
      const found = food[at]!
      if (found === Food.none) return 0
      food[at] = Food.none
      if (found === Food.lemon) {
        sums[Sum.lemons]!++
        return -worth[agent]!
      }
      sums[Sum.apples]!++
      if (agent === 0) sums[Sum.sensitiveApples]!++
      return worth[agent]!
    }

    /** One step of an agent. @returns its reward */
    function advance(agent: number, chosen: number): number {
      const row = Math.floor(cell[agent]! / COLUMNS) + ROW_STEP[chosen]!
      const column = (cell[agent]! % COLUMNS) + COLUMN_STEP[chosen]!
      const target = cellAt(row, column)
      if (!isInside(row, column) || target === cell[0] || target === cell[1]) return -stepCost
      cell[agent] = target
      return eat(agent, target) - stepCost
    }

    function codeAt(row: number, column: number): number {
      if (!isInside(row, column)) return Food.none
      const at = cellAt(row, column)
      if (at === cell[0]) return FIRST_AGENT_CODE
      return at === cell[1] ? FIRST_AGENT_CODE + 1 : food[at]!
    }

    /** Writes what one agent sees as part `part` of the record at byte `record`. */
    function writeView(agent: number, record: number, part: number): void {
      const row = Math.floor(cell[agent]! / COLUMNS)
      const column = cell[agent]! % COLUMNS
      const scalar = record / 4 + part * places
      heap.f32[scalar] = shownPlace(row, ROWS)
      heap.f32[scalar + 1] = shownPlace(column, COLUMNS - 1)
      if (showsClock) heap.f32[scalar + 2] = clock[Clock.step]! / maxSteps
      const seen = record + cellsOffset + part * VIEW_CELLS
      for (let i = 0; i < VIEW_CELLS; i++) {
        heap.u8[seen + i] = codeAt(row + Math.floor(i / 3) - 1, column + (i % 3) - 1)
      }
    }

    return {
      reset() {
        living[0] = AGENTS
        sums.fill(0)
        for (let agent = 0; agent < AGENTS; agent++) {
          id[agent] = agent
          cell[agent] = START[agent]!
        }
        for (let row = 0; row < ROWS; row++) {
          for (let column = 0; column < COLUMNS; column++) food[cellAt(row, column)] = foodAt(row, column)
        }
      },

      observe(_group, from, to, at) {
        for (let agent = from; agent < to; agent++) {
          const record = at + (agent - from) * recordBytes
          if (view === 'partial') writeView(agent, record, 0)
          else for (let other = 0; other < AGENTS; other++) writeView(other, record, other)
          if (agentId) heap.u16[(record + hotOffset) / 2] = hotAt + agent
        }
      },

      phases: [
        {
          name: 'move',
          kind: 'serial',
          run() {
            let earned = 0
            for (let agent = 0; agent < AGENTS; agent++) {
              const paid = advance(agent, action[agent]!)
              reward[agent] = paid
              earned += paid
              next[agent] = agent
            }
            sums[Sum.reward]! += earned
            if (sharedReward) reward.fill(earned / AGENTS)
          },
        },
      ],

      ended: () => sums[Sum.apples] === APPLES,
      score: () => sums[Sum.reward]!,
      metrics: () => ({
        apples: sums[Sum.apples]!,
        lemons: sums[Sum.lemons]!,
        sensitiveApples: sums[Sum.sensitiveApples]!,
        teamReturn: sums[Sum.reward]!,
      }),

      policies: {
        /** The best that two agents can do, by heart: it does not look where they are. */
        optimal(_group, from, to) {
          for (let agent = from; agent < to; agent++) {
            action[agent] = OPTIMAL[agent]![clock[Clock.step]!] ?? NO_MOVE
          }
        },
      },
    }
  },
})
