/**
 * Pong on a grid: two players move paddles of three cells on the left and right edges, and a ball flies diagonally between them, one
 * column and one row a step. A ball that gets past a paddle is a point, +1 for one player and −1 for the other; five of them win.
 *
 * A paddle throws the ball back from the column before it: its upper cell upwards, its lower one downwards, the middle one as it
 * came. Players see the same game from their own side, as if each stood on the left.
 */
import { z } from 'zod'
import { describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'
import { playerGroups, sidesOption } from '../small-games/sides.ts'

const COLUMNS = 16
const ROWS = 12
const PADDLE = 3
/** Highest place of a paddle's upper cell. */
const LOWEST = ROWS - PADDLE
const PLAYERS = 2
/** Actions are up, stay, down. */
const ACTIONS = 3

const observation = describeObservation({
  scalars: [
    'ballColumn',
    'ballRow',
    'ballAway',
    'ballDown',
    'ownPaddle',
    'otherPaddle',
    'ownPoints',
    'otherPoints',
  ],
})

/** The ball: where it is, and where it flies, ±1 each. */
const Ball = { column: 0, row: 1, right: 2, down: 3 } as const

const options = z.strictObject({
  points: z.number().int().min(1).max(1000).default(5).describe('points that win a game'),
  sides: sidesOption('apart'),
  maxSteps: z.number().int().min(1).default(1000).describe('steps after which a game is broken off'),
})

/** From −1 to 1. */
function scaled(place: number, most: number): number {
  return (2 * place) / most - 1
}

export const pong: AnyScenario = defineScenario({
  name: 'pong',
  summary: 'two players with paddles, and a ball that flies diagonally: who gets five past the other wins',
  options,
  scripted: ['follower'],
  averages: ['leftPoints', 'rightPoints', 'returns'],
  training: { algorithm: 'ippo', gamma: 0.99, steps: 60_000 },

  describe: ({ sides, maxSteps }) => ({
    columns: {
      ball: { dtype: 'i32', shape: [4] },
      paddle: { dtype: 'i32', shape: [PLAYERS] },
      points: { dtype: 'i32', shape: [PLAYERS] },
      returns: { dtype: 'i32', shape: [1] },
    },
    groups: playerGroups(sides, PLAYERS, ['left', 'right'], { actions: ACTIONS, observation }),
    maxSteps,
  }),

  bind({ points: most, sides }, { state, agents, slots, random, heap }) {
    const { ball, paddle, points, returns } = state
    const { id, living, action, reward, next, clock } = agents
    const { recordBytes } = observation

    /** Paddles are in the middle, and the ball flies from there towards `receiver`, or whom it draws. */
    function serve(step: number, receiver: number): void {
      random.draw(Stream.scenario, step, 0)
      const [side, row, down] = random.words
      const towards = receiver < 0 ? side! & 1 : receiver
      ball[Ball.column] = towards === 0 ? COLUMNS / 2 : COLUMNS / 2 - 1
      ball[Ball.row] = row! % ROWS
      ball[Ball.right] = towards === 0 ? -1 : 1
      ball[Ball.down] = (down! & 1) === 0 ? -1 : 1
      paddle.fill(LOWEST >> 1)
    }

    /** The row of the ball after this step, thrown back by the upper and lower walls. */
    function fall(): number {
      const row = ball[Ball.row]! + ball[Ball.down]!
      if (row >= 0 && row < ROWS) return row
      ball[Ball.down] = -ball[Ball.down]!
      return ball[Ball.row]! + ball[Ball.down]!
    }

    /** The ball comes to the column of a player's paddle, in the given row. */
    function receive(player: number, row: number): boolean {
      const place = row - paddle[player]!
      if (place < 0 || place >= PADDLE) return false
      ball[Ball.right] = -ball[Ball.right]!
      if (place !== 1) ball[Ball.down] = place - 1
      returns[0]!++
      return true
    }

    function score(winner: number, step: number): void {
      points[winner]!++
      reward[winner] = 1
      reward[1 - winner] = -1
      serve(step + 1, 1 - winner)
    }

    function fly(step: number): void {
      const row = fall()
      const column = ball[Ball.column]! + ball[Ball.right]!
      const player = column === 0 ? 0 : 1
      const isReceived = column === 0 || column === COLUMNS - 1
      if (isReceived && !receive(player, row)) {
        score(1 - player, step)
        return
      }
      ball[Ball.row] = row
      if (!isReceived) ball[Ball.column] = column
    }

    return {
      reset() {
        living.fill(sides === 'apart' ? 1 : PLAYERS)
        points.fill(0)
        returns[0] = 0
        for (let player = 0; player < PLAYERS; player++) {
          id[player] = player
          next[player] = player
        }
        serve(0, -1)
      },

      observe(group, from, to, at) {
        for (let i = from; i < to; i++) {
          const player = slots[group]! + i
          const record = (at + (i - from) * recordBytes) / 4
          const sign = player === 0 ? 1 : -1
          heap.f32[record] = sign * scaled(ball[Ball.column]!, COLUMNS - 1)
          heap.f32[record + 1] = scaled(ball[Ball.row]!, ROWS - 1)
          heap.f32[record + 2] = sign * ball[Ball.right]!
          heap.f32[record + 3] = ball[Ball.down]!
          heap.f32[record + 4] = scaled(paddle[player]!, LOWEST)
          heap.f32[record + 5] = scaled(paddle[1 - player]!, LOWEST)
          heap.f32[record + 6] = points[player]! / most
          heap.f32[record + 7] = points[1 - player]! / most
        }
      },

      phases: [
        {
          name: 'play',
          kind: 'serial',
          run() {
            for (let player = 0; player < PLAYERS; player++) {
              paddle[player] = Math.max(0, Math.min(LOWEST, paddle[player]! + action[player]! - 1))
              reward[player] = 0
              next[player] = player
            }
            fly(clock[Clock.step]!)
          },
        },
      ],

      ended: () => points[0] === most || points[1] === most,
      score: (group) => (sides === 'apart' ? points[group]! : 0),
      metrics: () => ({ leftPoints: points[0]!, rightPoints: points[1]!, returns: returns[0]! }),
      groupMetrics: (group): Record<string, number> => (sides === 'apart' ? { points: points[group]! } : {}),

      policies: {
        /** Keeps the middle of its paddle on the ball's row: nothing gets past it. */
        follower(group, from, to) {
          for (let player = slots[group]! + from; player < slots[group]! + to; player++) {
            action[player] = 1 + Math.sign(ball[Ball.row]! - (paddle[player]! + 1))
          }
        },
      },
    }
  },
})
