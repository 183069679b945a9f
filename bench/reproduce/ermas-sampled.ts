/**
 * Whether agents that learn from samples find the ε-equilibria that are worst for a planner:
 *
 *     npm run reproduce:ermas-sampled
 *
 * Trains `repeated-bimatrix` by `--algorithm ermas` at each slack and seed, two runs at a time, and leaves docs/results/ermas-sampled.md
 * with a plot beside it. Runs that are done stay: stopped, it goes on with those that are not.
 */

import { createHash } from 'node:crypto'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBackend } from '../../learners/backend.ts'
import { SEARCH_DEFAULTS } from '../../learners/games/ermas/agent-adv-search.ts'
import { type Training, trainPlanner } from '../../learners/games/ermas/augmented-bimatrix.ts'
import { repeatedBimatrix } from '../../learners/games/ermas/repeated-bimatrix.ts'
import { meanReward, play, regret, softmax } from '../../learners/games/ermas/stochastic-game.ts'
import { localDeviation } from '../../learners/games/ermas/trust-region.ts'
import { ValueNetwork } from '../../learners/networks/value-network.ts'
import { tf } from '../../learners/tf.ts'
import { CONSTRAINED } from '../../runtime/core/games/repeated-bimatrix.ts'
import { networkFor } from '../../runtime/core/learner.ts'
import { agentPrefix } from '../../runtime/core/parameters.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { withoutPrefix } from '../../runtime/core/tensors.ts'
import { flattenConfig } from '../../runtime/launch/config.ts'
import { loadPolicy, planScenario, resolveTraining, train } from '../../runtime/launch/index.ts'
import { mean } from '../../runtime/launch/statistics.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { correlateGroups } from '../spearman.ts'
import { type FrozenPlanner, PLANNER_SEEDS, paidTable, RESENTMENTS, TRAINED, verdicts } from './_augmented.ts'
import { measure } from './_measure.ts'
import { metricsOf } from './_run.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/ermas-sampled'
const SEEDS = [1, 2, 3, 4, 5]
const SLACKS = [-0.05, 0, 0.01, 0.02, 0.03, 0.05, 0.08]
/** Of whom the printed sign is tried, from the multiplier at which agents already work against the planner. */
const CONTROLS = [0, 0.01, 0.03]
/** Of agents that look about a step ahead, as in the exact version. */
const AUGMENTED = { game: 'augmented', gamma: 0.3, steps: 160_000 }
/** A λ beside which the planner's reward is nothing, and no correction: agents ascend their own. */
const SELFISH = { multipliers: 'fixed', multiplierStart: 1e6, beta: 0 }
const MARL = { ...AUGMENTED, ...SELFISH }
const ROBUST_SLACK = 0.1
/** How a planner is trained from samples, and exactly. */
const TRAININGS: readonly (Omit<Run, 'seed'> & { readonly exactly: Training })[] = [
  { name: TRAINED.calm, epsilon: 0, settings: MARL, exactly: { kind: 'marl', resentment: 0 } },
  {
    name: TRAINED.resented,
    epsilon: 0,
    settings: { ...MARL, resentment: 0.5 },
    exactly: { kind: 'marl', resentment: 0.5 },
  },
  {
    name: TRAINED.robust,
    epsilon: ROBUST_SLACK,
    settings: { ...AUGMENTED, multiplierStart: 10 },
    exactly: { kind: 'ermas', search: { ...SEARCH_DEFAULTS, slack: ROBUST_SLACK } },
  },
  {
    name: TRAINED.randomised,
    epsilon: 0,
    settings: { ...MARL, rewardNoise: 1 },
    exactly: { kind: 'domain-randomisation' },
  },
  {
    name: TRAINED.averse,
    epsilon: 0,
    settings: { ...MARL, utility: 'log' },
    exactly: { kind: 'risk-robustness' },
  },
]
/** Agents that learn anew under a frozen planner. */
const FRESH = { ...MARL, steps: 64_000 }
/** Their seeds are others than the planners'. */
const FRESH_SEED = 100
/** Multipliers never come to rest, and swing slowly: what counts is the mean of the last half of a run. Another part of it is told beside. */
const TAIL = 0.5
const LAST = 0.2
const AT_ONCE = 2
const AGENTS = 2
const POSITIONS = 16
const ACTIONS = 3

