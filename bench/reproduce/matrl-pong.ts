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
import { mean } from '../../runtime/launch/statistics.ts'
import { listCheckpoints, stepOfName } from '../../runtime/store/checkpoint-folders.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { shown, studentInterval } from '../student.ts'
import { methodOf } from './_matrl-methods.ts'
import { meanOf } from './_run.ts'
import { trainSweep } from './_sweep.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const NAME = 'matrl-pong'
const RUNS = 'runs/matrl-pong'
const FILE = 'bench/reproduce/matrl-pong.yaml'
/** Games of each two checkpoints, half of them on either side; played twice over, by either of these seeds. */
const GAMES = 40
const HALVES = [7, 8]

const log = (line: string) => console.error(line)
const signal = new AbortController().signal
const { sweep, trained } = await trainSweep(FILE, RUNS, 2)
const { config } = sweep.combinations[0]!
const { checkpointEvery, keepCheckpoints: stages } = config.run
const methods = [...new Set(trained.runs.map(({ options }) => methodOf(options)))]
const [matrl, ...others] = methods as [string, ...string[]]

/** A policy on its way: the checkpoint of about so many steps. */
interface Stage {
  readonly method: string
  readonly steps: number
}

/** One of a seed's checkpoints, and what it scored against the others. */
interface Row extends Stage {
  readonly seed: number
  /** Points that it was ahead by at the end of a game, mean over the games of each half. */
  readonly ahead: readonly { readonly of: Stage; readonly by: readonly number[] }[]
}

async function stagesOf(seed: number): Promise<ReadonlyMap<string, Stage>> {
  const found = new Map<string, Stage>()
  for (const { folder, options, ...run } of trained.runs) {
    if (run.seed !== seed) continue
    const checkpoints = await listCheckpoints(join(folder, 'checkpoints'))
    if (checkpoints.length !== stages) {
      throw new Error(
        `${folder}: expected ${stages} checkpoints, got ${checkpoints.length}; remove the run, it is trained anew`,
      )
    }
    for (const checkpoint of checkpoints) {
      const steps = Math.round(stepOfName(checkpoint)! / checkpointEvery!) * checkpointEvery!
      found.set(checkpoint, { method: methodOf(options), steps })
    }
  }
  return found
}

async function crossPlay(seed: number): Promise<Row[]> {
  const found = await stagesOf(seed)
  const rows = new Map(
    [...found].map(([checkpoint, stage]) => [
      checkpoint,
      { ...stage, seed, scored: new Map<Stage, number[]>() },
    ]),
  )
  for (const half of HALVES) {
    const values = { episodes: GAMES, seed: half, selection: 'sampled', sides: 'apart' }
    const tournament = await resolveTournament([...found.keys()], [{ source: 'file', name: FILE, values }])
    const { pairs } = await playTournament(tournament, join(RUNS, `games-${seed}-${half}`), signal, {
      log,
      progress(done, of) {
        if (done % 1000 === 0) log(`${done} of ${of} games of seed ${seed}`)
      },
    })
    const checkpointOf = new Map(tournament.participants.map(({ name, policy }) => [name, policy.name]))
    for (const { policy, opponent, meanReward } of pairs) {
      const { scored } = rows.get(checkpointOf.get(policy)!)!
      const other = found.get(checkpointOf.get(opponent)!)!
      scored.set(other, [...(scored.get(other) ?? []), meanReward])
    }
  }
  return [...rows.values()].map(({ scored, ...row }) => ({
    ...row,
    ahead: [...scored].map(([of, by]) => ({ of, by })),
  }))
}

const rows: Row[] = []
for (const seed of sweep.seeds) rows.push(...(await crossPlay(seed)))
const rowsOf = (method: string, seed: number) =>
  rows.filter((row) => row.seed === seed && row.method === method)

/** For each seed: by how much one method's checkpoints are ahead of another's, mean over all pairs. */
function aheadBySeed(method: string, opponent: string): number[] {
  return sweep.seeds.map((seed) =>
    mean(
      rowsOf(method, seed).flatMap(({ ahead }) =>
        ahead.flatMap(({ of, by }) => (of.method === opponent ? by : [])),
      ),
    ),
  )
}

