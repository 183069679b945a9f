import { RuntimeError } from '../errors.ts'
import { PEOPLE, socialWelfare, type Tax, utility, writeIncomes } from './one-step-economy.ts'

/** People who are taxed and taxed no more than once: they work, and the taxes come back in equal shares. */
export interface Economy {
  readonly tax: Tax
  /** η of all people; not 1. */
  readonly riskAversion: number
  /** What a person may choose to work, in hours, ascending. */
  readonly levels: readonly number[]
}

const MOST_HOURS = 100
/** All whole hours. */
export const HOURS: readonly number[] = Array.from({ length: MOST_HOURS + 1 }, (_, hours) => hours)

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

/** Coin that each person has after taxes and its share of them, by everybody's hours. */
export function incomes({ tax }: Pick<Economy, 'tax'>, hours: readonly number[]): Float64Array {
  const coin = new Float64Array(PEOPLE)
  writeIncomes(tax, hours, coin)
  return coin
}

/** Each person's, by everybody's hours. */
export function utilities(world: Economy, hours: readonly number[]): Float64Array {
  return incomes(world, hours).map((coin, person) => utility(world.riskAversion, coin, hours[person]!))
}

/** Everybody's welfare by the people's hours. */
export function welfareOf(world: Economy, hours: readonly number[]): number {
  return socialWelfare(incomes(world, hours))
}

/** Utilities of a person at each level, the others' hours being what they are. */
export function utilitiesByLevel(world: Economy, hours: readonly number[], person: number): number[] {
  return world.levels.map((own) => utilities(world, hours.with(person, own))[person]!)
}

/** Sweeps over all people before changes are taken not to end. */
const MOST_SWEEPS = 50

/** Changes people's hours one after the other until none changes. */
export function settle(
  hours: readonly number[],
  change: (hours: readonly number[], person: number) => number,
): number[] {
  let now = [...hours]
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const before = now
    for (let person = 0; person < now.length; person++) now = now.with(person, change(now, person))
    if (now.every((own, person) => own === before[person])) break
  }
  return now
}

/**
 * Hours from which nobody gains by departing alone: best responses one after the other, from the middle level on, or what they come to in
 * 50 rounds where they do not settle. Who is indifferent works less. People know that a share of their own tax comes back to them.
 */
export function equilibrium(world: Economy): number[] {
  const middle = world.levels[Math.floor(world.levels.length / 2)]!
  return settle(
    Array.from({ length: PEOPLE }, () => middle),
    (hours, person) => {
      const byLevel = utilitiesByLevel(world, hours, person)
      return world.levels[byLevel.indexOf(Math.max(...byLevel))]!
    },
  )
}

function fail(message: string): never {
  throw new RuntimeError('ERR_CONFIG_INVALID', `economy: ${message}`)
}
