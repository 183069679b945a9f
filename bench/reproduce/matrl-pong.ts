/**
 * MATRL against independent PPO in Pong, by checkpoints that play each other: figure 5a of MATRL's paper, on state and a small court.
 *
 *     npm run reproduce:matrl-pong
 *
 * Trains what `matrl-pong.yaml` says and leaves docs/results/matrl-pong.md with a plot beside it. Stopped, it goes on where it was.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { playTournament, resolveTournament } from '../../runtime/launch/index.ts'
import { bootstrapInterval, mean } from '../../runtime/launch/statistics.ts'
import { listCheckpoints } from '../../runtime/store/checkpoint-folders.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { methodOf } from './_matrl-methods.ts'
import { trainSweep } from './_sweep.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const NAME = 'matrl-pong'
const RUNS = 'runs/matrl-pong'
const FILE = 'bench/reproduce/matrl-pong.yaml'
/** Games of each two checkpoints, half of them on either side. */
const GAMES = 20

const log = (line: string) => console.error(line)
const signal = new AbortController().signal
const { sweep, trained } = await trainSweep(FILE, RUNS)
const methods = [...new Set(trained.runs.map(({ options }) => methodOf(options)))]
const [matrl, ...others] = methods as [string, ...string[]]

/** A policy on its way: the checkpoint of so many thousand steps. */
interface Stage {
  readonly method: string
  readonly steps: number
}

/** One of a seed's checkpoints, and what it scored against each of them, itself apart. */
interface Row extends Stage {
  readonly seed: number
  /** Points that it was ahead by at the end of a game, mean over the games. */
  readonly ahead: ReadonlyMap<Stage, number>
}

async function crossPlay(seed: number): Promise<Row[]> {
  const stages = new Map<string, Stage>()
  for (const { folder, options, ...run } of trained.runs) {
    if (run.seed !== seed) continue
    const checkpoints = await listCheckpoints(join(folder, 'checkpoints'))
    for (const [i, checkpoint] of checkpoints.entries()) {
      const steps = ((i + 1) * sweep.combinations[0]!.config.run.steps) / checkpoints.length
      stages.set(checkpoint, { method: methodOf(options), steps })
    }
  }
  const values = { episodes: GAMES, seed: 7, selection: 'sampled', sides: 'apart' }
  const config = await resolveTournament([...stages.keys()], [{ source: 'file', name: FILE, values }])
  const { pairs } = await playTournament(config, join(RUNS, `games-${seed}`), signal, {
    log,
    progress(done, of) {
      if (done % 500 === 0) log(`${done} of ${of} games of seed ${seed}`)
    },
  })
  const stageOf = new Map(config.participants.map(({ name, policy }) => [name, stages.get(policy.name)!]))
  return [...stageOf].map(([name, stage]) => ({
    ...stage,
    seed,
    ahead: new Map(
      pairs
        .filter(({ policy }) => policy === name)
        .map(({ opponent, meanReward }) => [stageOf.get(opponent)!, meanReward]),
    ),
  }))
}

const rows: Row[] = []
for (const seed of sweep.seeds) rows.push(...(await crossPlay(seed)))

/** For each seed: by how much one method's checkpoints are ahead of another's, mean over all pairs. */
function aheadBySeed(method: string, opponent: string): number[] {
  return sweep.seeds.map((seed) => {
    const own = rows.filter((row) => row.seed === seed && row.method === method)
    return mean(
      own.flatMap(({ ahead }) =>
        [...ahead].flatMap(([stage, by]) => (stage.method === opponent ? [by] : [])),
      ),
    )
  })
}

/**
 * How much of what a method's checkpoints score against each other is in cycles: of the antisymmetric payoffs M, what is left when each
 * is taken for as strong as its mean, ‖M_ij − (f_i − f_j)‖ / ‖M‖ with f_i the mean of row i. 0: who beats one that beats another
 * beats that, too, and by as much as both.
 */
