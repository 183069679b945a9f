/**
 * Whether agents find the ε-equilibria that are worst for a planner, and a planner that is trained against them bears what it has not seen:
 *
 *     npm run reproduce:ermas-bimatrix
 *
 * All with exact gradients of tabular policies. Leaves docs/results/ermas-bimatrix.md with two plots beside it.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import {
  agentAdvSearch,
  newLogits,
  newSearchers,
  SEARCH_DEFAULTS,
  type SearchSettings,
} from '../../learners/games/ermas/agent-adv-search.ts'
import {
  AUGMENTED_DEFAULTS,
  type AugmentedSettings,
  freshOutcomes,
  type Training,
  trainPlanner,
} from '../../learners/games/ermas/augmented-bimatrix.ts'
import { repeatedBimatrix } from '../../learners/games/ermas/repeated-bimatrix.ts'
import { regret } from '../../learners/games/ermas/stochastic-game.ts'
import { CONSTRAINED } from '../../runtime/core/games/repeated-bimatrix.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { deviation, mean } from '../../runtime/launch/statistics.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { correlateGroups } from '../spearman.ts'
import {
  type FrozenPlanner,
  meanPaid,
  PLANNER_SEEDS,
  paidTable,
  RESENTMENTS,
  TRAINED,
  verdicts,
} from './_augmented.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const SEEDS: readonly number[] = [1, 2, 3]
/** Where they end far apart. */
const MANY_SEEDS: readonly number[] = Array.from({ length: 12 }, (_, i) => i + 1)
const STEPS = 1_500
/** Multipliers never come to rest: what counts is the mean of so many last steps. */
const TAIL = 200
/** What the agents together are paid in the adversarial region, at least; of 1.4. */
const REGION = 1.2

const fixed = (x: number, digits = 3) => x.toFixed(digits)

interface Found {
  readonly combined: number
  readonly planner: number
  /** Of the agents, against the best of all policies. */
  readonly regret: number
  /** The first step at which the agents come to the adversarial region; Infinity if they never do. */
  readonly reached: number
}

const game = repeatedBimatrix(CONSTRAINED)

function search(seed: number, settings: Partial<SearchSettings>, multiplier?: number): Found {
  const start = newSearchers(newLogits(game, new Random(seedKey(seed))), multiplier)
  const [combined, planner, regrets]: [number[], number[], number[]] = [[], [], []]
  let reached = Infinity
  agentAdvSearch(game, start, { ...SEARCH_DEFAULTS, ...settings }, STEPS, (outcome, step) => {
    const together = outcome.agents[0]! + outcome.agents[1]!
    if (together >= REGION) reached = Math.min(reached, step)
    if (step < STEPS - TAIL) return
    combined.push(together)
    planner.push(outcome.planner)
    if (step % 10 === 0) regrets.push((regret(outcome.played, 0) + regret(outcome.played, 1)) / 2)
  })
  return { combined: mean(combined), planner: mean(planner), regret: mean(regrets), reached }
}

function overSeeds(
  name: string,
  settings: Partial<SearchSettings>,
  multiplier?: number,
  seeds = SEEDS,
): readonly Found[] {
  const found = seeds.map((seed) => search(seed, settings, multiplier))
  console.error(`${name}: planner ${found.map(({ planner }) => fixed(planner)).join(', ')}`)
  return found
}

const of = (found: readonly Found[], what: keyof Found) => mean(found.map((one) => one[what]))
const planners = (found: readonly Found[]) => found.map(({ planner }) => fixed(planner)).join(', ')

/** ε, and what another implementation was measured to come to: the agents' reward together, the planner's, regret. */
const SLACKS: readonly (readonly [slack: number, measured: string])[] = [
  [-0.05, '.63 / .967 / 0'],
  [0, '.63 / .966 / 0'],
  [0.002, '.77 / .79 / .11'],
  [0.005, '.79 / .77 / .09'],
  [0.01, '1.14 / .32 / .12'],
  [0.02, '1.21 / .23 / .07'],
  [0.03, '1.19 / .26 / .11'],
  [0.05, '1.36 / .05 / .20'],
  [0.08, '1.36 / .05 / .22'],
]

const sweep = SLACKS.map(([slack, measured]) => ({
  slack,
  measured,
  found: overSeeds(`ε = ${slack}`, { slack }),
}))
/** The start of the other implementation. */
const early = SLACKS.map(([slack, measured]) => ({
  slack,
  measured,
  found: overSeeds(`ε = ${slack}, λ₀ = 1`, { slack }, 1, MANY_SEEDS),
}))
const printed = [1, 10].map((multiplier) => ({
  multiplier,
  bySlack: [0, 0.01, 0.03].map((slack) => ({
    slack,
    found: overSeeds(
      `printed sign, ε = ${slack}, λ₀ = ${multiplier}`,
      { slack, multipliers: 'printed' },
      multiplier,
    ),
  })),
}))

