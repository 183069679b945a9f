/**
 * Four people of different skills and a planner, the last of the group. An episode has two steps: in the first the planner sets a flat
 * rate of tax, in the second all see it, and people choose how much to work; they are taxed, and the taxes come back in equal shares.
 *
 *   a person    u = (x^{1−η} − 1)/(1 − η) − .3 h   of x coin and h hours
 *   the planner swf = eq(x) Σ x_i / n              equality times what a person has on average
 *
 * What else anybody does is nothing. Rewards are a hundredth of that, and 0 in the first step: tens and hundreds of coin are more than critics
 * learn at the usual rates. So a slack of ε in utility is one of ε/100 here, and of ε/200 a step, on whose scale `ermas` has its own.
 *
 * Fixed systems, in which the planner looks on: a flat rate, none at all, or the federal tax of the United States.
 *
 * That the planner is one of the group, with a reward of its own, is how a learner hears of it: see `learners/algorithms/ermas.ts`.
 *
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", eqs. 18–21.
 *      Their people gather and build in a world of 25 × 25; this is the case of a single choice.
 */
import { z } from 'zod'
import { RuntimeError } from '../../runtime/core/errors.ts'
import { economy, equilibrium, welfareOf } from '../../runtime/core/games/economy-equilibrium.ts'
import {
  equality,
  federalTax,
  flatTax,
  LABOUR_LEVELS,
  PEOPLE,
  productivity,
  RATES,
  socialWelfare,
  type Tax,
  TRAINED_RISK_AVERSION,
  utility,
  writeIncomes,
} from '../../runtime/core/games/one-step-economy.ts'
import { describeObservation } from '../../runtime/core/observation.ts'
import { type AnyScenario, defineScenario } from '../../runtime/core/scenario.ts'

/** The people, and the planner behind them. */
const MEMBERS = PEOPLE + 1
const PLANNER = PEOPLE
/** The planner's are the rates, people's the levels of labour: there are as many. */
const ACTIONS = Math.max(RATES.length, LABOUR_LEVELS.length)

/** Systems of tax by their number: flat rates, in their order, and behind them the federal tax. */
const FEDERAL = RATES.length
const TAXES: readonly Tax[] = [...RATES.map(flatTax), federalTax]
/** Before it is set. */
const UNSET = -1
/** What `--tax` names. */
const SYSTEMS = { planner: UNSET, federal: FEDERAL, none: 0 } as const

/** What an episode has come to. */
const Stage = { tax: 0, work: 1, over: 2 } as const

/** Coin, or utility, that is paid as a reward of 1. */
const UNIT = 100

/** The system of tax, or that there is none yet; and who one is. */
const observation = describeObservation({ hot: { inputs: 1 + TAXES.length + MEMBERS, slots: 2 } })

const options = z.strictObject({
  tax: z
    .enum(['planner', 'federal', 'none'])
    .default('planner')
    .describe("a flat rate that the planner sets, the United States' brackets of 2018, or a free market"),
  taxRate: z
    .number()
    .refine((rate) => RATES.includes(rate), 'expected one of 0, 0.05, 0.1, … 1')
    .optional()
    .describe('a flat rate that is set already, of 0, 0.05, … 1: the planner looks on'),
  riskAversion: z
    .number()
    .min(0)
    .lt(1)
    .default(TRAINED_RISK_AVERSION)
    .describe('η of all people: how little more coin means to those who have much'),
})

type Options = z.output<typeof options>

/** The system that is set whatever the planner does, or `UNSET`. @throws ERR_CONFIG_INVALID when there are two */
function fixedSystem({ tax, taxRate }: Options): number {
  if (taxRate === undefined) return SYSTEMS[tax]
  if (tax === 'planner') return RATES.indexOf(taxRate)
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `--tax-rate: expected none beside --tax ${tax}, got ${taxRate}; leave one of them out`,
    { details: { field: 'taxRate', got: taxRate, tax } },
  )
}

/** What is played where nobody gains by departing alone. */
function solve(riskAversion: number): { readonly worked: Int32Array; readonly rate: Int32Array } {
  const worlds = TAXES.map((tax) => economy(tax, riskAversion, LABOUR_LEVELS))
  const hours = worlds.map(equilibrium)
  const welfares = RATES.map((_, rate) => welfareOf(worlds[rate]!, hours[rate]!))
  return {
    worked: Int32Array.from(hours.flat(), (own) => LABOUR_LEVELS.indexOf(own)),
    rate: Int32Array.of(welfares.indexOf(Math.max(...welfares))),
  }
}

