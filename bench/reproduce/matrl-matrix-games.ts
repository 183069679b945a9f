/**
 * How often and how fast learning dynamics come to an equilibrium of random 2×2 games, table 1 of MATRL's paper:
 *
 *     npm run reproduce:matrl-matrix-games
 *
 * Plays 1,000 games of each of three kinds by every method and leaves docs/results/matrl-matrix-games.md with a plot beside it.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { iga } from '../../learners/games/iga.ts'
import { igaPp } from '../../learners/games/iga-pp.ts'
import { type MatrlOptions, matrlMatrix, matrlMatrixAsPublished } from '../../learners/games/matrl-matrix.ts'
import { exactMetaGame } from '../../learners/games/stable-point.ts'
import {
  type Dynamics,
  payoffsAt,
  stepsToEquilibrium,
  twoByTwoEquilibria,
} from '../../learners/games/two-by-two.ts'
import { wolfIga } from '../../learners/games/wolf-iga.ts'
import type { Point } from '../../runtime/core/games/differential-game.ts'
import type { NormalFormGame } from '../../runtime/core/games/normal-form.ts'
import { GAME_KINDS, type GameKind, randomGame } from '../../runtime/core/games/random-games.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { mean } from '../../runtime/launch/statistics.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'
import { yes } from './_verdict.ts'

const FOLDER = 'docs/results'
const NAME = 'matrl-matrix-games'
/** Seeds 0 to 999 of each kind. */
const GAMES = 1000
const START: Point = [0.9, 0.2]
const CONVERGENCE = { within: 0.05, horizon: 1000 }

/** Share of games that come to an equilibrium, and the mean steps of those that do. */
type Figures = readonly [rate: number, steps: number, deviation?: number]
/** Of coordination, anticoordination and cyclic games. */
type Row = readonly [Figures, Figures, Figures]

interface Method {
  readonly name: string
  readonly family: 'gradient ascent' | 'prediction' | 'win or learn fast' | 'MATRL' | 'MATRL as published'
  readonly dynamics: (game: NormalFormGame, equilibria: readonly Point[], seed: number) => Dynamics
  /** What a replication elsewhere came to: the same recipe of games and 1,000 of each kind, by other draws. */
  readonly replication?: Row
  readonly paper?: Row
}

const matrl = (name: string, options: MatrlOptions, replication?: Row): Method => ({
  name,
  family: 'MATRL',
  dynamics: (game, _, seed) => matrlMatrix(game, options, new Random(seedKey(seed))),
  ...(replication && { replication }),
})
const gradientAscent = (step: number, replication: Row, paper?: Row): Method => ({
  name: `IGA, α ${step}`,
  family: 'gradient ascent',
  dynamics: (game) => iga(game, step),
  replication,
  ...(paper && { paper }),
})
const prediction = (
  step: number,
  ahead: number,
  projected: boolean,
  replication?: Row,
  paper?: Row,
): Method => ({
  name: `IGA-LA, α ${step}, γ ${ahead}${projected ? ', projected' : ''}`,
  family: 'prediction',
  dynamics: (game) => igaPp(game, { step, prediction: ahead, projected }),
  ...(replication && { replication }),
  ...(paper && { paper }),
})
const asPublished = (response: number, replication: Row, paper?: Row): Method => ({
  name: `MATRL as published, response ${response}`,
  family: 'MATRL as published',
  dynamics: (game) => matrlMatrixAsPublished(game, { improvement: 0.02, response }),
  replication,
  ...(paper && { paper }),
})

