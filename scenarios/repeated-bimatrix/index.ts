/**
 * A matrix game that is played over and over: two agents stand on a grid of 4 × 4, the one at a row i and the other at a column j, and
 * move one step along their axis, or stay, at a time; borders stop them. All are paid by the position they come to, from full
 * cooperation at (0, 0) to full defection at (3, 3), and with them a planner, the third of the group:
 *
 *   constrained   r_k = .3 + .7 c_other − .3 c_own        r̃ = 1 − (c_i + c_j)/2        the planner looks on: what it does is nothing
 *   augmented     r_k = .45 + .55 c_other − .45 c_own     r̃ = a (4 − .75 (c_i + c_j)) − a²
 *
 * c_k = (3 − k)/3. In the augmented game the planner chooses a ∈ {0, 1, 2, …} with its first action, and agents resent what it gets:
 * they are paid r_k − Q r̃. The first moves are made before anyone knows a; from then on all see it. A planner that was trained is frozen by
 * `--choice`: so agents that learn anew meet it, under rewards that it has not seen.
 *
 * An agent that moves towards 3 is better off whatever the other does, so that (3, 3) is the one equilibrium of a single step. That
 * the planner is one of the group, with a reward of its own, is how a learner hears of it: see `learners/algorithms/ermas.ts`.
 *
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", §5.1–5.2.
 *      They draw their payoffs and do not print them: these are our own.
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import {
  augmentedPayoffs,
  CONSTRAINED,
  cooperation,
  riskAverse,
  SIDE,
} from '../../runtime/core/games/repeated-bimatrix.ts'
import { describeObservation, type ObservationSpace } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'

const POSITIONS = SIDE * SIDE
/** Actions 0, 1 and 2 move down the axis, stay, and move up. Those above stay too. */
const MOVES = 3
const STAY = 1
/** The two agents, and the planner behind them. */
const MEMBERS = 3
const AGENTS = 2
const PLANNER = 2

/** Draws of rewards; those of lane 0 are of places. */
const NOISE_LANE = 1

/** Sums over the steps of an episode. */
const Sum = { planner: 0, agents: 1, cooperation: 2, steps: 3 } as const

const options = z.strictObject({
  game: z
    .enum(['constrained', 'augmented'])
    .default('constrained')
    .describe('a planner that looks on, or one that chooses once an episode what it is to be'),
  choices: z
    .number()
    .int()
    .min(1)
    .max(16)
    .default(4)
    .describe('how many values of a, from 0 up, an augmented planner chooses among'),
  resentment: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Q: how much agents of the augmented game mind the planner's reward"),
  choice: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('freezes the planner at this value of a; left out, it chooses'),
  rewardNoise: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "domain randomisation, σ: agents' rewards change by U[−σ, σ], drawn for each position and episode",
    ),
  utility: z
    .enum(['linear', 'log'])
    .default('linear')
    .describe(
      'what the planner learns from: what it is paid, or its logarithm, from .05 up (risk robustness)',
    ),
  maxSteps: z.number().int().min(1).default(20).describe('steps of an episode'),
})

/** @throws ERR_CONFIG_INVALID for what a game has no use for, and when a frozen planner is what none can choose to be */
function refuseMisfits({ game, choice, choices, resentment }: z.output<typeof options>): void {
  const refuse = (field: string, expected: string, got: number): never => {
    throw new RuntimeError('ERR_CONFIG_INVALID', `--${field}: expected ${expected}, got ${got}`, {
      details: { field, got },
    })
  }
  if (game === 'constrained' && resentment > 0)
    refuse('resentment', '0 but with --game augmented', resentment)
  if (choice === undefined) return
  if (game === 'constrained') refuse('choice', 'none but with --game augmented', choice)
  if (choice >= choices) refuse('choice', `one below --choices ${choices}`, choice)
}

/** Where both agents are, with what the planner has chosen, or that it has not; and who one is. */
function describeView({ game, choices }: z.output<typeof options>): ObservationSpace {
  const known = game === 'augmented' ? 1 + choices : 1
  return describeObservation({ hot: { inputs: POSITIONS * known + MEMBERS, slots: 2 } })
}