export const oneStepEconomy: AnyScenario = defineScenario({
  name: 'one-step-economy',
  summary: 'people of different skills choose how much to work, under a tax that a planner sets',
  options,
  scripted: ['equilibrium'],
  averages: ['welfare', 'equality', 'productivity', 'taxRate', 'hours', 'utility'],
  units: { welfare: 'coin', productivity: 'coin', hours: 'h' },
  training: {
    algorithm: 'ermas',
    steps: 110_000,
    worlds: 64,
    segmentSteps: 2,
    schedule: 'sync',
    evalEpisodes: 20,
    // All is paid in the second step, in which the planner's critic knows what the rate is worth. An hour less may cost welfare tens of times
    // what it costs its person, and λ is as large. Entropy keeps people trying what else there is: nothing else shows what they miss.
    ermas: {
      gamma: 1,
      plannerGamma: 1,
      plannerStart: 200,
      lambda: 0,
      batchSize: 1280,
      entropyCoefficient: 0.003,
      epsilon: 0.0002,
      multiplierStart: 100,
      multiplierRate: 4000,
      multiplierCap: 200,
    },
  },

  describe(given) {
    fixedSystem(given)
    return {
      columns: {
        /** What comes next: one of `Stage`. */
        stage: { dtype: 'i32', shape: [1] },
        /** Of taxes, by number. */
        system: { dtype: 'i32', shape: [1] },
        /** Of each person. */
        hours: { dtype: 'f64', shape: [PEOPLE] },
        coin: { dtype: 'f64', shape: [PEOPLE] },
        utility: { dtype: 'f64', shape: [PEOPLE] },
      },
      /** Of the equilibrium: the level of labour, by system and person; and the rate under which welfare is highest. */
      constants: solve(given.riskAversion),
      groups: [{ name: 'people', capacity: MEMBERS, actions: ACTIONS, observation }],
      maxSteps: 2,
    }
  },

  bind(given, { state, constants, agents, heap }) {
    const { stage, system, hours, coin, utility: utilities } = state
    const { id, living, action, reward, next } = agents
    const { recordBytes, hotAt, hotOffset, inputs } = observation
    const { riskAversion } = given
    const fixed = fixedSystem(given)

    const meanOf = (values: Float64Array) => values.reduce((sum, own) => sum + own, 0) / PEOPLE

    function setTax(): void {
      system[0] = fixed === UNSET ? action[PLANNER]! : fixed
      reward.fill(0)
    }

    function work(): void {
      for (let i = 0; i < PEOPLE; i++) hours[i] = LABOUR_LEVELS[action[i]!]!
      writeIncomes(TAXES[system[0]!]!, hours, coin)
      for (let i = 0; i < PEOPLE; i++) {
        utilities[i] = utility(riskAversion, coin[i]!, hours[i]!)
        reward[i] = utilities[i]! / UNIT
      }
      reward[PLANNER] = socialWelfare(coin) / UNIT
    }

    /** The flat rate, or the federal tax's share of all that is earned. */
    function taxRate(): number {
      if (system[0] !== FEDERAL) return system[0] === UNSET ? 0 : RATES[system[0]!]!
      const before = new Float64Array(PEOPLE)
      writeIncomes(flatTax(0), hours, before)
      const all = meanOf(before)
      return all === 0 ? 0 : meanOf(before.map(federalTax)) / all
    }

    return {
      reset() {
        living[0] = MEMBERS
        stage[0] = Stage.tax
        system[0] = UNSET
        for (const column of [hours, coin, utilities]) column.fill(0)
        for (let i = 0; i < MEMBERS; i++) {
          id[i] = i
          next[i] = i
        }
      },

      observe(_group, from, to, at) {
        for (let i = from; i < to; i++) {
          const record = (at + (i - from) * recordBytes + hotOffset) / 2
          heap.u16[record] = hotAt + 1 + system[0]!
          heap.u16[record + 1] = hotAt + inputs - MEMBERS + i
        }
      },

      phases: [
        {
          name: 'act',
          kind: 'serial',
          run() {
            if (stage[0] === Stage.tax) setTax()
            else work()
            stage[0]!++
          },
        },
      ],

      ended: () => stage[0] === Stage.over,
      score: () => socialWelfare(coin),
      metrics: () => ({
        welfare: socialWelfare(coin),
        equality: equality(coin),
        productivity: productivity(coin),
        taxRate: taxRate(),
        hours: meanOf(hours),
        utility: meanOf(utilities),
      }),

      policies: {
        /** People best-respond to each other, and the planner sets the rate that is best then. */
        equilibrium(_group, from, to) {
          for (let i = from; i < to; i++) {
            if (i === PLANNER) action[i] = constants.rate[0]!
            else action[i] = system[0] === UNSET ? 0 : constants.worked[system[0]! * PEOPLE + i]!
          }
        },
      },
    }
  },
})