const METHODS: readonly Method[] = [
  gradientAscent(
    0.02,
    [
      [0.992, 126, 105],
      [0.972, 96, 130],
      [0.752, 436, 206],
    ],
    [
      [0.99, 140.67, 105],
      [0.975, 88.95, 130],
      [0.78, 452.92, 202],
    ],
  ),
  gradientAscent(0.03, [
    [0.994, 85.6, 78],
    [0.984, 73.4, 120],
    [0.823, 337, 199],
  ]),
  prediction(
    0.02,
    0.01,
    false,
    [
      [0.993, 125],
      [0.983, 95],
      [0.797, 420],
    ],
    [
      [0.99, 138.56, 105],
      [0.975, 83.11, 129],
      [0.809, 432.98, 206],
    ],
  ),
  prediction(0.02, 0.02, false, [
    [0.993, 123],
    [0.989, 92],
    [0.854, 411],
  ]),
  prediction(0.03, 0.02, false, [
    [0.994, 83],
    [0.993, 64],
    [0.909, 310],
  ]),
  prediction(0.02, 0.01, true),
  prediction(0.03, 0.02, true),
  {
    name: 'WoLF-IGA, 0.06 / 0.01',
    family: 'win or learn fast',
    dynamics: (game, equilibria) => wolfIga(game, equilibria[0]!, { winning: 0.01, losing: 0.06 }),
    replication: [
      [0.997, 75],
      [0.988, 48],
      [0.948, 168],
    ],
  },
  asPublished(
    0.03,
    [
      [0.995, 83, 77],
      [0.981, 74.4, 119],
      [0.823, 345, 199],
    ],
    [
      [0.99, 86.54, 77],
      [0.983, 75.52, 119],
      [0.846, 369.4, 200],
    ],
  ),
  asPublished(0.02, [
    [0.993, 122],
    [0.973, 102],
    [0.755, 447],
  ]),
  matrl('MATRL, response 0.03', { improvement: 0.02, response: 0.03, parts: 'all' }, [
    [0.994, 84.5],
    [0.984, 72],
    [0.838, 334],
  ]),
  matrl('MATRL, response 0.02', { improvement: 0.02, response: 0.02, parts: 'all' }, [
    [0.992, 124],
    [0.973, 96],
    [0.769, 431],
  ]),
  matrl('MATRL, improvement 0.1, response 0.03', { improvement: 0.1, response: 0.03, parts: 'all' }, [
    [0.994, 81],
    [0.985, 68],
    [0.868, 307],
  ]),
  matrl('MATRL without best response', { improvement: 0.02, response: 0.03, parts: 'no-response' }),
  matrl('MATRL without stable point (IL-LA), response 0.03', {
    improvement: 0.02,
    response: 0.03,
    parts: 'no-stable-point',
  }),
]

/** Of each game that counts, the steps to an equilibrium; undefined where there were none within the horizon. */
type Steps = readonly (number | undefined)[]

function play({ dynamics }: Method, kind: GameKind): Steps {
  return Array.from({ length: GAMES }, (_, seed) => ({ game: randomGame(kind, seed), seed })).flatMap(
    ({ game, seed }) => {
      const equilibria = twoByTwoEquilibria(game)
      // Of a degenerate game nobody could say what counts as coming to an equilibrium.
      if (equilibria.length % 2 === 0) return []
      return [stepsToEquilibrium(dynamics(game, equilibria, seed), START, equilibria, CONVERGENCE)]
    },
  )
}

const deviation = (xs: readonly number[]) => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)))

function figuresOf(steps: Steps): Required<Figures> {
  const taken = steps.filter((step) => step !== undefined)
  return [taken.length / steps.length, mean(taken), deviation(taken)] as const
}

/** How often the meta-games along MATRL's paths have both adopt their predictions. */
function adoptions(kind: GameKind, improvement: number): { readonly steps: number; readonly both: number } {
  const count = { steps: 0, both: 0 }
  for (let seed = 0; seed < GAMES; seed++) {
    const game = randomGame(kind, seed)
    const improve = iga(game, improvement)
    const options = { improvement, response: 0.03, parts: 'all' } as const
    const step = matrlMatrix(game, options, new Random(seedKey(seed)))
    const counted: Dynamics = (current, t) => {
      const meta = exactMetaGame({ current, predicted: improve(current, t) }, (point) =>
        payoffsAt(game, point),
      )
      count.steps++
      count.both += Number(twoByTwoEquilibria(meta).some(([x, y]) => x === 0 && y === 0))
      return step(current, t)
    }
    stepsToEquilibrium(counted, START, twoByTwoEquilibria(game), CONVERGENCE)
  }
  return count
}

const results = METHODS.map((method) => {
  const steps = GAME_KINDS.map((kind) => play(method, kind))
  const figures = steps.map(figuresOf)
  console.error(
    `${method.name}: ${figures.map(([rate, taken]) => `${rate} / ${taken.toFixed(1)}`).join(', ')}`,
  )
  return { method, steps, figures }
})