const FIXED: readonly (readonly [multiplier: number, measured: string])[] = [
  [0, '.04'],
  [1, '.04'],
  [1.5, '.20'],
  [1.7, '.52'],
  [2, '.54'],
  [2.5, '.33'],
  [3, '.41'],
  [5, '.52'],
  [10, '.97'],
]
const fixedMultipliers = FIXED.map(([multiplier, measured]) => ({
  multiplier,
  measured,
  found: overSeeds(`λ = ${multiplier}`, { multipliers: 'fixed' }, multiplier, MANY_SEEDS),
}))

const BETAS = [0, 0.2, 0.5, 1]
const betas = BETAS.flatMap((beta) =>
  [0, 0.02, 0.05].map((slack) => ({
    beta,
    slack,
    found: overSeeds(`β = ${beta}, ε = ${slack}`, { beta, slack }),
  })),
)

/** Of ε with what agents come to. */
const correlated = (all: BySlack, what: 'planner' | 'regret') =>
  correlateGroups(all.map(({ slack, found }) => ({ x: slack, ys: found.map((one) => one[what]) })))
/** The acceptance tests of a sweep over slacks. */
function sweepVerdicts(all: BySlack): string {
  const [planner, regret] = [correlated(all, 'planner'), correlated(all, 'regret')]
  const [tight, loose] = [planned(all, isTight), planned(all, isLoose)]
  return `- The planner gets at least .9 for ε ≤ 0: ${yes(tight.every((x) => x >= 0.9))} (${listed(tight)}).
- It gets at most .15 for ε ≥ .05: ${yes(loose.every((x) => x <= 0.15))} (${listed(loose)}).
- Spearman's correlation of ε with the planner's reward is at most −.8: ${yes(planner.means <= -0.8)} (${fixed(planner.means, 2)} of the means, ${fixed(planner.singles, 2)} of single runs).
- That of ε with regret is at least .7: ${yes(regret.means >= 0.7)} (${fixed(regret.means, 2)} of the means, ${fixed(regret.singles, 2)} of single runs).`
}
type BySlack = readonly { readonly slack: number; readonly found: readonly Found[] }[]
const planned = (all: BySlack, within: (slack: number) => boolean) =>
  all.filter(({ slack }) => within(slack)).map(({ found }) => of(found, 'planner'))
const isTight = (slack: number) => slack <= 0
const isLoose = (slack: number) => slack >= 0.05
const listed = (paid: readonly number[]) => paid.map((x) => fixed(x)).join(', ')
const SEEDS_ELSEWHERE = 3
/** The planner's reward less what was measured elsewhere, with the standard error that this has if seeds are as far apart there. */
function difference(found: readonly Found[], elsewhere: number): string {
  const spread = deviation(found.map(({ planner }) => planner))
  const error = spread * Math.sqrt(1 / found.length + 1 / SEEDS_ELSEWHERE)
  return `${fixed(of(found, 'planner') - elsewhere, 2)} ± ${fixed(error, 2)}`
}
const plannerOf = (measured: string) => Number(measured.split(' / ')[1] ?? measured)
/** Where seeds end far apart: how often planners are paid less here, of how many. */
function lower(all: readonly { readonly found: readonly Found[]; readonly measured: string }[]): string {
  const apart = all.filter(({ found }) => deviation(found.map(({ planner }) => planner)) > 0.05)
  const less = apart.filter(({ found, measured }) => of(found, 'planner') < plannerOf(measured))
  return `${less.length} of the ${apart.length}`
}
const ends = (found: readonly Found[]) => {
  const paid = found.map(({ planner }) => planner)
  return `${fixed(Math.min(...paid))} – ${fixed(Math.max(...paid))}`
}
/** In how many seeds agents come to the adversarial region, and in how many they are there at the end. */
function fateOf(found: readonly Found[]) {
  const came = found.filter(({ reached }) => reached !== Infinity).length
  return { came, stayed: found.filter(({ combined }) => combined >= REGION).length }
}
const ofBeta = (weight: number, within: number) =>
  betas.find(({ beta, slack }) => beta === weight && slack === within)!.found
const fates = (slack: number) =>
  BETAS.map((beta) => {
    const { came, stayed } = fateOf(ofBeta(beta, slack))
    return `β = ${beta}: ${came} come, ${stayed} stay`
  }).join('; ')
/** Most seeds stay with a β that the paper advises, and fewer than half of them with any other. */
const onlyBetween = (slack: number) =>
  BETAS.every((beta) => fateOf(ofBeta(beta, slack)).stayed * 2 > SEEDS.length === (beta > 0 && beta <= 0.5))
