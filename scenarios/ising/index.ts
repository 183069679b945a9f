/**
 * The Ising model on a torus: every spin is an agent that turns up or down, and is paid for agreeing with its four
 * neighbours,
 *
 *   r_i = ½ s_i Σ_j s_j,   s = ±1
 *
 * so that it sees all that matters, how many of them are up. Agents that choose by π(a) ∝ exp(r(a) / τ) are Gibbs sampling at
 * the temperature T = 2τ (J = 1): the log-odds of up are Σ_j s_j / τ there, and 2 Σ_j s_j / T here. What a large torus comes to is
 * known (Onsager): it is magnetised below T = 2 / ln(1 + √2) = 2.269.
 *
 * Spins turn like the squares of a chessboard, every second one in a step, as Gibbs sampling may: neighbours never turn together.
 * All at once, the two halves know nothing of each other's present state, and settle apart: `--order synchronous`.
 *
 * @see Yang, Luo, Li, Zhou, Zhang, Wang, "Mean field multi-agent reinforcement learning", ICML 2018, §5.2
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { Stream } from '../../runtime/core/rng.ts'
import { type AnyScenario, Clock, defineScenario } from '../../runtime/core/scenario.ts'

const NEIGHBOURS = 4
/** Sums over the steps behind the burn-in: of the order parameter, and how many they are. */
const Sum = { order: 0, steps: 1 } as const

const options = z.strictObject({
  size: z
    .number()
    .int()
    .min(2)
    .max(2048)
    .multipleOf(2)
    .default(20)
    .describe('spins on a side of the torus, an even number'),
  order: z
    .enum(['checkerboard', 'synchronous'])
    .default('checkerboard')
    .describe('who may turn in a step: every second spin, by turns, or all at once'),
  start: z.enum(['up', 'random']).default('up').describe('spins at the start of an episode'),
  temperature: z
    .number()
    .positive()
    .default(2)
    .describe('temperature T of the policy gibbs, with J = 1; critical is 2.269'),
  burnIn: z.number().int().min(0).default(10_000).describe('steps before the order parameter is averaged'),
  maxSteps: z
    .number()
    .int()
    .min(1)
    .default(12_000)
    .describe('steps of an episode; a sweep of all spins takes two of them'),
})

/** How many neighbours are up. */
const observation = describeObservation({ hot: { inputs: NEIGHBOURS + 1, slots: 1 } })

/** @throws ERR_CONFIG_INVALID when an episode would end before there is anything to average */
function refuseEndlessBurnIn(maxSteps: number, burnIn: number): void {
  if (maxSteps > burnIn) return
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--max-steps: expected more than --burn-in ${burnIn}, behind which the order parameter is averaged, got ${maxSteps}; ` +
      'raise --max-steps or lower --burn-in',
    { details: { field: 'maxSteps', maxSteps, burnIn } },
  )
}

export const ising: AnyScenario = defineScenario({
  name: 'ising',
  summary: 'the Ising model: spins that are paid for agreeing with their neighbours',
  options,
  scripted: ['gibbs'],
  defaultPolicy: 'gibbs',
  stepsOption: 'maxSteps',
  averages: ['orderParameter', 'meanOrderParameter'],
  // Every spin tells the same: a few samples of a few hundred thousand are enough.
  training: {
    algorithm: 'mfq',
    gamma: 0,
    steps: 24_000,
    worlds: 1,
    evalEpisodes: 0,
    hidden: [16],
    learningRate: 0.01,
    batchSize: 256,
    samplesPerInsert: 0.05,
  },

  describe({ size, maxSteps, burnIn }) {
    refuseEndlessBurnIn(maxSteps, burnIn)
    return {
      columns: {
        spin: { dtype: 'i32', shape: [size * size] },
        up: { dtype: 'i32', shape: [size * size] },
        sums: { dtype: 'f64', shape: [2] },
      },
      groups: [{ name: 'spins', capacity: size * size, actions: 2, observation }],
      maxSteps,
    }
  },

  bind({ size, order, start, temperature, burnIn }, { state, agents, random, heap }) {
    const { spin, up, sums } = state
    const { id, living, action, reward, next, clock } = agents
    const count = size * size

    /** Neighbours of a spin that are up, 0 … 4. */
    function neighboursUp(i: number): number {
      const x = i % size
      const row = i - x
      const left = row + (x === 0 ? size - 1 : x - 1)
      const right = row + (x === size - 1 ? 0 : x + 1)
      const above = i < size ? i + count - size : i - size
      const below = i >= count - size ? i + size - count : i + size
      return (spin[left]! + spin[right]! + spin[above]! + spin[below]! + NEIGHBOURS) / 2
    }

    function mayTurn(i: number, step: number): boolean {
      return order === 'synchronous' || (Math.floor(i / size) + (i % size) + step) % 2 === 0
    }

    function orderParameter(): number {
      let sum = 0
      for (let i = 0; i < count; i++) sum += spin[i]!
      return Math.abs(sum) / count
    }

    return {
      reset() {
        living[0] = count
        sums.fill(0)
        for (let i = 0; i < count; i++) {
          id[i] = i
          next[i] = i
          spin[i] = start === 'up' ? 1 : 2 * random.below(2, Stream.scenario, 0, i) - 1
        }
      },

      observe(_group, from, to, at) {
        for (let i = from; i < to; i++) {
          heap.u16[(at + (i - from) * observation.recordBytes + observation.hotOffset) / 2] = neighboursUp(i)
        }
      },

      phases: [
        {
          name: 'look',
          kind: 'range',
          size: () => count,
          run(from, to) {
            for (let i = from; i < to; i++) up[i] = neighboursUp(i)
          },
        },
        {
          name: 'turn',
          kind: 'range',
          size: () => count,
          run(from, to) {
            const step = clock[Clock.step]!
            for (let i = from; i < to; i++) {
              const chosen = 2 * action[i]! - 1
              // Whoever may not turn is paid for what it chose all the same: it says as much of what its choice is worth.
              reward[i] = chosen * (up[i]! - NEIGHBOURS / 2)
              if (mayTurn(i, step)) spin[i] = chosen
            }
          },
        },
        {
          name: 'measure',
          kind: 'serial',
          run() {
            if (clock[Clock.step]! < burnIn) return
            sums[Sum.order]! += orderParameter()
            sums[Sum.steps]!++
          },
        },
      ],

      ended: () => false,
      score: orderParameter,
      // Within the burn-in there is nothing to average yet, and a metric is to be a number.
      metrics: () => ({
        orderParameter: orderParameter(),
        meanOrderParameter: sums[Sum.steps] === 0 ? orderParameter() : sums[Sum.order]! / sums[Sum.steps]!,
      }),

      policies: {
        /** Up with probability 1 / (1 + exp(−2 Σ_j s_j / T)). */
        gibbs(_group, from, to) {
          const step = clock[Clock.step]!
          for (let i = from; i < to; i++) {
            const field = 2 * neighboursUp(i) - NEIGHBOURS
            const chance = 1 / (1 + Math.exp((-2 * field) / temperature))
            action[i] = Number(random.uniform(Stream.scenario + 1, step, i) < chance)
          }
        },
      },
    }
  },
})
