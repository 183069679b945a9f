/**
 * Whether agents that hear each other coordinate in the lever game, and agents that do not cannot:
 *
 *     npm run reproduce:lever
 *
 * Trains what `lever.yaml` says and leaves docs/results/lever.md with a plot beside it. Stopped, it goes on where it was.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { resolveTraining } from '../../runtime/launch/index.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { measure } from './_measure.ts'
import { metricsOf } from './_run.ts'
import { trainSweep } from './_sweep.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/lever'
const FILE = 'bench/reproduce/lever.yaml'
/** Of 50 games each. */
const EPISODES = 200

const { sweep, trained } = await trainSweep(FILE, RUNS)

const config = await resolveTraining('lever', [])

/** Mean share of levers that somebody pulls, over games that no training has seen. */
async function distinctOf(policy: string, selection: 'greedy' | 'sampled'): Promise<number> {
  const { metrics } = await measure(config, policy, selection, EPISODES)
  return metrics['distinct']!
}

interface Row {
  readonly what: string
  readonly seed: number
  readonly steps: number
  readonly greedy: number
  readonly sampled: number
}

/** In words: which algorithm, and whether its agents hear each other. */
function nameOf({ algorithm, hops }: Readonly<Record<string, unknown>>): string {
  return hops === 0 ? `${String(algorithm)}, nobody hears of anybody` : String(algorithm)
}

const rows: Row[] = []
for (const { folder, options, seed } of trained.runs) {
  const { config: own } = sweep.combinations.find(({ varied }) => varied === options)!
  rows.push({
    what: nameOf(options),
    seed,
    steps: own.run.steps,
    greedy: await distinctOf(folder, 'greedy'),
    sampled: await distinctOf(folder, 'sampled'),
  })
}
const scripted = await Promise.all(
  ['random', 'by-id', 'by-rank'].map(async (name) => [name, await distinctOf(name, 'greedy')] as const),
)

const curves = await Promise.all(
  trained.runs.map(async ({ folder, options, seed }) => {
    return (await metricsOf(folder)).flatMap(({ step, values }) => {
      const distinct = values['distinct']
      return distinct === undefined ? [] : [{ step, distinct, seed, what: nameOf(options) }]
    })
  }),
)
await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'The lever game while policies learn, each seed',
    width: 480,
    height: 280,
    data: { values: curves.flat() },
    mark: { type: 'line', interpolate: 'monotone' },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'games' },
      y: { field: 'distinct', type: 'quantitative', title: 'levers pulled, share', scale: { zero: false } },
      color: { field: 'what', type: 'nominal', title: null },
      detail: { field: 'seed' },
    },
  },
  `${FOLDER}/lever.svg`,
)

const fixed = (share: number) => share.toFixed(3)
await writeFile(
  `${FOLDER}/lever.md`,
  `# The lever game

\`npm run reproduce:lever\`, ${circumstances()}.

Five agents are drawn of ${String(config.scenarioOptions['ids'])} and pull one of five levers each; all are paid the share of levers that somebody pulled. Each policy was trained by
\`manyfold train lever\` (\`${FILE}\`), by reward alone, and then played ${EPISODES * 50} games with draws of their own.

| policy | seed | games of training | levers pulled, greedily | sampled |
| ------ | ---- | ----------------- | ----------------------- | ------- |
${rows.map(({ what, seed, steps, greedy, sampled }) => `| ${what} | ${seed} | ${steps} | ${fixed(greedy)} | ${fixed(sampled)} |`).join('\n')}

Beside them: ${scripted.map(([name, share]) => `\`${name}\` ${fixed(share)}`).join(', ')}. Random play comes to 1 − 0.8⁵ = 0.672. \`by-id\`, a lever for each number, is the best that can be done
without hearing of the others, 1 − C(16, 5) / C(20, 5) = 0.718; \`by-rank\`, the lever of an agent's rank among those drawn, is perfect.

How it differs from the paper's experiment: 20 numbers in place of 500; policies learn by the policy gradient with V-trace and Adam; and
BiCNet's agents stand in an order, which tells them a place by itself: an agent only has to count those before it.

![learning curves](lever.svg)
`,
)
