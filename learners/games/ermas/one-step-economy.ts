import {
  type Economy,
  economy,
  equilibrium,
  HOURS,
  settle,
  utilitiesByLevel,
  welfareOf,
} from '../../../runtime/core/games/economy-equilibrium.ts'
import { flatTax, RATES, TRAINED_RISK_AVERSION } from '../../../runtime/core/games/one-step-economy.ts'

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

/** The flat rate under which welfare is highest, were agents to miss up to ε of utility in the worst way; without slack, MARL's. */
export function robustRate(slack: number, levels: readonly number[] = HOURS): number {
  const welfares = RATES.map((rate) => {
    const world = economy(flatTax(rate), TRAINED_RISK_AVERSION, levels)
    return welfareOf(world, slack === 0 ? equilibrium(world) : worstWithin(world, slack))
  })
  return RATES[welfares.indexOf(Math.max(...welfares))]!
}
