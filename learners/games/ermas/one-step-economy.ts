import { RuntimeError } from '../../../runtime/core/errors.ts'

/** Coin an hour of work earns, of each agent: means of the ordered draws of min(3, 2 Pareto(4) + 1). */
const SKILLS = [1.133, 1.327, 1.647, 2.225]
export const AGENTS = SKILLS.length
const MOST_HOURS = 100
/** Utility an hour of work costs. */
const LABOUR_COST = 0.3

/** Where people are equally risk-averse in training, by the papers. */
export const TRAINED_RISK_AVERSION = 0.23

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
export const federalTax: Tax = (income) =>
  FEDERAL.reduce((tax, [from, rate], bracket) => {
    const to = FEDERAL[bracket + 1]?.[0] ?? Infinity
    return tax + rate * Math.max(0, Math.min(income, to) - from)
  }, 0)

/** People who are taxed and taxed no more than once: they work, and the taxes come back in equal shares. */
export interface Economy {
  readonly tax: Tax
  /** η of all agents; not 1. */
  readonly riskAversion: number
  /** What an agent may choose to work, in hours, ascending. */
  readonly levels: readonly number[]
}

/** All whole hours. */
const HOURS = Array.from({ length: MOST_HOURS + 1 }, (_, hours) => hours)

/** @param levels in hours. @throws ERR_CONFIG_INVALID for logarithmic utility, η = 1, and levels outside the day's or out of order */
export function economy(tax: Tax, riskAversion: number, levels: readonly number[] = HOURS): Economy {
  if (!(riskAversion >= 0) || riskAversion === 1) {
    fail(`risk aversion: expected one from 0 on, but not 1, got ${riskAversion}`)
  }
  if (levels.length === 0 || levels.some((hours, i) => !(hours >= 0) || hours <= (levels[i - 1] ?? -1))) {
    fail(`levels: expected hours from 0 on, ascending, got [${levels.join(', ')}]`)
  }
  return { tax, riskAversion, levels }
}

/** Coin that each agent has after taxes and its share of them, by all agents' hours. */
export function incomes({ tax }: Pick<Economy, 'tax'>, hours: readonly number[]): number[] {
  const earned = hours.map((own, agent) => own * SKILLS[agent]!)
  const share = earned.reduce((sum, income) => sum + tax(income), 0) / hours.length
  return earned.map((income) => income - tax(income) + share)
}

/** u_i = (x_i^{1−η} − 1)/(1 − η) − .3 h_i of x_i coin. @see Zhao et al., ERMAS, eq. 18 */
export function utility({ riskAversion }: Economy, coin: number, hours: number): number {
  return (coin ** (1 - riskAversion) - 1) / (1 - riskAversion) - LABOUR_COST * hours
}

/** Each agent's, by all agents' hours. */
export function utilities(world: Economy, hours: readonly number[]): number[] {
  return incomes(world, hours).map((coin, agent) => utility(world, coin, hours[agent]!))
}

/**
 * Equality times what an agent has on average.
 *
 *   swf = eq(x) Σ x_i / n,   eq = 1 − n/(n − 1) gini,   gini = Σ_i Σ_j |x_i − x_j| / (2 n Σ x)
 *
 * As in the AI Economist's code; ERMAS' eqs. 19–21 do not divide by n, which scales it by n alone.
 *
 * @param coin x; of people who have nothing at all welfare is 0
 */
export function socialWelfare(coin: readonly number[]): number {
  const n = coin.length
  const total = coin.reduce((sum, own) => sum + own, 0)
  if (total === 0) return 0
  let differences = 0
  for (const own of coin) for (const other of coin) differences += Math.abs(own - other)
  const gini = differences / (2 * n * total)
  return ((1 - (n / (n - 1)) * gini) * total) / n
}

/** Everybody's welfare by the agents' hours. */
export function welfareOf(world: Economy, hours: readonly number[]): number {
  return socialWelfare(incomes(world, hours))
}

/** Utilities of an agent at each level, the others' hours being what they are. */
function utilitiesByLevel(world: Economy, hours: readonly number[], agent: number): number[] {
  return world.levels.map((own) => utilities(world, hours.with(agent, own))[agent]!)
}

/** Sweeps over all agents before changes are taken not to end. */
const MOST_SWEEPS = 50

/** Changes agents' hours one after the other until none changes. */
function settle(
  hours: readonly number[],
  change: (hours: readonly number[], agent: number) => number,
): number[] {
  let now = [...hours]
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const before = now
    for (let agent = 0; agent < now.length; agent++) now = now.with(agent, change(now, agent))
    if (now.every((own, agent) => own === before[agent])) break
  }
  return now
}

/**
 * Hours from which nobody gains by departing alone: best responses one after the other, from the middle level on. Who is indifferent works
 * less. Agents know that a share of their own tax comes back to them.
 */
export function equilibrium(world: Economy): number[] {
  const middle = world.levels[Math.floor(world.levels.length / 2)]!
  return settle(
    SKILLS.map(() => middle),
    (hours, agent) => {
      const byLevel = utilitiesByLevel(world, hours, agent)
      return world.levels[byLevel.indexOf(Math.max(...byLevel))]!
    },
  )
}

/**
 * Hours that harm welfare most while each agent misses ε of utility at most: one after the other, agents choose among the levels that
 * are within ε of their best response the one that leaves least welfare, the others' hours being what they are; from the equilibrium on.
 *
 * @param slack ε
 */
export function worstWithin(world: Economy, slack: number): number[] {
  return settle(equilibrium(world), (hours, agent) => {
    const byLevel = utilitiesByLevel(world, hours, agent)
    const enough = Math.max(...byLevel) - slack
    let worst = hours[agent]!
    let least = Infinity
    for (const [i, own] of world.levels.entries()) {
      if (byLevel[i]! < enough) continue
      const welfare = welfareOf(world, hours.with(agent, own))
      if (welfare < least) {
        least = welfare
        worst = own
      }
    }
    return worst
  })
}

/** Flat rates that a planner chooses among: 0, .05, …, 1. */
export const RATES: readonly number[] = Array.from({ length: 21 }, (_, k) => k / 20)

/** The flat rate under which welfare is highest, were agents to miss up to ε of utility in the worst way; without slack, MARL's. */
export function robustRate(slack: number, levels: readonly number[] = HOURS): number {
  const welfares = RATES.map((rate) => {
    const world = economy(flatTax(rate), TRAINED_RISK_AVERSION, levels)
    return welfareOf(world, slack === 0 ? equilibrium(world) : worstWithin(world, slack))
  })
  return RATES[welfares.indexOf(Math.max(...welfares))]!
}

function fail(message: string): never {
  throw new RuntimeError('ERR_CONFIG_INVALID', `economy: ${message}`)
}
