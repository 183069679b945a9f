/**
 * MATRL in checkers and switch, against independent PPO and itself without its parts:
 *
 *     npm run reproduce:matrl-gridworlds
 *
 * Trains what the files `matrl-*.yaml` say and leaves docs/results/matrl-gridworlds.md with a plot beside it. Stopped, it goes on
 * where it was.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mean } from '../../runtime/launch/statistics.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { shown, studentInterval } from '../student.ts'
import { methodOf } from './_matrl-methods.ts'
import { measure } from './_measure.ts'
import { meanOf, metricsOf, secondsOf } from './_run.ts'
import { trainSweep } from './_sweep.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/matrl-gridworlds'
const EPISODES = 100

/** What is learned, the reward of all in the best episode there is, and what the paper's figures show of MATRL and PPO alone. */
const TASKS = [
  { task: 'switch, 2 agents', file: 'switch-2', optimum: 8.3, published: '' },
  { task: 'switch, 4 agents', file: 'switch-4', optimum: 16.1, published: '' },
  {
    task: 'switch, 4 agents, as of 2021',
    file: 'switch-4-2021',
    optimum: 14.4,
    published:
      ' Who has arrived pays on until all have, and each agent sees itself alone: so it was when the paper was written, which has 6.5 by MATRL.',
  },
  {
    task: 'checkers',
    file: 'checkers',
    optimum: 41.26,
    published:
      ' Found by a search of all that can be done; 41.5 elsewhere, where steps were estimated. The paper has 18 by MATRL, and −2 by independent learning.',
  },
] as const
/** Trainings at a time: each keeps about one core busy. */
const JOBS = 2
const [MATRL, ALONE] = ['all', 'independent'].map((parts) => methodOf({ parts })) as [string, string]

interface Run {
  readonly task: string
  readonly method: string
  readonly seed: number
  readonly seconds: number
  /** Reward of all agents, mean over episodes, by the policies as they were learned and by their likeliest actions. */
  readonly sampled: number
  readonly greedy: number
  /** The same of all episodes of the training: the sooner it learned, the more. */
  readonly whileLearning: number
  /** How often agents kept their policies in equilibria, mean over updates; NaN where there are none. */
  readonly keep: number
}

/** What the episodes brought that ended between two reports of a training, and how many these were. */
async function rewardsOf(folder: string) {
  let before = 0
  return (await metricsOf(folder)).flatMap(({ step, values: { teamReturn: reward, episodes: ended } }) => {
    const episodes = (ended ?? before) - before
    before += episodes
    // A report without an episode has what the last one had.
    return reward === undefined || episodes === 0 ? [] : [{ step, reward, episodes }]
  })
}

const runs: Run[] = []
/** Options that all trainings have in common. */
let learning: Readonly<Record<string, unknown>> = {}
const curves: Record<string, unknown>[] = []
for (const { task, file } of TASKS) {
  const { sweep, trained } = await trainSweep(`bench/reproduce/matrl-${file}.yaml`, join(RUNS, file), JOBS)
  const { config } = sweep.combinations[0]!
  learning = config.algorithmOptions
  const returnOf = async (policy: string, selection: 'greedy' | 'sampled') =>
    (await measure(config, policy, selection, EPISODES)).meanReturn
  for (const { folder, options, seed } of trained.runs) {
    const method = methodOf(options)
    const learned = await rewardsOf(folder)
    curves.push(...learned.map(({ step, reward }) => ({ task, step, reward, seed, method })))
    const all = learned.reduce((sum, { episodes }) => sum + episodes, 0)
    runs.push({
      task,
      method,
      seed,
      seconds: await secondsOf(folder),
      sampled: await returnOf(folder, 'sampled'),
      greedy: await returnOf(folder, 'greedy'),
      keep: await meanOf(folder, 'keep'),
      whileLearning: learned.reduce((sum, { reward, episodes }) => sum + (reward * episodes) / all, 0),
    })
  }
}

await mkdir(FOLDER, { recursive: true })
const y = { field: 'reward', type: 'quantitative', title: 'reward of all, in an episode' } as const
const color = { field: 'method', type: 'nominal', title: null, legend: { labelLimit: 0 } } as const
await plot(
  {
    title: 'Grid worlds while policies learn: mean and 95 % interval over seeds, and the optimum',
    data: { values: curves },
    columns: 2,
    concat: TASKS.map(({ task, optimum }) => ({
      title: task,
      width: 260,
      height: 220,
      transform: [
        { filter: `datum.task === '${task}'` },
        { bin: { maxbins: 30 }, field: 'step', as: 'bin' },
        { aggregate: [{ op: 'mean', field: 'reward', as: 'reward' }], groupby: ['bin', 'seed', 'method'] },
      ],
      layer: [
        {
          mark: { type: 'errorband', extent: 'ci', opacity: 0.2 },
          encoding: { x: { field: 'bin', type: 'quantitative', title: 'steps' }, y, color },
        },
        {
          mark: { type: 'line' },
          encoding: {
            x: { field: 'bin', type: 'quantitative', title: 'steps' },
            y: { ...y, aggregate: 'mean' },
            color,
          },
        },
        { mark: { type: 'rule', strokeDash: [4, 4] }, encoding: { y: { datum: optimum } } },
      ],
    })),
  },
  `${FOLDER}/matrl-gridworlds.svg`,
)

