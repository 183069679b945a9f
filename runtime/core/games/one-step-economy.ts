/**
 * People of different skills work and are taxed once, and the taxes come back to them in equal shares: the simplest case of the
 * AI Economist's world, in which they gather and build.
 *
 * @see Zhao, Trott, Xiong, Zheng, "ERMAS: becoming robust to reward function sim-to-real gaps in multi-agent simulations", eqs. 18–21
 */

/** Coin an hour of work earns, of each person: means of the ordered draws of min(3, 2 Pareto(4) + 1). */
const SKILLS: readonly number[] = [1.133, 1.327, 1.647, 2.225]
export const PEOPLE: number = SKILLS.length
/** Utility an hour of work costs. */
const LABOUR_COST = 0.3

/** Where people are equally risk-averse in training, by the papers. */
export const TRAINED_RISK_AVERSION = 0.23

/** Flat rates that a planner chooses among: 0, .05, …, 1. */
export const RATES: readonly number[] = Array.from({ length: 21 }, (_, k) => k / 20)

/** Levels of labour that people choose among who learn, in hours: 0, 5, …, 100. */
export const LABOUR_LEVELS: readonly number[] = Array.from({ length: 21 }, (_, k) => 5 * k)

/** Tax on an income, in coin. */
export type Tax = (income: number) => number

export function flatTax(rate: number): Tax {
  return (income) => rate * income
}

/** Marginal rates from an income on, in thousands of dollars. */
const FEDERAL: readonly (readonly [from: number, rate: number])[] = [
  [0, 0.1],
  [9.7, 0.12],
  [39.475, 0.22],
  [84.2, 0.24],
  [160.725, 0.32],
  [204.1, 0.35],
  [510.3, 0.37],
]

/** The income tax of the United States of 2018: T(z) = Σ_b τ_b max(0, min(z, c_{b+1}) − c_b). */
export const federalTax: Tax = (income) => {
  let tax = 0
  for (let bracket = 0; bracket < FEDERAL.length; bracket++) {
    const [from, rate] = FEDERAL[bracket]!
    const to = FEDERAL[bracket + 1]?.[0] ?? Infinity
    tax += rate * Math.max(0, Math.min(income, to) - from)
  }
  return tax
}

/**
 * Coin that each person has after taxes and its share of them.
 *
 * @param hours [PEOPLE] that each works
 * @param out   [PEOPLE]
 */
export function writeIncomes(tax: Tax, hours: ArrayLike<number>, out: Float64Array): void {
  let taxes = 0
  for (let i = 0; i < PEOPLE; i++) taxes += tax(hours[i]! * SKILLS[i]!)
  const share = taxes / PEOPLE
  for (let i = 0; i < PEOPLE; i++) {
    const earned = hours[i]! * SKILLS[i]!
    out[i] = earned - tax(earned) + share
  }
}

/** u = (x^{1−η} − 1)/(1 − η) − .3 h of x coin and h hours. @param riskAversion η, not 1 @see Zhao et al., ERMAS, eq. 18 */
export function utility(riskAversion: number, coin: number, hours: number): number {
  return (coin ** (1 - riskAversion) - 1) / (1 - riskAversion) - LABOUR_COST * hours
}

/** What people have together, in coin. */
function sumOf(coin: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < coin.length; i++) sum += coin[i]!
  return sum
}

/** What people have on average, in coin: taxes change nothing in it but by how much is worked. */
export function productivity(coin: ArrayLike<number>): number {
  return sumOf(coin) / coin.length
}

/**
 * 1 where all have the same, 0 where one has everything:
 *
 *   eq = 1 − n/(n − 1) gini,   gini = Σ_i Σ_j |x_i − x_j| / (2 n Σ x)
 *
 * @param coin x; people who have nothing at all are equal
 */
export function equality(coin: ArrayLike<number>): number {
  const n = coin.length
  const total = sumOf(coin)
  if (total === 0) return 1
  let differences = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) differences += Math.abs(coin[i]! - coin[j]!)
  const gini = differences / (2 * n * total)
  return 1 - (n / (n - 1)) * gini
}

/**
 * Equality times what a person has on average: eq(x) Σ x_i / n.
 *
 * As in the AI Economist's code; ERMAS' eqs. 19–21 do not divide by n, which scales it by n alone.
 *
 * @param coin x
 */
export function socialWelfare(coin: ArrayLike<number>): number {
  return (equality(coin) * sumOf(coin)) / coin.length
}
