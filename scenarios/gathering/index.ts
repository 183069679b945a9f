/**
 * Gathering: players collect apples that grow again in the middle of a field, and may shoot each other out of it,
 *
 *   r_i = 1 for an apple,   0 for everything else
 *
 * An apple is there again `appleDelay` steps after it was taken. A beam hits the first player on the line ahead, whom two hits
 * remove for `tagDelay` steps: worth its time only where apples are few. So the game is a social dilemma that hangs on the
 * two delays.
 *
 * @see Leibo, Zambaldi, Lanctot, Marecki, Graepel, "Multi-agent reinforcement learning in sequential social dilemmas", AAMAS
 *      2017, §4.1
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { type CellCode, describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'
import { Act, distance, nextCell, towards, turned, writeTurnedView } from '../small-games/facing.ts'
import { drawOrder } from '../small-games/order.ts'
import { playerGroups, sidesOption } from '../small-games/sides.ts'

const GRID = { rows: 7, columns: 11 } as const
const CELLS = GRID.rows * GRID.columns
const VIEW = 11
const HITS_TO_REMOVE = 2
const ACTIONS = 8

/** Where players start and come back to, on both edges by turns, and the direction that they face. */
const START: readonly number[] = [
  cellAt(3, 0),
  cellAt(3, 10),
  cellAt(1, 0),
  cellAt(5, 10),
  cellAt(5, 0),
  cellAt(1, 10),
]
/** The diamond around the middle, |rows| + |columns| ≤ 2, without its four tips. */
const APPLE_CELLS: readonly number[] = [-1, 0, 1].flatMap((row) =>
  [4, 5, 6].map((column) => cellAt(3 + row, column)),
)

/** What is in a cell, as bits; the codes of walls and of the own cell lie behind. */
const Bit = { apple: 1, player: 2, beam: 4 } as const
const WALL = 8
const OWN = 9
/** Channels are wall, apple, oneself, another player and beam. A cell shows two of them at most: no apple then. */
const CHANNELS = 5
const CODES: readonly CellCode[] = [
  [],
  [1],
  [3],
  [3, 1],
  [4],
  [4, 1],
  [4, 3],
  [4, 3],
  [0],
  [2],
  [2, 1],
  [2, 4],
  [2, 4],
].map((channels) => ({ channels, values: channels.map(() => 1) }))

const observation = describeObservation({
  cells: { count: VIEW * VIEW, channels: CHANNELS, codes: CODES },
  scalars: ['hit', 'away'],
})

/** Of an episode: of all players together. */
const Sum = { beams: 0, tags: 1, activeSteps: 2 } as const

const options = z.strictObject({
  players: z.number().int().min(1).max(START.length).default(2).describe('players in the field'),
  appleDelay: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe('steps until an apple that was taken is there again'),
  tagDelay: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(25)
    .describe('steps that a player is away for whom two beams hit'),
  sides: sidesOption('together'),
  maxSteps: z.number().int().min(1).default(200).describe('steps of an episode'),
})

function cellAt(row: number, column: number): number {
  return row * GRID.columns + column
}

