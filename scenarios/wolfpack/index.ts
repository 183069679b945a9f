/**
 * Wolfpack: wolves chase a prey that walks about at random. Who steps onto it captures it, and every wolf within a radius of the
 * capture is paid, more when there are several,
 *
 *   r_i = teamReward   within the radius, with at least one other wolf
 *   r_i = loneReward   to the one that captured it with no other wolf near
 *
 * The prey is then somewhere else at once. How much teamReward exceeds loneReward, and how large the radius is, decides whether
 * wolves learn to hunt together.
 *
 * @see Leibo, Zambaldi, Lanctot, Marecki, Graepel, "Multi-agent reinforcement learning in sequential social dilemmas", AAMAS
 *      2017, §4.2
 */
import { z } from 'zod'
import { type CellCode, describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'
import { Act, distance, nextCell, towards, turned, writeTurnedView } from '../small-games/facing.ts'
import { drawOrder } from '../small-games/order.ts'

const VIEW = 9
/** Those of `gathering`, without its beam. */
const ACTIONS = 7

/** What is in a cell; a wolf sees itself as the last of these. */
const Code = { wall: 1, prey: 2, wolf: 4, own: 3 } as const
const CHANNELS = 4
/** Channels are wall, prey, oneself and another wolf. */
const CODES: readonly CellCode[] = [
  { channels: [], values: [] },
  ...Array.from({ length: CHANNELS }, (_, channel) => ({ channels: [channel], values: [1] })),
]

const observation = describeObservation({
  cells: { count: VIEW * VIEW, channels: CHANNELS, codes: CODES },
})

/** Draws of starts and new places of the prey, of its steps, and of the order of wolves. */
const ORDER = Stream.scenario
const PLACE = Stream.scenario + 1
const WALK = Stream.scenario + 2

/** Of an episode. */
const Sum = { captures: 0, teamCaptures: 1, reward: 2 } as const

const options = z.strictObject({
  wolves: z.number().int().min(1).max(8).default(2).describe('wolves in the field'),
  size: z.number().int().min(4).max(64).default(9).describe('cells on a side of the field'),
  radius: z
    .number()
    .int()
    .min(1)
    .max(128)
    .default(3)
    .describe('steps from the capture within which wolves are paid'),
  loneReward: z.number().default(1).describe('what a capture pays a wolf that is alone'),
  teamReward: z.number().default(5).describe('what a capture pays each of several wolves within the radius'),
  preyMoves: z.number().min(0).max(1).default(0.5).describe('probability that the prey takes a step'),
  maxSteps: z.number().int().min(1).default(200).describe('steps of an episode'),
})

export const wolfpack: AnyScenario = defineScenario({
  name: 'wolfpack',
  summary: 'wolves are paid for capturing a prey, and more where others are near: a social dilemma',
  options,
  scripted: ['chase', 'wait'],
  stepsOption: 'maxSteps',
  averages: ['captures', 'teamShare', 'teamReturn'],
  training: { algorithm: 'ippo', gamma: 0.99, steps: 60_000 },

  describe: ({ wolves, size, maxSteps }) => ({
    columns: {
      cell: { dtype: 'i32', shape: [wolves] },
      facing: { dtype: 'u8', shape: [wolves] },
      order: { dtype: 'i32', shape: [wolves] },
      prey: { dtype: 'i32', shape: [1] },
      board: { dtype: 'u8', shape: [size * size] },
      sums: { dtype: 'f64', shape: [3] },
    },
    groups: [{ name: 'wolves', capacity: wolves, actions: ACTIONS, observation }],
    maxSteps,
  }),

  bind(given, { state, agents, random, heap }) {
    const { wolves, size, radius, loneReward, teamReward, preyMoves } = given
    const { cell, facing, order, prey, board, sums } = state
    const { id, living, action, reward, next, clock } = agents
    const { recordBytes, cellsOffset } = observation
    const grid = { rows: size, columns: size }

    /** A free cell, any as likely as any other. @param taken how many cells are not free */
    function drawFreeCell(step: number, entity: number, taken: number): number {
      let left = random.below(size * size - taken, PLACE, step, entity)
      for (let at = 0; at < board.length; at++) {
        if (board[at] === 0 && left-- === 0) return at
      }
      return -1
    }

    function placePrey(step: number): void {
      const at = drawFreeCell(step, wolves, wolves)
      prey[0] = at
      board[at] = Code.prey
    }

    /** @returns whether the wolf stepped onto the prey */
    function move(wolf: number, chosen: number): boolean {
      if (chosen > Act.left) {
        facing[wolf] = turned(facing[wolf]!, chosen)
        return false
      }
      const to = nextCell(grid, cell[wolf]!, (facing[wolf]! + chosen) & 3)
      if (to < 0 || board[to] === Code.wolf) return false
      const captured = board[to] === Code.prey
      board[cell[wolf]!] = 0
      board[to] = Code.wolf
      cell[wolf] = to
      return captured
    }

    /** Pays for a capture by where the wolves stand at the end of the step. */
    function pay(captor: number, at: number): void {
      let near = 0
      for (let wolf = 0; wolf < wolves; wolf++) if (distance(grid, cell[wolf]!, at) <= radius) near++
      sums[Sum.captures]!++
      if (near < 2) {
        reward[captor] = loneReward
        sums[Sum.reward]! += loneReward
        return
      }
      for (let wolf = 0; wolf < wolves; wolf++) {
        if (distance(grid, cell[wolf]!, at) <= radius) reward[wolf] = teamReward
      }
      sums[Sum.teamCaptures]!++
      sums[Sum.reward]! += near * teamReward
    }

    function walkPrey(step: number): void {
      if (random.uniform(WALK, step, 0) >= preyMoves) return
      const to = nextCell(grid, prey[0]!, random.below(4, WALK, step, 1))
      if (to < 0 || board[to] !== 0) return
      board[prey[0]!] = 0
      board[to] = Code.prey
      prey[0] = to
    }

    function chase(wolf: number): number {
      return (towards(grid, board, Code.wolf, cell[wolf]!, prey[0]!) - facing[wolf]! + 4) & 3
    }

    function isHelped(wolf: number): boolean {
      for (let other = 0; other < wolves; other++) {
        if (other !== wolf && distance(grid, cell[other]!, prey[0]!) <= radius) return true
      }
      return false
    }

    return {
      reset() {
        living[0] = wolves
        board.fill(0)
        sums.fill(0)
        for (let wolf = 0; wolf < wolves; wolf++) {
          id[wolf] = wolf
          next[wolf] = wolf
          facing[wolf] = 0
          const at = drawFreeCell(0, wolf, wolf)
          cell[wolf] = at
          board[at] = Code.wolf
        }
        placePrey(0)
      },

      observe(_group, from, to, at) {
        for (let wolf = from; wolf < to; wolf++) {
          const view = at + (wolf - from) * recordBytes + cellsOffset
          writeTurnedView(grid, board, Code.wall, cell[wolf]!, facing[wolf]!, VIEW, heap.u8, view)
          heap.u8[view + (VIEW * VIEW - 1) / 2] = Code.own
        }
      },

      phases: [
        {
          name: 'hunt',
          kind: 'serial',
          run() {
            const step = clock[Clock.step]!
            const at = prey[0]!
            let captor = -1
            drawOrder(random, ORDER, step, order)
            for (let i = 0; i < wolves; i++) {
              const wolf = order[i]!
              reward[wolf] = 0
              next[wolf] = wolf
              if (move(wolf, action[wolf]!)) captor = wolf
            }
            if (captor < 0) walkPrey(step)
            else {
              pay(captor, at)
              placePrey(step + 1)
            }
          },
        },
      ],

      ended: () => false,
      score: () => sums[Sum.reward]!,
      metrics: () => ({
        captures: sums[Sum.captures]!,
        teamCaptures: sums[Sum.teamCaptures]!,
        teamShare: sums[Sum.captures] === 0 ? 0 : sums[Sum.teamCaptures]! / sums[Sum.captures]!,
        teamReturn: sums[Sum.reward]!,
      }),
      scratch: ['order'],

      policies: {
        /** Captures the prey as soon as it can. */
        chase(_group, from, to) {
          for (let wolf = from; wolf < to; wolf++) action[wolf] = chase(wolf)
        },
        /** Waits beside the prey until another wolf is within the radius. */
        wait(_group, from, to) {
          for (let wolf = from; wolf < to; wolf++) {
            const waits = distance(grid, cell[wolf]!, prey[0]!) === 1 && !isHelped(wolf)
            action[wolf] = waits ? Act.stand : chase(wolf)
          }
        },
      },
    }
  },
})
