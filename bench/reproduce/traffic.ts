/**
 * Signal control on CityFlow's public data sets, scripted and learned:
 *
 *     npm run reproduce:traffic -- FOLDER
 *
 * FOLDER holds the data sets hangzhou_4x4 and jinan_3x4. Plays an hour of each under the scripted controllers, trains
 * the learned ones with `train`'s defaults for traffic on three seeds, and lets each play the same hour. Leaves
 * docs/results/traffic.md with plots beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  loadPolicy,
  measureReturn,
  planScenario,
  type ReturnResult,
  resolveTraining,
  type TrainConfig,
  train,
} from '../../runtime/launch/index.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { metricsOf } from './_run.ts'

const FOLDER = 'docs/results'
const RUNS = 'runs/traffic'
const SEEDS = [1, 2, 3]
const PROTOCOL = { protocol: 'colight', evalEpisodes: 0 }

const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: npm run reproduce:traffic -- FOLDER, which holds hangzhou_4x4 and jinan_3x4')
  process.exit(2)
}

/** An hour of a data set, and what was published of it: seconds on entering lanes. */
interface Hour {
  readonly name: string
  readonly data: string
  readonly published: Readonly<Record<string, number>>
}

const HOURS: readonly Hour[] = [
  {
    name: 'Hangzhou 4 × 4',
    data: 'hangzhou_4x4',
    published: {
      FixedTime: 497.87,
      MaxPressure: 289.55,
      CoLight: 298.28,
      'Advanced-CoLight': 272.34,
      'REDQ-MLP': 271.59,
    },
  },
  {
    name: 'Jinan 3 × 4',
    data: 'jinan_3x4',
    published: {
      FixedTime: 429.27,
      MaxPressure: 274.99,
      CoLight: 269.28,
      'Advanced-CoLight': 251.75,
      'REDQ-MLP': 245.22,
    },
  },
]

const SCRIPTED = ['plan', 'fixed-time', 'max-pressure', 'sotl'] as const

/** Learned controllers: how they are named, and what differs from the defaults. */
const LEARNED: readonly (readonly [name: string, settings: Readonly<Record<string, unknown>>])[] = [
  ['iql', {}],
  ['idqn', { algorithm: 'idqn' }],
  ['colight', { algorithm: 'colight', neighbours: 4 }],
  ['iql, PressLight', { features: ['pressure', 'phase'], reward: 'pressure' }],
]

interface Row {
  readonly hour: Hour
  readonly controller: string
  readonly seed: number | undefined
  readonly seconds: number | undefined
  readonly result: ReturnResult
}

function configOf(hour: Hour, settings: Readonly<Record<string, unknown>>): Promise<TrainConfig> {
  const values = { data: join(folder!, hour.data), ...PROTOCOL, ...settings }
  return resolveTraining('traffic', [{ source: 'file', name: 'traffic', values }])
}

