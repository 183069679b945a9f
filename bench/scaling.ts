/**
 * Cost of an agent-step over the size of a single battle, one thread, a 64-64 network acting for everyone:
 *
 *     npm run bench:scaling
 *
 * Prints one JSON line a size and leaves docs/results/scaling.md with a plot beside it.
 */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurement } from '../runtime/launch/index.ts'
import { SORT_STEPS } from '../scenarios/gridworld/world.ts'
import { circumstances } from './circumstances.ts'
import { median } from './median.ts'
import { plot } from './plot.ts'

const SIZES = [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
/** Agent-steps of one measurement, so that each takes some seconds. */
const AGENT_STEPS = 8_000_000
const ROUNDS = 3
const FOLDER = 'docs/results'
const CLI = fileURLToPath(new URL('../runtime/launch/cli.js', import.meta.url))

interface Point {
  readonly agents: number
  readonly nanoseconds: number
  readonly peakRssMebibytes: number
}

/** In a process of its own: what one size leaves in memory and caches is not the next one's. */
async function measureSize(agents: number): Promise<Point> {
  // Lists are sorted now and then: a measurement has whole periods, two at least.
  const periods = Math.max(2, Math.round(AGENT_STEPS / agents / SORT_STEPS))
  const values = { agents, threads: 1, policy: 'mlp', steps: periods * SORT_STEPS, warmup: SORT_STEPS }
  const flags = Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])
  const args = [CLI, 'bench', 'battle', ...flags, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { seconds, agentSteps, peakRssBytes } = JSON.parse(
    stdout.trimEnd().split('\n').at(-1)!,
  ) as Measurement
  return { agents, nanoseconds: (seconds / agentSteps) * 1e9, peakRssMebibytes: peakRssBytes / 2 ** 20 }
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
  memory: Math.max(...rounds.map((round) => round[i]!.peakRssMebibytes)),
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
  ({ agents, nanoseconds, least, most, memory }) =>
    `| ${agents.toLocaleString('en')} | ${nanoseconds.toFixed(0)} ns | ${least.toFixed(0)} – ${most.toFixed(0)} ns | ${memory.toFixed(0)} MiB |`,
)
await writeFile(
  `${FOLDER}/scaling.md`,
  `# Cost of an agent-step over the size of a world

\`npm run bench:scaling\`, ${circumstances()}.
One battle on one thread; a 64-64 network with minimap and mean action acts for every agent; the whole step: observe,
act, resolve, reward. Seed 0. The median of ${ROUNDS} rounds, in each of which the sizes were measured by turns, each in a
process of its own. Up to 10,000 agents by the rules \`magent\`, beyond by \`manyfold\`.

| agents | per agent-step | range | peak memory |
| ------ | -------------- | ----- | ----------- |
${rows.join('\n')}

From least to greatest: a factor of ${(Math.max(...costs) / Math.min(...costs)).toFixed(2)}.

![nanoseconds per agent-step over agents](scaling.svg)
`,
)
