/**
 * Cost of an agent-step over the size of a single battle, one thread, a 64-64 network acting for everyone:
 *
 *     npm run bench:scaling
 *
 * Prints one JSON line a size and leaves docs/results/scaling.md with a plot beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { measure, planScenario, resolveCommand } from '../runtime/launch/index.ts'
import { benchOptions } from '../runtime/launch/options.ts'
import { benchPolicy } from '../runtime/launch/policies.ts'
import { plot } from './plot.ts'

const SIZES = [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
/** Agent-steps of one measurement, so that each takes some seconds. */
const AGENT_STEPS = 8_000_000
const ROUNDS = 3
const FOLDER = 'docs/results'

interface Point {
  readonly agents: number
  readonly nanoseconds: number
  readonly peakRssMebibytes: number
}

async function measureSize(agents: number): Promise<Point> {
  const values = { agents, threads: 1, policy: 'mlp' }
  const config = await resolveCommand('battle', benchOptions, [{ source: 'file', name: 'scaling', values }])
  const world = planScenario(config)
  const steps = Math.max(2, Math.round(AGENT_STEPS / agents))
  const { seconds, agentSteps, peakRssBytes } = await measure({
    world,
    scenario: config.reference,
    policies: [0, 1].map((army) => benchPolicy(world, army, config.options.seed)),
    assignment: [0, 1],
    worlds: 1,
    threads: 1,
    segmentSteps: config.options.segmentSteps,
    seed: config.options.seed,
    steps,
    warmup: 1,
    untilEpisodeEnds: false,
    onProgress: () => {},
    signal: new AbortController().signal,
  })
  return { agents, nanoseconds: (seconds / agentSteps) * 1e9, peakRssMebibytes: peakRssBytes / 2 ** 20 }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

// By turns, so that a machine that changes its speed changes it for all sizes.
const rounds: Point[][] = []
for (let round = 0; round < ROUNDS; round++) {
  const points: Point[] = []
  for (const agents of SIZES) {
    points.push(await measureSize(agents))
    console.error(JSON.stringify(points.at(-1)))
  }
  rounds.push(points)
}
const points = SIZES.map((agents, i) => ({
  agents,
  nanoseconds: median(rounds.map((round) => round[i]!.nanoseconds)),
  least: Math.min(...rounds.map((round) => round[i]!.nanoseconds)),
  most: Math.max(...rounds.map((round) => round[i]!.nanoseconds)),
}))
for (const point of points) console.log(JSON.stringify(point))

await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Cost of an agent-step, learned policy, one thread',
    width: 480,
    height: 280,
    data: { values: points },
    encoding: {
      x: { field: 'agents', type: 'quantitative', scale: { type: 'log' }, title: 'agents in one world' },
    },
    layer: [
      {
        mark: 'rule',
        encoding: {
          y: { field: 'least', type: 'quantitative', title: 'nanoseconds per agent-step' },
          y2: { field: 'most' },
        },
      },
      {
        mark: { type: 'line', point: true },
        encoding: { y: { field: 'nanoseconds', type: 'quantitative' } },
      },
    ],
  },
  `${FOLDER}/scaling.svg`,
)
const costs = points.map(({ nanoseconds }) => nanoseconds)
const rows = points.map(
  ({ agents, nanoseconds, least, most }) =>
    `| ${agents.toLocaleString('en')} | ${nanoseconds.toFixed(0)} ns | ${least.toFixed(0)} – ${most.toFixed(0)} ns |`,
)
await writeFile(
  `${FOLDER}/scaling.md`,
  `# Cost of an agent-step over the size of a world

\`npm run bench:scaling\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]!.model.trim()}.
One battle on one thread; a 64-64 network with minimap and mean action acts for every agent; the whole step: observe,
act, resolve, reward. Seed 0. The median of ${ROUNDS} rounds, in each of which the sizes were measured by turns.

| agents | per agent-step | range |
| ------ | -------------- | ----- |
${rows.join('\n')}

From least to greatest: a factor of ${(Math.max(...costs) / Math.min(...costs)).toFixed(2)}.

![nanoseconds per agent-step over agents](scaling.svg)
`,
)