interface Run {
  readonly name: string
  readonly epsilon: number
  readonly seed: number
  readonly settings: Readonly<Record<string, unknown>>
}

/** Means of the last part of a run. */
interface Tail extends Run {
  /** Of a step. */
  readonly planner: number
  /** In the last fifth. */
  readonly lastPlanner: number
  readonly agents: number
  readonly multiplier: number
  /** Local regret as the learner estimates it. */
  readonly estimated: number
  readonly choice: number
}

interface Found extends Tail {
  /** Of the policies at the end, in the game with exact values: nearby, and against the best of all policies. */
  readonly local: number
  readonly regret: number
}

const fixed = (x: number, digits = 3) => x.toFixed(digits)

const configOf = ({ epsilon, seed, settings }: Run) =>
  resolveTraining('repeated-bimatrix', [
    { source: 'file', name: 'ermas-sampled', values: { epsilon, seed, threads: 1, ...settings } },
  ])

/** A run's folder is named by all that it is trained with: with other settings it is another. */
async function folderOf(run: Run): Promise<string> {
  const config = JSON.stringify(flattenConfig(await configOf(run)))
  const fingerprint = createHash('sha256').update(config).digest('hex').slice(0, 12)
  return join(RUNS, `${run.name.replaceAll(/[^a-zA-Z0-9]+/g, '-')}-${run.seed}-${fingerprint}`)
}

async function trained(run: Run): Promise<string> {
  const out = await folderOf(run)
  const isDone = await access(join(out, 'summary.json')).then(
    () => true,
    () => false,
  )
  if (isDone) return out
  await rm(out, { recursive: true, force: true })
  await train(await configOf(run), out, new AbortController().signal, {
    log: () => {},
    progress: () => {},
    evaluation: () => {},
  })
  return out
}

async function tailOf(run: Run): Promise<Tail> {
  const out = await trained(run)
  const values = (await metricsOf(out)).map((line) => line.values)
  const of = (name: string, part: number = TAIL) =>
    mean(values.slice(-Math.ceil(part * values.length)).flatMap((own) => own[name] ?? []))
  const found = {
    ...run,
    planner: of('planner'),
    lastPlanner: of('planner', LAST),
    agents: of('agents'),
    multiplier: of('multiplier'),
    estimated: of('localRegret'),
    choice: of('choice', LAST),
  }
  console.error(`${run.name}, ε = ${run.epsilon}, seed ${run.seed}: planner ${fixed(found.planner)}`)
  return found
}

/** What agents of a trained run miss, exactly. */
async function withRegrets(found: Tail): Promise<Found> {
  const config = await configOf(found)
  const { algorithm, algorithmOptions } = config
  const world = planScenario(config)
  const { observation, actions } = world.spec.groups[0]!
  const policy = await loadPolicy(await folderOf(found), world, 'sampled')
  const network = networkFor(algorithm.acting(algorithmOptions), observation, actions)
  const logits = Array.from({ length: AGENTS }, (_, agent) => {
    const own = new ValueNetwork(network, withoutPrefix(agentPrefix(agent), policy.weights!))
    const inputs = Array.from({ length: POSITIONS }, (_, position) =>
      Array.from({ length: observation.inputs }, (_, i) =>
        Number(i === observation.hotAt + position || i === observation.hotAt + POSITIONS + agent),
      ),
    )
    const values = tf.tidy(() => own.forward(tf.tensor2d(inputs)).dataSync<'float32'>())
    own.dispose()
    return Float64Array.from(values)
  })
  const game = repeatedBimatrix(CONSTRAINED)
  const played = play(
    game,
    logits.map((own) => softmax(own, ACTIONS)),
  )
  const local = logits.map((own, agent) => {
    const reward = game.rewards[agent]!
    const { played: deviating } = localDeviation(played, agent, own, 0.05, 2)
    return meanReward(deviating, reward) - meanReward(played, reward)
  })
  return { ...found, local: mean(local), regret: mean(logits.map((_, agent) => regret(played, agent))) }
}

