/**
 * The lever game: agents drawn from a larger crowd pull one lever each, all at once, and are paid together for the share of levers
 * that somebody pulled,
 *
 *   r = distinct levers / levers
 *
 * An agent sees its own number and not who else was drawn. Whoever cannot hear the others can do no better than a lever for each
 * number, and agents whose numbers share one collide; who hears them can take the lever of its rank among those drawn.
 *
 * A step is one game, and an episode many, each with a new draw: with `gamma` 0 they are worth nothing to each other.
 *
 * @see Sukhbaatar, Szlam, Fergus, "Learning multiagent communication with backpropagation", 2016, §4.1: 500 numbers, 5 agents
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'

/** Sums over the games of an episode: of what they paid, and how many they are. */
const Sum = { reward: 0, games: 1 } as const

const options = z.strictObject({
  agents: z.number().int().min(1).max(1024).default(5).describe('agents that are drawn for a game'),
  levers: z.number().int().min(1).max(1024).default(5).describe('levers, of which each agent pulls one'),
  ids: z
    .number()
    .int()
    .min(1)
    .max(16_384)
    .default(20)
    .describe('numbers that agents are drawn from, each at most once'),
  maxSteps: z.number().int().min(1).default(50).describe('games of an episode'),
})

export const lever: AnyScenario = defineScenario({
  name: 'lever',
  summary: 'the lever game: agents who see their own number alone are to pull different levers',
  options,
  scripted: ['by-id', 'by-rank'],
  stepsOption: 'maxSteps',
  averages: ['distinct'],
  // The same reward for all says little of what each of them did: it takes many games an update to see it.
  training: {
    algorithm: 'commnet',
    gamma: 0,
    steps: 450_000,
    worlds: 8,
    segmentSteps: 50,
    evalEpisodes: 20,
    batchSize: 2048,
    learningRate: 0.002,
    entropyCoefficient: 0.001,
    bicnet: { steps: 100_000, batchSize: 512, entropyCoefficient: 0.003 },
  },

  describe({ agents, levers, ids, maxSteps }) {
    if (agents > ids) {
      throw new RuntimeError(
        'ERR_CONFIG_INVALID',
        `--ids: expected a number for each of ${agents} agents, got ${ids}; raise it, or lower --agents`,
        { details: { field: 'ids', got: ids, agents } },
      )
    }
    return {
      columns: {
        drawn: { dtype: 'i32', shape: [agents] },
        urn: { dtype: 'i32', shape: [ids] },
        pulled: { dtype: 'u8', shape: [levers] },
        sums: { dtype: 'f64', shape: [2] },
      },
      groups: [
        {
          name: 'players',
          capacity: agents,
          actions: levers,
          observation: describeObservation({ hot: { inputs: ids, slots: 1 } }),
        },
      ],
      maxSteps,
    }
  },

  bind({ agents, levers, ids }, { state, agents: columns, random, heap }) {
    const { drawn, urn, pulled, sums } = state
    const { id, living, action, reward, next, clock } = columns
    const { recordBytes, hotOffset } = describeObservation({ hot: { inputs: ids, slots: 1 } })

    /** Draws the numbers of a game, each at most once. */
    function draw(step: number): void {
      for (let number = 0; number < ids; number++) urn[number] = number
      for (let i = 0; i < agents; i++) {
        const j = i + random.below(ids - i, Stream.scenario, step, i)
        drawn[i] = urn[j]!
        urn[j] = urn[i]!
      }
    }

    return {
      reset() {
        living[0] = agents
        sums.fill(0)
        for (let i = 0; i < agents; i++) {
          id[i] = i
          next[i] = i
        }
        draw(0)
      },

      observe(_group, from, to, at) {
        for (let i = from; i < to; i++) heap.u16[(at + (i - from) * recordBytes + hotOffset) / 2] = drawn[i]!
      },

      phases: [
        {
          name: 'pull',
          kind: 'serial',
          run() {
            pulled.fill(0)
            let distinct = 0
            for (let i = 0; i < agents; i++) {
              const own = action[i]!
              if (pulled[own] === 0) distinct++
              pulled[own] = 1
            }
            const share = distinct / levers
            reward.fill(share, 0, agents)
            sums[Sum.reward]! += share
            sums[Sum.games]!++
            draw(clock[Clock.step]! + 1)
          },
        },
      ],

      ended: () => false,
      score: () => sums[Sum.reward]!,
      metrics: () => ({ distinct: sums[Sum.games] === 0 ? 0 : sums[Sum.reward]! / sums[Sum.games]! }),
      scratch: ['urn', 'pulled'],

      policies: {
        /** A lever for each number: the best that can be done without hearing of the others. */
        'by-id'(_group, from, to) {
          for (let i = from; i < to; i++) action[i] = drawn[i]! % levers
        },
        /** The lever of an agent's rank among those drawn: all levers, where there are as many as agents. */
        'by-rank'(_group, from, to) {
          for (let i = from; i < to; i++) {
            action[i] = drawn.reduce((rank, number) => rank + Number(number < drawn[i]!), 0) % levers
          }
        },
      },
    }
  },
})
