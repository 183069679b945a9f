/**
 * Switch: two to four agents have to pass a corridor that is one cell wide, in opposite directions, to a goal each,
 *
 *   . 0 # # # 1 .        row 0; the goals are the outermost cells of the other side, in the agent's own row
 *   . . . . . . .
 *   . 2 # # # 3 .
 *
 * so that all but one have to make room for some time. Agents move one after the other, by their number, and a move into a wall or
 * an occupied cell leaves an agent where it is. Each is paid for itself: −0.1 a step, and 5 for the step in which it arrives.
 *
 * @see Koul, "ma-gym: collection of multi-agent environments based on OpenAI gym", 2019: Switch2 and Switch4
 */
import { z } from 'zod'
import { describeObservation, type ObservationSpace } from '../../runtime/core/observation.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'
import { COLUMN_STEP, MOVES, NO_MOVE, ROW_STEP, readPath, shownPlace } from '../small-games/moves.ts'

const ROWS = 3
const COLUMNS = 7
const ARRIVAL = 5
const START: readonly number[] = [cellAt(0, 1), cellAt(0, 5), cellAt(2, 1), cellAt(2, 5)]
const GOAL: readonly number[] = [cellAt(0, 6), cellAt(0, 0), cellAt(2, 6), cellAt(2, 0)]

/**
 * What each agent does in the shortest solution, by how many agents there are, found by exhaustive search: no other has fewer
 * steps of agents under way, nor an earlier last arrival.
 */
const OPTIMAL: Readonly<Record<number, readonly Uint8Array[]>> = {
  2: ['DRRRRUR.....', 'DDUD.ULLLLLU'].map(readPath),
  3: ['DRRRRUR.......', 'DDUDRL.ULLLLLU', '.URRRRRD......'].map(readPath),
  4: ['DRRRRUR........', 'RDDUUDDLULLLLLU', '.URRRRRD.......', 'UDUDRLULLLLDL..'].map(readPath),
}

/** Of an episode: agents that arrived, and the rewards of all. */
const Sum = { arrived: 0, reward: 1 } as const

const options = z.strictObject({
  agents: z.number().int().min(2).max(4).default(2).describe('agents: the first so many of four'),
  view: z
    .enum(['partial', 'full'])
    .default('full')
    .describe('an agent sees its own place, or that of all agents'),
  clock: z.boolean().default(false).describe('agents see the share of the episode that has passed'),
  agentId: z.boolean().default(true).describe('agents see their number, beside what ma-gym shows them'),
  rewards: z
    .enum(['current', 'before-july-2021'])
    .default('current')
    .describe('who has arrived is done and pays nothing more, or pays on until all have'),
  sharedReward: z
    .boolean()
    .default(false)
    .describe('every agent is paid an equal share of what all earn, and stays until all have arrived'),
  stepCost: z.number().min(0).default(0.1).describe('what a step costs an agent'),
  maxSteps: z.number().int().min(1).default(50).describe('steps of an episode'),
})

function cellAt(row: number, column: number): number {
  return row * COLUMNS + column
}

function isFree(row: number, column: number): boolean {
  if (row < 0 || row >= ROWS || column < 0 || column >= COLUMNS) return false
  return row === 1 || column < 2 || column > 4
}

function describeView({ agents, view, clock, agentId }: z.output<typeof options>): ObservationSpace {
  const place = ['row', 'column', ...(clock ? ['clock'] : [])]
  return describeObservation({
    scalars:
      view === 'partial'
        ? place
        : Array.from({ length: agents }, (_, i) => place.map((name) => `${name}${i}`)).flat(),
    ...(agentId && { hot: { inputs: agents, slots: 1 } }),
  })
}