export const repeatedBimatrix: AnyScenario = defineScenario({
  name: 'repeated-bimatrix',
  summary: 'two agents move over the payoffs of a matrix game, while a planner is paid for what they do',
  options,
  scripted: ['cooperate', 'defect'],
  stepsOption: 'maxSteps',
  averages: ['planner', 'agents', 'cooperation', 'choice'],
  policyOptions: ['game', 'choices'],
  // Many short games: what an update is made of is independent.
  training: {
    algorithm: 'ermas',
    steps: 320_000,
    worlds: 32,
    segmentSteps: 20,
    schedule: 'sync',
    evalEpisodes: 0,
  },

  describe(given) {
    refuseMisfits(given)
    const actions = given.game === 'augmented' ? Math.max(MOVES, given.choices) : MOVES
    return {
      columns: {
        // Of the row, of the column, and what the planner has chosen, −1 before.
        place: { dtype: 'i32', shape: [MEMBERS] },
        sums: { dtype: 'f64', shape: [4] },
        // By how much each agent's reward is off where both are.
        noise: { dtype: 'f64', shape: [AGENTS, given.rewardNoise > 0 ? POSITIONS : 0] },
      },
      groups: [{ name: 'players', capacity: MEMBERS, actions, observation: describeView(given) }],
      maxSteps: given.maxSteps,
    }
  },

  bind(given, { state: { place, sums, noise }, agents, random, heap }) {
    const { game, choices, resentment, rewardNoise, utility } = given
    const { id, living, action, reward, next, clock } = agents
    const { recordBytes, hotAt, hotOffset, inputs } = describeView(given)
    const isAugmented = game === 'augmented'
    /** By what the planner has chosen. */
    const payoffs = isAugmented
      ? Array.from({ length: choices }, (_, choice) => augmentedPayoffs(choice, resentment))
      : [CONSTRAINED]

    function move(agent: number): void {
      const by = action[agent]! < MOVES ? action[agent]! - STAY : 0
      place[agent] = Math.min(SIDE - 1, Math.max(0, place[agent]! + by))
    }

    function pay(): void {
      const [i, j] = [place[0]!, place[1]!]
      const { agents, planner } = payoffs[isAugmented ? place[PLANNER]! : 0]!
      const paid = planner(i, j)
      for (let agent = 0; agent < AGENTS; agent++) {
        const off = rewardNoise > 0 ? noise[agent * POSITIONS + SIDE * i + j]! : 0
        reward[agent] = agents[agent]!(i, j) + off
      }
      reward[PLANNER] = utility === 'log' ? riskAverse(paid) : paid
      sums[Sum.planner]! += paid
      sums[Sum.agents]! += reward[0]! + reward[1]!
      sums[Sum.cooperation]! += (cooperation(i) + cooperation(j)) / 2
      sums[Sum.steps]!++
    }

    const mean = (sum: number) => (sums[Sum.steps] === 0 ? 0 : sums[sum]! / sums[Sum.steps]!)

    /** All of the agents make one move; a planner that has to choose takes the first choice that pays. */
    function script(to: number) {
      return (_group: number, from: number, end: number): void => {
        for (let i = from; i < end; i++) action[i] = i === PLANNER ? Math.min(1, choices - 1) : to
      }
    }

    return {
      reset() {
        living[0] = MEMBERS
        sums.fill(0)
        for (let i = 0; i < MEMBERS; i++) {
          id[i] = i
          next[i] = i
          place[i] = i === PLANNER ? -1 : random.below(SIDE, Stream.scenario, 0, i)
        }
        for (let k = 0; k < noise.length; k++)
          noise[k] = rewardNoise * (2 * random.uniform(Stream.scenario, 0, k, NOISE_LANE) - 1)
      },

      observe(_group, from, to, at) {
        const position = SIDE * place[0]! + place[1]! + POSITIONS * (isAugmented ? 1 + place[PLANNER]! : 0)
        for (let i = from; i < to; i++) {
          const record = (at + (i - from) * recordBytes + hotOffset) / 2
          heap.u16[record] = hotAt + position
          heap.u16[record + 1] = hotAt + inputs - MEMBERS + i
        }
      },

      phases: [
        {
          name: 'move',
          kind: 'serial',
          run() {
            if (clock[Clock.step] === 0)
              place[PLANNER] = given.choice ?? Math.min(action[PLANNER]!, choices - 1)
            move(0)
            move(1)
            pay()
          },
        },
      ],

      ended: () => false,
      score: () => sums[Sum.planner]!,
      metrics: () => ({
        planner: mean(Sum.planner),
        agents: mean(Sum.agents),
        cooperation: mean(Sum.cooperation),
        choice: isAugmented ? Math.max(0, place[PLANNER]!) : 0,
      }),

      policies: { cooperate: script(0), defect: script(MOVES - 1) },
    }
  },
})