const [slow, fast] = [of(ofBeta(0, 0.05), 'reached'), of(ofBeta(1, 0.05), 'reached')]
const control = printed[0]!.bySlack.map(({ found }) => of(found, 'planner'))

// The augmented game.
const ROBUST: Training = { kind: 'ermas', search: { ...SEARCH_DEFAULTS, slack: 0.1 } }
const TRAININGS: readonly (readonly [name: string, training: Training])[] = [
  [TRAINED.calm, { kind: 'marl', resentment: 0 }],
  [TRAINED.resented, { kind: 'marl', resentment: 0.5 }],
  [TRAINED.robust, ROBUST],
  [TRAINED.randomised, { kind: 'domain-randomisation' }],
  [TRAINED.averse, { kind: 'risk-robustness' }],
]

/** What planners of each training and seed are paid at each Q, by agents that learn anew. */
function evaluated(settings: AugmentedSettings): readonly FrozenPlanner[] {
  const outcomes = PLANNER_SEEDS.map((seed) =>
    RESENTMENTS.map((resentment) => freshOutcomes(resentment, new Random(seedKey(seed)), settings)),
  )
  return TRAININGS.flatMap(([name, training]) =>
    PLANNER_SEEDS.map((seed, i) => {
      const policy = trainPlanner(training, new Random(seedKey(seed)), settings)
      const choice = policy.indexOf(Math.max(...policy))
      console.error(`${name}, γ = ${settings.discount}, seed ${seed}: chooses ${choice}`)
      const paid = outcomes[i]!.map((byChoice) =>
        policy.reduce((sum, probability, a) => sum + probability * byChoice[a]!, 0),
      )
      return { name, choice, paid }
    }),
  )
}
const shortSighted = evaluated(AUGMENTED_DEFAULTS)
const farSighted = evaluated({ ...AUGMENTED_DEFAULTS, discount: 0.9 })

await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'What agents come to within a slack of ε, each seed',
    width: 480,
    height: 280,
    data: {
      values: sweep.flatMap(({ slack, found }) =>
        found.flatMap(({ planner, regret, combined }) => [
          { slack, paid: planner, what: 'planner' },
          { slack, paid: combined, what: 'both agents' },
          { slack, paid: regret, what: "an agent's regret" },
        ]),
      ),
    },
    mark: 'point',
    encoding: {
      x: { field: 'slack', type: 'quantitative', title: 'ε, of a step’s reward' },
      y: { field: 'paid', type: 'quantitative', title: 'reward of a step' },
      color: { field: 'what', type: 'nominal', title: null },
    },
  },
  `${FOLDER}/ermas-bimatrix.svg`,
)
await plot(
  {
    title: 'What a frozen planner is paid in the augmented game, mean of seeds',
    width: 480,
    height: 280,
    data: {
      values: Object.values(TRAINED).flatMap((name) =>
        meanPaid(shortSighted, name).map((paid, i) => ({ resentment: RESENTMENTS[i]!, paid, what: name })),
      ),
    },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'resentment', type: 'quantitative', title: 'Q of agents that it meets' },
      y: { field: 'paid', type: 'quantitative', title: 'reward of a step' },
      color: { field: 'what', type: 'nominal', title: null },
      strokeDash: { field: 'what', type: 'nominal', title: null },
    },
  },
  `${FOLDER}/ermas-augmented.svg`,
)

const reachedBy = (found: readonly Found[]) =>
  found.map(({ reached }) => (reached === Infinity ? '–' : String(reached))).join(', ')