function cyclicity(method: string, seed: number): number {
  const own = rows.filter((row) => row.seed === seed && row.method === method)
  const payoffs = own.map(({ ahead }) => {
    const among = new Map([...ahead].filter(([stage]) => stage.method === method))
    return own.map((other) => [...among].find(([stage]) => stage.steps === other.steps)?.[1] ?? 0)
  })
  const strength = payoffs.map((row) => mean(row))
  const norm = (of: (i: number, j: number) => number) =>
    Math.hypot(...own.flatMap((_, i) => own.map((_, j) => of(i, j))))
  return norm((i, j) => payoffs[i]![j]! - (strength[i]! - strength[j]!)) / norm((i, j) => payoffs[i]![j]!)
}

const fixed = (value: number) => value.toFixed(2)
const intervalOf = (values: readonly number[]) =>
  bootstrapInterval(values, mean, 1) ?? [Number.NaN, Number.NaN]

function withInterval(values: readonly number[]): string {
  const [from, to] = intervalOf(values)
  return `${fixed(mean(values))} (${fixed(from)} – ${fixed(to)})`
}

const labelOf = ({ method, steps }: Stage) => `${method}, ${steps / 1000} k`
const order = methods.flatMap((method) =>
  rows.filter((row) => row.seed === sweep.seeds[0] && row.method === method).map(labelOf),
)
await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Points ahead at the end of a game, mean over seeds: row against column',
    width: 480,
    height: 480,
    data: {
      values: rows.flatMap((row) =>
        [...row.ahead].map(([stage, by]) => ({ row: labelOf(row), column: labelOf(stage), by })),
      ),
    },
    mark: 'rect',
    encoding: {
      y: { field: 'row', type: 'nominal', sort: order, title: null, axis: { labelLimit: 0 } },
      x: { field: 'column', type: 'nominal', sort: order, title: null, axis: { labelLimit: 0 } },
      color: {
        field: 'by',
        type: 'quantitative',
        aggregate: 'mean',
        title: 'points ahead',
        scale: { scheme: 'redblue', domainMid: 0 },
      },
    },
  },
  `${FOLDER}/${NAME}.svg`,
)

const cyclic = new Map(methods.map((method) => [method, sweep.seeds.map((seed) => cyclicity(method, seed))]))

/** A claim holds when all of the interval does. */
function verdicts(opponent: string): string {
  const by = aheadBySeed(matrl, opponent)
  const less = cyclic.get(opponent)!.map((theirs, i) => theirs - cyclic.get(matrl)![i]!)
  return `- ${matrl} is ahead of ${opponent}, over all pairs of checkpoints: by ${withInterval(by)} points: ${yes(intervalOf(by)[0] > 0)}.
- less of its games is in cycles: by ${withInterval(less)}: ${yes(intervalOf(less)[0] > 0)}.`
}

const { config } = sweep.combinations[0]!
await writeFile(
  `${FOLDER}/${NAME}.md`,
  `# MATRL in Pong

\`npm run reproduce:matrl-pong\`, ${circumstances()}.

\`manyfold train pong --sides together --algorithm matrl --parts … --schedule sync\` for ${config.run.steps / 1000},000 steps, with the options of
\`bench/reproduce/matrl-pong.yaml\`, seeds ${sweep.seeds.join(', ')}: both players learn at once, each with networks of its own. Then the checkpoints of a seed, five of each
method, play each other, every two of them ${GAMES} games, by their policies as they were learned (\`manyfold tournament … --selection sampled\`). The paper's Pong is
Atari's, on pixels.

| points ahead of | ${methods.join(' | ')} | share in cycles |
| --------------- | ${methods.map(() => '---').join(' | ')} | --- |
${methods
  .map((method) => {
    const cells = methods.map((other) => (other === method ? '–' : withInterval(aheadBySeed(method, other))))
    return `| ${method} | ${cells.join(' | ')} | ${withInterval(cyclic.get(method)!)} |`
  })
  .join('\n')}

A row's method against a column's: points at the end of a game, mean over all pairs of checkpoints; intervals are of 95 %, over seeds. In cycles
is what is left of a method's games against itself when each checkpoint is taken for as strong as it is on average (0: none, 1: all).

## What the paper claims

With the same seeds; a claim holds when the whole interval does.

${others.map(verdicts).join('\n')}

![checkpoints against each other](${NAME}.svg)

Training is synchronous: the same seed gives the same result on the same machine type.
`,
)