export const switchGame: AnyScenario = defineScenario({
  name: 'switch',
  summary: 'two to four agents make room for each other in a narrow corridor',
  options,
  scripted: ['optimal'],
  averages: ['arrived', 'teamReturn'],
  training: { algorithm: 'ippo', gamma: 0.99, steps: 60_000 },
  policyOptions: ['agents', 'view', 'clock', 'agentId'],

  describe(given) {
    const { agents, maxSteps } = given
    return {
      columns: {
        cell: { dtype: 'i32', shape: [agents] },
        arrived: { dtype: 'u8', shape: [agents] },
        sums: { dtype: 'f64', shape: [2] },
      },
      groups: [{ name: 'agents', capacity: agents, actions: MOVES, observation: describeView(given) }],
      maxSteps,
    }
  },

  bind(given, { state, agents: columns, heap }) {
    const {
      agents: count,
      view,
      clock: showsClock,
      agentId,
      rewards,
      sharedReward,
      stepCost,
      maxSteps,
    } = given
    const { cell, arrived, sums } = state
    const { id, living, action, reward, next, clock } = columns
    const { recordBytes, scalars, hotAt, hotOffset } = describeView(given)
    const places = scalars.length / (view === 'full' ? count : 1)
    const leaves = rewards === 'current' && !sharedReward
    /** What a step costs who has arrived. */
    const costThere = rewards === 'current' ? 0 : stepCost

    function isTaken(target: number): boolean {
      for (let agent = 0; agent < count; agent++) if (cell[agent] === target) return true
      return false
    }

    function move(agent: number, chosen: number): void {
      const row = Math.floor(cell[agent]! / COLUMNS) + ROW_STEP[chosen]!
      const column = (cell[agent]! % COLUMNS) + COLUMN_STEP[chosen]!
      const target = cellAt(row, column)
      if (isFree(row, column) && !isTaken(target)) cell[agent] = target
    }

    /** One step of an agent. @returns its reward */
    function advance(agent: number, chosen: number): number {
      if (arrived[agent] === 1) return -costThere
      move(agent, chosen)
      if (cell[agent] !== GOAL[agent]) return -stepCost
      arrived[agent] = 1
      sums[Sum.arrived]!++
      return ARRIVAL
    }

    /** Writes the place of an agent, and the clock behind it, from element `at` of the heap's floats. */
    function writePlace(agent: number, at: number): void {
      heap.f32[at] = shownPlace(Math.floor(cell[agent]! / COLUMNS), ROWS - 1)
      heap.f32[at + 1] = shownPlace(cell[agent]! % COLUMNS, COLUMNS - 1)
      if (showsClock) heap.f32[at + 2] = clock[Clock.step]! / maxSteps
    }

    return {
      reset() {
        living[0] = count
        arrived.fill(0)
        sums.fill(0)
        for (let agent = 0; agent < count; agent++) {
          id[agent] = agent
          cell[agent] = START[agent]!
        }
      },

      observe(_group, from, to, at) {
        for (let slot = from; slot < to; slot++) {
          const record = at + (slot - from) * recordBytes
          if (view === 'partial') writePlace(id[slot]!, record / 4)
          else for (let agent = 0; agent < count; agent++) writePlace(agent, record / 4 + agent * places)
          if (agentId) heap.u16[(record + hotOffset) / 2] = hotAt + id[slot]!
        }
      },

      phases: [
        {
          name: 'move',
          kind: 'serial',
          run() {
            const listed = living[0]!
            let going = 0
            let earned = 0
            for (let slot = 0; slot < listed; slot++) {
              const agent = id[slot]!
              const paid = advance(agent, action[slot]!)
              reward[slot] = paid
              earned += paid
              // Who has arrived and is paid nothing more is done: its body stays, and nobody has to act for it.
              next[slot] = leaves && arrived[agent] === 1 ? -1 : going
              if (next[slot]! >= 0) id[going++] = agent
            }
            living[0] = going
            sums[Sum.reward]! += earned
            if (sharedReward) reward.fill(earned / count, 0, listed)
          },
        },
      ],

      ended: () => sums[Sum.arrived] === count,
      score: () => sums[Sum.reward]!,
      metrics: () => ({ arrived: sums[Sum.arrived]!, teamReturn: sums[Sum.reward]! }),

      policies: {
        /** The shortest solution, by heart: it does not look where agents are. */
        optimal(_group, from, to) {
          const paths = OPTIMAL[count]!
          for (let slot = from; slot < to; slot++) {
            action[slot] = paths[id[slot]!]![clock[Clock.step]!] ?? NO_MOVE
          }
        },
      },
    }
  },
})