const nameOf = (response: number, what: string) => `MATRL${what}, response ${response}`
const resultOf = (name: string) => results.find(({ method }) => method.name === name)!

/** A comparison on the same games: what the rate is higher by, in points, with two standard errors; and the ratio of mean steps. */
function compare(name: string, other: string, kind: number) {
  const [a, b] = [resultOf(name), resultOf(other)]
  const differences = a.steps[kind]!.map(
    (step, game) => 100 * (Number(step !== undefined) - Number(b.steps[kind]![game] !== undefined)),
  )
  return {
    points: mean(differences),
    error: (2 * deviation(differences)) / Math.sqrt(differences.length),
    ratio: a.figures[kind]![1] / b.figures[kind]![1],
  }
}

const percent = (rate: number) => `${(100 * rate).toFixed(1)}`
const show = ([rate, steps, spread]: Figures) =>
  `${percent(rate)} / ${steps.toFixed(1)}${spread === undefined ? '' : ` ± ${spread.toFixed(0)}`}`
const showRow = (row: readonly Figures[] | undefined) => (row ? row.map(show) : ['', '', '']).join(' | ')

/** Points by which a rate may be off that of the replication. */
const RATE_TOLERANCE = 4
const STEPS_RATIOS = [0.8, 0.9, 0.85] as const

const PUBLISHED_STEPS = [nameOf(0.03, ' as published'), nameOf(0.03, '')].flatMap((name) =>
  GAME_KINDS.map((kind, k) => {
    const { points, error, ratio } = compare(name, 'IGA, α 0.02', k)
    const bound = STEPS_RATIOS[k]!
    const isFaster = ratio <= bound
    const holds = kind === 'cyclic' ? isFaster && points >= 3 : isFaster
    const wanted = kind === 'cyclic' ? `steps ≤ ${bound}, rate ≥ +3` : `steps ≤ ${bound}`
    return `| ${name} | ${kind} | ${points.toFixed(1)} ± ${error.toFixed(1)} | ${ratio.toFixed(3)} | ${wanted} | ${yes(holds)} |`
  }),
)
const EQUAL_STEPS = [0.03, 0.02].flatMap((step) =>
  [nameOf(step, ' as published'), nameOf(step, '')].flatMap((name) =>
    GAME_KINDS.map((kind, k) => {
      const { points, error, ratio } = compare(name, `IGA, α ${step}`, k)
      return `| ${name} | ${kind} | ${points.toFixed(1)} ± ${error.toFixed(1)} | ${ratio.toFixed(3)} | ${yes(Math.abs(points) < RATE_TOLERANCE)} |`
    }),
  ),
)
const offReplication = results.flatMap(({ method, figures }) =>
  figures.flatMap(([rate], k) => {
    const expected = method.replication?.[k]?.[0]
    return expected === undefined
      ? []
      : [{ what: `${method.name}, ${GAME_KINDS[k]}`, points: 100 * (rate - expected) }]
  }),
)
const furthest = offReplication.reduce((a, b) => (Math.abs(b.points) > Math.abs(a.points) ? b : a))
const outside = offReplication.filter(({ points }) => Math.abs(points) > RATE_TOLERANCE)
const adopted = [0.02, 0.1].map((improvement) => {
  const shares = GAME_KINDS.map((kind) => {
    const { steps, both } = adoptions(kind, improvement)
    return `${percent(both / steps)}`
  })
  return `| ${improvement} | ${shares.join(' | ')} |`
})

await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: 'Games that come to an equilibrium, and how soon',
    data: {
      values: results.flatMap(({ method, figures }) =>
        figures.map(([rate, steps], k) => ({
          what: method.name,
          family: method.family,
          kind: GAME_KINDS[k],
          rate: 100 * rate,
          steps,
        })),
      ),
    },
    facet: { field: 'kind', type: 'nominal', title: null, sort: [...GAME_KINDS] },
    spec: {
      width: 240,
      height: 240,
      mark: { type: 'point', size: 60 },
      encoding: {
        x: { field: 'steps', type: 'quantitative', title: 'mean steps', scale: { zero: false } },
        y: { field: 'rate', type: 'quantitative', title: 'converged, %', scale: { zero: false } },
        color: { field: 'family', type: 'nominal', title: null },
        shape: { field: 'family', type: 'nominal', title: null },
      },
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  },
  `${FOLDER}/${NAME}.svg`,
)

