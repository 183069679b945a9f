import { type Equilibria, findEquilibria } from '../../../learners/games/equilibria.ts'
import { minimax } from '../../../learners/games/minimax.ts'
import { resolveConfig } from '../../core/config.ts'
import { RuntimeError } from '../../core/errors.ts'
import { gameNames, loadGame } from '../../core/games/load-game.ts'
import {
  expectedPayoff,
  type GameNames,
  isZeroSum,
  type NormalFormGame,
  namesOf,
} from '../../core/games/normal-form.ts'
import { Random, seedKey } from '../../core/rng.ts'
import { formatTable } from '../console.ts'
import { solveOptions } from '../options.ts'
import type { Command } from './command.ts'

/** A profile that is further from an equilibrium is none; as a share of how far a player's payoffs are apart. */
const LARGEST_EPSILON = 1e-4
/** Of probabilities and payoffs, as they are shown. */
const DIGITS = 4

/** What the command ends with. */
export interface Solution {
  readonly game: string
  readonly gameSeed: number
  readonly players: readonly string[]
  readonly actions: readonly (readonly string[])[]
  readonly zeroSum: boolean
  /** Of zero-sum games of two: what each can make sure of, and how. */
  readonly minimax?: { readonly value: number; readonly strategies: readonly (readonly number[])[] }
  /** The equilibria are all there are, but for mixtures of them. */
  readonly complete: boolean
  readonly equilibria: readonly {
    readonly strategies: readonly (readonly number[])[]
    readonly payoffs: readonly number[]
    readonly epsilon: number
    readonly solver: string
  }[]
  readonly seed: number
}

export const solveCommand: Command = {
  usage: 'solve [game]',
  summary: 'equilibria of a game in normal form, and its minimax value where it is zero-sum',
  examples: [
    ['manyfold solve battle-of-the-sexes', 'two pure equilibria and the mixed one'],
    ['manyfold solve random-cyclic --game-seed 7', 'a random 2 × 2 game; matrix-game plays the same one'],
    ['manyfold solve ./mine.yaml --json', 'a game from a file: docs/games.md'],
  ],
  stops: 'at-once',
  options: async () => solveOptions,

  async run({ positionals, layers, console }) {
    const { seed, gameSeed } = resolveConfig(solveOptions, layers)
    const name = requireGame(positionals['game'])
    const game = loadGame(name, gameSeed)
    const { found, areAll } = findEquilibria(game, new Random(seedKey(seed)))
    const solution: Solution = {
      game: name,
      gameSeed,
      ...namesOf(game),
      zeroSum: isZeroSum(game),
      ...minimaxOf(game),
      complete: areAll,
      equilibria: found.map(({ profile, epsilon, solver }) => ({
        strategies: profile.map((strategy) => [...strategy]),
        payoffs: game.actions.map((_, player) => expectedPayoff(game, player, profile)),
        epsilon,
        solver,
      })),
      seed,
    }
    console.result(describe(solution), solution)
    return isSolved(found) ? 0 : 1
  },
}

/** @throws ERR_CONFIG_INVALID when none was named */
function requireGame(reference: string | undefined): string {
  if (reference !== undefined) return reference
  throw new RuntimeError(
    'ERR_CONFIG_INVALID',
    `game: name one: ${gameNames.join(', ')}, or the path of a YAML or JSON file`,
  )
}

function isSolved(found: Equilibria['found']): boolean {
  return found.some(({ epsilon }) => epsilon <= LARGEST_EPSILON)
}

function minimaxOf(game: NormalFormGame): Pick<Solution, 'minimax'> {
  const [rows, columns, more] = game.actions
  if (columns === undefined || more !== undefined || !isZeroSum(game)) return {}
  const { value, row, column } = minimax(game.payoffs[0]!, rows!, columns)
  return { minimax: { value, strategies: [[...row], [...column]] } }
}

function describe(solution: Solution): string {
  const { game, players, actions, zeroSum, minimax, complete, equilibria } = solution
  const sizes = actions.map((own) => own.length).join(' × ')
  const lines = [`${game}: ${sizes} actions${zeroSum ? ', zero-sum' : ''}`, '']
  if (minimax) {
    const [row, column] = players
    const [first, second] = minimax.strategies.map((strategy, player) => mixture(strategy, solution, player))
    lines.push(
      `value ${short(minimax.value)} to ${row}: it makes sure of that by ${first}, and ${column} that it is no more by ${second}`,
      '',
    )
  }
  lines.push(
    formatTable(
      ['equilibrium', ...players, 'payoffs', 'epsilon', 'solver'],
      equilibria.map(({ strategies, payoffs, epsilon, solver }, i) => [
        String(i + 1),
        ...strategies.map((strategy, player) => mixture(strategy, solution, player)),
        payoffs.map(short).join(', '),
        epsilon === 0 ? '0' : epsilon.toExponential(0),
        solver,
      ]),
    ),
    '',
    complete
      ? 'these are all there are, but for mixtures of them'
      : 'all in which nobody mixes are among these; there may be others that mix',
  )
  return lines.join('\n')
}

/** `heads`, or `1/2 heads, 1/2 tails` in decimals. */
function mixture(strategy: readonly number[], { actions }: GameNames, player: number): string {
  const names = actions[player]!
  const taken = strategy.flatMap((probability, action) =>
    probability > 0 ? [[short(probability), names[action]!] as const] : [],
  )
  return taken.length === 1 ? taken[0]![1] : taken.map(([share, name]) => `${share} ${name}`).join(', ')
}

function short(value: number): string {
  return String(Number(value.toFixed(DIGITS)) + 0)
}
