/**
 * The order parameter of the Ising model by mean-field Q-learning, beside Gibbs sampling and Onsager's solution:
 *
 *     npm run reproduce:ising
 *
 * Trains two episodes of 6,000 sweeps at each temperature and seed; what counts are the last 1,000 sweeps of the second one.
 * Leaves docs/results/ising.md with a plot beside it.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  loadPolicy,
  measureReturn,
  planScenario,
  resolveTraining,
  train,
} from '../../runtime/launch/index.ts'
import { circumstances } from '../circumstances.ts'
import { median } from '../median.ts'
import { plot } from '../plot.ts'
import { metricsOf } from './_run.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/ising'
const SEEDS = [1, 2, 3, 4, 5]
/** τ, and what Gibbs sampling of 20 × 20 spins at T = 2τ was measured to come to, elsewhere. */
const MEASURED: readonly (readonly [tau: number, order: number])[] = [
  [0.5, 0.999],
  [0.8, 0.979],
  [0.9, 0.956],
  [1.0, 0.91],
  [1.1, 0.749],
  [1.2, 0.412],
  [1.3, 0.267],
  [1.5, 0.137],
  [2.0, 0.083],
  [3.0, 0.058],
]
/** Where the synchronous order is shown to come apart. */
const CONTROL = 0.8

function configOf(tau: number, seed: number, settings: Readonly<Record<string, unknown>> = {}) {
  const temperatures = {
    temperatureStart: tau,
    temperatureMiddle: tau,
    temperatureEnd: tau,
    temperature: 2 * tau,
  }
  const values = { ...temperatures, seed, ...settings }
  return resolveTraining('ising', [{ source: 'file', name: 'ising', values }])
}

/** The mean order parameter of the last episode of a training. */
async function learned(
  name: string,
  tau: number,
  seed: number,
  settings: Readonly<Record<string, unknown>> = {},
) {
  const out = join(RUNS, `${name}-${tau}-${seed}`)
  await train(await configOf(tau, seed, settings), out, new AbortController().signal, {
    log: () => {},
    progress: () => {},
    evaluation: () => {},
  })
  const orders = (await metricsOf(out)).flatMap(({ values }) => values['meanOrderParameter'] ?? [])
  console.error(`${name}, τ = ${tau}, seed ${seed}: ${orders.at(-1)!.toFixed(3)}`)
  return orders.at(-1)!
}

async function gibbs(tau: number, seed: number): Promise<number> {
  const config = await configOf(tau, seed)
  const world = planScenario(config)
  const { metrics } = await measureReturn({
    world,
    scenario: config.reference,
    policy: await loadPolicy('gibbs', world, 'greedy'),
    episodes: 1,
    threads: 1,
    seed,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  return metrics['meanOrderParameter']!
}

/** Of an infinite torus: (1 − sinh(2/T)⁻⁴)^⅛ below the critical temperature. */
function onsager(tau: number): number {
  return tau < 1 / Math.log(1 + Math.SQRT2) ? (1 - Math.sinh(1 / tau) ** -4) ** (1 / 8) : 0
}

async function overSeeds(measure: (seed: number) => Promise<number>): Promise<number[]> {
  const orders: number[] = []
  for (const seed of SEEDS) orders.push(await measure(seed))
  return orders
}

await rm(RUNS, { recursive: true, force: true })
const rows: {
  readonly tau: number
  readonly mfq: number[]
  readonly gibbs: number[]
  readonly measured: number
}[] = []
for (const [tau, measured] of MEASURED) {
  const mfq = await overSeeds((seed) => learned('mfq', tau, seed))
  rows.push({ tau, mfq, gibbs: await overSeeds((seed) => gibbs(tau, seed)), measured })
}
const apart = await overSeeds((seed) =>
  learned('synchronous', CONTROL, seed, { order: 'synchronous', start: 'random' }),
)

const fixed = (x: number) => x.toFixed(3)
const range = (xs: readonly number[]) => `${fixed(Math.min(...xs))} – ${fixed(Math.max(...xs))}`
await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Order parameter of 20 × 20 spins',
    width: 480,
    height: 280,
    data: {
      values: [
        ...rows.flatMap(({ tau, mfq }) => mfq.map((order) => ({ tau, order, what: 'MF-Q, each seed' }))),
        ...rows.map(({ tau, gibbs }) => ({ tau, order: median(gibbs), what: 'Gibbs sampling, median' })),
        ...Array.from({ length: 126 }, (_, i) => ({
          tau: 0.5 + i / 50,
          order: onsager(0.5 + i / 50),
          what: 'Onsager, infinite torus',
        })),
      ],
    },
    encoding: {
      x: {
        field: 'tau',
        type: 'quantitative',
        title: 'temperature τ of the agents (T = 2τ)',
        scale: { zero: false },
      },
      y: { field: 'order', type: 'quantitative', title: 'order parameter |N↑ − N↓| / N' },
      color: { field: 'what', type: 'nominal', title: null },
    },
    layer: [
      { transform: [{ filter: "datum.what == 'Onsager, infinite torus'" }], mark: 'line' },
      { transform: [{ filter: "datum.what != 'Onsager, infinite torus'" }], mark: 'point' },
    ],
  },
  `${FOLDER}/ising.svg`,
)
await writeFile(
  `${FOLDER}/ising.md`,
  `# The Ising model by mean-field Q-learning

\`npm run reproduce:ising\`, ${circumstances()}.

\`manyfold train ising --temperature-start τ --temperature-middle τ --temperature-end τ --seed SEED\`: 20 × 20 spins, all up at first, two
episodes of 6,000 sweeps. Medians of seeds ${SEEDS.join(', ')} (lowest – highest) of the order parameter over the last 1,000 sweeps of the second
episode, beside Gibbs sampling at T = 2τ: here, by \`manyfold run ising --policy gibbs\`, and as it was measured elsewhere.

| τ   | MF-Q | Gibbs sampling, here | Gibbs, elsewhere | Onsager | MF-Q less Gibbs here |
| --- | ---- | -------------------- | ---------------- | ------- | -------------------- |
${rows
  .map(
    ({ tau, mfq, gibbs, measured }) =>
      `| ${tau.toFixed(1)} | ${fixed(median(mfq))} (${range(mfq)}) | ${fixed(median(gibbs))} (${range(gibbs)}) | ${fixed(measured)} | ${fixed(onsager(tau))} | ${fixed(median(mfq) - median(gibbs))} |`,
  )
  .join('\n')}

With all spins turning at once (\`--order synchronous --start random\`) and τ = ${CONTROL}, the seeds come to ${apart.map(fixed).join(', ')}: the two halves of the
chessboard settle apart in some of them, one up and one down.

How it differs from the paper's experiment: one network serves all spins, where the paper keeps a table for each; both come to the same
values, ±2, ±1 and 0, since what a choice is worth hangs on the neighbours alone.

![order parameter](ising.svg)
`,
)