export const gathering: AnyScenario = defineScenario({
  name: 'gathering',
  summary: 'players collect apples, and may shoot each other out of the field: a social dilemma',
  options,
  scripted: ['forager', 'hunter'],
  stepsOption: 'maxSteps',
  averages: ['apples', 'tags', 'beamRate'],
  training: { algorithm: 'ippo', gamma: 0.99, steps: 60_000 },
  units: { beamRate: 'beams per agent-step' },

  describe({ players, sides, maxSteps }) {
    if (sides === 'apart' && players !== 2) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `--sides: expected two players to play apart, got ${players}; leave --players out, or take --sides together`,
        { details: { field: 'sides', players } },
      )
    }
    return {
      columns: {
        cell: { dtype: 'i32', shape: [players] },
        facing: { dtype: 'u8', shape: [players] },
        hits: { dtype: 'u8', shape: [players] },
        backAt: { dtype: 'i32', shape: [players] },
        apples: { dtype: 'i32', shape: [players] },
        order: { dtype: 'i32', shape: [players] },
        regrowAt: { dtype: 'i32', shape: [APPLE_CELLS.length] },
        board: { dtype: 'u8', shape: [CELLS] },
        sums: { dtype: 'f64', shape: [3] },
      },
      groups: playerGroups(sides, players, ['first', 'second'], { actions: ACTIONS, observation }),
      maxSteps,
    }
  },

  bind({ players, tagDelay, appleDelay, sides }, { state, agents, slots, random, heap }) {
    const { cell, facing, hits, backAt, apples, order, regrowAt, board, sums } = state
    const { id, living, action, reward, next, clock } = agents
    const { recordBytes, cellsOffset } = observation

    function place(player: number, at: number): void {
      cell[player] = at
      facing[player] = at % GRID.columns === 0 ? 1 : 3
      hits[player] = 0
      board[at]! |= Bit.player
    }

    function move(player: number, chosen: number): void {
      if (chosen > Act.left) {
        facing[player] = turned(facing[player]!, chosen)
        return
      }
      const from = cell[player]!
      const to = nextCell(GRID, from, (facing[player]! + chosen) & 3)
      if (to < 0 || (board[to]! & Bit.player) !== 0) return
      board[from]! &= ~Bit.player
      board[to]! |= Bit.player
      cell[player] = to
    }

    /** @returns what a player is paid for what lies in its cell */
    function take(player: number, step: number): number {
      const at = cell[player]!
      if ((board[at]! & Bit.apple) === 0) return 0
      board[at]! &= ~Bit.apple
      for (let i = 0; i < APPLE_CELLS.length; i++) if (APPLE_CELLS[i] === at) regrowAt[i] = step + appleDelay
      apples[player]!++
      return 1
    }

    function playerAt(at: number): number {
      for (let player = 0; player < players; player++) if (cell[player] === at) return player
      return -1
    }

    function fire(player: number): void {
      sums[Sum.beams]!++
      const direction = facing[player]!
      for (let at = nextCell(GRID, cell[player]!, direction); at >= 0; at = nextCell(GRID, at, direction)) {
        board[at]! |= Bit.beam
        if ((board[at]! & Bit.player) === 0) continue
        hits[playerAt(at)]!++
        return
      }
    }

    function removeHit(step: number): void {
      for (let player = 0; player < players; player++) {
        if (hits[player]! < HITS_TO_REMOVE) continue
        board[cell[player]!]! &= ~Bit.player
        cell[player] = -1
        hits[player] = 0
        backAt[player] = step + tagDelay
        sums[Sum.tags]!++
      }
    }

    function regrow(step: number): void {
      for (let i = 0; i < APPLE_CELLS.length; i++) {
        if (regrowAt[i] === step + 1) board[APPLE_CELLS[i]!]! |= Bit.apple
      }
    }

    /** Players come back at their own start, or at the next one where nobody stands. */
    function comeBack(step: number): void {
      for (let player = 0; player < players; player++) {
        if (cell[player]! >= 0 || backAt[player] !== step) continue
        let start = player
        while ((board[START[start]!]! & Bit.player) !== 0) start = (start + 1) % START.length
        place(player, START[start]!)
      }
    }

    function stepTo(player: number, to: number): number {
      return (towards(GRID, board, Bit.player, cell[player]!, to) - facing[player]! + 4) & 3
    }

    /** A step towards the nearest apple. */
    function forage(player: number): number {
      let nearest = -1
      for (const at of APPLE_CELLS) {
        if ((board[at]! & Bit.apple) === 0) continue
        if (nearest < 0 || distance(GRID, cell[player]!, at) < distance(GRID, cell[player]!, nearest))
          nearest = at
      }
      return nearest < 0 || nearest === cell[player] ? Act.stand : stepTo(player, nearest)
    }

    /** In which direction, seen from where it faces, another player stands on a line with it; −1 where none does. */
    function sideOfOther(player: number): number {
      for (let side = 0; side < 4; side++) {
        const direction = (facing[player]! + side) & 3
        for (let at = nextCell(GRID, cell[player]!, direction); at >= 0; at = nextCell(GRID, at, direction)) {
          if ((board[at]! & Bit.player) !== 0) return side
        }
      }
      return -1
    }

    function hunt(player: number): number {
      const side = sideOfOther(player)
      if (side < 0) return forage(player)
      if (side === 0) return Act.beam
      return side === 3 ? Act.turnLeft : Act.turnRight
    }

    function decide(group: number, from: number, to: number, choose: (player: number) => number): void {
      for (let player = slots[group]! + from; player < slots[group]! + to; player++) {
        action[player] = cell[player]! < 0 ? Act.stand : choose(player)
      }
    }

    function totalApples(): number {
      let total = 0
      for (let player = 0; player < players; player++) total += apples[player]!
      return total
    }

    return {
      reset() {
        living.fill(sides === 'apart' ? 1 : players)
        board.fill(0)
        apples.fill(0)
        backAt.fill(0)
        regrowAt.fill(0)
        sums.fill(0)
        for (const at of APPLE_CELLS) board[at] = Bit.apple
        for (let player = 0; player < players; player++) {
          id[player] = player
          next[player] = player
          place(player, START[player]!)
        }
      },

      observe(group, from, to, at) {
        const step = clock[Clock.step]!
        for (let i = from; i < to; i++) {
          const player = slots[group]! + i
          const record = at + (i - from) * recordBytes
          const own = cell[player]!
          heap.f32[record / 4] = hits[player]! / HITS_TO_REMOVE
          heap.f32[record / 4 + 1] = own < 0 ? (backAt[player]! + 1 - step) / tagDelay : 0
          const view = record + cellsOffset
          if (own < 0) {
            heap.u8.fill(0, view, view + VIEW * VIEW)
            continue
          }
          writeTurnedView(GRID, board, WALL, own, facing[player]!, VIEW, heap.u8, view)
          const held = board[own]! & ~Bit.player
          heap.u8[view + (VIEW * VIEW - 1) / 2] = OWN + (held & Bit.apple) + ((held & Bit.beam) >> 1)
        }
      },

      phases: [
        {
          name: 'act',
          kind: 'serial',
          run() {
            const step = clock[Clock.step]!
            drawOrder(random, Stream.scenario, step, order)
            for (let at = 0; at < CELLS; at++) board[at]! &= ~Bit.beam
            for (let i = 0; i < players; i++) {
              const player = order[i]!
              reward[player] = 0
              next[player] = player
              if (cell[player]! < 0) continue
              sums[Sum.activeSteps]!++
              move(player, action[player]!)
              reward[player] = take(player, step)
            }
            // All beams of a step are at once: who is hit still fires.
            for (let player = 0; player < players; player++) {
              if (cell[player]! >= 0 && action[player] === Act.beam) fire(player)
            }
            removeHit(step)
            regrow(step)
            comeBack(step)
          },
        },
      ],

      ended: () => false,
      score: (group) => (sides === 'apart' ? apples[group]! : totalApples()),
      metrics: () => ({
        apples: totalApples(),
        beams: sums[Sum.beams]!,
        tags: sums[Sum.tags]!,
        beamRate: sums[Sum.activeSteps] === 0 ? 0 : sums[Sum.beams]! / sums[Sum.activeSteps]!,
      }),
      groupMetrics: (group) => ({ apples: sides === 'apart' ? apples[group]! : totalApples() }),
      scratch: ['order'],

      policies: {
        /** Goes for the nearest apple, and never shoots. */
        forager: (group, from, to) => decide(group, from, to, forage),
        /** Shoots whoever stands on a line with it, and gathers otherwise. */
        hunter: (group, from, to) => decide(group, from, to, hunt),
      },
    }
  },
})
