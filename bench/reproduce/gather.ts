/**
 * What omnivores learn where there is enough to eat, and where there is not:
 *
 *     npm run reproduce:gather
 *
 * Trains what `gather.yaml` says and leaves docs/results/gather.md with a plot beside it. Stopped, it goes on where it was.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { planScenario, type ReturnResult } from '../../runtime/launch/index.ts'
import { mean } from '../../runtime/launch/statistics.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { measure } from './_measure.ts'
import { metricsOf, secondsOf } from './_run.ts'
import { trainSweep } from './_sweep.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/gather'
const FILE = 'bench/reproduce/gather.yaml'
const EPISODES = 20
const OMNIVORES = 495
const SCRIPTED = ['random', 'nearest-enemy']

const { sweep, trained } = await trainSweep(FILE, RUNS)

/** Where all of the food is there or a part, by that part. */
const worlds = new Map(
  sweep.combinations.map(({ varied, config }) => [Number(varied['food']), config] as const),
)
const piecesOf = (food: number) => planScenario(worlds.get(food)!).spec.groups[0]!.capacity

interface Row {
  readonly food: number
  readonly policy: string
  readonly algorithm: string
  readonly played: ReturnResult
  readonly training: string
}

const rows: Row[] = []
for (const [food, config] of worlds) {
  for (const { folder, seed, options } of trained.runs) {
    if (options['food'] !== food) continue
    const seconds = await secondsOf(folder)
    const algorithm = String(options['algorithm'])
    const training = `${String(options['steps'])} steps, ${seconds.toFixed(0)} s`
    rows.push({
      food,
      policy: `${algorithm}, seed ${seed}`,
      algorithm,
      played: await measure(config, folder, 'greedy', EPISODES),
      training,
    })
  }
  for (const name of SCRIPTED) {
    rows.push({
      food,
      policy: name,
      algorithm: name,
      played: await measure(config, name, 'greedy', EPISODES),
      training: '',
    })
  }
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`
const eaten = ({ food, played }: Row) => 1 - played.metrics['foodAlive']! / piecesOf(food)
const dead = ({ played }: Row) => OMNIVORES - played.metrics['omnivoresAlive']!

function line(row: Row): string {
  const { meanReturn, interval, meanSteps } = row.played
  const within = interval ? ` (${interval.map((end) => end.toFixed(0)).join(' – ')})` : ''
  const cells = [row.policy, row.training, `${meanReturn.toFixed(0)}${within}`, percent(eaten(row))]
  return `| ${[...cells, dead(row).toFixed(0), meanSteps.toFixed(0)].join(' | ')} |`
}

function table(food: number): string {
  return `| policy | training | reward of all, in an episode | food eaten | omnivores dead | steps until all is eaten, or 500 |
| ------ | -------- | ---------------------------- | ---------- | -------------- | -------------------------------- |
${rows
  .filter((row) => row.food === food)
  .map(line)
  .join('\n')}`
}

const learners = [...new Set(trained.runs.map(({ options }) => String(options['algorithm'])))]

/** Deaths for each piece of food eaten: what of the biting is at each other. */
function perPiece(food: number, algorithm: string): number {
  const own = rows.filter((row) => row.food === food && row.algorithm === algorithm)
  return mean(own.map((row) => dead(row) / Math.max(1, eaten(row) * piecesOf(food))))
}

const curves = await Promise.all(
  trained.runs.map(async ({ folder, options, seed }) => {
    return (await metricsOf(folder)).flatMap(({ step, values }) => {
      const { foodAlive, omnivoresAlive } = values
      if (foodAlive === undefined || omnivoresAlive === undefined) return []
      const food = Number(options['food'])
      const share = 1 - foodAlive / piecesOf(food)
      const of = `${percent(food)} of the food`
      return [
        { step, share, died: 1 - omnivoresAlive / OMNIVORES, seed, algorithm: options['algorithm'], of },
      ]
    })
  }),
)
const x = { field: 'step', type: 'quantitative', title: 'steps' } as const
const color = { field: 'algorithm', type: 'nominal', title: null } as const
const curve = (field: string, title: string) => ({
  facet: { field: 'of', type: 'nominal', title: null, sort: 'descending' } as const,
  spec: {
    width: 300,
    height: 200,
    mark: { type: 'line', strokeWidth: 1 } as const,
    encoding: {
      x,
      y: {
        field,
        type: 'quantitative',
        title,
        axis: { format: '%' },
        scale: { domain: [0, 1] as number[] },
      } as const,
      color,
      detail: { field: 'seed' },
    },
  },
})
await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Gathering while policies learn, each seed; exploration included',
    data: { values: curves.flat() },
    vconcat: [curve('share', 'food eaten in an episode'), curve('died', 'omnivores dead at its end')],
  },
  `${FOLDER}/gather.svg`,
)

const steps = [...new Set(trained.runs.map(({ options }) => Number(options['steps'])))]
const lineOf = (algorithm: string) =>
  `- ${algorithm}: ${[...worlds.keys()].map((food) => `${perPiece(food, algorithm).toFixed(2)} with ${percent(food)} of the food`).join(', ')}.`
await writeFile(
  `${FOLDER}/gather.md`,
  `# Gathering

\`npm run reproduce:gather\`, ${circumstances()}.

${OMNIVORES} omnivores learn with one network for all, from each one's own reward: a piece of food takes five bites, which pay 7 between them to whoever
bites; a bite at another omnivore kills it and pays nothing; each bite costs 0.1. Trained with the seeds ${sweep.seeds.join(', ')} for ${steps.join(' or ')} steps (\`${FILE}\`), then
${EPISODES} episodes each, greedily. \`nearest-enemy\` walks to the nearest food that it sees and bites it.

## All of the food

${table(1)}

What keeps MF-Q from more is most likely its softmax. Actions differ by a few hundredths in what they are worth, since food can be bitten a step later, too: at
a temperature at which they are told apart nobody finds food, and above it those who found some go on next to randomly, which is what values are of. Its
default starts at 1 and ends at .02. With \`--temperature-start 0.1\` seed 1 came to −230, and with \`--temperature-start 0.02 --temperature-middle 0.005
--temperature-end 0.002\` to −2475, which is what doing nothing brings; these two were trained by hand.

## A tenth of it

${table(0.1)}

## Do they turn on each other where there is too little?

That is what agents are said to learn. Omnivores that died, for each piece of food that was eaten:

${learners.map(lineOf).join('\n')}
${SCRIPTED.filter((name) => name !== 'random')
  .map(lineOf)
  .join('\n')}

\`nearest-enemy\` bites food alone, and what of omnivores dies beside it, ${dead(rows.find(({ policy }) => policy === 'nearest-enemy')!).toFixed(0)} of them, dies by accident. Any other death is a bite at an omnivore, which costs
the biter 0.1 and takes somebody away who would have eaten.

![learning curves](gather.svg)

Training is asynchronous: another run of the same seed gives slightly other figures.
`,
)