/** So many at a time, in their order. */
async function all(runs: readonly Run[]): Promise<Tail[]> {
  const results: Tail[] = []
  let next = 0
  const work = async () => {
    for (let i = next++; i < runs.length; i = next++) results[i] = await tailOf(runs[i]!)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return results
}

await openBackend('wasm')
await mkdir(RUNS, { recursive: true })
// Seed by seed: stopped early, there are whole sweeps.
const sweepRuns = SEEDS.flatMap((seed) =>
  SLACKS.map((epsilon): Run => ({ name: 'adaptive', epsilon, seed, settings: {} })),
)
const controlRuns = CONTROLS.map(
  (epsilon): Run => ({
    name: 'printed',
    epsilon,
    seed: 1,
    settings: { multipliers: 'printed', multiplierStart: 1 },
  }),
)
const sweep = await Promise.all((await all(sweepRuns)).map((run) => withRegrets(run)))
const control = await all(controlRuns)
const planned = await all(
  TRAININGS.flatMap((training) => PLANNER_SEEDS.map((seed): Run => ({ ...training, seed }))),
)

/** What a planner does most often, in games from anywhere, when it takes its likeliest choice. */
async function likeliestChoice(run: Run): Promise<number> {
  const { metrics } = await measure(await configOf(run), await folderOf(run), 'greedy', 100)
  return Math.round(metrics['choice']!)
}

const frozen: FrozenPlanner[] = []
for (const [number, run] of planned.entries()) {
  const choice = await likeliestChoice(run)
  const fresh = await all(
    RESENTMENTS.map((resentment): Run => {
      const settings = { ...FRESH, choice, resentment }
      return { name: `a = ${choice}, Q = ${resentment}`, epsilon: 0, seed: FRESH_SEED + number, settings }
    }),
  )
  frozen.push({ name: run.name, choice, paid: fresh.map(({ lastPlanner }) => lastPlanner) })
}
const exactChoices = TRAININGS.map(({ exactly }) => {
  const policy = trainPlanner(exactly, new Random(seedKey(1)))
  return policy.indexOf(Math.max(...policy))
})

const at = (epsilon: number) => sweep.filter((one) => one.epsilon === epsilon)
const of = (
  runs: readonly Found[],
  what: 'planner' | 'lastPlanner' | 'agents' | 'multiplier' | 'estimated' | 'local' | 'regret',
) => mean(runs.map((one) => one[what]))
const correlated = (what: 'planner' | 'lastPlanner' | 'regret') =>
  correlateGroups(SLACKS.map((epsilon) => ({ x: epsilon, ys: at(epsilon).map((one) => one[what]) })))
const [planner, last, regrets] = [correlated('planner'), correlated('lastPlanner'), correlated('regret')]
const tight = SLACKS.filter((epsilon) => epsilon <= 0).map((epsilon) => of(at(epsilon), 'planner'))
const loose = SLACKS.filter((epsilon) => epsilon >= 0.05).map((epsilon) => of(at(epsilon), 'planner'))
const choicesOf = (name: string) => planned.filter((one) => one.name === name).map(({ choice }) => choice)
const config = await configOf(sweepRuns[0]!)
const options = config.algorithmOptions

await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'What agents come to that learn within a slack of ε from samples, each seed',
    width: 480,
    height: 280,
    data: {
      values: sweep.flatMap(({ epsilon, planner, agents, regret }) => [
        { epsilon, paid: planner, what: 'planner' },
        { epsilon, paid: agents, what: 'both agents' },
        { epsilon, paid: regret, what: "an agent's regret" },
      ]),
    },
    mark: 'point',
    encoding: {
      x: { field: 'epsilon', type: 'quantitative', title: 'ε, of a step’s reward' },
      y: { field: 'paid', type: 'quantitative', title: 'reward of a step' },
      color: { field: 'what', type: 'nominal', title: null },
    },
  },
  `${FOLDER}/ermas-sampled.svg`,
)
await writeFile(
  `${FOLDER}/ermas-sampled.md`,
  `# ERMAS from samples

\`npm run reproduce:ermas-sampled\`, ${circumstances()}.

\`manyfold train repeated-bimatrix --algorithm ermas --epsilon ε --seed SEED\`: the game of [ermas-bimatrix.md](ermas-bimatrix.md), whose one static
equilibrium pays each agent .3 and the planner 1, and full cooperation .7 and 0. Here agents have networks and see nothing but games:
${config.run.steps / 20} of 20 steps, ${config.run.worlds} in an update, from anywhere; γ = ${String(options['gamma'])}, λ₀ = ${String(options['multiplierStart'])}, β = ${String(options['beta'])}, ρ = ${String(options['trustRadius'])}. What counts is the mean of the last half
of a run, of all 20 steps of a game; seeds ${SEEDS.join(', ')}.

| ε | both agents | planner | λ | local regret, estimated | exactly | regret | planner, by seed |
| - | ----------- | ------- | - | ----------------------- | ------- | ------ | ---------------- |
${SLACKS.map((epsilon) => {
  const runs = at(epsilon)
  return `| ${epsilon} | ${fixed(of(runs, 'agents'), 2)} | ${fixed(of(runs, 'planner'))} | ${fixed(of(runs, 'multiplier'), 1)} | ${fixed(of(runs, 'estimated'))} | ${fixed(of(runs, 'local'))} | ${fixed(of(runs, 'regret'), 2)} | ${runs.map((one) => fixed(one.planner)).join(', ')} |`
}).join('\n')}

- Spearman's correlation of ε with the planner's reward is at most −.6: ${yes(planner.means <= -0.6 && planner.singles <= -0.6)} (${fixed(planner.means, 2)} of the means, ${fixed(planner.singles, 2)} of single runs; in the
  last fifth of the runs alone ${fixed(last.means, 2)} and ${fixed(last.singles, 2)}).
- That of ε with regret is at least .6: ${yes(regrets.means >= 0.6 && regrets.singles >= 0.6)} (${fixed(regrets.means, 2)} of the means, ${fixed(regrets.singles, 2)} of single runs).
- The planner gets at least .9 for ε ≤ 0: ${yes(tight.every((x) => x >= 0.9))} (${tight.map((x) => fixed(x)).join(', ')}).
- It gets at most .15 for ε ≥ .05: ${yes(loose.every((x) => x <= 0.15))} (${loose.map((x) => fixed(x)).join(', ')}).
- With the multipliers' step as it is printed the planner gets next to nothing whatever ε is: ${yes(control.every((one) => one.planner <= 0.15))}, from λ₀ = 1, seed 1
  (${control.map(({ epsilon, planner }) => `${fixed(planner)} for ε = ${epsilon}`).join(', ')}).

Regret is that of the policies at the end in the game with exact values, against the best of all policies; local regret stays inside ρ. Both
are means of the two agents.

An estimate sees only what is played. An agent that has come to cooperate tries next to nothing else, and the estimate of what it misses
falls to 0 while exactly there is something left: its multiplier does not rise again. So between the corners agents can end with more
local regret than ε (the exact column beside the first). ε holds for ${SLACKS.filter((epsilon) => of(at(epsilon), 'local') <= Math.max(epsilon, 0.005)).join(', ')}, to within .005. Multipliers swing, slowly: where one run
ends in between says little.

![what agents come to](ermas-sampled.svg)

## The augmented game

\`--game augmented --gamma ${AUGMENTED.gamma} --steps ${AUGMENTED.steps}\`: the planner chooses a once an episode, is paid a r̃ − a², and learns beside the agents, which resent
that by Q. Domain randomisation is \`--reward-noise 1\`, risk robustness \`--utility log\`, MARL the same algorithm with a fixed multiplier of a
million. What planners choose at the end of their training, as a mean of the last fifth, seeds ${PLANNER_SEEDS.join(', ')}:

| trained by | chooses | exactly |
| ---------- | ------- | ------- |
${TRAININGS.map(
  ({ name }, i) =>
    `| ${name} | ${choicesOf(name)
      .map((choice) => fixed(choice, 2))
      .join(', ')} | ${exactChoices[i]} |`,
).join('\n')}

- Planners choose as they do with exact gradients: ${yes(TRAININGS.every(({ name }, i) => choicesOf(name).every((choice) => Math.abs(choice - exactChoices[i]!) < 0.1)))}.

Then each is frozen at its likeliest choice (\`--choice\`), and agents that know nothing learn under it for ${FRESH.steps} steps, by a seed of their own for
each planner, at each Q. What the planner is paid a step in the last fifth, mean of seeds:

${paidTable(frozen)}

${verdicts(frozen)}

Episodes start anywhere and have 20 steps, so that what is paid is a little less, or more, than where agents come to.

How it differs from the exact version: networks in place of tables, Adam in place of plain steps, one batch for the gradient and for the
deviations of all agents, which weighs decisions in place of playing them; an undiscounted mean of 20 steps in place of a discounted one.
`,
)
