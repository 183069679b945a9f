/**
 * Whether what the solvers of games in normal form return are equilibria, in 10,000 random games:
 *
 *     npm run reproduce:solvers
 *
 * Leaves docs/results/solvers.md.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { findEquilibrium } from '../../learners/games/equilibria.ts'
import { lemkeHowson } from '../../learners/games/lemke-howson.ts'
import { minimiseLyapunov } from '../../learners/games/lyapunov.ts'
import { minimax } from '../../learners/games/minimax.ts'
import { pureEquilibria, pureProfile } from '../../learners/games/pure-equilibria.ts'
import { supportEnumeration } from '../../learners/games/support-enumeration.ts'
import {
  type NormalFormGame,
  normalForm,
  type Profile,
  regrets,
} from '../../runtime/core/games/normal-form.ts'
import { Random, seedKey } from '../../runtime/core/rng.ts'
import { circumstances } from '../circumstances.ts'

const FOLDER = 'docs/results'
const SEED = 1
/** What a player may gain by another action, as a share of the range of its payoffs. */
const EPSILON = 1e-8
/** CMA-ES alone takes seconds where it fails: of each kind it is tried on so many games without a pure equilibrium. */
const LYAPUNOV_GAMES = 50
/** Streams of the games, which no other draw uses. */
const ACTIONS_STREAM = 200
const PAYOFF_STREAM = 201

const random = new Random(seedKey(SEED))

interface Kind {
  readonly name: string
  readonly players: number
  readonly games: number
  /** Payoffs are whole numbers below it, so that many are alike, or uniform in [0, 1). */
  readonly levels?: number
  readonly factor?: number
  readonly most?: number
  readonly isZeroSum?: boolean
  /** Each player's last action does what its first one does. */
  readonly hasTwins?: boolean
}

const KINDS: readonly Kind[] = [
  { name: 'two players', players: 2, games: 2500 },
  { name: 'two, payoffs 0, 1 or 2', players: 2, games: 1500, levels: 3 },
  { name: 'two, of each two actions alike', players: 2, games: 500, hasTwins: true },
  { name: 'two, zero-sum', players: 2, games: 750, isZeroSum: true },
  { name: 'two, zero-sum, payoffs 0, 1 or 2', players: 2, games: 500, levels: 3, isZeroSum: true },
  { name: 'two, of 2 actions, payoffs below 10⁻¹⁰', players: 2, games: 500, most: 2, factor: 1e-10 },
  { name: 'three players', players: 3, games: 1250 },
  { name: 'three, payoffs 0, 1 or 2', players: 3, games: 500, levels: 3 },
  { name: 'three, of each two actions alike', players: 3, games: 500, hasTwins: true },
  { name: 'four players', players: 4, games: 750 },
  { name: 'four, of each two actions alike', players: 4, games: 500, hasTwins: true },
  { name: 'four, of 2 actions, payoffs below 10⁻¹⁰', players: 4, games: 250, most: 2, factor: 1e-10 },
]

/** A game of 2 to 6 actions for each player. */
function drawGame(kind: Kind, number: number): NormalFormGame {
  const { players, levels, factor = 1, most = 6, isZeroSum, hasTwins } = kind
  const actions = Array.from(
    { length: players },
    (_, player) => 2 + random.below(most - 1, ACTIONS_STREAM, number, player),
  )
  const joint = actions.reduce((product, count) => product * count, 1)
  const payoffs = actions.map((_, player) =>
    Float64Array.from({ length: joint }, (_, at) => {
      const drawn = hasTwins ? withoutLastActions(actions, at) : at
      const uniform = random.uniform(PAYOFF_STREAM, number, drawn, player)
      return factor * (levels === undefined ? uniform : Math.floor(uniform * levels))
    }),
  )
  return normalForm(actions, isZeroSum ? [payoffs[0]!, payoffs[0]!.map((payoff) => -payoff)] : payoffs)
}

/** Place of a joint action with first actions in place of last ones. */
function withoutLastActions(actions: readonly number[], at: number): number {
  let [place, rest, stride] = [0, at, 1]
  for (const count of actions.toReversed()) {
    const action = rest % count
    if (action < count - 1) place += action * stride
    rest = (rest - action) / count
    stride *= count
  }
  return place
}

/** What came of one solver on the games of one kind. */
class Tally {
  games = 0
  profiles = 0
  /** Games in which every profile is an equilibrium within EPSILON. */
  solved = 0
  /** Of solved games, and of others. */
  largest = 0
  largestOfOthers = 0
  milliseconds = 0

  add(game: NormalFormGame, profiles: readonly Profile[], milliseconds: number): void {
    const epsilon = Math.max(...profiles.map((profile) => epsilonOf(game, profile)))
    this.games++
    this.profiles += profiles.length
    this.milliseconds += milliseconds
    if (profiles.length > 0 && epsilon <= EPSILON) {
      this.solved++
      this.largest = Math.max(this.largest, epsilon)
    } else {
      this.largestOfOthers = Math.max(this.largestOfOthers, epsilon)
    }
  }
}

