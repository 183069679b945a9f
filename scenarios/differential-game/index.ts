/**
 * The rotational game: two players set one number each, x and y in [−1, 1], and pay
 *
 *   L_a = x²/2 + 10 xy,   L_b = y²/2 − 10 xy
 *
 * The one equilibrium is (0, 0), and the players drive each other around it: who follows its own gradient circles, and who takes it where
 * the other's next step leads comes there.
 *
 * In a step each moves its own number by one of an odd number of moves, evenly spread from −`stride` to `stride`, and is paid minus its
 * loss at the point that both come to. Numbers stay within [−1, 1].
 *
 * @see Wen et al., "A game-theoretic approach to multi-agent trust region optimization", §4.1, figure 3. There players have gradients
 *      and move as far as they like: moves to choose among, and the bounds, are ours.
 */
import { z } from 'zod'
import {
  descend,
  gradientsAgainst,
  type Point,
  ROTATIONAL_GAME,
} from '../../runtime/core/games/differential-game.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'

const PLAYERS = 2
/** Numbers are from minus this to this. */
const BOUND = 1

/** Sums over the steps of an episode. */
const Sum = { lossA: 0, lossB: 1, distance: 2, steps: 3 } as const

/** Own number and the other's; and who one is. */
const observation = describeObservation({
  hot: { inputs: PLAYERS, slots: 1 },
  scalars: ['own', 'other'],
})

const options = z.strictObject({
  moves: z
    .number()
    .int()
    .min(3)
    .max(1001)
    .refine((count) => count % 2 === 1, 'expected an odd number: the one in the middle stays')
    .default(21)
    .describe('moves to choose among, an odd number: as many down as up, and one that stays'),
  stride: z.number().positive().max(2).default(0.25).describe('largest change of a number in a step'),
  start: z
    .enum(['corner', 'anywhere'])
    .default('corner')
    .describe("where an episode starts: at (1, 1), as the paper's do, or at a drawn point"),
  stepSize: z
    .number()
    .positive()
    .max(1)
    .default(0.02)
    .describe('of the scripted policies: how far they go for a gradient of 1'),
  maxSteps: z.number().int().min(1).default(100).describe('steps of an episode'),
})

function clip(number: number): number {
  return Math.min(BOUND, Math.max(-BOUND, number))
}

function clipped([x, y]: Point): Point {
  return [clip(x), clip(y)]
}

/**
 * What each could spare itself by the best number against the other's, on average. A loss has curvature 1 in its player's own number: a
 * gradient step of length 1 leads to its lowest point, or beyond the bound next to it.
 */
function exploitability(point: Point): number {
  const [x, y] = point
  const { losses, gradients } = ROTATIONAL_GAME
  const [bestX, bestY] = clipped(descend(point, gradients(point), 1))
  const [lossA, lossB] = losses(point)
  return (lossA - losses([bestX, y])[0] + lossB - losses([x, bestY])[1]) / PLAYERS
}

export const differentialGame: AnyScenario = defineScenario({
  name: 'differential-game',
  summary: 'two players move a number each in the rotational game, around its equilibrium or towards it',
  options,
  scripted: ['gradient', 'look-ahead'],
  stepsOption: 'maxSteps',
  averages: ['lossA', 'lossB', 'meanDistance', 'distance', 'exploitability'],
  policyOptions: ['moves', 'stride'],
  training: { algorithm: 'matrl', steps: 60_000, worlds: 32, schedule: 'sync', evalEpisodes: 20 },

  describe: ({ moves, maxSteps }) => ({
    columns: {
      place: { dtype: 'f64', shape: [PLAYERS] },
      sums: { dtype: 'f64', shape: [4] },
    },
    groups: [{ name: 'players', capacity: PLAYERS, actions: moves, observation }],
    maxSteps,
  }),

  bind({ moves, stride, start, stepSize }, { state: { place, sums }, agents, random, heap }) {
    const { id, living, action, reward, next } = agents
    const { recordBytes, hotAt, hotOffset } = observation
    const middle = (moves - 1) / 2

    const point = (): Point => [place[0]!, place[1]!]
    const mean = (sum: number) => (sums[Sum.steps] === 0 ? 0 : sums[sum]! / sums[Sum.steps]!)

    /** Every player takes the move that is nearest to a step down its gradient. */
    function follow(gradients: () => Point) {
      return (_group: number, from: number, to: number): void => {
        const along = gradients()
        for (let i = from; i < to; i++) {
          const step = Math.round((-stepSize * along[i]! * middle) / stride)
          action[i] = middle + Math.min(middle, Math.max(-middle, step))
        }
      }
    }

    return {
      reset() {
        living[0] = PLAYERS
        sums.fill(0)
        for (let i = 0; i < PLAYERS; i++) {
          id[i] = i
          next[i] = i
          place[i] = start === 'corner' ? BOUND : BOUND * (2 * random.uniform(Stream.scenario, 0, i) - 1)
        }
      },

      observe(_group, from, to, at) {
        for (let i = from; i < to; i++) {
          const record = at + (i - from) * recordBytes
          heap.f32[record / 4] = place[i]!
          heap.f32[record / 4 + 1] = place[1 - i]!
          heap.u16[(record + hotOffset) / 2] = hotAt + i
        }
      },

      phases: [
        {
          name: 'move',
          kind: 'serial',
          run() {
            for (let i = 0; i < PLAYERS; i++) {
              place[i] = clip(place[i]! + (stride * (action[i]! - middle)) / middle)
            }
            const [lossA, lossB] = ROTATIONAL_GAME.losses(point())
            reward[0] = -lossA
            reward[1] = -lossB
            sums[Sum.lossA]! += lossA
            sums[Sum.lossB]! += lossB
            sums[Sum.distance]! += Math.hypot(place[0]!, place[1]!)
            sums[Sum.steps]!++
          },
        },
      ],

      ended: () => false,
      score: () => -(sums[Sum.lossA]! + sums[Sum.lossB]!),
      metrics: () => ({
        lossA: mean(Sum.lossA),
        lossB: mean(Sum.lossB),
        meanDistance: mean(Sum.distance),
        distance: Math.hypot(place[0]!, place[1]!),
        exploitability: exploitability(point()),
      }),

      policies: {
        /** Each against its own gradient: they circle. */
        gradient: follow(() => ROTATIONAL_GAME.gradients(point())),
        /** Each against its gradient where the other's next step leads. */
        'look-ahead': follow(() => {
          const now = point()
          return gradientsAgainst(
            ROTATIONAL_GAME,
            now,
            clipped(descend(now, ROTATIONAL_GAME.gradients(now), stepSize)),
          )
        }),
      },
    }
  },
})
