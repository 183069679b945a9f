/** What is asked of planners of the augmented bimatrix game, trained with exact gradients or from samples. */
import { mean } from '../../runtime/launch/statistics.ts'
import { yes } from './_verdict.ts'

/** Q of agents that a frozen planner meets. */
export const RESENTMENTS: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
export const PLANNER_SEEDS: readonly number[] = [1, 2, 3, 4, 5]
/** Seeds of five that have to agree. */
const ENOUGH = 4
/** Where planners that know of no resentment and those that do are to change places. */
const CROSSOVER = 0.3

/** How planners are trained. */
export const TRAINED = {
  calm: 'MARL, Q = 0',
  resented: 'MARL, Q = .5',
  robust: 'ERMAS, ε = .1',
  randomised: 'domain randomisation',
  averse: 'risk robustness',
} as const

/** A planner that was trained, and what it is paid a step, frozen, at each Q by agents that learned anew. */
export interface FrozenPlanner {
  readonly name: string
  readonly choice: number
  readonly paid: readonly number[]
}

/** Mean over planners of one training, at each Q. */
export function meanPaid(planners: readonly FrozenPlanner[], name: string): number[] {
  const own = planners.filter((one) => one.name === name)
  return RESENTMENTS.map((_, i) => mean(own.map(({ paid }) => paid[i]!)))
}

export function paidTable(planners: readonly FrozenPlanner[]): string {
  const rows = Object.values(TRAINED).map((name) => {
    const choices = planners.filter((one) => one.name === name).map(({ choice }) => choice)
    return `| ${[name, choices.join(', '), ...meanPaid(planners, name).map((paid) => paid.toFixed(2))].join(' | ')} |`
  })
  return `| trained by | chooses, by seed | ${RESENTMENTS.map((q) => `Q = ${q}`).join(' | ')} |
| ---------- | ---------------- | ${RESENTMENTS.map(() => '---').join(' | ')} |
${rows.join('\n')}`
}

/** A line for each claim of the reference's acceptance test, and one for the paper's crossover. */
export function verdicts(planners: readonly FrozenPlanner[]): string {
  const bearsAll = ({ paid }: FrozenPlanner) => paid.every((x) => x >= 2.7)
  const isLate = ({ paid }: FrozenPlanner) =>
    paid.every((x, i) => {
      if (RESENTMENTS[i]! <= 0.2) return x >= 3.7
      return RESENTMENTS[i]! < 0.4 || x <= 1.3
    })
  const claims = [
    [TRAINED.calm, 'is paid ≥ 3.7 for Q ≤ .2 and ≤ 1.3 for Q ≥ .4', isLate],
    [TRAINED.resented, 'is paid ≥ 2.7 for all Q ≤ .5', bearsAll],
    [TRAINED.robust, 'is paid ≥ 2.7 for all Q ≤ .5', bearsAll],
    [TRAINED.randomised, 'chooses a = 2', ({ choice }: FrozenPlanner) => choice === 2],
    [TRAINED.averse, 'chooses a = 2', ({ choice }: FrozenPlanner) => choice === 2],
  ] as const
  const lines = claims.map(([name, what, holds]) => {
    const own = planners.filter((one) => one.name === name)
    const seeds = own.filter(holds).length
    return `- ${name}: ${what}: ${yes(seeds >= ENOUGH)}, in ${seeds} of ${own.length} seeds.`
  })
  const [calm, resented] = [meanPaid(planners, TRAINED.calm), meanPaid(planners, TRAINED.resented)]
  const isCrossed = RESENTMENTS.every(
    (q, i) => q === CROSSOVER || (q < CROSSOVER ? calm[i]! > resented[i]! : calm[i]! < resented[i]!),
  )
  return [
    ...lines,
    `- Planners trained at Q = 0 are paid more than those trained at Q = .5 for Q < ${CROSSOVER}, and less beyond: ${yes(isCrossed)}.`,
  ].join('\n')
}
