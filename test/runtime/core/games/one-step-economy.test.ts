import fc from 'fast-check'
import t from 'tap'
import {
  economy,
  equilibrium,
  incomes,
  welfareOf,
} from '../../../../runtime/core/games/economy-equilibrium.ts'
import {
  equality,
  federalTax,
  flatTax,
  productivity,
  RATES,
  socialWelfare,
  type Tax,
  utility,
} from '../../../../runtime/core/games/one-step-economy.ts'

const RISK_AVERSIONS = [0.13, 0.15, 0.17, 0.19, 0.21, 0.23, 0.25, 0.27, 0.29, 0.31, 0.33]
const hours = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 4, maxLength: 4 })
const rates = fc.constantFrom(...RATES)

const welfares = (tax: Tax) =>
  RISK_AVERSIONS.map((riskAversion) => {
    const world = economy(tax, riskAversion)
    return welfareOf(world, equilibrium(world))
  })

t.test('what is taken as taxes comes back', async () => {
  fc.assert(
    fc.property(hours, rates, fc.boolean(), (worked, rate, isFlat) => {
      const coin = incomes({ tax: isFlat ? flatTax(rate) : federalTax }, worked)
      const earned = incomes({ tax: flatTax(0) }, worked)
      const sum = (xs: Float64Array) => xs.reduce((a, b) => a + b)
      return Math.abs(sum(coin) - sum(earned)) < 1e-9
    }),
  )
})

t.test('taxes, utility and welfare are those computed by hand', async (t) => {
  const near = (got: number, expected: number) =>
    t.ok(Math.abs(got - expected) < 1e-9, `${got} for ${expected}`)
  near(federalTax(5), 0.5)
  near(federalTax(100), 0.97 + 0.12 * 29.775 + 0.22 * 44.725 + 0.24 * 15.8)
  near(flatTax(0.25)(100), 25)
  near(utility(0.5, 9, 10), (3 - 1) / 0.5 - 3)
  // All of 1.133 × 10 + 1.327 × 20 is shared out by four; the others do not work.
  t.ok(incomes({ tax: flatTax(1) }, [10, 20, 0, 0]).every((coin) => Math.abs(coin - 37.87 / 4) < 1e-9))
  near(socialWelfare([5, 5, 5, 5]), 5)
  near(socialWelfare([0, 0, 0, 8]), 0)
  near(socialWelfare([0, 0, 4, 4]), (1 - (4 / 3) * 0.5) * 2)
  near(socialWelfare([0, 0, 0, 0]), 0)
  near(equality([0, 0, 4, 4]), 1 / 3)
  near(productivity([0, 0, 4, 4]), 2)
})

t.test('welfare is mean income less what differences of pairs cost', async () => {
  const coin = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(coin, (own) => {
      // eq Σx / n with n/(n − 1) gini written out: Σx / n − Σ_{i < j} |x_i − x_j| / (n (n − 1)).
      const n = own.length
      let pairs = 0
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) pairs += Math.abs(own[i]! - own[j]!)
      const expected = own.reduce((a, b) => a + b) / n - pairs / (n * (n - 1))
      return Math.abs(socialWelfare(own) - expected) < 1e-9
    }),
  )
})

t.test('welfare over risk aversions is that which was measured elsewhere, to a tenth', async (t) => {
  const falling = [116.5, 96.2, 77.2, 60, 46.8]
  const expected: readonly (readonly [name: string, tax: Tax, welfares: readonly number[]])[] = [
    ['MARL', flatTax(0.25), [...Array<number>(6).fill(135.8), ...falling]],
    ['federal', federalTax, [...Array<number>(6).fill(136.9), 122.4, 101.3, 86.2, 71, 54.5]],
    ['free market', flatTax(0), [...Array<number>(8).fill(128.3), 120.4, 104, 85.3]],
  ]
  for (const [name, tax, published] of expected) {
    const far = welfares(tax).map((welfare, i) => Math.abs(welfare - published[i]!))
    t.ok(Math.max(...far) <= 0.051, `${name}: ${Math.max(...far)}`)
  }
})

t.test('economies that cannot be are refused', async (t) => {
  for (const riskAversion of [1, -0.1, Number.NaN]) {
    t.throws(() => economy(flatTax(0), riskAversion), { code: 'ERR_CONFIG_INVALID' })
  }
  for (const levels of [[], [-1, 2], [3, 3], [4, 2]]) {
    t.throws(() => economy(flatTax(0), 0.2, levels), { code: 'ERR_CONFIG_INVALID' })
  }
})