await writeFile(
  `${FOLDER}/ermas-bimatrix.md`,
  `# ERMAS in the repeated bimatrix game

\`npm run reproduce:ermas-bimatrix\`, ${circumstances()}.

Two agents walk on a grid of 4 × 4 whose one static equilibrium, (3, 3), pays each .3 and the planner 1; full cooperation, at (0, 0), pays
each .7 and the planner 0. Policies are tabular softmax, gradients exact, γ = .9, ${STEPS} steps; what counts is the mean of the last ${TAIL}. Seeds
${SEEDS.join(', ')}. All figures are on the scale of one step's reward.

## The slack

| ε | both agents / planner / regret | elsewhere | planner, by seed |
| - | ------------------------------ | --------- | ---------------- |
${sweep
  .map(
    ({ slack, measured, found }) =>
      `| ${slack} | ${fixed(of(found, 'combined'), 2)} / ${fixed(of(found, 'planner'))} / ${fixed(of(found, 'regret'), 2)} | ${measured} | ${planners(found)} |`,
  )
  .join('\n')}

${sweepVerdicts(sweep)}
- With the multipliers' step as it is printed, λ ← λ − α (ΔJ − ε), the planner gets next to nothing whatever ε is: ${yes(control.every((x) => x <= 0.15))}, from λ₀ = 1. It gets
${printed.map(({ multiplier, bySlack }) => `  ${bySlack.map(({ slack, found }) => `${fixed(of(found, 'planner'))} for ε = ${slack}`).join(', ')} from λ₀ = ${multiplier}`).join(', and\n')}.

ε bounds what an agent misses by deviating *nearby*, inside ρ = ${SEARCH_DEFAULTS.radius}; what it misses against the best of all policies is more.

Multipliers start at λ₀ = 10. Elsewhere they started at 1, at which agents work against the planner first. From there it comes to this, with
the seeds ${MANY_SEEDS[0]} to ${MANY_SEEDS.at(-1)}:

| ε | both agents / planner / regret | elsewhere | planner, of all seeds | less that elsewhere |
| - | ------------------------------ | --------- | --------------------- | ------------------- |
${early
  .map(
    ({ slack, measured, found }) =>
      `| ${slack} | ${fixed(of(found, 'combined'), 2)} / ${fixed(of(found, 'planner'))} / ${fixed(of(found, 'regret'), 2)} | ${measured} | ${ends(found)} | ${difference(found, plannerOf(measured))} |`,
  )
  .join('\n')}

${sweepVerdicts(early)}

Beside the difference from what ${SEEDS_ELSEWHERE} seeds came to elsewhere stands its standard error, if seeds are as far apart there. Planners are paid less here in
${lower(early)} rows in which they are, which may be chance, as all rows start from the same seeds, or not.

Agents with a slack of next to nothing do not all come back to (3, 3) then: where agents are is seen, so each can cooperate as long as the
other does, which is an equilibrium of the repeated game too.

![the slack](ermas-bimatrix.svg)

## Fixed multipliers

With the seeds ${MANY_SEEDS[0]} to ${MANY_SEEDS.at(-1)}:

| λ | planner | elsewhere | of all seeds | less that elsewhere |
| - | ------- | --------- | ------------ | ------------------- |
${fixedMultipliers.map(({ multiplier, measured, found }) => `| ${multiplier} | ${fixed(of(found, 'planner'))} | ${measured} | ${ends(found)} | ${difference(found, plannerOf(measured))} |`).join('\n')}

Between pure antagonism and pure self-interest seeds end in different corners: three of them say little, here or elsewhere. Planners are paid less
here in ${lower(fixedMultipliers)} rows in which they are far apart. No fixed λ sets how much agents miss. That none reaches what adaptive ones reach, as the
paper has it, can't be told here: agents' and planner's rewards lie on one line in these payoffs.

## The correction's weight

| β | ε | both agents | planner | regret | step at which they are paid ${REGION}, by seed |
| - | - | ----------- | ------- | ------ | ---------------------------------------- |
${betas.map(({ beta, slack, found }) => `| ${beta} | ${slack} | ${fixed(of(found, 'combined'), 2)} | ${fixed(of(found, 'planner'))} | ${fixed(of(found, 'regret'), 2)} | ${reachedBy(found)} |`).join('\n')}

The paper finds that

- neither β ≈ 0 nor β > 1/N = .5 comes to the adversarial region and stays: ${yes(onlyBetween(0.02))} for ε = .02 (${fates(0.02)}),
  ${yes(onlyBetween(0.05))} for ε = .05 (${fates(0.05)});
- larger β comes there about three times as fast: ${yes(slow < Infinity && slow / fast >= 2)}. With ε = .05 it takes ${fixed(slow, 0)} steps without the correction, and ${fixed(fast, 0)} with β = 1.

## The augmented game

The planner chooses a ∈ {0, 1, 2, 3} once an episode and is paid a r̃ − a²; agents resent that by Q. It is trained, frozen, and meets agents that
learn from nothing at each Q; means of seeds ${PLANNER_SEEDS.join(', ')}. Agents look about one step ahead (γ = ${AUGMENTED_DEFAULTS.discount}).

${paidTable(shortSighted)}

${verdicts(shortSighted)}

At Q = .3 itself agents that meet a = 2 are indifferent.

![the augmented game](ermas-augmented.svg)

With γ = .9 planners choose as they do above, but what fresh agents make of it is no longer told by one step's payoffs:

${paidTable(farSighted)}

They come to cooperate as long as the other does, which pays them well below Q a = .6: no choice of the planner's bears Q = .5 then.

## How it differs from the papers' experiments

They print no payoffs, step sizes, horizons or units of ε; payoffs and settings here are our own. Gradients are exact where theirs are
sampled. Agents see the planner's choice and have policies and multipliers for each. Risk robustness takes log max(.05, r̃′).
`,
)
