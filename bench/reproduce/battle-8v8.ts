/**
 * What each learner makes of battles of 8 against 8 in a minute or two of training:
 *
 *     npm run reproduce:battle-8v8
 *
 * Trains what `battle-8v8.yaml` says, and lets what was learned play against random play and against agents that chase the
 * nearest enemy. Leaves docs/results/battle-8v8.md. Stopped, it goes on where it was.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { loadPolicy, planScenario, playMatch } from '../../runtime/launch/index.ts'
import { circumstances } from '../circumstances.ts'
import { secondsOf } from './_run.ts'
import { trainSweep } from './_sweep.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/battle-8v8'
const FILE = 'bench/reproduce/battle-8v8.yaml'
const BATTLES = 200
const signal = new AbortController().signal

const { sweep, trained } = await trainSweep(FILE, RUNS)

const { config } = sweep.combinations[0]!
const world = planScenario(config)
const percent = (share: number) => `${(100 * share).toFixed(0)} %`

/** The share of whole battles that a policy wins, sides swapped, and its 95 % interval. */
async function winsOf(policy: string, opponent: string): Promise<string> {
  const { red } = await playMatch({
    world,
    scenario: config.reference,
    red: await loadPolicy(policy, world, 'greedy'),
    blue: await loadPolicy(opponent, world, 'greedy'),
    episodes: BATTLES,
    threads: config.run.threads,
    seed: 7,
    signal,
    onProgress: () => {},
  })
  return `${percent(red.winRate)} (${red.interval.map(percent).join(' – ')})`
}

const rows: string[] = []
for (const { folder, seed, options } of trained.runs) {
  const seconds = await secondsOf(folder)
  const cells = [options['algorithm'], seed, options['steps'], seconds.toFixed(0)]
  rows.push(
    `| ${[...cells, await winsOf(folder, 'random'), await winsOf(folder, 'nearest-enemy')].join(' | ')} |`,
  )
}

await mkdir(FOLDER, { recursive: true })
await writeFile(
  `${FOLDER}/battle-8v8.md`,
  `# Battles of 8 against 8

\`npm run reproduce:battle-8v8\`, ${circumstances()}.

\`manyfold train battle --agents 16 --map-size 16 --algorithm … --seed … --steps …\` (\`${FILE}\`), all other options at their defaults: in
self-play, asynchronously. Then ${BATTLES} whole battles, greedily, sides swapped; what is won of them, with its 95 % interval. Steps are what each
learner needs about a minute for, so budgets differ: actor-critics learn from every transition, Q-learners from a sample of them.

| algorithm | seed | steps | training, s | against random play | against nearest-enemy |
| --------- | ---- | ----- | ----------- | ------------------- | --------------------- |
${rows.join('\n')}

Training is asynchronous: another run of the same seed gives slightly other figures. Seconds are by the clock, and the machine had other work at
times. Netac alone needs more than two minutes.
`,
)