/** From the payoffs as they are, not as solvers scale them. */
function epsilonOf(game: NormalFormGame, profile: Profile): number {
  return Math.max(
    ...regrets(game, profile).map((regret, player) => {
      const payoffs = game.payoffs[player]!
      const range = Math.max(...payoffs) - Math.min(...payoffs)
      return range === 0 ? regret : regret / range
    }),
  )
}

/** By kind and solver, in the order in which they were first met. */
const tallies = new Map<string, Tally>()

function timed<X>(solve: () => X): readonly [X, number] {
  const start = performance.now()
  const found = solve()
  return [found, performance.now() - start]
}

function record(
  kind: Kind,
  solver: string,
  game: NormalFormGame,
  profiles: readonly Profile[],
  milliseconds: number,
): void {
  const key = `${kind.name} | ${solver}`
  const tally = tallies.get(key) ?? new Tally()
  tallies.set(key, tally)
  tally.add(game, profiles, milliseconds)
}

let [games, chosenSolved, chosenLargest, oddGames, uniformGames, number] = [0, 0, 0, 0, 0, 0]
for (const kind of KINDS) {
  let lyapunovGames = 0
  for (let i = 0; i < kind.games; i++) {
    const game = drawGame(kind, number++)
    games++
    const measure = (solver: string, solve: () => readonly Profile[]) => {
      const [profiles, milliseconds] = timed(solve)
      record(kind, solver, game, profiles, milliseconds)
      return profiles
    }
    const [chosen, milliseconds] = timed(() => findEquilibrium(game, random))
    record(kind, `findEquilibrium: ${chosen.solver}`, game, [chosen.profile], milliseconds)
    const epsilon = epsilonOf(game, chosen.profile)
    if (epsilon <= EPSILON) chosenSolved++
    chosenLargest = Math.max(chosenLargest, epsilon)

    const [pure, pureMilliseconds] = timed(() => pureEquilibria(game))
    const hasPure = pure.length > 0
    if (hasPure) {
      const profiles = pure.map((taken) => pureProfile(game.actions, taken))
      record(kind, 'pureEquilibria, all', game, profiles, pureMilliseconds)
    }
    if (kind.players === 2) {
      const [rows, columns] = game.actions as [number, number]
      const all = measure('supportEnumeration, all', () => supportEnumeration(game))
      if (kind.levels === undefined && !kind.hasTwins) {
        uniformGames++
        oddGames += all.length % 2
      }
      measure('lemkeHowson, every label', () =>
        Array.from({ length: rows + columns }, (_, label) => lemkeHowson(game, label)),
      )
      if (kind.isZeroSum) {
        measure('minimax', () => {
          const { row, column } = minimax(game.payoffs[0]!, rows, columns)
          return [[row, column]]
        })
      }
    } else if (!hasPure && lyapunovGames < LYAPUNOV_GAMES) {
      lyapunovGames++
      measure('minimiseLyapunov', () => [minimiseLyapunov(game, random).profile])
    }
  }
  process.stderr.write(`${kind.name}: ${kind.games} games\n`)
}

const rows = [...tallies].map(([key, tally]) => {
  const others = tally.solved === tally.games ? '' : `, ${tally.largestOfOthers.toExponential(1)} in others`
  return `| ${key} | ${tally.games} | ${tally.profiles} | ${tally.solved} | ${tally.largest.toExponential(1)}${others} | ${(tally.milliseconds / tally.games).toPrecision(2)} |`
})
await mkdir(FOLDER, { recursive: true })
await writeFile(
  `${FOLDER}/solvers.md`,
  `# Solvers of games in normal form

\`npm run reproduce:solvers\`, seed ${SEED}, ${circumstances()}.

${games} random games of 2 to 6 actions for each player, payoffs uniform in [0, 1) unless said otherwise. Every profile that a solver returned
was checked: ε is what a player could gain by another action, at most, as a share of the range of its payoffs. A game counts as solved by
a solver that returned at least one profile, and only profiles of ε ≤ 10⁻⁸.

\`findEquilibrium\` takes a pure equilibrium if there is any, and else the solver named behind it: it solved **${chosenSolved} of ${games}**, and the
largest ε of all is ${chosenLargest.toExponential(1)}. An odd number of equilibria was found in ${oddGames} of ${uniformGames} nondegenerate games of two (${((100 * oddGames) / uniformGames).toFixed(2)} %).

| games | solver | number | profiles | solved | largest ε | ms a game |
| ----- | ------ | ------ | -------- | ------ | --------- | --------- |
${rows.join('\n')}

\`minimiseLyapunov\`, CMA-ES on the Lyapunov function, is what \`findEquilibrium\` falls back on in games of more than two when a search among
supports finds nothing. Here it was tried on its own too, on the first ${LYAPUNOV_GAMES} games of a kind without a pure equilibrium: where it ends in a
minimum above 0, it says so by its ε.
`,
)
