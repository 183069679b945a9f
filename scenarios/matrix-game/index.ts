/**
 * A game in normal form, played over and over by the same players: each chooses an action, all at once, and is paid its own payoff of
 * the joint action.
 *
 * A step is one play, an episode `rounds` of them. Players see nothing, or with `--memory 1` the joint action of the play before. All have
 * as many actions as the one with the most: of a player with fewer, action a is its action a modulo their number, so that it has
 * several names for some of them and random play stays about even.
 *
 * @see docs/games.md
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { gameSeed } from '../../runtime/core/games/game-seed.ts'
import { gameNames, loadGame } from '../../runtime/core/games/load-game.ts'
import { isZeroSum, jointAction } from '../../runtime/core/games/normal-form.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'
import { Play } from './play.ts'

/** What a hot slot can name, with the state before the first play. */
const MOST_REMEMBERED = 65_000

const options = z.strictObject({
  game: z
    .string()
    .min(1, 'expected a name or a path')
    .default('prisoners-dilemma')
    .describe(`${gameNames.join(', ')}; or the path of a YAML or JSON file: docs/games.md`),
  gameSeed,
  rounds: z.number().int().min(1).default(100).describe('plays of an episode'),
  memory: z
    .number()
    .int()
    .min(0)
    .max(1)
    .default(0)
    .describe('plays that players remember: 0, they see nothing; 1, what all did last'),
})

export const matrixGame: AnyScenario = defineScenario({
  name: 'matrix-game',
  summary: 'any game in normal form, by name, from a file or drawn, played over and over',
  options,
  scripted: [],
  stepsOption: 'rounds',
  averages: 'all',
  shown: ['meanPayoff', 'exploitability'],
  policyOptions: ['memory'],
  // A table learns from every play at once: more games side by side would only make it learn from older play.
  training: {
    algorithm: 'tabular-q',
    gamma: 0,
    steps: 20_000,
    worlds: 1,
    schedule: 'sync',
    evalEpisodes: 20,
    phc: { steps: 200_000 },
    'wolf-phc': { steps: 200_000 },
  },

  describe({ game: reference, gameSeed, rounds, memory }) {
    const game = loadGame(reference, gameSeed)
    const joint = game.payoffs[0]!.length
    if (memory > 0 && joint > MOST_REMEMBERED) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `--memory: expected a game of at most ${MOST_REMEMBERED} joint actions to remember, got ${joint}; leave it out`,
        { details: { field: 'memory', joint } },
      )
    }
    return {
      columns: {
        /** How often each joint action was taken in this episode. */
        plays: { dtype: 'f64', shape: [joint] },
        /** What the players see: 0, or 1 + the last joint action. */
        seen: { dtype: 'i32', shape: [1] },
      },
      constants: {
        actions: Int32Array.from(game.actions),
        payoffs: Float64Array.from(game.payoffs.flatMap((own) => [...own])),
      },
      groups: [
        {
          name: 'players',
          capacity: game.actions.length,
          actions: Math.max(...game.actions),
          observation: describeObservation({ hot: { inputs: memory > 0 ? 1 + joint : 1, slots: 1 } }),
          ...(isZeroSum(game) && { zeroSum: true }),
        },
      ],
      maxSteps: rounds,
    }
  },

  bind({ memory }, { state: { plays, seen }, constants, agents, heap }) {
    const { id, living, action, reward, next } = agents
    const actions = [...constants.actions]
    const joint = plays.length
    const players = actions.length
    const taken = new Int32Array(players)
    const { recordBytes, hotOffset } = describeObservation({ hot: { inputs: 1, slots: 1 } })
    const play = new Play(actions, constants.payoffs, plays)

    return {
      reset() {
        living[0] = players
        plays.fill(0)
        seen[0] = 0
        for (let player = 0; player < players; player++) {
          id[player] = player
          next[player] = player
        }
      },

      observe(_group, from, to, at) {
        for (let player = from; player < to; player++) {
          heap.u16[(at + (player - from) * recordBytes + hotOffset) / 2] = seen[0]!
        }
      },

      phases: [
        {
          name: 'play',
          kind: 'serial',
          run() {
            for (let player = 0; player < players; player++)
              taken[player] = action[player]! % actions[player]!
            const at = jointAction(actions, taken)
            for (let player = 0; player < players; player++) {
              reward[player] = constants.payoffs[player * joint + at]!
            }
            plays[at]!++
            if (memory > 0) seen[0] = 1 + at
          },
        },
      ],

      ended: () => false,
      score: () => play.meanPayoff(),
      metrics: () => play.metrics(),
      policies: {},
    }
  },
})