const methodsOf = (task: string) => [
  ...new Set(runs.filter((run) => run.task === task).map(({ method }) => method)),
]
const ofMethod = (task: string, method: string) =>
  runs.filter((run) => run.task === task && run.method === method)
const fixed = (value: number) => value.toFixed(1)

function cells(task: string, method: string): string {
  const own = ofMethod(task, method)
  const finals = own.map(({ sampled }) => sampled)
  return [
    method,
    shown(studentInterval(finals), 1),
    finals.map(fixed).join(', '),
    own.map(({ greedy }) => fixed(greedy)).join(', '),
    fixed(mean(own.map(({ whileLearning }) => whileLearning))),
    method === MATRL ? mean(own.map(({ keep }) => keep)).toFixed(2) : '',
    mean(own.map(({ seconds }) => seconds)).toFixed(0),
  ].join(' | ')
}

/** By pairs of the same seed: MATRL's return less another's, which is more where the whole interval is. */
function verdict(task: string, other: string): string {
  const theirs = new Map(ofMethod(task, other).map((run) => [run.seed, run]))
  const gainOf = (figure: 'sampled' | 'whileLearning') => {
    const gains = ofMethod(task, MATRL).map((run) => run[figure] - theirs.get(run.seed)![figure])
    const gain = studentInterval(gains)
    return `${shown(gain, 2)} | ${yes(gain.from > 0)}`
  }
  return `| ${task} | ${other} | ${gainOf('sampled')} | ${gainOf('whileLearning')} |`
}

/** How long the trainings of a task took, so many at a time. */
const minutesOf = (task: string) =>
  runs.reduce((sum, run) => sum + (run.task === task ? run.seconds : 0), 0) / 60 / JOBS
const longest = Math.max(...TASKS.map(({ task }) => minutesOf(task)))

await writeFile(
  `${FOLDER}/matrl-gridworlds.md`,
  `# MATRL in grid worlds

\`npm run reproduce:matrl-gridworlds\`, ${circumstances()}.

\`manyfold train switch|checkers --algorithm matrl --parts … --schedule sync --worlds 32\`, with the seeds, the steps and the
options of \`bench/reproduce/matrl-*.yaml\`: checkers has the rewards of the paper's time. Networks have hidden layers of ${String(learning['hidden'])} (the paper: 128);
${String(learning['improvementSteps'])} gradient steps make an improvement, ${String(learning['responseSteps'])} a response or an update of independent PPO, but where the table says otherwise. Returns are of all agents together, means of
${EPISODES} episodes after training, or of all episodes of the training; intervals are of 95 %, over seeds. Trainings went on ${JOBS} at a time,
which is how long they took. Without the best response critics learn in as many steps as an improvement has; its control is PPO of as many. \`kept\` is
how likely agents are to keep their policies in the meta-games' equilibria, on average: at 0 MATRL is IL-LA.

${TASKS.map(
  ({ task, optimum, published }) => `## ${task[0]!.toUpperCase()}${task.slice(1)}

The best episode brings ${optimum}.${published}

| method | final return | by seed | greedily, by seed | while learning | kept | training, s |
| ------ | ------------ | ------- | ----------------- | -------------- | ---- | ----------- |
${methodsOf(task)
  .map((method) => `| ${cells(task, method)} |`)
  .join('\n')}
`,
).join('\n')}
## Is MATRL ahead of independent PPO?

By pairs of the same seed, with 95 % intervals; it is ahead where the whole interval is.

| task | against | final return, by | ahead | while learning, by | ahead |
| ---- | ------- | ---------------- | ----- | ------------------ | ----- |
${TASKS.flatMap(({ task }) =>
  methodsOf(task)
    .filter((method) => method.startsWith(ALONE))
    .map((other) => verdict(task, other)),
).join('\n')}

But for switch as of 2021, where neither comes near what the paper has, independent PPO comes to more here than the paper's MATRL, and little is left
to be ahead by. And MATRL is nearly PPO: what an agent gains by its own improvement is of the first order, and what the others' change of it of the
second, so that equilibria say to adopt them, and responses weigh what was seen by .9 to 1.1. Where it tells is in what is lost again: with 4 agents in
switch all seeds of MATRL, and of PPO with as many steps, end at the optimum, and some of the others do not.

Tried before, with the same outcome: a weight of .5 for the critics' errors, checkers with a view of everything, fewer steps (120,000 to 300,000), advantages
by V-trace in place of generalised ones, and improvements by optimisers that begin anew. Not tried: the paper's wider networks and its leaky ReLU.

## How long it takes

${TASKS.map(({ task }) => `- ${task}: ${minutesOf(task).toFixed(0)} minutes for all ${runs.filter((run) => run.task === task).length} trainings, ${JOBS} at a time.`).join('\n')}

By the clock, whatever else the machine did meanwhile. Within an hour each: ${yes(longest <= 60)}.

![learning curves](matrl-gridworlds.svg)

Training is synchronous: the same seed gives the same result on the same machine type.
`,
)
