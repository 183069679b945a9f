/**
 * Every learner of battles in the small one, 8 against 8 on a map of 16 × 16:
 *
 *     npm run reproduce:battle-8v8
 *
 * Trains each on three seeds, for at most two minutes, and lets what it learned play against random play and against
 * agents that chase the nearest enemy. Leaves docs/results/battle-8v8.md.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import {
  loadPolicy,
  planScenario,
  playMatch,
  RANDOM_POLICY,
  resolveTraining,
  type TrainConfig,
  train,
} from '../../runtime/launch/index.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/battle-8v8'
const SEEDS = [1, 2, 3]
const MOST_SECONDS = 120
const BATTLES = 200
const BATTLE = { agents: 16, mapSize: 16, evalEpisodes: 0 }
/** Steps that each learner does in the time, by its name. */
const STEPS: Readonly<Record<string, number>> = {
  iql: 400_000,
  mfq: 400_000,
  iac: 60_000,
  ippo: 40_000,
  mfac: 60_000,
}

interface Row {
  readonly algorithm: string
  readonly seed: number
  readonly seconds: number
  readonly steps: number
  readonly random: string
  readonly nearestEnemy: string
}

async function trainOne(algorithm: string, seed: number): Promise<Row> {
  const values = { ...BATTLE, algorithm, seed, steps: STEPS[algorithm]! }
  const config = await resolveTraining('battle', [{ source: 'file', name: 'battle-8v8', values }])
  const started = performance.now()
  const { checkpoint, steps } = await train(
    config,
    join(RUNS, `${algorithm}-${seed}`),
    AbortSignal.timeout(1000 * MOST_SECONDS),
    { log: () => {}, progress: () => {}, evaluation: () => {} },
  )
  const seconds = (performance.now() - started) / 1000
  const random = await winsOf(config, checkpoint, 'random')
  const nearestEnemy = await winsOf(config, checkpoint, 'nearest-enemy')
  console.error(`${algorithm}, seed ${seed}: ${seconds.toFixed(0)} s, ${random} of random play`)
  return { algorithm, seed, seconds, steps, random, nearestEnemy }
}

/** The share of whole battles that a checkpoint wins, sides swapped, and its 95 % interval. */
async function winsOf(config: TrainConfig, checkpoint: string, opponent: string): Promise<string> {
  const world = planScenario(config)
  const { red } = await playMatch({
    world,
    scenario: config.reference,
    red: await loadPolicy(checkpoint, world, 'greedy'),
    blue: opponent === 'random' ? RANDOM_POLICY : await loadPolicy(opponent, world, 'greedy'),
    episodes: BATTLES,
    threads: config.run.threads,
    seed: 7,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  return `${percent(red.winRate)} (${red.interval.map(percent).join(' – ')})`
}

await rm(RUNS, { recursive: true, force: true })
const rows: Row[] = []
for (const algorithm of Object.keys(STEPS)) {
  for (const seed of SEEDS) rows.push(await trainOne(algorithm, seed))
}
await mkdir(FOLDER, { recursive: true })
await writeFile(
  join(FOLDER, 'battle-8v8.md'),
  `# Battles of 8 against 8

\`npm run reproduce:battle-8v8\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]!.model.trim()}.

\`manyfold train battle --agents 16 --map-size 16 --algorithm … --seed … --steps …\`, with all other options at their defaults: in
self-play, asynchronously. Steps are what each learner needs about a minute for, so budgets differ: actor-critics learn from every transition,
Q-learners from a sample of them. Then ${BATTLES} whole battles, greedily, sides swapped; what is won of them, with its 95 % interval.

| algorithm | seed | steps | training, s | against random play | against nearest-enemy |
| --------- | ---- | ----- | ----------- | ------------------- | --------------------- |
${rows
  .map(
    ({ algorithm, seed, steps, seconds, random, nearestEnemy }) =>
      `| ${algorithm} | ${seed} | ${steps} | ${seconds.toFixed(0)} | ${random} | ${nearestEnemy} |`,
  )
  .join('\n')}

Training is asynchronous: another run of the same seed gives slightly other figures.
`,
)