const header = `| method | ${GAME_KINDS.join(' | ')} |\n| ------ | ${GAME_KINDS.map(() => '---').join(' | ')} |`
const table = (of: (result: (typeof results)[number]) => readonly Figures[] | undefined) =>
  results
    .filter((result) => of(result) !== undefined)
    .map((result) => `| ${result.method.name} | ${showRow(of(result))} |`)
    .join('\n')

await writeFile(
  `${FOLDER}/${NAME}.md`,
  `# Learning in random 2×2 games: MATRL's table 1

\`npm run reproduce:${NAME}\`, ${circumstances()}.

Games of each kind with the seeds 0 to ${GAMES - 1}, by the recipe of the code of MATRL's authors. Both players begin at x = ${START[0]}, y = ${START[1]} and step at the same time, by exact
gradients. A game has converged at the first step after which both probabilities are nearer than ${CONVERGENCE.within} to those of one of its equilibria, mixed ones included, within
${CONVERGENCE.horizon} steps. Each cell: games converged in %, and mean steps of those ± their standard deviation.

## Measured here

${header}
${table(({ figures }) => figures)}

"As published" is what the code of MATRL's authors does; plain "MATRL" is what the paper's equations say. Its improvement step is 0.02 where no other is given. WoLF-IGA is told the
equilibrium, the first pure one where there are several. IGA-LA's predictions are not projected to [0, 1] unless it says so.

![rates and steps](${NAME}.svg)

## Replication elsewhere

${header}
${table(({ method }) => method.replication)}

${
  outside.length === 0
    ? `All ${offReplication.length} rates are within ${RATE_TOLERANCE} points of these`
    : `${offReplication.length - outside.length} of ${offReplication.length} rates are within ${RATE_TOLERANCE} points of these; not those of ${outside.map(({ what, points }) => `${what} (${points.toFixed(1)})`).join('; ')}`
}; the furthest is ${furthest.what}, by ${furthest.points.toFixed(1)} points. Games are drawn anew here: of rates as in cyclic games, 1,000 draws leave two standard errors of
2.7 points. IGA-LA's rates there are those of predictions that are not projected.

## The paper's table 1

${header}
${table(({ method }) => method.paper)}

## Published step sizes: MATRL's 0.03 against gradient ascent's 0.02

Points of the rate above gradient ascent's on the same games, ± two standard errors; mean steps as a share of its.

| method | games | rate, points | steps, ratio | expected | holds |
| ------ | ----- | ------------ | ------------ | -------- | ----- |
${PUBLISHED_STEPS.join('\n')}

## Equal step sizes

| method, against gradient ascent with the step of its response | games | rate, points | steps, ratio | within ${RATE_TOLERANCE} points |
| -------------------------------------------------------------- | ----- | ------------ | ------------ | --------------- |
${EQUAL_STEPS.join('\n')}

## What the meta-game decides

Share, in %, of MATRL's steps (response 0.03) at which it is an equilibrium that both players adopt their predictions:

| improvement | ${GAME_KINDS.join(' | ')} |
| ----------- | ${GAME_KINDS.map(() => '---').join(' | ')} |
${adopted.join('\n')}

## What holds, and what does not

- The paper's figures come out again: with its step sizes MATRL takes fewer steps than gradient ascent and brings more cyclic games to their equilibrium.
- That this shows an advantage of MATRL does not hold. Its best response steps by 0.03 where gradient ascent has 0.02; with 0.03 gradient ascent is as fast, and some points are
  left in cyclic games alone. They are what looking ahead gives: IGA-LA with projected predictions has them as well.
- In 2×2 games nearly every meta-game has both adopt their predictions. MATRL then takes the very steps of IGA-LA with projected predictions, so that leaving the stable point
  out changes next to nothing, and leaving the best response out gives back gradient ascent.
- IGA-LA with the paper's γ = α/2 stands at the border of convergence: in cyclic games projected predictions then gain hardly anything on gradient ascent. With γ = α, or with
  WoLF-IGA's rates, more cyclic games converge than by MATRL.
`,
)