/** Of one half, what a method's checkpoints score against each other, M, and what of it is in cycles, C. */
function payoffs(method: string, seed: number, half: number) {
  const own = rowsOf(method, seed)
  const M = own.map(({ ahead }) =>
    own.map(({ steps }) => ahead.find(({ of }) => of.method === method && of.steps === steps)?.by[half] ?? 0),
  )
  const strength = M.map((row) => mean(row))
  return { M, C: M.map((row, i) => row.map((by, j) => by - (strength[i]! - strength[j]!))) }
}

/**
 * Share of the variance of what a method's checkpoints score against each other that is in cycles: ‖C‖² / ‖M‖², where M is antisymmetric
 * and C_ij = M_ij − (f_i − f_j), with f_i the mean of row i. 0: who beats one that beats another beats that, too, and by as much as both.
 * Squares are products of both halves of the games, so that luck, which is a cycle more often than not, does not count; they
 * can be below 0.
 */
function cyclicity(method: string, seed: number): number {
  const [first, second] = HALVES.map((_, half) => payoffs(method, seed, half))
  const product = (of: 'M' | 'C') =>
    first![of]
      .flatMap((row, i) => row.map((by, j) => by * second![of][i]![j]!))
      .reduce((sum, x) => sum + x, 0)
  return product('C') / product('M')
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
        row.ahead.map(({ of, by }) => ({ row: labelOf(row), column: labelOf(of), by: mean(by) })),
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

const kept = mean(
  await Promise.all(
    trained.runs
      .filter(({ options }) => methodOf(options) === matrl)
      .map(({ folder }) => meanOf(folder, 'keep')),
  ),
)

/** A claim holds when all of the interval does. */
function verdicts(opponent: string): string {
  const by = studentInterval(aheadBySeed(matrl, opponent))
  const less = studentInterval(cyclic.get(opponent)!.map((theirs, i) => theirs - cyclic.get(matrl)![i]!))
  return `- ${matrl} is ahead of ${opponent}, over all pairs of checkpoints: by ${shown(by, 2)} points: ${yes(by.from > 0)}.
- less of its games is in cycles: by ${shown(less, 3)}: ${yes(less.from > 0)}.`
}

await writeFile(
  `${FOLDER}/${NAME}.md`,
  `# MATRL in Pong

\`npm run reproduce:matrl-pong\`, ${circumstances()}.

\`manyfold train pong --sides together --algorithm matrl --parts … --schedule sync\` for ${config.run.steps / 1000},000 steps, with the options of
\`bench/reproduce/matrl-pong.yaml\`, seeds ${sweep.seeds.join(', ')}: both players learn at once, each with networks of its own. Then the checkpoints of a seed, five of each
method, play each other, every two of them ${GAMES * HALVES.length} games, by their policies as they were learned (\`manyfold tournament … --selection sampled\`). The paper's Pong is
Atari's, on pixels.

| points ahead of | ${methods.join(' | ')} | share in cycles |
| --------------- | ${methods.map(() => '---').join(' | ')} | --- |
${methods
  .map((method) => {
    const cells = methods.map((other) =>
      other === method ? '–' : shown(studentInterval(aheadBySeed(method, other)), 2),
    )
    return `| ${method} | ${cells.join(' | ')} | ${shown(studentInterval(cyclic.get(method)!), 3)} |`
  })
  .join('\n')}

A row's method against a column's: points at the end of a game, mean over all pairs of checkpoints; intervals are of 95 %, over seeds. In cycles
is what is left of the variance of a method's games against itself when each checkpoint is taken for as strong as it is on average (0: none, 1: all).
It is estimated from two halves of the games, so that luck does not count. MATRL's meta-games said that agents keep their policies with a probability of
${kept.toFixed(3)} on average: at 0 each looks ahead at the other's prediction, whatever it is.

## What the paper claims

With the same seeds; a claim holds when the whole interval does.

${others.map(verdicts).join('\n')}

![checkpoints against each other](${NAME}.svg)

Training is synchronous: the same seed gives the same result on the same machine type.
`,
)