/** The same hour for everyone: seed 0, as in the measured rows of CityFlow itself. */
async function play(config: TrainConfig, controller: string): Promise<ReturnResult> {
  const world = planScenario(config)
  return measureReturn({
    world,
    scenario: config.reference,
    policy: await loadPolicy(controller, world, 'greedy'),
    episodes: 1,
    threads: 1,
    seed: 0,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}

/** Average travel time of training episodes, exploration included, by the steps that were done. */
async function curveOf(out: string): Promise<{ readonly step: number; readonly travelTime: number }[]> {
  return (await metricsOf(out)).flatMap(({ step, values }) =>
    values['averageTravelTime'] === undefined ? [] : [{ step, travelTime: values['averageTravelTime'] }],
  )
}

const rows: Row[] = []
const curves: { hour: string; run: string; controller: string; step: number; travelTime: number }[] = []
for (const hour of HOURS) {
  const plain = await configOf(hour, {})
  for (const controller of SCRIPTED) {
    rows.push({
      hour,
      controller,
      seed: undefined,
      seconds: undefined,
      result: await play(plain, controller),
    })
  }
  for (const [controller, settings] of LEARNED) {
    for (const seed of SEEDS) {
      const config = await configOf(hour, { ...settings, seed })
      const out = join(RUNS, `${hour.data}-${controller.replace(/\W+/g, '-')}-${seed}`)
      const started = performance.now()
      const { checkpoint } = await train(config, out, new AbortController().signal, {
        log: (line) => console.error(line),
        progress: () => {},
        evaluation: () => {},
      })
      const seconds = (performance.now() - started) / 1000
      const result = await play(config, checkpoint)
      rows.push({ hour, controller, seed, seconds, result })
      for (const point of await curveOf(out)) {
        curves.push({ hour: hour.name, run: `${controller} ${seed}`, controller, ...point })
      }
      console.error(
        `${hour.name}, ${controller}, seed ${seed}: ${seconds.toFixed(0)} s, ${result.metrics['averageTravelTime']!.toFixed(2)}`,
      )
    }
  }
}

await mkdir(FOLDER, { recursive: true })
for (const hour of HOURS) {
  const baseline = rows.find((row) => row.hour === hour && row.controller === 'max-pressure')!
  await plot(
    {
      title: `${hour.name}: average travel time of training episodes, exploration included; dashed: max-pressure`,
      width: 560,
      height: 280,
      layer: [
        {
          data: { values: curves.filter((point) => point.hour === hour.name) },
          mark: { type: 'line', opacity: 0.7 },
          encoding: {
            x: { field: 'step', type: 'quantitative', title: 'simulated seconds' },
            y: {
              field: 'travelTime',
              type: 'quantitative',
              title: 's',
              scale: { zero: false, type: 'log' },
            },
            color: { field: 'controller', type: 'nominal', title: null },
            detail: { field: 'run', type: 'nominal' },
          },
        },
        {
          data: { values: [{ travelTime: baseline.result.metrics['averageTravelTime'] }] },
          mark: { type: 'rule', strokeDash: [6, 4] },
          encoding: { y: { field: 'travelTime', type: 'quantitative' } },
        },
      ],
    },
    `${FOLDER}/traffic-${hour.data}.svg`,
  )
}

function tableOf(hour: Hour): string {
  const own = rows.filter((row) => row.hour === hour)
  const metric = (row: Row, name: string) => row.result.metrics[name]!
  const baseline = metric(own.find(({ controller }) => controller === 'max-pressure')!, 'averageTravelTime')
  const lines = own.map((row) => {
    const time = metric(row, 'averageTravelTime')
    const change = `${(100 * (time / baseline - 1)).toFixed(1)} %`
    const cells = [
      row.controller,
      row.seed ?? '',
      row.seconds === undefined ? '' : row.seconds.toFixed(0),
      time.toFixed(2),
      row.controller === 'max-pressure' ? '' : change,
      metric(row, 'enteringTravelTime').toFixed(2),
      metric(row, 'meanQueue').toFixed(1),
      metric(row, 'throughput'),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const published = Object.entries(hour.published)
  return `## ${hour.name}

| controller | seed | training, s | average travel time | against max-pressure | on entering lanes | mean queue | throughput |
| ---------- | ---- | ----------- | ------------------- | -------------------- | ----------------- | ---------- | ---------- |
${lines.join('\n')}

Published, seconds on entering lanes: ${published.map(([name, time]) => `${name} ${time}`).join(', ')}.

![curves](traffic-${hour.data}.svg)
`
}

const commands = LEARNED.map(([name, settings]) => {
  const flags = Object.entries(settings).map(
    ([key, value]) => `--${key} ${Array.isArray(value) ? value.join(',') : String(value)}`,
  )
  const line = ['manyfold train traffic --config DATA --protocol colight', ...flags, '--seed SEED'].join(' ')
  return `- ${name}: \`${line}\``
})
await writeFile(
  `${FOLDER}/traffic.md`,
  `# Signal control: an hour of Hangzhou and of Jinan

\`npm run reproduce:traffic -- FOLDER\`, ${circumstances()}.

3,600 steps of 1 s; decisions every 15 s, four phases, 5 s of right turns only between two of them (\`--protocol colight\`).
Every policy plays the same hour, seed 0, greedily. \`average travel time\` is CityFlow's; \`on entering lanes\` is what
the papers of CoLight's family report ([what the two mean](../traffic.md#what-is-measured)).

${commands.join('\n')}

${HOURS.map(tableOf).join('\n')}
## How far the figures compare

- The published figures are of an open re-run of the Advanced-XLight code base on the same flows, protocol and signal plan. Its
  travel time counts somewhat more than the lanes alone: \`fixed-time\` and \`max-pressure\`, which are the same controllers there and
  here, come out 3 to 8 % higher there than the same metric gives here and with CityFlow itself. Compare each controller with
  max-pressure of its own column.
- \`fixed-time\` and \`max-pressure\` give here, to the last printed digit, what CityFlow gives under this protocol
  (\`test/scenarios/traffic/protocols.test.ts\`).
- Training is asynchronous: another run of the same seed gives slightly other figures.
`,
)
