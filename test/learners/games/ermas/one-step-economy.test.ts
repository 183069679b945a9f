import fc from 'fast-check'
import t from 'tap'
import { robustRate, worstWithin } from '../../../../learners/games/ermas/one-step-economy.ts'
import {
  economy,
  equilibrium,
  utilities,
  welfareOf,
} from '../../../../runtime/core/games/economy-equilibrium.ts'
import { flatTax, RATES, type Tax } from '../../../../runtime/core/games/one-step-economy.ts'

const RISK_AVERSIONS = [0.13, 0.15, 0.17, 0.19, 0.21, 0.23, 0.25, 0.27, 0.29, 0.31, 0.33]
const rates = fc.constantFrom(...RATES)

const welfares = (tax: Tax) =>
  RISK_AVERSIONS.map((riskAversion) => {
    const world = economy(tax, riskAversion)
    return welfareOf(world, equilibrium(world))
  })

t.test(
  'in equilibrium nobody gains alone, and in the worst case nobody misses more than the slack',
  async () => {
    const slacks = fc.constantFrom(0, 0.1, 0.25, 1)
    fc.assert(
      fc.property(rates, fc.constantFrom(...RISK_AVERSIONS), slacks, (rate, riskAversion, slack) => {
        const world = economy(flatTax(rate), riskAversion)
        const missed = (worked: readonly number[]) =>
          worked.map((_, agent) => {
            const at = world.levels.map((own) => utilities(world, worked.with(agent, own))[agent]!)
            return Math.max(...at) - utilities(world, worked)[agent]!
          })
        const [settled, worst] = [equilibrium(world), worstWithin(world, slack)]
        return (
          missed(settled).every((utilityMissed) => utilityMissed === 0) &&
          missed(worst).every((utilityMissed) => utilityMissed <= slack + 1e-12) &&
          welfareOf(world, worst) <= welfareOf(world, settled) + 1e-12
        )
      }),
      { numRuns: 30 },
    )
  },
)

t.test(
  'the more slack agents are to have, the lower are taxes, and the less harm do risk-averse people',
  async (t) => {
    const table = [
      [0, 0.25, 110.1, 46.8],
      [0.1, 0.2, 113.6, 53.5],
      [0.25, 0.15, 116.5, 60.9],
      [0.5, 0.1, 118.8, 68.8],
      [1, 0, 121.5, 85.3],
      [2, 0, 121.5, 85.3],
    ] as const
    for (const [slack, rate, mean, least] of table) {
      t.equal(robustRate(slack), rate)
      const own = welfares(flatTax(rate))
      t.ok(
        Math.abs(own.reduce((a, b) => a + b) / own.length - mean) <= 0.051,
        `mean with a slack of ${slack}`,
      )
      t.ok(Math.abs(Math.min(...own) - least) <= 0.051, `least with a slack of ${slack}`)
    }
    t.ok(Math.abs(welfares(flatTax(0.15))[5]! - 132.8) <= 0.051)
  },
)
