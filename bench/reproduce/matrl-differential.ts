/**
 * Learning in the rotational game, figure 3 of MATRL's paper:
 *
 *     npm run reproduce:matrl-differential
 *
 * Leaves docs/results/matrl-differential.md with paths and distances drawn beside it.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import {
  differentialMatrl,
  extragradient,
  gradientDescent,
  lookAhead,
} from '../../learners/games/differential-game.ts'
import { exactMetaGame } from '../../learners/games/stable-point.ts'
import { type Dynamics, twoByTwoEquilibria } from '../../learners/games/two-by-two.ts'
import { type Point, ROTATIONAL_GAME } from '../../runtime/core/games/differential-game.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { circumstances } from '../circumstances.ts'
import { plot } from '../plot.ts'

const FOLDER = 'docs/results'
const NAME = 'matrl-differential'
const START: Point = [1, 1]
const STEP = 0.02
/** Of the distance at the start: where a path counts as come to the equilibrium. */
const NEAR = 1e-3
const HORIZON = 2000
/** Steps that are drawn. */
const DRAWN = 200
const SEED = 0

const matrl = (response: number) =>
  differentialMatrl(ROTATIONAL_GAME, { improvement: STEP, response }, new Random(seedKey(SEED)))

interface Method {
  readonly name: string
  readonly dynamics: Dynamics
  /** Steps that a replication elsewhere took; undefined where it diverged. */
  readonly replication: number | undefined
}

const METHODS: readonly Method[] = [
  { name: 'gradient descent', dynamics: gradientDescent(ROTATIONAL_GAME, STEP), replication: undefined },
  { name: 'extragradient', dynamics: extragradient(ROTATIONAL_GAME, STEP), replication: 169 },
  { name: 'look-ahead', dynamics: lookAhead(ROTATIONAL_GAME, STEP), replication: 171 },
  { name: 'MATRL, response 0.02', dynamics: matrl(0.02), replication: 171 },
  { name: 'MATRL, response 0.03', dynamics: matrl(0.03), replication: 155 },
]

function pathOf(dynamics: Dynamics): Point[] {
  const path = [START]
  for (let t = 1; t <= HORIZON; t++) path.push(dynamics(path.at(-1)!, t))
  return path
}

/** Distance from (0, 0) as a share of that of the start. */
function distanceOf(point: Point): number {
  return Math.hypot(...point) / Math.hypot(...START)
}

const rows = METHODS.map(({ name, dynamics, replication }) => {
  const path = pathOf(dynamics)
  const near = path.findIndex((point) => distanceOf(point) <= NEAR)
  return { name, path, steps: near < 0 ? undefined : near, replication }
})

const payoffs = (point: Point): Point => {
  const [lossA, lossB] = ROTATIONAL_GAME.losses(point)
  return [-lossA, -lossB]
}

/** Steps on a path whose meta-game does not have both players adopt their predictions. */
function unadopted({ path, steps }: (typeof rows)[number]): number {
  const improve = gradientDescent(ROTATIONAL_GAME, STEP)
  return path.slice(0, steps).filter((current, t) => {
    const meta = exactMetaGame({ current, predicted: improve(current, t) }, payoffs)
    return !twoByTwoEquilibria(meta).some(([x, y]) => x === 0 && y === 0)
  }).length
}

await mkdir(FOLDER, { recursive: true })
await plot(
  {
    title: `The first ${DRAWN} steps from (1, 1)`,
    data: {
      values: rows.flatMap(({ name, path }) =>
        path.slice(0, DRAWN + 1).map(([x, y], step) => ({ what: name, x, y, step })),
      ),
    },
    facet: { field: 'what', type: 'nominal', title: null, sort: METHODS.map(({ name }) => name) },
    columns: 3,
    spec: {
      width: 220,
      height: 220,
      mark: { type: 'line', point: { size: 6 }, strokeWidth: 1 },
      encoding: {
        x: { field: 'x', type: 'quantitative', title: 'x', scale: { domain: [-1.6, 1.6] } },
        y: { field: 'y', type: 'quantitative', title: 'y', scale: { domain: [-1.6, 1.6] } },
        order: { field: 'step', type: 'quantitative' },
        color: { field: 'what', type: 'nominal', legend: null },
      },
    },
  },
  `${FOLDER}/${NAME}.svg`,
)
await plot(
  {
    title: 'Distance from the equilibrium',
    width: 480,
    height: 280,
    data: {
      values: rows.flatMap(({ name, path }) =>
        path.slice(0, DRAWN + 1).map((point, step) => ({ what: name, step, distance: distanceOf(point) })),
      ),
    },
    mark: 'line',
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'steps' },
      y: {
        field: 'distance',
        type: 'quantitative',
        title: 'share of that at the start',
        scale: { type: 'log' },
      },
      color: {
        field: 'what',
        type: 'nominal',
        title: null,
        sort: METHODS.map(({ name }) => name),
        legend: { labelLimit: 0 },
      },
      strokeDash: { field: 'what', type: 'nominal', title: null, sort: METHODS.map(({ name }) => name) },
    },
  },
  `${FOLDER}/${NAME}-distance.svg`,
)

const show = (steps: number | undefined) => (steps === undefined ? 'diverges' : `${steps}`)
await writeFile(
  `${FOLDER}/${NAME}.md`,
  `# The rotational game: MATRL's figure 3

\`npm run reproduce:${NAME}\`, ${circumstances()}.

Losses x²/2 + 10 xy and y²/2 − 10 xy, exact gradients, all steps simultaneous and ${STEP} long, but for MATRL's best responses where it says so. From (1, 1), until the distance from the
equilibrium (0, 0) is ${NEAR} of that at the start. Draws of MATRL, where a meta-game has several equilibria, are those of seed ${SEED}.

| method | steps | replication elsewhere | distance after ${DRAWN} steps, share | steps whose meta-game has not both adopt |
| ------ | ----- | --------------------- | ----------------------------- | ---------------------------------------- |
${rows
  .map((row) => {
    const isMatrl = row.name.startsWith('MATRL')
    return `| ${row.name} | ${show(row.steps)} | ${show(row.replication)} | ${distanceOf(row.path[DRAWN]!).toExponential(2)} | ${isMatrl ? unadopted(row) : ''} |`
  })
  .join('\n')}

![paths](${NAME}.svg)

![distances](${NAME}-distance.svg)

What holds: gradient descent circles outwards, by the factor √1.0004 in a step; extragradient, look-ahead and MATRL converge.

What does not: the paper's figure has MATRL come first with all steps equal. By its equations it does what look-ahead does wherever both adopt their predictions, and takes as many
steps. It comes first only with the longer best response that the paper gives it in matrix games.
`,
)
